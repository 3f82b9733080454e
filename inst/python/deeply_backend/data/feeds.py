"""Rows as the loop asks for them: in memory, or window by window from a disk.

Both hold the training rows first and the validation rows behind them, and give
the same rows in the same order, so that a run ends with the same numbers.
"""

import contextlib

import numpy as np

from deeply_backend.data.pages import give_back
from deeply_backend.data.rows import aligned_empty
from deeply_backend.data.rows import split_inputs
from deeply_backend.data.windows import epoch_order
from deeply_backend.data.windows import stream

# Rows whose weights are added at once.
SUM_ROWS = 65_536


class MemoryFeed:
    """Rows that lie on the device as a whole.

    A row of what `epoch()` and `validation()` yield is a row of the data, which
    `names_rows` says.

    Args:
        rows: A `Rows`.
        n_train: How many of them, the first ones, to train on.
        engine: The `Engine` that trains.
        window_rows: Rows that are shuffled among themselves.
    """

    names_rows = True

    def __init__(self, rows, n_train, engine, window_rows):
        self.n_train, self.n = n_train, len(rows)
        self._rows = rows
        self._window_rows = window_rows
        self._score_rows = engine.score_rows
        self._data = engine.place(*split_inputs(rows.whole()))

    def epoch(self, seed, epoch, step_rows):
        """Yields `(data, order)`: where rows are, and which come when."""
        order = epoch_order(self.n_train, seed, epoch, self._window_rows)
        yield self._data, np.concatenate(list(order))

    def validation(self):
        """Yields `(data, first, last)` for pieces of the validation rows."""
        for first in range(self.n_train, self.n, self._score_rows):
            yield self._data, first, min(first + self._score_rows, self.n)

    def weights(self):
        """Sums of the weights of the training and of the validation rows."""
        return _sum_weights(self._rows, self.n_train)

    def sample(self, n):
        """The first of the training rows, for probes."""
        return self._rows.read(0, min(n, self.n_train))


class DiskFeed:
    """Rows that are read from a file while the engine trains on the last ones.

    Args:
        rows: A `DiskRows`.
        n_train: How many of them, the first ones, to train on.
        engine: The `Engine` that trains.
        window_rows: Rows in memory at a time, and shuffled among themselves.
    """

    # A row of a window says nothing of where it lies in the file.
    names_rows = False

    def __init__(self, rows, n_train, engine, window_rows):
        self.n_train, self.n = n_train, len(rows)
        self._rows = rows
        self._engine = engine
        self._window_rows = window_rows

    def epoch(self, seed, epoch, step_rows):
        """Yields `(data, order)` for one window after the other."""
        order = epoch_order(self.n_train, seed, epoch, self._window_rows)
        # Compiled code asks for one shape, so short windows are filled up.
        # Rows that fill no step are carried over into the next window.
        carried = step_rows if self._window_rows % step_rows else 0
        size = min(self.n_train, self._window_rows + carried)
        windows = stream(self._rows, order, step_rows)
        with contextlib.closing(windows):
            for window in windows:
                inputs, y, weights = split_inputs(window)
                n = len(y)
                inputs = {k: _fill(v, size) for k, v in inputs.items()}
                data = self._engine.place(
                    inputs, _fill(y, size), _fill(weights, size)
                )
                yield data, np.arange(n, dtype=np.int32)
                # A window of images is trained on for seconds, and leaves holes
                # among small pieces of memory.
                if self._engine.convolves:
                    give_back()

    def validation(self):
        """Yields `(data, first, last)` for pieces of the validation rows."""
        for first in range(self.n_train, self.n, self._engine.score_rows):
            n = min(self._engine.score_rows, self.n - first)
            piece = split_inputs(self._rows.read(first, n))
            yield self._engine.place(*piece), 0, n

    def weights(self):
        """Sums of the weights of the training and of the validation rows."""
        return _sum_weights(self._rows, self.n_train)

    def sample(self, n):
        """The first of the training rows, for probes."""
        return self._rows.read(0, min(n, self.n_train))


def _fill(array, n):
    """The array with zeros behind it; as it is, if it is long enough."""
    if len(array) >= n:
        return array
    filled = aligned_empty((n, *array.shape[1:]), array.dtype)
    filled[: len(array)] = array
    filled[len(array) :] = 0
    return filled


def _sum_weights(rows, n_train):
    """Sums piece by piece, so that memory and disk round alike."""
    sums = [0.0, 0.0]
    for part, (begin, end) in enumerate([(0, n_train), (n_train, len(rows))]):
        for first in range(begin, end, SUM_ROWS):
            n = min(SUM_ROWS, end - first)
            weights = rows.read(first, n, ["weights"])["weights"]
            sums[part] += float(np.sum(weights, dtype=np.float64))
    return tuple(sums)
