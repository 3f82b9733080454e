"""What a ranking of new items is held against."""

import numpy as np

from deeply_backend.data.interactions import binary

# What chance counts beside likeness: it decides between equals alone.
SMALL = 1e-6


class Chance:
    """Items in a random order, another for each user.

    Args:
        n_items: How many there are.
        seed: An integer.
    """

    def __init__(self, n_items, seed):
        self.n_items, self.seed = n_items, seed

    def scores(self, had, who):
        """Scores `(users, items)`, float32."""
        draws = [
            np.random.default_rng([self.seed, user + 1]).random(self.n_items)
            for user in who
        ]
        return np.array(draws, np.float32).reshape(-1, self.n_items)


class Alike:
    """Items by how alike their features are to those of what a user had.

    Args:
        features: CSR `(items, columns)`, rows of length 1 or 0.
        seed: Of the order of equals.
    """

    def __init__(self, features, seed):
        self.features = features
        self.chance = Chance(features.shape[0], seed)

    def scores(self, had, who):
        """Sums of cosines `(users, items)`, float32."""
        found = (binary(had) @ self.features @ self.features.T).toarray()
        found += SMALL * self.chance.scores(had, who)
        return found.astype(np.float32)
