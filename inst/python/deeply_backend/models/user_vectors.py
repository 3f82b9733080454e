"""Which users are alike, by their vectors or by what they had."""

import functools

import numpy as np
from scipy import sparse

from deeply_backend.data.interactions import binary
from deeply_backend.models import factor_models
from deeply_backend.models.ratings import Ratings
from deeply_backend.models.scorers import SMALLEST
from deeply_backend.models.scorers import Autoencoder
from deeply_backend.models.scorers import Blend
from deeply_backend.models.scorers import Factors
from deeply_backend.models.scorers import Towers

# Cosines that are held at once.
MOST_COSINES = 2**22


@functools.singledispatch
def user_vectors(scorer, pairs):
    """Vectors of the users that a scorer learned of.

    Args:
        scorer: See `scorers.py`.
        pairs: CSR `(users, items)` that it learned from.

    Returns:
        float32 `(users, length)`, or where there are none their items, CSR.
    """
    del scorer
    return binary(pairs)


@user_vectors.register
def _(scorer: Towers, pairs):
    del pairs
    return scorer.users


@user_vectors.register
def _(scorer: Ratings, pairs):
    del pairs
    return scorer.users


@user_vectors.register
def _(scorer: Factors, pairs):
    return factor_models.fold_in(pairs, scorer.items, scorer.weighting)


@user_vectors.register
def _(scorer: Autoencoder, pairs):
    return scorer.hidden(pairs)


@user_vectors.register
def _(scorer: Blend, pairs):
    return user_vectors(scorer.second, pairs)


def alike(vectors, asked, n):
    """The users with the greatest cosines to some, not themselves.

    Args:
        vectors: `(users, length)`, dense or CSR.
        asked: int array of users.
        n: How many each gets, fewer than there are users.

    Returns:
        Users `(len(asked), n)`, the likest first, and the cosines. Of equal
        ones the first user comes first.
    """
    units = _units(vectors)
    users = np.empty((len(asked), n), np.int32)
    cosines = np.empty((len(asked), n), np.float32)
    step = max(1, MOST_COSINES // units.shape[0])
    for first in range(0, len(asked), step):
        some = asked[first : first + step]
        found = units[some] @ units.T
        if sparse.issparse(found):
            found = found.toarray()
        found[np.arange(len(some)), some] = -np.inf
        top = np.argpartition(-found, n - 1, axis=1)[:, :n]
        top.sort(axis=1)
        values = np.take_along_axis(found, top, axis=1)
        order = np.argsort(-values, axis=1, kind="stable")
        users[first : first + step] = np.take_along_axis(top, order, axis=1)
        cosines[first : first + step] = np.take_along_axis(
            values, order, axis=1
        )
    return users, cosines


def _units(vectors):
    if sparse.issparse(vectors):
        lengths = np.sqrt(np.maximum(np.diff(vectors.indptr), 1))
        return (sparse.diags(1 / lengths) @ vectors).astype(np.float32).tocsr()
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.maximum(lengths, SMALLEST)
