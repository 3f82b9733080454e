"""Ratings of items by users, as rows of numbers for a network."""

import numpy as np

from deeply_backend.data.rows import Rows


def scale_of(pairs):
    """Mean and standard deviation of ratings; 1 where they are all the same."""
    sd = float(np.std(pairs.data, dtype=np.float64))
    return float(np.mean(pairs.data, dtype=np.float64)), sd if sd > 0 else 1.0


def rating_rows(pairs, held):
    """Rows of ratings: those to learn from, and behind them those to be judged.

    Args:
        pairs: CSR `(users, items)` of ratings; a 0 that is stored is one.
        held: CSR of held-out ratings, or `None`.

    Returns:
        A `Rows` with `category` (user and item, from 1), `y` (ratings by
        `scale_of()`, so that a penalty means the same on any scale) and
        `weights` (ones), and the number of rows to learn from.
    """
    both = [x.tocoo() for x in (pairs, held) if x is not None]
    codes = np.concatenate([np.stack([x.row, x.col]) for x in both], axis=1)
    mean, sd = scale_of(pairs)
    y = (np.concatenate([x.data for x in both]) - mean) / sd
    n = len(y)
    rows = Rows(n, {"category": 2, "y": 1, "weights": 1})
    ones = np.ones((1, n))
    rows.write(0, {"category": codes + 1, "y": y[None], "weights": ones})
    return rows, pairs.nnz
