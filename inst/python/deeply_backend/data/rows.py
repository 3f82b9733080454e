"""The row buffer that R fills block by block."""

import numpy as np

from deeply_backend.data.pages import ask_for_pages
from deeply_backend.data.pages import fresh

# What an input may hold. R sends doubles and integers; the width of each is
# settled here, once. An image is a row of bytes: height, width, channels.
DTYPES = {
    "numeric": np.float32,
    "category": np.int32,
    "image": np.uint8,
    "given": np.uint8,
    "features": np.float32,
    "history": np.int32,
    "y": np.float32,
    "weights": np.float32,
}

# What is no input of the model: mostly one value a row.
VECTORS = ("y", "weights")


# What the arithmetic libraries need to work on an array where it lies.
ALIGNMENT = 64


def aligned_empty(shape, dtype):
    """An array like `np.empty()` that a backend can use without a copy."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    memory = fresh(size + ALIGNMENT)
    ask_for_pages(memory)
    start = -memory.ctypes.data % ALIGNMENT
    return memory[start : start + size].view(dtype).reshape(shape)


def as_inputs(blocks):
    """A block of rows as the inputs of a model, each in its final type.

    Args:
        blocks: Dict of input name to an array `(columns, rows)`, in the order
            of memory that R has, which makes its transpose C-ordered.
    """
    return {
        name: np.ascontiguousarray(block.T, DTYPES[name])
        for name, block in blocks.items()
        if len(block) > 0
    }


def as_vector(name, array):
    """An array as 1-D if it is one of `VECTORS`; several outcomes stay 2-D."""
    narrow = name in VECTORS and array.shape[1] == 1
    return array[:, 0] if narrow else array


class Rows:
    """Encoded rows in memory: one C-ordered array a column kind, rows first.

    R encodes a block of rows, hands it over without a copy and `write()` casts
    it into place, so the encoded data exists once, in its final width.

    Args:
        n_rows: Number of rows.
        widths: Dict of name (a key of `DTYPES`) to number of columns; a kind
            without columns is left out.
    """

    def __init__(self, n_rows, widths):
        self.arrays = {
            name: aligned_empty((int(n_rows), int(width)), DTYPES[name])
            for name, width in widths.items()
            if width > 0
        }

    def write(self, first, blocks):
        """Casts blocks of rows into place.

        Args:
            first: Index of the first row written, from 0.
            blocks: Dict of name to an array `(columns, rows)`.
        """
        first = int(first)
        for name, block in blocks.items():
            if name in self.arrays:
                rows = block.T
                self.arrays[name][first : first + len(rows)] = rows

    def read(self, first, n, names=None):
        """Rows from `first` on, as a dict of arrays, see `as_vector()`.

        Args:
            first: Index of the first row.
            n: Number of rows.
            names: Which arrays; `None` is all.
        """
        return self._as_dict(slice(int(first), int(first) + int(n)), names)

    def whole(self):
        """All rows, as `read()` gives them."""
        return self.read(0, len(self))

    def take(self, index):
        """The rows of an index, as a dict of arrays, see `as_vector()`."""
        return self._as_dict(index)

    def close(self):
        """Gives the memory back."""
        self.arrays.clear()

    def _as_dict(self, rows, names=None):
        return {
            name: as_vector(name, self.arrays[name])[rows]
            for name in names or self.arrays
        }

    def __len__(self):
        return len(next(iter(self.arrays.values())))


def split_inputs(arrays):
    """Splits what `read()` gave into `(inputs, y, weights)`."""
    inputs = {k: v for k, v in arrays.items() if k not in VECTORS}
    return inputs, arrays["y"], arrays["weights"]
