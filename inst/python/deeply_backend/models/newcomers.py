"""Vectors of users who came after the others had learned theirs.

What a new user had is told by the vectors of these items: their mean, and their
sum by the root of their number, as many items say more than few. A linear map
from there to a user's vector is learned by ridge regression on the users whose
vectors are known, so it serves whatever loss they were learned by.
"""

import numpy as np

from deeply_backend.data.interactions import binary

# Of the mean square of what the map is learned from.
RIDGE = 0.01


def newcomer_map(pairs, users, items):
    """The map, `(2 * dim + 1, dim)`, float32.

    Args:
        pairs: CSR `(users, items)`: who had what.
        users: Their vectors, `(users, dim)`.
        items: Those of the items, `(items, dim)`.
    """
    known = np.flatnonzero(np.diff(pairs.indptr))
    x = _described(pairs[known], items).astype(np.float64)
    gram = x.T @ x
    ridge = RIDGE * np.trace(gram) / len(gram)
    gram += ridge * np.eye(len(gram))
    found = np.linalg.solve(gram, x.T @ users[known])
    return found.astype(np.float32)


def newcomer_vectors(had, items, weights):
    """Vectors `(users, dim)` by what users had, and `newcomer_map()`."""
    return _described(had, items) @ weights


def _described(had, items):
    n = np.maximum(np.diff(had.indptr), 1)[:, None].astype(np.float32)
    sums = binary(had) @ items
    ones = np.ones((had.shape[0], 1), np.float32)
    return np.concatenate([sums / n, sums / np.sqrt(n), ones], axis=1)
