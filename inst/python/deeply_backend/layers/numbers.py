"""Numbers as vectors: a network bends a straight line only slowly.

Gorishniy, Rubachev & Babenko (2022), On Embeddings for Numerical Features in
Tabular Deep Learning. NeurIPS.

Tancik et al. (2020), Fourier Features Let Networks Learn High Frequency
Functions in Low Dimensional Domains. NeurIPS.
"""

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="deeply")
class PiecewiseLinear(keras.layers.Layer):
    """A vector that bends at the knots of a column and is straight between.

    The same functions as the paper's piecewise-linear encoding with a linear
    layer behind it, but a row costs two vectors, however many knots there are.
    They begin as straight lines, so that a table of few rows, or one in which
    all is linear, need not unlearn anything. Before the first knot and behind
    the last one nothing changes, so a huge number does no harm.

    Args:
        knots: For each column its knots, increasing, at least one.
        dim: Length of the vectors.
        flags: For each column the position of the column that is 1 where it is
            missing, and 0 elsewhere; -1 if there is none. What is missing has
            the zero vector, and its flag says so by a vector of its own.

    Input shape:
        `(batch, len(knots))`, float32.

    Output shape:
        `(batch, len(knots) * dim)`, float32.
    """

    def __init__(self, knots, dim, flags=None, **kwargs):
        super().__init__(**kwargs)
        self.knots = [[float(x) for x in column] for column in knots]
        self.dim = int(dim)
        self.flags = [int(x) for x in flags or [-1] * len(self.knots)]
        sizes = np.array([len(column) for column in self.knots], "int32")
        self._last = sizes - 1
        self._first = (np.cumsum(sizes) - sizes).astype("int32")
        self._flat = np.concatenate(self.knots).astype("float32")
        gaps = np.append(np.diff(self._flat), 1)
        # Behind the last knot of a column there is no gap.
        gaps[self._first + self._last] = 1
        self._per_gap = (1 / gaps).astype("float32")
        flags = np.array(self.flags, "int32")
        self._flag = np.maximum(flags, 0)
        self._flagged = (flags >= 0).astype("float32")

    def build(self, input_shape):
        """Creates a line a column, and what each knot adds to it."""
        shape = (len(self.knots), self.dim)
        self.slope = self.add_weight(
            name="slope",
            shape=shape,
            initializer=keras.initializers.RandomUniform(-1, 1),
        )
        self.bias = self.add_weight(
            name="bias", shape=shape, initializer="zeros"
        )
        self.table = self.add_weight(
            name="table",
            shape=(len(self._flat), self.dim),
            initializer="zeros",
        )

    def call(self, inputs):
        """Encodes a batch."""
        low = self._flat[self._first]
        high = self._flat[self._first + self._last]
        x = ops.clip(ops.cast(inputs, "float32"), low, high)
        place = self._place(x)
        left = self._first + place
        right = self._first + ops.minimum(place + 1, self._last)
        way = (x - ops.take(self._flat, left)) * ops.take(self._per_gap, left)
        way, x = (ops.cast(v, self.compute_dtype)[:, :, None] for v in (way, x))
        vectors = ops.take(self.table, left, axis=0) * (1 - way)
        vectors = vectors + ops.take(self.table, right, axis=0) * way
        vectors = vectors + x * self.slope + self.bias
        if self._flagged.any():
            missing = ops.take(inputs, self._flag, axis=1) * self._flagged
            known = ops.cast(1 - missing, self.compute_dtype)
            vectors = vectors * known[:, :, None]
        return ops.reshape(vectors, (-1, len(self.knots) * self.dim))

    def _place(self, x):
        """Number of the last knot that is not above each value, or 0.

        A search by halves: `ops.searchsorted` takes one column at a time.
        """
        place = ops.zeros_like(x, dtype="int32")
        step = 1 << int(self._last.max()).bit_length()
        while step := step // 2:
            ahead = ops.minimum(place + step, self._last)
            passed = x >= ops.take(self._flat, self._first + ahead)
            place = ops.where(passed, ahead, place)
        return place

    @property
    def widths(self):
        """How many outputs each input column has."""
        return [self.dim] * len(self.knots)

    def compute_output_shape(self, input_shape):
        """Returns the length of all vectors together."""
        return (input_shape[0], len(self.knots) * self.dim)

    def get_config(self):
        """Returns what rebuilds the layer."""
        return {
            **super().get_config(),
            # Plain lists, where Keras keeps lists of its own.
            "knots": [list(column) for column in self.knots],
            "dim": self.dim,
            "flags": list(self.flags),
        }


@keras.saving.register_keras_serializable(package="deeply")
class Periodic(keras.layers.Layer):
    """Sines and cosines of a column at learned frequencies, as a vector.

    The paper's "periodic" embeddings: `relu(linear([sin(2 pi c x), cos(2 pi c
    x)]))`, the frequencies `c` and the linear map being those of the column.

    Args:
        columns: Number of columns.
        dim: Length of the vectors.
        frequencies: Of each column.
        scale: Standard deviation of the frequencies at the start.

    Input shape:
        `(batch, columns)`, float32.

    Output shape:
        `(batch, columns * dim)`, float32.
    """

    def __init__(self, columns, dim, frequencies=24, scale=0.1, **kwargs):
        super().__init__(**kwargs)
        self.columns, self.dim = int(columns), int(dim)
        self.frequencies, self.scale = int(frequencies), float(scale)

    def build(self, input_shape):
        """Creates the frequencies, and the linear map of each column."""
        self.frequency = self.add_weight(
            name="frequency",
            shape=(self.columns, self.frequencies),
            initializer=keras.initializers.RandomNormal(stddev=self.scale),
        )
        self.kernel = self.add_weight(
            name="map",
            shape=(self.columns, 2 * self.frequencies, self.dim),
            # Keras takes the columns for a part of the width.
            initializer=keras.initializers.VarianceScaling(
                2 * self.columns, mode="fan_in"
            ),
        )
        self.bias = self.add_weight(
            name="bias", shape=(self.columns, self.dim), initializer="zeros"
        )

    def call(self, inputs):
        """Encodes a batch."""
        angle = 2 * np.pi * inputs[:, :, None] * self.frequency
        waves = ops.concatenate([ops.sin(angle), ops.cos(angle)], axis=-1)
        vectors = ops.einsum("bcf,cfd->bcd", waves, self.kernel) + self.bias
        return ops.reshape(ops.relu(vectors), (-1, self.columns * self.dim))

    @property
    def widths(self):
        """How many outputs each input column has."""
        return [self.dim] * self.columns

    def compute_output_shape(self, input_shape):
        """Returns the length of all vectors together."""
        return (input_shape[0], self.columns * self.dim)

    def get_config(self):
        """Returns what rebuilds the layer."""
        return {
            **super().get_config(),
            "columns": self.columns,
            "dim": self.dim,
            "frequencies": self.frequencies,
            "scale": self.scale,
        }


@keras.saving.register_keras_serializable(package="deeply")
class RandomFourier(keras.layers.Layer):
    """Waves of all columns together, in directions drawn once at random.

    The "Gaussian random Fourier features" of Tancik et al. (2020), `[sin(2 pi B
    x), cos(2 pi B x)]`. The rows of `B` do not learn; they are a weight so that
    a saved model keeps them. Each wave runs askew to the columns, so there is
    no `widths` here: an output does not belong to one of them.

    Args:
        scale: Standard deviation of the numbers in `B`, in cycles per unit.
        frequencies: Rows of `B`.

    Input shape:
        `(batch, columns)`, float32.

    Output shape:
        `(batch, 2 * frequencies)`, float32, in mixed precision too: a phase of
        many cycles would be lost in 8 bits.
    """

    def __init__(self, scale, frequencies=128, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.scale, self.frequencies = float(scale), int(frequencies)

    def build(self, input_shape):
        """Draws the frequencies."""
        self.frequency = self.add_weight(
            name="frequency",
            shape=(input_shape[-1], self.frequencies),
            initializer=keras.initializers.RandomNormal(stddev=self.scale),
            trainable=False,
        )

    def call(self, inputs):
        """Encodes a batch."""
        angle = 2 * np.pi * ops.matmul(inputs, self.frequency)
        return ops.concatenate([ops.sin(angle), ops.cos(angle)], axis=-1)

    def compute_output_shape(self, input_shape):
        """Returns how many waves there are."""
        return (input_shape[0], 2 * self.frequencies)

    def get_config(self):
        """Returns what rebuilds the layer."""
        return {
            **super().get_config(),
            "scale": self.scale,
            "frequencies": self.frequencies,
        }
