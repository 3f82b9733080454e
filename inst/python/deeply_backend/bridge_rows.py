"""The verbs for row buffers; see `bridge.py`."""

import numpy as np

from deeply_backend.data.disk_rows import DiskRows
from deeply_backend.data.pages import give_back
from deeply_backend.data.rows import Rows

BLOCK_ROWS = 65_536


def rows(n_rows, widths, path=None):
    """Opens a row buffer for `write()` to fill: in memory, or in a file."""
    if path is None:
        return Rows(n_rows, widths)
    return DiskRows(path, n_rows, widths)


def write(data, first, blocks):
    """Casts blocks of rows into a buffer, from row `first` (0 the first)."""
    data.write(first, blocks)


def is_streamed(data):
    """Whether a buffer is a file."""
    return isinstance(data, DiskRows)


def save_rows(data, path):
    """Keeps rows in a file, where `load_rows()` finds them."""
    if isinstance(data, DiskRows):
        data.flush()
        return
    widths = {name: x.shape[1] for name, x in data.arrays.items()}
    copy = DiskRows(path, len(data), widths)
    for first in range(0, len(data), BLOCK_ROWS):
        last = min(first + BLOCK_ROWS, len(data))
        copy.write(first, {k: x[first:last].T for k, x in data.arrays.items()})
    copy.flush()
    copy.close()


def load_rows(path, stream):
    """Rows that `save_rows()` kept: into memory, or to `stream` from there."""
    kept = DiskRows.open(path)
    if stream:
        return kept
    data = Rows(len(kept), kept.widths)
    for first in range(0, len(kept), BLOCK_ROWS):
        n = min(BLOCK_ROWS, len(kept) - first)
        block = kept.read(first, n)
        data.write(first, {k: np.atleast_2d(x.T) for k, x in block.items()})
    kept.close()
    return data


def release(data):
    """Gives a buffer's memory back once nothing will be learned from it."""
    big = len(data) > BLOCK_ROWS
    data.close()
    if big:
        # A compiled graph holds its data in a cycle that Python frees late.
        give_back()
