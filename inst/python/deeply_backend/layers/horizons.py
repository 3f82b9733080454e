"""What a forecaster does with a window, and for each step ahead of it."""

import keras
import numpy as np
from keras import ops

# A window that hardly moves is not blown up: in units of the series' scale.
LEAST_SD = 0.1


@keras.saving.register_keras_serializable(package="deeply")
class WindowScale(keras.layers.Layer):
    """Puts each window on a scale of its own.

    Kim et al. (2022), Reversible Instance Normalization for Accurate
    Time-Series Forecasting against Distribution Shift. Which of it is done is
    told for each series.

    Input shape:
        A window `(batch, lookback, features)`, of which the first feature is
        the series, and `how` `(batch, 4)`: what of its mean, what of its last
        value is taken off, whether the rest is divided by its standard
        deviation, and whether what was taken off is told.

    Output shape:
        The window, and `(batch, 3)`: what was taken off, what it was divided
        by, and what is told of the first.
    """

    def call(self, window, how):
        """Takes off and divides."""
        series = window[:, :, :1]
        mean = ops.mean(series, axis=1)
        off = how[:, :1] * mean + how[:, 1:2] * series[:, -1]
        variance = ops.mean(ops.square(series - mean[:, None]), axis=1)
        sd = ops.sqrt(variance + LEAST_SD**2)
        by = how[:, 2:3] * sd + (1 - how[:, 2:3])
        scaled = (series - off[:, None]) / by[:, None]
        window = ops.concatenate([scaled, window[:, :, 1:]], axis=2)
        told = how[:, 3:] * off / by
        return window, ops.concatenate([off, by, told], axis=1)

    def compute_output_shape(self, window_shape, how_shape):
        """Returns the shapes of the outputs."""
        del how_shape
        return window_shape, (window_shape[0], 3)


@keras.saving.register_keras_serializable(package="deeply")
class Unscale(keras.layers.Layer):
    """Undoes `WindowScale` for what was forecast.

    Input shape:
        `(batch, ahead, outputs)` and the `(batch, 3)` of `WindowScale`.

    Output shape:
        `(batch, ahead * outputs)`.
    """

    def call(self, x, scales):
        """Multiplies and adds."""
        x = x * scales[:, None, 1:2] + scales[:, None, :1]
        return ops.reshape(x, (-1, x.shape[1] * x.shape[2]))

    def compute_output_shape(self, x_shape, scales_shape):
        """Returns the shape of the output."""
        del scales_shape
        return x_shape[0], x_shape[1] * x_shape[2]


@keras.saving.register_keras_serializable(package="deeply")
class Calendar(keras.layers.Layer):
    """Codes of several columns as columns of zeros and ones, side by side.

    Args:
        levels: Number of levels of each column; its codes begin at 0.

    Input shape:
        `(batch, ahead, len(levels))`, int32.

    Output shape:
        `(batch, ahead, sum(levels))`.
    """

    def __init__(self, levels, **kwargs):
        super().__init__(**kwargs)
        self.levels = [int(n) for n in np.ravel(levels)]

    def call(self, codes):
        """Encodes."""
        parts = [
            ops.one_hot(codes[:, :, column], n, dtype=self.compute_dtype)
            for column, n in enumerate(self.levels)
        ]
        return ops.concatenate(parts, axis=2)

    def compute_output_shape(self, codes_shape):
        """Returns the shape of the output."""
        return codes_shape[0], codes_shape[1], sum(self.levels)

    def get_config(self):
        """Returns what rebuilds the layer."""
        return {**super().get_config(), "levels": self.levels}


@keras.saving.register_keras_serializable(package="deeply")
class ByHorizon(keras.layers.Layer):
    """A linear map for each step ahead, of what is seen and what is known.

    Zeng et al. (2023), Are Transformers Effective for Time Series Forecasting?

    Args:
        outputs: Numbers a step ahead.

    Input shape:
        `(batch, seen)` and `(batch, ahead, known)`.

    Output shape:
        `(batch, ahead, outputs)`.
    """

    def __init__(self, outputs, **kwargs):
        super().__init__(**kwargs)
        self.outputs = int(outputs)

    def build(self, seen_shape, known_shape):
        """Makes the weights: zeros, as `models.forecaster` fills them."""
        _, ahead, width = known_shape
        outputs = ahead * self.outputs
        self.seen = self._zeros("seen", (seen_shape[1], outputs))
        self.known = self._zeros("known", (width, outputs))
        self.bias = self._zeros("bias", (outputs,))

    def _zeros(self, name, shape):
        return self.add_weight(shape=shape, initializer="zeros", name=name)

    def call(self, seen, known):
        """Maps."""
        ahead, width = known.shape[1:]
        x = ops.matmul(seen, self.seen) + self.bias
        x = ops.reshape(x, (-1, ahead, self.outputs))
        kernel = ops.reshape(self.known, (width, ahead, self.outputs))
        return x + ops.einsum("bhk,kho->bho", known, kernel)

    def compute_output_shape(self, seen_shape, known_shape):
        """Returns the shape of the output."""
        del seen_shape
        return known_shape[0], known_shape[1], self.outputs

    def get_config(self):
        """Returns what rebuilds the layer."""
        return {**super().get_config(), "outputs": self.outputs}
