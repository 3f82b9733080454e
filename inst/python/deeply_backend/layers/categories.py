"""Categories as vectors: one-hot or entity embeddings.

Both layers take int32 codes. Code 0 means "a level not seen in training" and
becomes the zero vector, so an unknown level says nothing instead of something
arbitrary.
"""

import keras
import numpy as np
from keras import ops

from deeply_backend.layers.lookup import lookup
from deeply_backend.layers.lookup import mark_long


@keras.saving.register_keras_serializable(package="deeply")
class OneHot(keras.layers.Layer):
    """One column of zeros and ones for each level of each category.

    Args:
        sizes: Number of levels of each input column.

    Input shape:
        `(batch, len(sizes))`, int32.

    Output shape:
        `(batch, sum(sizes))`, float32.
    """

    def __init__(self, sizes, **kwargs):
        super().__init__(**kwargs)
        self.sizes = [int(size) for size in sizes]
        self._offsets = np.cumsum([0, *self.sizes[:-1]]).astype("int32")

    def call(self, codes):
        """Encodes a batch of codes."""
        # One wide one-hot summed over the columns: they never share a level,
        # and it costs three operations however many columns there are.
        index = ops.where(codes > 0, codes - 1 + self._offsets, -1)
        width = sum(self.sizes)
        return ops.sum(ops.one_hot(index, width, dtype="float32"), axis=1)

    @property
    def widths(self):
        """How many outputs each input column has."""
        return self.sizes

    def blend(self, shares):
        """The mean output of rows whose levels come with these shares.

        Args:
            shares: `(sum(sizes),)`, the levels of each column in turn.

        Returns:
            `(sum(widths),)`, float32.
        """
        return np.asarray(shares, "float32")

    def compute_output_shape(self, input_shape):
        """Returns the width of all levels together."""
        return (input_shape[0], sum(self.sizes))

    def get_config(self):
        """Returns what rebuilds the layer."""
        return {**super().get_config(), "sizes": self.sizes}


@keras.saving.register_keras_serializable(package="deeply")
class EntityEmbedding(keras.layers.Layer):
    """A learned vector for each level of each category.

    Guo & Berkhahn (2016), Entity Embeddings of Categorical Variables.

    Args:
        sizes: Number of levels of each input column.
        dims: Length of the vectors of each input column.

    Input shape:
        `(batch, len(sizes))`, int32.

    Output shape:
        `(batch, sum(dims))`, float32.
    """

    def __init__(self, sizes, dims, **kwargs):
        super().__init__(**kwargs)
        self.sizes = [int(size) for size in sizes]
        self.dims = [int(dim) for dim in dims]

    def build(self, input_shape):
        """Creates one table a column; row 0 belongs to unknown levels."""
        self.tables = [
            mark_long(
                self.add_weight(
                    name=f"table_{column}",
                    shape=(size + 1, dim),
                    initializer=keras.initializers.RandomNormal(
                        stddev=dim**-0.5
                    ),
                )
            )
            for column, (size, dim) in enumerate(
                zip(self.sizes, self.dims, strict=True)
            )
        ]

    def call(self, codes):
        """Looks up a batch of codes."""
        known = ops.cast(codes > 0, self.compute_dtype)
        columns = [
            lookup(table, codes[:, column]) * known[:, column : column + 1]
            for column, table in enumerate(self.tables)
        ]
        return ops.concatenate(columns, axis=-1)

    @property
    def widths(self):
        """How many outputs each input column has."""
        return self.dims

    def vectors(self, column):
        """The vectors of a column's levels, `(size, dim)`, level 1 first."""
        return ops.convert_to_numpy(self.tables[column])[1:]

    def blend(self, shares):
        """The mean output of rows whose levels come with these shares.

        Args:
            shares: `(sum(sizes),)`, the levels of each column in turn.

        Returns:
            `(sum(widths),)`, float32.
        """
        shares = np.split(np.asarray(shares), np.cumsum(self.sizes)[:-1])
        means = [x @ self.vectors(i) for i, x in enumerate(shares)]
        return np.concatenate(means).astype("float32")

    def compute_output_shape(self, input_shape):
        """Returns the length of all vectors together."""
        return (input_shape[0], sum(self.dims))

    def get_config(self):
        """Returns what rebuilds the layer."""
        return {
            **super().get_config(),
            "sizes": self.sizes,
            "dims": self.dims,
        }
