"""Who had what, as rows of numbers for a network: by users, or by pairs."""

import numpy as np

from deeply_backend.data.rows import Rows

# Items of a user that a row holds: of more, others in each row that is made.
MOST_ITEMS = 512


def history_rows(pairs, held, seed):
    """Rows of users: those to learn from, and behind them those to be judged.

    A row to learn from has a user's items, and asks for all of them; many items
    count by their square root, so that few users do not decide it all. A row
    to be judged has them too, and asks for the held-out item.

    Args:
        pairs: CSR `(users, items)`.
        held: CSR of at most one held-out item a user, or `None`.
        seed: Which items stand for users with more than `MOST_ITEMS`.

    Returns:
        A `Rows` with `history` (item numbers from 1, filled up with 0), `y`
        (as `losses.multinomial()` and `losses.missed_gain()` want it) and
        `weights`, and the number of rows to learn from.
    """
    learned = np.flatnonzero(np.diff(pairs.indptr) > 0)
    asked = learned[:0]
    if held is not None:
        asked = np.flatnonzero(np.diff(held.indptr) > 0)
    users = np.concatenate([learned, asked])
    history = _padded(pairs, users, np.random.default_rng(int(seed)))
    n, n_learned = len(users), len(learned)
    y = history.astype(np.float32)
    if len(asked) > 0:
        y[n_learned:, 1:] = -y[n_learned:, :-1]
        y[n_learned:, 0] = held.indices[held.indptr[asked]] + 1
    weights = np.ones(n)
    weights[:n_learned] = 1 / np.sqrt((history[:n_learned] > 0).sum(axis=1))
    width = history.shape[1]
    rows = Rows(n, {"history": width, "y": width, "weights": 1})
    rows.write(0, {"history": history.T, "y": y.T, "weights": weights[None]})
    return rows, n_learned


def pair_rows(pairs, held):
    """Rows of pairs: those to learn from, and behind them those to be judged.

    Args:
        pairs: CSR `(users, items)`.
        held: CSR of held-out pairs, or `None`.

    Returns:
        A `Rows` with `category` (user and item, from 1), `y` and `weights`
        (ones), and the number of rows to learn from.
    """
    both = [x.tocoo() for x in (pairs, held) if x is not None]
    codes = np.concatenate([np.stack([x.row, x.col]) for x in both], axis=1)
    n = codes.shape[1]
    rows = Rows(n, {"category": 2, "y": 1, "weights": 1})
    ones = np.ones((1, n))
    rows.write(0, {"category": codes + 1, "y": ones, "weights": ones})
    return rows, pairs.nnz


def _padded(pairs, users, generator):
    """Item numbers from 1, a row a user, and a 0 at least behind them."""
    lengths = np.diff(pairs.indptr)[users]
    width = int(min(lengths.max(initial=1), MOST_ITEMS))
    found = np.zeros((len(users), width + 1), np.int32)
    for row, (user, length) in enumerate(zip(users, lengths, strict=True)):
        items = pairs.indices[pairs.indptr[user] :][:length] + 1
        if length > width:
            items = np.sort(generator.choice(items, width, replace=False))
        found[row, : len(items)] = items
    return found
