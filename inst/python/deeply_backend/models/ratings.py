"""What predicts ratings, as plain arrays: vectors and biases, without Keras.

A scorer predicts for users by what they have rated, as those of `scorers.py`
rank by what users have had; matrices hold ratings in place of ones, and a 0
that is stored is a rating.
"""

import dataclasses

import numpy as np
from scipy import sparse

from deeply_backend.models.recommender import Recommender
from deeply_backend.models.scorers import KINDS
from deeply_backend.models.scorers import ItemVectors
from deeply_backend.models.tower_vectors import tower_vectors

# Pairs that are predicted at once.
AT_ONCE = 65_536

SWEEPS = 20

# A penalty that leaves nothing.
ENDLESS = 1e12


@dataclasses.dataclass(frozen=True)
class Ridge:
    """The penalties of the squares of a vector and of a bias.

    Args:
        each: Of a vector, for each rating of the user.
        fixed: Of a vector, the same for all users.
        bias: Of the bias, the same for all users.
    """

    each: float
    fixed: float
    bias: float

    def diagonal(self, n, dim):
        """The penalties of a user with `n` ratings, that of the bias last."""
        vector = self.each * n + self.fixed
        return np.append(np.full(dim, vector), self.bias)


class Ratings(ItemVectors):
    """Ratings as a mean, biases of users and items, and a dot product.

    Koren, Bell & Volinsky (2009), Matrix Factorization Techniques for
    Recommender Systems. The vector and the bias of a user not known are found
    from what they have rated by ridge regression, as those of the others were
    learned; without ratings they are zeros, the average user.

    Args:
        users: float32 `(users, dim)`.
        items: float32 `(items, dim)`.
        user_bias: float32 `(users,)`.
        item_bias: float32 `(items,)`.
        mean: The mean rating.
        ridge: A `Ridge`, of users.
    """

    kind = "ratings"

    def __init__(self, users, items, user_bias, item_bias, mean, ridge):
        self.users, self.items = users, items
        self.user_bias, self.item_bias = user_bias, item_bias
        self.mean, self.ridge = float(mean), ridge

    @classmethod
    def of(cls, model, ridge, mean, sd):
        """Takes the vectors of a trained model of `models.towers`.

        Args:
            model: The model.
            ridge: A `Ridge`, of users.
            mean: What it learned as 0.
            sd: What it learned as 1.
        """
        output, found = model.get_layer("output"), {}
        for side in ("user", "item"):
            vectors = tower_vectors(model, side)
            bias = sd * vectors[:, output.dim :].sum(axis=1)
            # Of the user once, the product of both has the scale.
            width = sd if side == "user" else 1.0
            vectors = width * vectors[:, : output.dim]
            found[f"{side}s"] = vectors.astype(np.float32)
            found[f"{side}_bias"] = bias.astype(np.float32)
        mean += sd * float(np.ravel(output.mean)[0])
        return cls(**found, mean=mean, ridge=ridge).centred()

    def centred(self):
        """Moves what all have in common into biases and mean.

        It predicts the same, and zeros become the average user or item.
        """
        user, item = self.users.mean(axis=0), self.items.mean(axis=0)
        items, users = self.items - item, self.users - user
        user_bias = self.user_bias + users @ item
        item_bias = self.item_bias + self.items @ user
        levels = user_bias.mean(), item_bias.mean()
        return Ratings(
            users,
            items,
            user_bias - levels[0],
            item_bias - levels[1],
            self.mean + float(sum(levels)),
            self.ridge,
        )

    def people(self, had, who):
        """Vectors `(n, dim)` and biases `(n,)` of users.

        Args:
            had: CSR `(n, items)` of ratings.
            who: The users' numbers, from 0, and -1 for one not known.
        """
        users, bias = self.users[who], self.user_bias[who]
        for row in np.flatnonzero(who < 0):
            mine = slice(had.indptr[row], had.indptr[row + 1])
            found = self._solve(had.indices[mine], had.data[mine])
            users[row], bias[row] = found[:-1], found[-1]
        return users, bias

    def _solve(self, items, ratings):
        """The vector and the bias that fit some ratings."""
        found = np.zeros(self.items.shape[1] + 1, np.float32)
        if len(items) == 0:
            return found
        known = np.ones((len(items), len(found)))
        known[:, :-1] = self.items[items]
        gram = known.T @ known
        gram[np.diag_indices_from(gram)] += self.ridge.diagonal(
            len(items), self.items.shape[1]
        )
        left = ratings - self.mean - self.item_bias[items]
        found[:] = np.linalg.solve(gram, known.T @ left)
        return found

    def scores(self, had, who=None):
        """Ratings `(users, items)`, float32; see `people()`."""
        users, bias = self.people(had, _who(had, who))
        level = (self.mean + bias).astype(np.float32)
        return users @ self.items.T + level[:, None] + self.item_bias

    def of_pairs(self, had, who, rows, items):
        """Ratings of pairs: of the users `rows` of `had`, for `items`.

        An item that is not known, -1, has neither vector nor bias.
        """
        users, bias = self.people(had, _who(had, who))
        found = np.empty(len(rows), np.float32)
        for first in range(0, len(rows), AT_ONCE):
            some = slice(first, first + AT_ONCE)
            u, i = rows[some], items[some]
            own = np.sum(users[u] * self.items[i], axis=1) + self.item_bias[i]
            found[some] = self.mean + bias[u] + np.where(i < 0, 0, own)
        return found

    def arrays(self):
        """What `from_arrays()` needs."""
        return {
            "users": self.users,
            "items": self.items,
            "user_bias": self.user_bias,
            "item_bias": self.item_bias,
            "mean": np.float64(self.mean),
            "ridge": np.array(dataclasses.astuple(self.ridge)),
        }

    @classmethod
    def from_arrays(cls, arrays):
        """Makes it of what `arrays()` gave."""
        ridge = Ridge(*(float(x) for x in arrays["ridge"]))
        return cls(**{**arrays, "ridge": ridge})


KINDS[Ratings.kind] = Ratings


def _who(had, who):
    return np.full(had.shape[0], -1) if who is None else np.asarray(who)


def biases(pairs, user=10.0, item=25.0, sweeps=SWEEPS):
    """Ratings by a mean and biases alone, by ridge regression.

    Koren (2010), Factor in the Neighbors: Scalable and Accurate Collaborative
    Filtering. Users and items are solved in turn.

    Args:
        pairs: CSR `(users, items)` of ratings.
        user: Penalty of the squared bias of a user, in ratings.
        item: Likewise of an item.
        sweeps: How often users and items are solved.

    Returns:
        A `Ratings` of vectors of length 0.
    """
    rows = np.repeat(np.arange(pairs.shape[0]), np.diff(pairs.indptr))
    columns, left = pairs.indices, pairs.data.astype(np.float64)
    mean = left.mean()
    left = left - mean
    u, i = (np.zeros(n) for n in pairs.shape)
    for _ in range(int(sweeps)):
        i = _shrunken(left - u[rows], columns, len(i), item)
        u = _shrunken(left - i[columns], rows, len(u), user)
    return Ratings(
        np.zeros((len(u), 0), np.float32),
        np.zeros((len(i), 0), np.float32),
        u.astype(np.float32),
        i.astype(np.float32),
        mean,
        Ridge(0.0, 0.0, user),
    )


def _shrunken(left, codes, n, penalty):
    """Means by code, as if there were `penalty` more values, all 0."""
    sums = np.bincount(codes, left, minlength=n)
    counts = np.bincount(codes, minlength=n)
    return sums / (counts + penalty)


def only_mean(pairs):
    """The mean rating for all."""
    return biases(pairs, ENDLESS, ENDLESS)


def rows_of(matrix, rows):
    """Rows of a CSR matrix; -1 is one without entries."""
    nothing = sparse.csr_matrix((1, matrix.shape[1]), dtype=matrix.dtype)
    return sparse.vstack([matrix, nothing], format="csr")[rows]


class Rater(Recommender):
    """A `Recommender` that ranks by predicted ratings.

    Args:
        scorer: A `Ratings`.
        pairs: CSR `(users, items)` of ratings: what it learned from.
    """

    def scores(self, had, who=None):
        """Ratings `(users, items)`, float32; see `Ratings.scores()`."""
        return np.asarray(self.scorer.scores(had, who), np.float32)

    def ratings_of(self, users, items, history=None):
        """Predicted ratings of pairs, either from 0, or -1: not known.

        Args:
            users: Rows of `history`.
            items: As many items.
            history: CSR of ratings of users that are not known; `None`: those
                that it learned from.
        """
        asked, rows = np.unique(users, return_inverse=True)
        who = asked if history is None else None
        had = rows_of(self.pairs if history is None else history, asked)
        return self.scorer.of_pairs(had, who, rows, items)
