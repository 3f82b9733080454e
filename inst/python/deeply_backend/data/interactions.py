"""Who had to do with what: a sparse matrix of users and items."""

import numpy as np
from scipy import sparse


def matrix(users, items, values, shape):
    """Pairs as a matrix `(users, items)`, values of the same pair added.

    Args:
        users: Row of each pair, from 0.
        items: Column of each pair, from 0.
        values: Value of each pair, or `None` for ones.
        shape: Numbers of users and of items.

    Returns:
        A CSR matrix, float32, its columns in order.
    """
    values = np.ones(len(users)) if values is None else values
    found = sparse.csr_matrix(
        (np.asarray(values, np.float32), (users, items)), shape=shape
    )
    found.sum_duplicates()
    return found


def binary(pairs):
    """The same pairs, each with a one; they lie where the others do."""
    ones = np.ones_like(pairs.data)
    parts = ones, pairs.indices, pairs.indptr
    return type(pairs)(parts, shape=pairs.shape)


def parts_of(matrix):
    """A CSR matrix as a dict of arrays, for `whole_of()`."""
    return {
        "data": matrix.data,
        "indices": matrix.indices,
        "indptr": matrix.indptr,
        "shape": np.array(matrix.shape),
    }


def whole_of(parts):
    """The CSR matrix of which `parts_of()` gave the arrays."""
    names = ("data", "indices", "indptr")
    return sparse.csr_matrix(
        tuple(parts[name] for name in names), shape=tuple(parts["shape"])
    )
