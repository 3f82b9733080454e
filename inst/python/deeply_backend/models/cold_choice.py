"""What features and likeness count, chosen on items that are held out of both.

The vectors were learned with these items, and those of their users know of
them. So users are placed as newcomers, by the other items they had.
"""

import numpy as np

from deeply_backend.data.interactions import binary
from deeply_backend.judge import ranking
from deeply_backend.models.cold import CHOSEN
from deeply_backend.models.cold import side_map
from deeply_backend.models.cold_baselines import SMALL
from deeply_backend.models.cold_neighbours import likeness
from deeply_backend.models.feature_maps import unit_rows

RIDGES = (0.1, 0.5, 2.0, 8.0)
LIKENESSES = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)

# How often items are held out, what share of them, and how many at most.
DRAWS = 5
SHARE = 0.1
MOST_ITEMS = 300
MOST_USERS = 5000

# With fewer than so many items, those held out would tell nothing.
LEAST_ITEMS = 50

JUDGED_LENGTH = 10


def choose(towers, pairs, item, alone=False, seed=0):
    """The penalty of the map of items, and the weight of their neighbours.

    By the NDCG of held-out items, ranked among themselves.

    Args:
        towers: A `scorers.Towers`.
        pairs: CSR `(users, items)` it was learned from.
        item: What is known of items, see `cold.mapped()`.
        alone: Whether nothing but the map counts.
        seed: Of what is held out.

    Returns:
        Dict of `ridge` and `likeness`.
    """
    usable = np.flatnonzero(pairs.getnnz(axis=0) * np.ravel(item["known"]))
    if len(usable) < LEAST_ITEMS:
        return dict(CHOSEN)
    generator = np.random.default_rng([seed, 1])
    weights = (0.0,) if alone else LIKENESSES
    gain = 0
    for _ in range(DRAWS):
        held, users = _drawn(usable, pairs, generator)
        # Items that are told the same come in a random order.
        chance = SMALL * generator.random((len(users), len(held)))
        gain += _gains(towers, pairs, item, weights, held, users, chance)
    ridge, weight = np.unravel_index(np.argmax(gain), gain.shape)
    return {"ridge": RIDGES[ridge], "likeness": weights[weight]}


def _drawn(usable, pairs, generator):
    """Items that are held out, and users who had one of them, and another."""
    n = min(MOST_ITEMS, int(SHARE * len(usable)))
    held = np.sort(generator.choice(usable, n, replace=False))
    theirs = pairs[:, held].getnnz(axis=1)
    users = np.flatnonzero((theirs > 0) & (theirs < pairs.getnnz(axis=1)))
    if len(users) > MOST_USERS:
        users = np.sort(generator.choice(users, MOST_USERS, replace=False))
    return held, users


def _gains(towers, pairs, item, weights, held, users, chance):
    """Mean NDCG `(ridges, weights)` of items that are new to the map."""
    known = np.ones(pairs.shape[1], np.float32)
    known[held] = 0
    rest = binary(pairs).multiply(known).tocsr()
    rest.eliminate_zeros()
    had, found = rest[users], binary(pairs)[users][:, held].tocsr()
    features = unit_rows(item)
    alike = likeness(had, features, features[held])
    vectors = towers.user_vectors(had)
    gains = np.empty((len(RIDGES), len(weights)))
    for i, ridge in enumerate(RIDGES):
        placed = side_map(towers, rest, "item", item, ridge).vectors(item)[held]
        plain = vectors @ placed[:, :-1].T + placed[:, -1]
        for j, weight in enumerate(weights):
            gains[i, j] = _gain(plain + weight * alike + chance, found)
    return gains


def _gain(scores, found):
    places = ranking.rank(lambda a, b: scores[a:b], None, found)
    return ranking.discounted_gain(places, JUDGED_LENGTH).mean()
