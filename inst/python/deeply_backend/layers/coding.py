"""What an autoencoder needs between its two halves, and what a row costs it."""

import math

import keras
import numpy as np
from keras import ops

# Log variances of a code beyond these are those of a rounding error.
LOWEST, HIGHEST = -12.0, 8.0

# Of what sigma is stored as: it is learned this many times faster than a
# weight, as it has far to go and is but one number.
GAIN = 10.0


def divergence(mean, log_variance):
    """Kullback-Leibler divergence from N(0, 1) of each row, `(batch, 1)`.

    Kingma & Welling (2014), Auto-Encoding Variational Bayes, appendix B: the
    sum over the units of `(mean^2 + variance - 1 - log variance) / 2`.
    """
    parts = ops.square(mean) + ops.exp(log_variance) - 1 - log_variance
    return ops.sum(parts, axis=-1, keepdims=True) / 2


def halves(code):
    """Means and log variances of what a variational encoder gives."""
    mean, log_variance = ops.split(code, 2, axis=-1)
    return mean, ops.clip(log_variance, LOWEST, HIGHEST)


@keras.saving.register_keras_serializable(package="deeply")
class Hide(keras.layers.Layer):
    """Hides a share of the values of each row while training.

    Vincent et al. (2008), Extracting and Composing Robust Features with
    Denoising Autoencoders: masking noise. What is hidden is 0: the mean of a
    number, the level that nobody knows of a category, the black of a pixel.

    Args:
        share: From 0 to below 1.
        empty: What stands where something is hidden.
        seed: Integer, or `None` to draw one.

    Input shape:
        `(batch, columns)`, or `(batch, height, width, channels)`, of which all
        channels of a pixel are hidden.

    Output shape:
        The same.
    """

    def __init__(self, share, empty=0, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.share, self.empty, self.seed = float(share), empty, seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs, training=False):
        """Hides while training, and else gives all back."""
        if not training or self.share == 0:
            return inputs
        shape = list(ops.shape(inputs))
        if len(shape) == 4:
            shape[3] = 1
        draw = keras.random.uniform(
            shape, dtype="float32", seed=self.seed_generator
        )
        nothing = ops.full_like(inputs, self.empty)
        return ops.where(draw < self.share, nothing, inputs)

    def compute_output_shape(self, input_shape):
        """Returns the shape of the input."""
        return input_shape

    def get_config(self):
        """Returns what rebuilds the layer."""
        return {
            **super().get_config(),
            "share": self.share,
            "empty": self.empty,
            "seed": self.seed,
        }


@keras.saving.register_keras_serializable(package="deeply")
class Draw(keras.layers.Layer):
    """A code drawn from the normal distribution that an encoder gives.

    Kingma & Welling (2014): the mean plus the standard deviation times noise,
    so that gradients pass. It draws when it is not training too, as the bound
    that decides which epoch is best is one of drawn codes.

    Args:
        seed: Integer, or `None` to draw one.

    Input shape:
        `(batch, 2 * units)`: means, then log variances.

    Output shape:
        `(batch, units)`.
    """

    def __init__(self, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs):
        """Draws."""
        mean, log_variance = halves(inputs)
        noise = keras.random.normal(
            ops.shape(mean), dtype=mean.dtype, seed=self.seed_generator
        )
        return mean + ops.exp(log_variance / 2) * noise

    def compute_output_shape(self, input_shape):
        """Returns the shape of the code."""
        return (input_shape[0], input_shape[1] // 2)

    def get_config(self):
        """Returns what rebuilds the layer."""
        return {**super().get_config(), "seed": self.seed}


@keras.saving.register_keras_serializable(package="deeply")
class Bound(keras.layers.Layer):
    """Error and divergence of each row together: a negative evidence bound.

    Args:
        beta: Weight of the divergence (Higgins et al. 2017, beta-VAE).

    Input shape:
        `[(batch, 1), (batch, 2 * units)]`: errors, and what the encoder gives.

    Output shape:
        `(batch, 1)`.
    """

    def __init__(self, beta=1, **kwargs):
        super().__init__(**kwargs)
        self.beta = float(beta)

    def call(self, inputs):
        """Adds."""
        error, code = inputs
        return error + self.beta * divergence(*halves(code))

    def compute_output_shape(self, input_shape):
        """Returns a column."""
        return (input_shape[0][0], 1)

    def get_config(self):
        """Returns what rebuilds the layer."""
        return {**super().get_config(), "beta": self.beta}


class _Error(keras.layers.Layer):
    """What both kinds of rows have: whether, and in what, sigma is learned.

    The likelihood is normal around what was made, with a sigma that is learned
    along: Rybkin, Daniilidis & Levine (2021), Simple and Effective VAE Training
    with Calibrated Decoders (sigma-VAE). It finds by itself the balance of
    error and divergence that others have to look for. A density has no unit, so
    it counts in `grain`, the finest difference that data can show; sigma never
    falls below it, and no row costs less than nothing.
    """

    def __init__(self, likelihood=False, **kwargs):
        super().__init__(**kwargs)
        self.likelihood = bool(likelihood)

    def _learn_sigma(self, shape, grain):
        # From 0 to the largest that makes sense: sigma starts at the top.
        self._most = -math.log(grain)
        if self.likelihood:
            self.log_sigma = self.add_weight(
                shape=shape, initializer="zeros", name="log_sigma"
            )

    def grains(self):
        """Log of sigma, counted in grains."""
        return ops.clip(self._most + GAIN * self.log_sigma, 0.0, self._most + 1)

    def _cost(self, squares, grain):
        """Negative log likelihood of squared differences."""
        log_grains = ops.cast(self.grains(), squares.dtype)
        sigma = grain * ops.exp(log_grains)
        return (
            squares / (2 * ops.square(sigma))
            + log_grains
            + math.log(2 * math.pi) / 2
        )

    def get_config(self):
        """Returns what rebuilds the layer."""
        return {**super().get_config(), "likelihood": self.likelihood}


@keras.saving.register_keras_serializable(package="deeply")
class ImageError(_Error):
    """How far a made image is from the true one.

    Args:
        likelihood: Whether it is the negative log likelihood of 256 shades, in
            nats an image; otherwise the mean squared error of pixels, where
            white is 1.

    Input shape:
        `[(batch, height, width, channels)] * 2`, true and made, from -1 to 1.

    Output shape:
        `(batch, 1)`.
    """

    GRAIN = 1 / 255

    def build(self, input_shape):
        """Makes one sigma for all pixels."""
        self._learn_sigma((), self.GRAIN)

    def call(self, inputs):
        """Compares."""
        true, made = inputs
        squares = ops.square((true - made) / 2)
        squares = ops.reshape(squares, (-1, int(np.prod(true.shape[1:]))))
        if not self.likelihood:
            return ops.mean(squares, axis=1, keepdims=True)
        return ops.sum(self._cost(squares, self.GRAIN), axis=1, keepdims=True)

    def compute_output_shape(self, input_shape):
        """Returns a column."""
        return (input_shape[0][0], 1)

    def sigma(self):
        """What was learned, as an array; white is 1."""
        return self.GRAIN * np.exp(ops.convert_to_numpy(self.grains()))


@keras.saving.register_keras_serializable(package="deeply")
class TableError(_Error):
    """How far a row that was made is from the true one.

    A number costs its squared difference, unless it was missing; whether it was
    and a category cost cross-entropy. What no training row had costs nothing.

    Args:
        flags: For each number the position of its indicator, from 1, or 0.
        levels: Number of levels of each category.
        likelihood: Whether numbers cost their negative log likelihood, each
            column with a sigma of its own, and a row the sum over its columns;
            otherwise the mean over them.

    Input shape:
        A dict: `made` `(batch, numbers + sum(levels))`, values and logits, and
        of the row `numeric` and `category`, where there are such.

    Output shape:
        `(batch, 1)`.
    """

    # Of a standard deviation.
    GRAIN = 0.01

    def __init__(self, flags, levels, likelihood=False, **kwargs):
        super().__init__(likelihood, **kwargs)
        self.flags = [int(flag) for flag in np.atleast_1d(flags)]
        self.levels = [int(size) for size in np.atleast_1d(levels)]
        indicators = {flag for flag in self.flags if flag > 0}
        self.values = [
            i for i in range(len(self.flags)) if i + 1 not in indicators
        ]
        self.indicators = sorted(flag - 1 for flag in indicators)

    def build(self, input_shape):
        """Makes a sigma for each number."""
        self._learn_sigma((len(self.values),), self.GRAIN)

    def call(self, inputs):
        """Compares column by column."""
        made, costs = inputs["made"], []
        if self.values:
            costs.append(self._numbers(inputs["numeric"], made))
        if self.indicators:
            logit = ops.take(made, self.indicators, axis=1)
            known = ops.take(inputs["numeric"], self.indicators, axis=1)
            costs.append(ops.softplus(logit) - logit * known)
        first = len(self.flags)
        for column, size in enumerate(self.levels):
            code = inputs["category"][:, column : column + 1]
            said = ops.log_softmax(made[:, first : first + size], axis=-1)
            own = ops.take_along_axis(said, ops.maximum(code - 1, 0), axis=-1)
            costs.append(ops.where(code > 0, -own, ops.zeros_like(own)))
            first += size
        costs = ops.concatenate(costs, axis=1)
        total = ops.sum if self.likelihood else ops.mean
        return total(costs, axis=1, keepdims=True)

    def _numbers(self, numeric, made):
        true = ops.take(numeric, self.values, axis=1)
        squares = ops.square(true - ops.take(made, self.values, axis=1))
        cost = self._cost(squares, self.GRAIN) if self.likelihood else squares
        flags = [self.flags[i] for i in self.values]
        if not any(flags):
            return cost
        # Column 0 stands for those that are never missing.
        padded = ops.concatenate([ops.zeros_like(numeric[:, :1]), numeric], 1)
        return cost * (1 - ops.take(padded, flags, axis=1))

    def compute_output_shape(self, input_shape):
        """Returns a column."""
        return (input_shape["made"][0], 1)

    def sigma(self):
        """What was learned of each number, in standard deviations."""
        return self.GRAIN * np.exp(ops.convert_to_numpy(self.grains()))

    def get_config(self):
        """Returns what rebuilds the layer."""
        return {
            **super().get_config(),
            "flags": self.flags,
            "levels": self.levels,
        }
