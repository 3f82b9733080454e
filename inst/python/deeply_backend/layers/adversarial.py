"""What two networks that learn from each other need between them."""

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="deeply")
class Noise(keras.layers.Layer):
    """Standard normal numbers, as many rows as the input has.

    Drawn in the compiled step: what they are drawn from is part of the state.

    Args:
        units: Numbers a row.
        seed: Integer, or `None` to draw one.

    Input shape:
        `(batch, ...)`, of which nothing but the number of rows is used.

    Output shape:
        `(batch, units)`.
    """

    def __init__(self, units, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.units, self.seed = int(units), seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs):
        """Draws."""
        shape = (ops.shape(inputs)[0], self.units)
        return keras.random.normal(
            shape, dtype=self.compute_dtype, seed=self.seed_generator
        )

    def compute_output_shape(self, input_shape):
        """Returns the shape of the noise."""
        return (input_shape[0], self.units)

    def get_config(self):
        """Returns what rebuilds the layer."""
        return {
            **super().get_config(),
            "units": self.units,
            "seed": self.seed,
        }


@keras.saving.register_keras_serializable(package="deeply")
class Grain(keras.layers.Layer):
    """Adds noise to maps that differs from place to place.

    Karras, Laine & Aila (2019), A Style-Based Generator Architecture for
    Generative Adversarial Networks: without it convolutions have to make
    grain, hair or leaves of nothing, and where what they are given is even,
    they cannot. There it is drawn anew; here it is a fixed mixture of the noise
    that the image is made of, so that the same noise makes the same image.

    Args:
        seed: Integer, of the mixture: another one for each layer.

    Input shape:
        A list of maps `(batch, height, width, channels)` and noise
        `(batch, units)`.

    Output shape:
        That of the maps.
    """

    def __init__(self, seed, **kwargs):
        super().__init__(**kwargs)
        self.seed = int(seed)

    def build(self, input_shape):
        """Draws the mixture, and adds how much it counts in each channel."""
        (_, height, width, channels), (_, units) = input_shape
        # The stream of this generator is the same in all versions of NumPy.
        draw = np.random.RandomState(self.seed).standard_normal
        mixture = draw((units, height * width)) / np.sqrt(units)
        self.mixture = mixture.astype("float32")
        self.side = (height, width, 1)
        self.strength = self.add_weight(
            shape=(channels,),
            initializer=keras.initializers.Constant(0.2),
            name="strength",
        )

    def call(self, inputs):
        """Adds it."""
        maps, noise = inputs
        mixture = ops.convert_to_tensor(self.mixture, dtype=noise.dtype)
        grain = ops.reshape(ops.matmul(noise, mixture), (-1, *self.side))
        return maps + self.strength * grain

    def compute_output_shape(self, input_shape):
        """Returns the shape of the maps."""
        return input_shape[0]

    def get_config(self):
        """Returns what rebuilds the layer."""
        return {**super().get_config(), "seed": self.seed}


@keras.saving.register_keras_serializable(package="deeply")
class Nearby(keras.layers.Layer):
    """Images a little beside those given, at which to look at slopes.

    Lin et al. (2025), Diffusion Adversarial Post-Training: the squared
    difference of a discriminator there, over the variance of the step, is in
    expectation the squared norm of its gradient. It needs no second derivative.

    Args:
        size: Standard deviation of the step.
        seed: Integer, or `None` to draw one.

    Input shape:
        Any.

    Output shape:
        The same.
    """

    def __init__(self, size, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.size, self.seed = float(size), seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs):
        """Takes the step."""
        step = keras.random.normal(
            ops.shape(inputs), dtype=inputs.dtype, seed=self.seed_generator
        )
        return inputs + self.size * step

    def compute_output_shape(self, input_shape):
        """Returns the shape of the input."""
        return input_shape

    def get_config(self):
        """Returns what rebuilds the layer."""
        return {**super().get_config(), "size": self.size, "seed": self.seed}


@keras.saving.register_keras_serializable(package="deeply")
class Together(keras.layers.Layer):
    """Several batches as one, which one call looks at.

    Input shape:
        A list of `(batch, ...)`.

    Output shape:
        `(inputs * batch, ...)`, the rows of the first one first.
    """

    def call(self, inputs):
        """Puts them one behind the other."""
        return ops.concatenate(inputs, axis=0)

    def compute_output_shape(self, input_shape):
        """Returns the shape of a row."""
        return (None, *input_shape[0][1:])


@keras.saving.register_keras_serializable(package="deeply")
class Within(keras.layers.Layer):
    """Keeps values from -1 to 1, or little beyond.

    Much of many images is black, where a `tanh()` has no slope left: a
    generator that has once gone there for all noise never comes back.

    Args:
        leak: Slope beyond.

    Input shape:
        Any.

    Output shape:
        The same.
    """

    def __init__(self, leak=0.05, **kwargs):
        super().__init__(**kwargs)
        self.leak = float(leak)

    def call(self, inputs):
        """Cuts, with a leak."""
        cut = ops.clip(inputs, -1, 1)
        return cut + self.leak * (inputs - cut)

    def compute_output_shape(self, input_shape):
        """Returns the shape of the input."""
        return input_shape

    def get_config(self):
        """Returns what rebuilds the layer."""
        return {**super().get_config(), "leak": self.leak}


@keras.saving.register_keras_serializable(package="deeply")
class Disguise(keras.layers.Layer):
    """Moves images and covers a square of each, with gradients.

    Zhao et al. (2020), Differentiable Augmentation for Data-Efficient GAN
    Training: of true and of made images alike, so that what is learned of them
    is not the disguise.

    Args:
        shift: Largest share of a side to move by; what comes in is empty (-1).
        cover: Share of a side of the square that is covered.
        seed: Integer, or `None` to draw one.

    Input shape:
        `(batch, height, width, channels)`, from -1 to 1.

    Output shape:
        The same.
    """

    def __init__(self, shift=0, cover=0, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.shift, self.cover, self.seed = float(shift), float(cover), seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs, training=False):
        """Disguises while training, and else gives the images back."""
        if not training:
            return inputs
        draw = keras.random.uniform(
            (4, ops.shape(inputs)[0]), -1, 1, "float32", self.seed_generator
        )
        x = inputs
        if self.shift > 0:
            x = self._move(x, draw)
        if self.cover > 0:
            x = self._cover(x, draw[2:])
        return x

    def _move(self, x, draw):
        """Two products of matrices, of whole pixels; see `pixels.Augment`."""
        _, height, width, channels = x.shape
        # What is empty is 0 here, as nothing comes from beyond the border.
        x = x + 1
        rows = ops.cast(self._map(height, draw[0]), x.dtype)
        flat = ops.reshape(x, (-1, height, width * channels))
        x = ops.reshape(ops.matmul(rows, flat), (-1, height, width, channels))
        columns = ops.cast(self._map(width, draw[1]), x.dtype)
        if channels == 1:
            flat = ops.reshape(x, (-1, height, width))
            x = ops.matmul(flat, ops.transpose(columns, (0, 2, 1)))
            return ops.reshape(x, (-1, height, width, 1)) - 1
        return ops.einsum("nij,nhjc->nhic", columns, x) - 1

    def _map(self, size, draw):
        offset = ops.round(self.shift * size * draw)
        source = np.arange(size, dtype="float32") + offset[:, None]
        places = np.arange(size, dtype="float32")
        return ops.cast(
            ops.equal(source[:, :, None], places), self.compute_dtype
        )

    def _cover(self, x, draw):
        _, height, width, _ = x.shape
        inside = [
            ops.abs(np.linspace(-1, 1, size, dtype="float32") - place[:, None])
            < self.cover
            for size, place in ((height, draw[0]), (width, draw[1]))
        ]
        square = ops.logical_and(inside[0][:, :, None], inside[1][:, None, :])
        return ops.where(square[:, :, :, None], ops.zeros_like(x), x)

    def compute_output_shape(self, input_shape):
        """Returns the shape of the input."""
        return input_shape

    def get_config(self):
        """Returns what rebuilds the layer."""
        return {
            **super().get_config(),
            "shift": self.shift,
            "cover": self.cover,
            "seed": self.seed,
        }


@keras.saving.register_keras_serializable(package="deeply")
class Agreement(keras.layers.Layer):
    """How well features fit a class: a product with the class's own vector.

    Miyato & Koyama (2018), cGANs with Projection Discriminator.

    Args:
        classes: Their number.

    Input shape:
        `[(batch, features), (batch, 1)]`, the second one class codes from 0.

    Output shape:
        `(batch, 1)`.
    """

    def __init__(self, classes, **kwargs):
        super().__init__(**kwargs)
        self.classes = int(classes)

    def build(self, input_shape):
        """Makes a vector a class."""
        self.vectors = self.add_weight(
            shape=(self.classes, input_shape[0][-1]),
            initializer="glorot_uniform",
            name="vectors",
        )

    def call(self, inputs):
        """Multiplies."""
        features, codes = inputs
        one_hot = ops.one_hot(codes[:, 0], self.classes, dtype=features.dtype)
        own = ops.matmul(one_hot, ops.cast(self.vectors, features.dtype))
        return ops.sum(features * own, axis=1, keepdims=True)

    def compute_output_shape(self, input_shape):
        """Returns a column."""
        return (input_shape[0][0], 1)

    def get_config(self):
        """Returns what rebuilds the layer."""
        return {**super().get_config(), "classes": self.classes}
