"""A recommender without a network, that learns, scores and is kept as bytes."""

import io

import numpy as np
from scipy import sparse

from deeply_backend.data.interactions import binary
from deeply_backend.judge import ranking
from deeply_backend.models import item_models

METHODS = {
    "popularity": item_models.popularity,
    "item_knn": item_models.item_knn,
    "ease": item_models.linear_autoencoder,
}


class ItemRecommender:
    """Scores all items for users by what they have had.

    Args:
        weights: float32 `(items,)`, the same for all users, or `(items,
            items)`, dense or CSR: what a user has had times these are the
            user's scores.
        pairs: CSR `(users, items)`, ones: who had what.
    """

    def __init__(self, weights, pairs):
        self.weights = weights
        self.pairs = pairs

    @classmethod
    def fit(cls, method, pairs, **options):
        """Learns from pairs, by a key of `METHODS`."""
        return cls(METHODS[method](pairs, **options), binary(pairs))

    def scores(self, had):
        """Scores `(users, items)` for the rows of a CSR matrix like `pairs`."""
        if self.weights.ndim == 1:
            return np.tile(self.weights, (had.shape[0], 1))
        found = had @ self.weights
        return found.toarray() if sparse.issparse(found) else found

    def best(self, had, n, exclude_seen=True):
        """The `n` best items for the rows of a matrix; see `ranking.best()`."""
        return ranking.best(
            lambda first, last: self.scores(had[first:last]),
            had if exclude_seen else None,
            had.shape,
            n,
        )

    def places(self, had, held):
        """Where held-out items come; see `ranking.rank()`."""
        return ranking.rank(
            lambda first, last: self.scores(had[first:last]), had, held
        )

    def to_bytes(self):
        """Everything, for `from_bytes()`."""
        arrays = _parts("pairs", self.pairs)
        if sparse.issparse(self.weights):
            arrays.update(_parts("weights", self.weights))
        else:
            arrays["weights"] = self.weights
        file = io.BytesIO()
        np.savez_compressed(file, **arrays)
        return bytearray(file.getbuffer())

    @classmethod
    def from_bytes(cls, data):
        """Revives what `to_bytes()` gave."""
        with np.load(io.BytesIO(bytes(data)), allow_pickle=False) as arrays:
            dense = "weights" in arrays
            weights = arrays["weights"] if dense else _whole("weights", arrays)
            return cls(weights, _whole("pairs", arrays))


def _parts(name, matrix):
    return {
        f"{name}_data": matrix.data,
        f"{name}_indices": matrix.indices,
        f"{name}_indptr": matrix.indptr,
        f"{name}_shape": np.array(matrix.shape),
    }


def _whole(name, arrays):
    data, indices, indptr, shape = (
        arrays[f"{name}_{part}"]
        for part in ("data", "indices", "indptr", "shape")
    )
    return sparse.csr_matrix((data, indices, indptr), shape=tuple(shape))
