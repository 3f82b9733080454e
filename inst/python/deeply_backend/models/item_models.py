"""Recommenders without a network: what items have to do with each other.

All of them score the items for a user by the user's row of the matrix of users
and items, times weights between items, so they serve users that were not there
when they learned. They learn in closed form.
"""

import numpy as np
from scipy import linalg
from scipy import sparse

from deeply_backend.data.interactions import binary

# What the squared weight of a couple costs, in those of an item: few of many
# couples say more than their items do.
COUPLE_PENALTY = 8

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


def frequent_couples(pairs, n):
    """The items that most often go together.

    Args:
        pairs: CSR `(users, items)`.
        n: How many couples.

    Returns:
        int32 `(2, n)`, or fewer, where fewer were ever had together.
    """
    ones = binary(pairs)
    together = sparse.triu((ones.T @ ones).tocsr(), 1).tocoo()
    most = np.argsort(-together.data, kind="stable")[: int(n)]
    return np.stack([together.row[most], together.col[most]]).astype(np.int32)


def with_couples(pairs, couples):
    """Pairs, and behind the items which couples of items users have."""
    ones = binary(pairs).tocsc()
    both = ones[:, couples[0]].multiply(ones[:, couples[1]])
    return sparse.hstack([ones, both], format="csr", dtype=np.float32)


def linear_autoencoder(pairs, penalty, dropout=0.0, evenness=0.0, couples=None):
    """Weights with which a user's items best give back each one of them.

    Ridge regression of each item on all others. Without dropout, evenness and
    couples it is EASE (Steck 2019, Embarrassingly Shallow Autoencoders for
    Sparse Data).

    Args:
        pairs: CSR `(users, items)`.
        penalty: Of the squared weights, in users.
        dropout: Share of a user's items that are hidden while learning; Steck
            (2020), Autoencoders that Don't Overfit towards the Identity.
        evenness: From 0, where all items of all users count alike, to 1, where
            all users count alike.
        couples: int `(2, n)`: items that speak for others together too, as
            those of a bundle may; Steck & Liang (2021), Negative Interactions
            for Improved Collaborative Filtering.

    Returns:
        float32 `(items + couples, items)`: no item and no couple speaks for
        itself.
    """
    n_items = pairs.shape[1]
    couples = np.zeros((2, 0), int) if couples is None else couples
    ones = with_couples(pairs, couples)
    gram = _gram(ones, np.diff(binary(pairs).indptr), evenness)
    diagonal = np.diag_indices_from(gram)
    gram[diagonal] += gram[diagonal] * dropout / (1 - dropout)
    gram[diagonal] += penalty * np.where(
        np.arange(len(gram)) < n_items, 1, COUPLE_PENALTY
    )
    factor = linalg.cho_factor(gram, overwrite_a=True, check_finite=False)
    inverse = linalg.cho_solve(
        factor, np.eye(len(gram), dtype=np.float32), overwrite_b=True
    )
    weights = -inverse[:, :n_items] / np.diag(inverse)[:n_items]
    for item in np.unique(couples):
        weights[:, item] = _without_own(inverse, item, couples, n_items)
    weights[np.arange(n_items), np.arange(n_items)] = 0
    return weights.astype(np.float32)


def _gram(ones, counts, evenness):
    """Who has what together, by what each user counts."""
    counts = np.maximum(counts, 1)
    shares = counts ** -float(evenness)
    # The penalty keeps its meaning: users of the mean weight.
    shares *= counts.sum() / (shares * counts).sum()
    # 32 bits take half of the time and leave the weights six digits.
    shares = sparse.diags(shares.astype(np.float32))
    return (ones.T @ shares @ ones).toarray()


def _without_own(inverse, item, couples, n_items):
    """Weights for an item by all but itself and the couples it is one of."""
    own = n_items + np.flatnonzero((couples == item).any(axis=0))
    own = np.append(item, own)
    first = np.arange(len(own)) == 0
    shares = np.linalg.solve(inverse[np.ix_(own, own)], first.astype(float))
    found = -inverse[:, own] @ shares
    found[own] = 0
    return found
