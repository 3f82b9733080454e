"""The row buffer that R fills block by block."""

import numpy as np

# What an input may hold. R sends doubles and integers; the width of each is
# settled here, once.
DTYPES = {"numeric": np.float32, "category": np.int32}


def as_inputs(blocks):
    """A block of rows as the inputs of a model, each in its final type."""
    return {
        name: np.ascontiguousarray(block, DTYPES[name])
        for name, block in blocks.items()
        if block.shape[1] > 0
    }


class Rows:
    """The inputs of a model: one C-ordered array an input, rows first.

    R encodes a block of rows, hands it over without a copy and `write()` casts
    it into place, so the encoded data exists once, in its final width.

    Args:
        n_rows: Number of rows.
        widths: Dict of input name to number of columns; an input without
            columns is left out.
    """

    def __init__(self, n_rows, widths):
        self.inputs = {
            name: np.empty((int(n_rows), int(width)), DTYPES[name])
            for name, width in widths.items()
            if width > 0
        }

    def write(self, first, blocks):
        """Casts blocks of rows into place.

        Args:
            first: Index of the first row written, from 0.
            blocks: Dict of input name to a 2-D array of rows.
        """
        first = int(first)
        for name, block in blocks.items():
            if name in self.inputs:
                self.inputs[name][first : first + len(block)] = block

    def take(self, index):
        """Returns the inputs at the given rows, as a dict of arrays."""
        return {name: x[index] for name, x in self.inputs.items()}

    def __len__(self):
        return len(next(iter(self.inputs.values())))
