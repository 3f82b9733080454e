"""The way around a residual block that has no weights."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="deeply")
class Shortcut(keras.layers.Layer):
    """Every other pixel of the maps, and maps of zeros behind them.

    He et al. (2016), Deep Residual Learning for Image Recognition, option A.

    Args:
        filters: Number of maps to give.
        strides: Distance of the pixels that are kept.

    Input shape:
        `(batch, height, width, channels)`, channels at most `filters`.

    Output shape:
        `(batch, ceil(height / strides), ceil(width / strides), filters)`.
    """

    def __init__(self, filters, strides=1, **kwargs):
        super().__init__(**kwargs)
        self.filters, self.strides = int(filters), int(strides)

    def call(self, inputs):
        """Thins out and fills up."""
        x = inputs[:, :: self.strides, :: self.strides]
        lacking = self.filters - inputs.shape[-1]
        return ops.pad(x, [(0, 0), (0, 0), (0, 0), (0, lacking)])

    def compute_output_shape(self, input_shape):
        """Returns the shape of the output."""
        batch, height, width, _ = input_shape
        step = self.strides
        return batch, -(-height // step), -(-width // step), self.filters

    def get_config(self):
        """Returns what rebuilds the layer."""
        return {
            **super().get_config(),
            "filters": self.filters,
            "strides": self.strides,
        }
