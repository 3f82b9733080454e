"""Items that nobody asked for, drawn inside the compiled step.

What was had says little without what was not. Drawing that beforehand would
need many times the memory of the pairs, and in Python many times the time of
the step.
"""

import contextlib

import keras
import numpy as np
from keras import ops

from deeply_backend.layers.dropout import random_words

SCORE_SEED = np.uint32([1, 2])

_drawing = False


@contextlib.contextmanager
def drawing():
    """Lets items be drawn for a while although nothing is trained.

    So a loss that looks at them can be scored. They are the same each time, so
    that scores differ by the weights alone.
    """
    global _drawing
    before, _drawing = _drawing, True
    try:
        yield
    finally:
        _drawing = before


def draws(training):
    """Whether items are drawn now."""
    return training or _drawing


def alias_table(shares):
    """Tables by which a level is drawn in two looks, however many there are.

    Walker (1977), An Efficient Method for Generating Discrete Random Variables
    with General Distributions; built as Vose (1991) does.

    Args:
        shares: Probabilities, which sum to 1.

    Returns:
        `(threshold, alias)`, float32 and int32: of a level drawn evenly, the
        share in which it stays, and the level it else gives way to.
    """
    scaled = np.asarray(shares, np.float64) * len(shares)
    threshold = np.ones(len(scaled))
    alias = np.arange(len(scaled), dtype=np.int32)
    rest = scaled.tolist()
    small = np.flatnonzero(scaled < 1).tolist()
    large = np.flatnonzero(scaled >= 1).tolist()
    while small and large:
        low, high = small.pop(), large[-1]
        threshold[low], alias[low] = rest[low], high
        rest[high] -= 1 - rest[low]
        if rest[high] < 1:
            small.append(large.pop())
    return threshold.astype(np.float32), alias


def draw_shares(counts, power):
    """Probabilities by which levels are drawn.

    By counts to a power: 0 for all alike, 0.75 as by Mikolov et al. (2013),
    Distributed Representations of Words and Phrases and their Compositionality.
    A level without a count is never drawn: of what nobody could have had it
    cannot be said that nobody wanted it.

    Args:
        counts: How often each level was had.
        power: The power.
    """
    counts = np.asarray(counts, np.float64)
    shares = np.where(counts > 0, np.maximum(counts, 1) ** power, 0)
    return shares / shares.sum()


@keras.saving.register_keras_serializable(package="deeply")
class Negatives(keras.layers.Layer):
    """Puts items drawn at random behind a batch's own; see `draws()` for when.

    They are the same for all rows of a batch, so a step looks up few of them.

    Args:
        size: Number of levels; codes count from 1.
        n: How many are drawn; with 0 the layer does nothing.
        shares: With what probability each level is drawn; `None`, where
            weights are loaded: all alike.
        seed: Integer, or `None` to draw one.

    Input shape:
        `(batch,)`, int32.

    Output shape:
        `(batch,)`, or with what is drawn `(batch + n,)`.
    """

    def __init__(self, size, n, shares=None, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.size, self.n = int(size), int(n)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self._shares = shares

    def build(self, input_shape):
        """Creates the tables to draw by."""
        if self.n == 0:
            return
        shares = self._shares
        if shares is None:
            shares = np.full(self.size, 1 / self.size)
        threshold, alias = alias_table(shares)
        self.threshold = self._fixed("threshold", threshold)
        self.alias = self._fixed("alias", alias)

    def _fixed(self, name, values):
        return self.add_weight(
            name=name,
            shape=values.shape,
            dtype=str(values.dtype),
            initializer=lambda shape, dtype: ops.convert_to_tensor(values),
            trainable=False,
            autocast=False,
        )

    def call(self, codes, training=False):
        """Adds what is drawn."""
        if self.n == 0 or not draws(training):
            return codes
        # To score draws the same each time, and leaves the next step its own.
        seed = self.seed_generator.next() if training else SCORE_SEED
        return ops.concatenate([codes, self._draw(seed)])

    def _draw(self, seed):
        """`n` codes."""
        even, part = (random_words(seed, self.n, s) for s in (1, 2))
        # 31 bits, for want of a remainder of unsigned numbers.
        level = ops.cast(ops.right_shift(even, 1), "int32") % self.size
        # 24 bits are what float32 tells apart.
        part = ops.cast(ops.cast(ops.right_shift(part, 8), "int32"), "float32")
        stays = part * 2.0**-24 < ops.take(self.threshold, level)
        return ops.where(stays, level, ops.take(self.alias, level)) + 1

    def compute_output_shape(self, input_shape):
        """Returns a shape of any length."""
        return (None,)

    def get_config(self):
        """Returns what rebuilds the layer, but for the weights."""
        return {
            **super().get_config(),
            "size": self.size,
            "n": self.n,
            "seed": self.seed,
        }
