"""From the bytes of an image to what a convolution takes, and its disguises."""

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="deeply")
class Pixels(keras.layers.Layer):
    """Bytes as numbers of mean 0 and standard deviation 1 a channel.

    Args:
        shape: `(height, width, channels)`.
        mean: Of each channel, where white is 1.
        sd: Likewise.
        mirrored: Whether predictions are to be averaged with those of the
            mirrored image; see `bridge.Live`.

    Input shape:
        `(batch, height * width * channels)` uint8.

    Output shape:
        `(batch, height, width, channels)` float.
    """

    def __init__(self, shape, mean, sd, mirrored=False, **kwargs):
        super().__init__(**kwargs)
        self.shape = tuple(int(n) for n in shape)
        self.mean = [float(x) for x in np.atleast_1d(mean)]
        self.sd = [float(x) for x in np.atleast_1d(sd)]
        self.mirrored = bool(mirrored)

    def call(self, inputs):
        """Scales and folds."""
        x = ops.reshape(inputs, (-1, *self.shape))
        x = ops.cast(x, self.compute_dtype) / 255
        return (x - self._constant(self.mean)) / self._constant(self.sd)

    def _constant(self, values):
        return ops.convert_to_tensor(np.array(values), self.compute_dtype)

    def compute_output_shape(self, input_shape):
        """Returns the folded shape."""
        return (input_shape[0], *self.shape)

    def get_config(self):
        """Returns what rebuilds the layer."""
        return {
            **super().get_config(),
            "shape": list(self.shape),
            "mean": self.mean,
            "sd": self.sd,
            "mirrored": self.mirrored,
        }


@keras.saving.register_keras_serializable(package="deeply")
class Augment(keras.layers.Layer):
    """Shows another variant of each image at each step of training.

    Moving, zooming and mirroring are one linear map of the rows and one of the
    columns of an image, so both are a product of matrices: what lies between
    pixels is interpolated, what lies outside repeats the border.

    Args:
        flip: Whether to mirror half of the images, left to right.
        shift: Largest share of a side to move by. Without a zoom by whole
            pixels, which blurs nothing.
        zoom: Largest share to grow or shrink by.
        light: Largest change of brightness and of contrast, in standard
            deviations.
        erase: Side of the square, as a share of the image's, that is covered in
            half of the images (DeVries & Taylor 2017, Improved Regularization
            of Convolutional Neural Networks with Cutout).
        seed: Integer, or `None` to draw one.

    Input shape:
        `(batch, height, width, channels)`, standardised.

    Output shape:
        The same.
    """

    def __init__(
        self, flip=False, shift=0, zoom=0, light=0, erase=0, seed=None, **kwargs
    ):
        super().__init__(**kwargs)
        self.flip, self.seed = bool(flip), seed
        self.shift, self.zoom = float(shift), float(zoom)
        self.light, self.erase = float(light), float(erase)
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs, training=False):
        """Varies while training, and else gives the images back."""
        if not training:
            return inputs
        # float32 also in mixed precision: places must be exact.
        draw = keras.random.uniform(
            (9, ops.shape(inputs)[0]), -1, 1, "float32", self.seed_generator
        )
        x = self._move(inputs, draw[:4])
        if self.light > 0:
            x = self._relight(x, draw[4:6])
        if self.erase > 0:
            x = self._cover(x, draw[6:])
        return x

    def _move(self, x, draw):
        _, height, width, channels = x.shape
        if self.shift > 0 or self.zoom > 0:
            zoom = 1 + self.zoom * draw[0]
            rows = self._map(height, zoom, draw[1])
            flat = ops.reshape(x, (-1, height, width * channels))
            flat = ops.matmul(ops.cast(rows, x.dtype), flat)
            x = ops.reshape(flat, (-1, height, width, channels))
        else:
            zoom = ops.ones_like(draw[0])
        if self.flip:
            zoom = ops.where(draw[3] < 0, -zoom, zoom)
        elif self.shift == 0 and self.zoom == 0:
            return x
        columns = ops.cast(self._map(width, zoom, draw[2]), x.dtype)
        if channels == 1:
            flat = ops.reshape(x, (-1, height, width))
            flat = ops.matmul(flat, ops.transpose(columns, (0, 2, 1)))
            return ops.reshape(flat, (-1, height, width, 1))
        return ops.einsum("nij,nhjc->nhic", columns, x)

    def _map(self, size, zoom, draw):
        """Matrices `(batch, size, size)` that say which pixel comes whence."""
        places = np.arange(size, dtype="float32")
        middle = (size - 1) / 2
        offset = self.shift * size * draw
        if self.zoom == 0:
            offset = ops.round(offset)
        source = zoom[:, None] * (places - middle) + middle + offset[:, None]
        source = ops.clip(source, 0, size - 1)
        return ops.relu(1 - ops.abs(source[:, :, None] - places))

    def _relight(self, x, draw):
        change = ops.cast(self.light * draw, x.dtype)[:, :, None, None, None]
        return x * (1 + change[0]) + change[1]

    def _cover(self, x, draw):
        _, height, width, _ = x.shape
        covered = draw[2] < 0
        inside = [
            ops.abs(np.linspace(-1, 1, size, dtype="float32") - place[:, None])
            < self.erase
            for size, place in ((height, draw[0]), (width, draw[1]))
        ]
        square = ops.logical_and(inside[0][:, :, None], inside[1][:, None, :])
        square = ops.logical_and(square, covered[:, None, None])
        # Zero is the mean of what is standardised.
        return ops.where(square[:, :, :, None], ops.zeros_like(x), x)

    def compute_output_shape(self, input_shape):
        """Returns the shape of the input."""
        return input_shape

    def get_config(self):
        """Returns what rebuilds the layer."""
        names = ("flip", "shift", "zoom", "light", "erase", "seed")
        return {
            **super().get_config(),
            **{name: getattr(self, name) for name in names},
        }
