"""Recommenders without a network: what items have to do with each other.

All of them score the items for a user by the user's row of the matrix of users
and items, times weights between items, so they serve users that were not there
when they learned. They learn in closed form.
"""

import numpy as np
from scipy import linalg
from scipy import sparse

from deeply_backend.data.interactions import binary

# Columns of a sparse product that are scaled at once.
BLOCK_ITEMS = 1024


def popularity(pairs):
    """How many users each item has.

    Args:
        pairs: CSR `(users, items)`.

    Returns:
        float32 `(items,)`.
    """
    return np.bincount(pairs.indices, minlength=pairs.shape[1]).astype(
        np.float32
    )


def item_knn(pairs, neighbours=None):
    """Cosines between the users of two items.

    Sarwar et al. (2001), Item-based Collaborative Filtering Recommendation
    Algorithms.

    Args:
        pairs: CSR `(users, items)`.
        neighbours: How many other items may speak for one; `None`: all.

    Returns:
        CSR `(items, items)`, float32: row the item that speaks, column the one
        that is spoken for; no item speaks for itself.
    """
    ones = binary(pairs)
    scale = 1 / np.sqrt(np.maximum(popularity(pairs), 1))
    scaled = (ones @ sparse.diags(scale)).astype(np.float32).tocsc()
    parts = []
    for first in range(0, scaled.shape[1], BLOCK_ITEMS):
        some = scaled[:, first : first + BLOCK_ITEMS]
        # Cosines are symmetric: the rows of this part are columns as well.
        part = (some.T @ scaled).tocsr()
        rows = np.repeat(np.arange(part.shape[0]), np.diff(part.indptr))
        part.data[part.indices == rows + first] = 0
        part.eliminate_zeros()
        parts.append(_largest(part, neighbours) if neighbours else part)
    return sparse.vstack(parts, format="csr").T.tocsr()


def _largest(rows, n):
    """The `n` largest entries of each row of a CSR matrix."""
    keep = np.ones(rows.nnz, bool)
    for first, last in zip(rows.indptr, rows.indptr[1:], strict=False):
        if last - first > n:
            least = np.argpartition(rows.data[first:last], -n)[:-n]
            keep[first + least] = False
    lengths = np.add.reduceat(np.append(keep, False), rows.indptr[:-1]) * (
        np.diff(rows.indptr) > 0
    )
    return sparse.csr_matrix(
        (
            rows.data[keep],
            rows.indices[keep],
            np.concatenate([[0], np.cumsum(lengths)]),
        ),
        shape=rows.shape,
    )


def linear_autoencoder(pairs, penalty, dropout=0.0, evenness=0.0):
    """Weights with which a user's items best give back each one of them.

    Ridge regression of each item on all others. Without dropout and evenness it
    is EASE (Steck 2019, Embarrassingly Shallow Autoencoders for Sparse Data).

    Args:
        pairs: CSR `(users, items)`.
        penalty: Of the squared weights, in users.
        dropout: Share of a user's items that are hidden while learning; Steck
            (2020), Autoencoders that Don't Overfit towards the Identity.
        evenness: From 0, where all items of all users count alike, to 1, where
            all users count alike.

    Returns:
        float32 `(items, items)`, its diagonal zero.
    """
    ones = binary(pairs)
    counts = np.maximum(np.diff(ones.indptr), 1)
    shares = counts ** -float(evenness)
    # The penalty keeps its meaning: users of the mean weight.
    shares *= counts.sum() / (shares * counts).sum()
    # 32 bits take half of the time and leave the weights six digits.
    shares = sparse.diags(shares.astype(np.float32))
    gram = (ones.T @ shares @ ones).toarray()
    diagonal = np.diag_indices_from(gram)
    gram[diagonal] += penalty + gram[diagonal] * dropout / (1 - dropout)
    factor = linalg.cho_factor(gram, overwrite_a=True, check_finite=False)
    inverse = linalg.cho_solve(
        factor, np.eye(len(gram), dtype=np.float32), overwrite_b=True
    )
    weights = -inverse / np.diag(inverse)
    weights[diagonal] = 0
    return weights.astype(np.float32)
