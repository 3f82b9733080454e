"""Who had what, as rows of numbers for a network: by users, or by pairs."""

import numpy as np

from deeply_backend.data.rows import Rows

# Items of a user that a row holds: of more, others in each row that is made.
MOST_ITEMS = 512


def history_rows(pairs, seed):
    """Rows of users, which have a user's items and ask for all of them.

    Many items count by their square root, so that few users do not decide it
    all.

    Args:
        pairs: CSR `(users, items)`.
        seed: Which items stand for users with more than `MOST_ITEMS`.

    Returns:
        A `Rows` with `history` (item numbers from 1, filled up with 0), `y`
        (the same, as `losses.multinomial()` wants it) and `weights`.
    """
    users = np.flatnonzero(np.diff(pairs.indptr) > 0)
    history = _padded(pairs, users, np.random.default_rng(int(seed)))
    weights = 1 / np.sqrt((history > 0).sum(axis=1))
    n, width = history.shape
    rows = Rows(n, {"history": width, "y": width, "weights": 1})
    y = history.astype(np.float32)
    rows.write(0, {"history": history.T, "y": y.T, "weights": weights[None]})
    return rows


def pair_rows(pairs):
    """Rows of pairs.

    Args:
        pairs: CSR `(users, items)`.

    Returns:
        A `Rows` with `category` (user and item, from 1), `y` (ones) and
        `weights` (how much each pair counts).
    """
    found = pairs.tocoo()
    codes = np.stack([found.row, found.col]) + 1
    rows = Rows(found.nnz, {"category": 2, "y": 1, "weights": 1})
    ones = np.ones((1, found.nnz))
    weights = found.data[None]
    rows.write(0, {"category": codes, "y": ones, "weights": weights})
    return rows


def _padded(pairs, users, generator):
    """Item numbers from 1, a row a user, filled up with 0."""
    lengths = np.diff(pairs.indptr)[users]
    width = int(min(lengths.max(initial=1), MOST_ITEMS))
    found = np.zeros((len(users), width), np.int32)
    for row, (user, length) in enumerate(zip(users, lengths, strict=True)):
        items = pairs.indices[pairs.indptr[user] :][:length] + 1
        if length > width:
            items = np.sort(generator.choice(items, width, replace=False))
        found[row, : len(items)] = items
    return found
