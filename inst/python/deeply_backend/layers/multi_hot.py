"""Lists of numbers as rows of zeros and ones."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="deeply")
class MultiHot(keras.layers.Layer):
    """Ones where a row names a place.

    Args:
        size: How many places there are.

    Input shape:
        `(batch, length)`, integers from 1 to `size`, each at most once in a
        row; 0 names nothing.

    Output shape:
        `(batch, size)`.
    """

    def __init__(self, size, **kwargs):
        super().__init__(**kwargs)
        self.size = int(size)

    def call(self, places):
        """Returns the ones and zeros."""
        rows, length = ops.shape(places)[0], places.shape[1]
        row = ops.repeat(ops.arange(rows, dtype="int32"), length)
        places = ops.reshape(ops.cast(places, "int32"), (-1,))
        at = ops.stack([row, places], axis=1)
        # What names nothing goes to a column of its own.
        ones = ops.cast(places > 0, self.compute_dtype)
        return ops.scatter(at, ones, (rows, self.size + 1))[:, 1:]

    def compute_output_shape(self, input_shape):
        """Returns `(batch, size)`."""
        return (input_shape[0], self.size)

    def get_config(self):
        """Returns what rebuilds the layer."""
        return {**super().get_config(), "size": self.size}
