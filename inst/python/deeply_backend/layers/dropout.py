"""Dropout that costs next to nothing.

XLA draws random numbers for a CPU with a general generator that takes longer
than the layer it sits behind (TensorFlow's default there a thousand times
longer). A unit to drop needs no more than a few well-mixed bits.
"""

import keras
import numpy as np
from keras import ops


def mixed(bits):
    """Mixes the bits of uint32 numbers; each input gives another output.

    Wellons (2018), Prospecting for Hash Functions ("lowbias32").
    """
    bits = ops.bitwise_xor(bits, ops.right_shift(bits, _word(16)))
    bits = ops.multiply(bits, _word(0x7FEB352D))
    bits = ops.bitwise_xor(bits, ops.right_shift(bits, _word(15)))
    bits = ops.multiply(bits, _word(0x846CA68B))
    return ops.bitwise_xor(bits, ops.right_shift(bits, _word(16)))


def random_words(seed, size, stream=0):
    """So many uint32 numbers from a counter.

    Salmon et al. (2011), Parallel Random Numbers: As Easy as 1, 2, 3. They are
    the same on every backend.

    Args:
        seed: What `SeedGenerator.next()` gave.
        size: How many.
        stream: Another number gives other words of the same seed.
    """
    seed = ops.cast(seed, "uint32")
    counter = ops.cast(ops.arange(size, dtype="int32"), "uint32")
    first = ops.add(seed[0], _word(stream * 0x9E3779B9 % 2**32))
    return mixed(ops.bitwise_xor(mixed(ops.add(counter, first)), seed[1]))


def dropped(words, rate):
    """Which of so many random words stand for something to drop."""
    return words < _word(rate * 2**32)


def _word(number):
    return ops.convert_to_tensor(np.uint32(number))


@keras.saving.register_keras_serializable(package="deeply")
class Dropout(keras.layers.Layer):
    """Sets a share of the inputs to zero while training.

    Srivastava et al. (2014), Dropout: A Simple Way to Prevent Neural Networks
    from Overfitting. The others grow by `1 / (1 - rate)`, so that sums stay.
    The random bits are the same on every backend, see `random_words()`.

    Args:
        rate: Share to drop, from 0 to below 1.
        seed: Integer, or `None` to draw one.

    Input shape:
        Any.

    Output shape:
        That of the input.
    """

    def __init__(self, rate, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.rate = float(rate)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.supports_masking = True

    def call(self, inputs, training=False):
        """Drops while training, and else gives the inputs back."""
        if not training or self.rate == 0:
            return inputs
        shape = ops.shape(inputs)
        size = 1
        for length in shape:
            size = size * length
        words = random_words(self.seed_generator.next(), size)
        drop = ops.reshape(dropped(words, self.rate), shape)
        return ops.where(drop, 0, inputs / (1 - self.rate))

    def compute_output_shape(self, input_shape):
        """Returns the shape of the input."""
        return input_shape

    def get_config(self):
        """Returns what rebuilds the layer."""
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}
