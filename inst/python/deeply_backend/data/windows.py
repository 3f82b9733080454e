"""The order of rows in training, and rows on disk in that order.

Data that fits into a window is shuffled whole. More data is shuffled in
blocks: pieces of neighbouring rows change places, a window holds the pieces
that come next, and its rows are shuffled among themselves. A disk reads pieces
at its full speed, and only windows are ever in memory.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

PIECE_ROWS = 4096


def epoch_order(n, seed, epoch, window_rows, piece_rows=PIECE_ROWS):
    """Generates the rows of one epoch, a window at a time.

    The order follows from the arguments alone: no epoch needs the one before,
    and rows on disk come in the order of the same rows in memory.

    Args:
        n: Number of rows.
        seed: Integer that decides the order.
        epoch: Number of the epoch; each has an order of its own.
        window_rows: Rows a window holds at most.
        piece_rows: Neighbouring rows that stay in one window. A window should
            hold many pieces, or it is no fair sample of the rows.

    Yields:
        Integer arrays that together hold each of 0 to n - 1 once.
    """
    n, window_rows = int(n), int(window_rows)
    if n < 1 or window_rows < 1 or piece_rows < 1:
        raise ValueError("rows, window and pieces hold at least one row each")
    dtype = np.int32 if n <= np.iinfo(np.int32).max else np.int64
    generator = np.random.default_rng([int(seed), int(epoch)])
    if n <= window_rows:
        yield generator.permutation(n).astype(dtype)
        return
    piece_rows = min(int(piece_rows), window_rows)
    pieces = generator.permutation(-(-n // piece_rows))
    per_window = window_rows // piece_rows
    for first in range(0, len(pieces), per_window):
        starts = pieces[first : first + per_window, None] * piece_rows
        rows = (starts + np.arange(piece_rows)).ravel()
        # The last piece of the data may be short, in whichever window it is.
        yield generator.permutation(rows[rows < n]).astype(dtype)


def stream(rows, order, batch_size):
    """Generates the rows of an epoch in order, a window of arrays at a time.

    The next window is read while the caller works on this one, so two are in
    memory, and for a moment three. Close the generator, or leave it in a `with
    contextlib.closing()`, to stop early: its thread ends with it.

    Args:
        rows: A `DiskRows`.
        order: Iterable of arrays of row numbers, as from `epoch_order()`.
        batch_size: Rows a step. Rows that fill no batch come first in the next
            window, so batches are those of the same rows in one window.

    Yields:
        Dicts of input name to array. Each but the last holds whole batches;
        the last holds the rows that are left over, where there are any.
    """
    order, batch_size, rest = iter(order), int(batch_size), {}
    with ThreadPoolExecutor(1, "deeply-rows") as reader:
        coming = reader.submit(_read_next, rows, order, rest)
        while (window := coming.result()) is not None:
            window, rest = _split(window, batch_size)
            coming = reader.submit(_read_next, rows, order, rest)
            if _length(window) > 0:
                yield window
        if rest and _length(rest) > 0:
            yield rest


def _read_next(rows, order, front):
    # Drawing the order takes time too: it happens here, beside the training.
    index = next(order, None)
    return None if index is None else rows.take(index, front)


def _split(window, batch_size):
    n = _length(window)
    whole = n - n % batch_size
    # A copy, so that the few rows do not keep their whole window in memory.
    rest = {name: array[whole:].copy() for name, array in window.items()}
    return {name: array[:whole] for name, array in window.items()}, rest


def _length(arrays):
    return len(next(iter(arrays.values())))
