"""Windows of series, cut while they are used: memory does not grow with them.

All series lie one behind the other, each time once. A row is a window: the
number of its first time. What it sees and what it is to forecast is gathered
inside the compiled step.
"""

import numpy as np

from deeply_backend.data.rows import aligned_empty

# Values of windows that are held at once where nothing is compiled: 64 MB.
MOST_VALUES = 2**24

# What lies along time, and what belongs to a series.
ALONG_TIME = ("past", "codes", "known", "target")
OF_SERIES = ("static", "how")


class Panel:
    """All series, one behind the other.

    Args:
        past: float32 `(times, features)`: what a window sees; the series itself
            is the first feature. Without missing values.
        target: float32 `(times,)`: what is to be forecast; NaN: not known.
        codes: int32 `(times, columns)`: the calendar, codes from 0.
        known: float32 `(times, columns)`: what is known ahead of time.
        static: float32 `(series, columns)`: what stays the same.
        how: float32 `(series, 4)`: how a window is put on a scale of its own,
            see `layers.horizons.WindowScale`.
    """

    def __init__(self, past, target, codes, known, static, how):
        self.arrays = {
            "past": _own(past, np.float32),
            "target": _own(target, np.float32),
            "codes": _own(codes, np.int32),
            "known": _own(known, np.float32),
            "static": _own(static, np.float32),
            "how": _own(how, np.float32),
        }

    def __len__(self):
        return len(self.arrays["target"])


class WindowRows:
    """Windows of a panel as rows, which the engine trains on.

    Args:
        panel: A `Panel`.
        starts: Where each window begins, from 0.
        series: Whose window it is, from 0.
        lookback: How many times it sees.
        ahead: Which steps after them it is to forecast.
    """

    def __init__(self, panel, starts, series, lookback, ahead):
        self.panel = panel
        self.start = _own(np.ravel(starts), np.int32)
        self.series = _own(np.ravel(series), np.int32)
        self.lookback = int(lookback)
        self.ahead = np.asarray(ahead, np.int32).reshape(-1)
        self._weights = np.ones(len(self.start), np.float32)

    def __len__(self):
        return len(self.start)

    def whole(self):
        """What lies on the device: the panel, and where windows begin."""
        arrays = {
            k: x
            for k, x in self.panel.arrays.items()
            if k != "target" and x.shape[1] > 0
        }
        return {
            **arrays,
            "start": self.start,
            "series": self.series,
            "y": self.panel.arrays["target"],
            "weights": self._weights,
        }

    def gather(self, data, rows, take):
        """Windows `(inputs, y, weights)` of what `whole()` gave.

        Args:
            data: `(inputs, y, weights)`, where the backend wants them.
            rows: Which windows.
            take: The backend's function of an array and an index.
        """
        arrays, y, weights = data
        start = take(arrays["start"], rows)[:, None]
        series = take(arrays["series"], rows)
        seen = start + np.arange(self.lookback, dtype=np.int32)
        coming = start + (self.lookback - 1 + self.ahead)
        inputs = {"window": take(arrays["past"], seen)}
        for name in ("codes", "known"):
            if name in arrays:
                inputs[name] = take(arrays[name], coming)
        for name in OF_SERIES:
            if name in arrays:
                inputs[name] = take(arrays[name], series)
        return inputs, take(y, coming), take(weights, rows)

    def read(self, first, n, names=None):
        """Windows from `first` on, as a dict of arrays.

        Asked for its weights alone, it cuts no windows.
        """
        some = slice(int(first), int(first) + int(n))
        if names == ["weights"]:
            return {"weights": self._weights[some]}
        return self.take(np.arange(len(self))[some])

    def take(self, index):
        """The windows of an index, as a dict of arrays."""
        whole = self.whole()
        data = whole, whole.pop("y"), whole.pop("weights")
        inputs, y, weights = self.gather(data, np.asarray(index), _take)
        return {**inputs, "y": y, "weights": weights}

    def blocks(self, first=0):
        """Yields `(inputs, y)` of the windows from `first` on, some a time."""
        width = self.lookback * self.panel.arrays["past"].shape[1]
        width += len(self.ahead) * (1 + self.panel.arrays["known"].shape[1])
        most = max(1, MOST_VALUES // width)
        for begin in range(int(first), len(self), most):
            some = self.read(begin, most)
            y = some.pop("y")
            del some["weights"]
            yield some, y

    def close(self):
        """Gives the memory back."""
        self.panel.arrays.clear()


def _take(x, index):
    return x[index]


def _own(array, dtype):
    """A copy that a backend can use where it lies; R's arrays are R's."""
    found = aligned_empty(np.shape(array), dtype)
    found[...] = array
    return found
