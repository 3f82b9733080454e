"""How strange an image is to a generator: how near it can come to it.

Schlegl, Seebock, Waldstein, Schmidt-Erfurth & Langs (2017), Unsupervised
Anomaly Detection with Generative Adversarial Networks to Guide Marker
Discovery. IPMI ("AnoGAN").
"""

import math

import keras
import numpy as np
from keras import ops

from deeply_backend.data.images import shrink
from deeply_backend.judge import frechet
from deeply_backend.judge import gan_judge
from deeply_backend.models.gan import DISCRIMINATOR
from deeply_backend.models.gan import GENERATOR
from deeply_backend.training import engine
from deeply_backend.training.convolutions import rows_at_once

# Images that are searched for at once, and their side where a search begins.
MOST_ROWS = 256
SMALL_SIDE = 14

# Of Adam: where the rate begins, from which it falls to zero along a cosine.
# Noise has a standard deviation of 1.
RATE, BETA_1, BETA_2, EPSILON = 0.1, 0.9, 0.99, 1e-12

# The layer of a discriminator that takes its last maps.
LAST_MAPS = "flatten"


class Search:
    """Looks for the noise of which the image nearest to a given one is made.

    It begins at the nearest of some made images, of whatever class, and goes on
    by steps of Adam on the noise of all images of a batch, each for itself. The
    class stays that of the image it began at.

    Args:
        model: What `gan.build()` gives.
        noise: float `(images, units)`, of the images to begin at.
        codes: int `(images,)`, their classes from 0, where there are any.
        weight: Share of the features in the distance, from 0 to 1.
        steps: Number of steps.
    """

    def __init__(self, model, noise, codes, weight, steps):
        self.generator = model.get_layer(GENERATOR)
        judge = model.get_layer(DISCRIMINATOR)
        self.maps = keras.Model(
            judge.input["image"], judge.get_layer(LAST_MAPS).output
        )
        self.shape = [int(n) for n in self.generator.output.shape[1:]]
        self.weight, self.steps = float(weight), int(steps)
        self.noise = np.asarray(noise, np.float32)
        self.codes = None if codes is None else np.asarray(codes, np.int32)
        made = gan_judge.make(self.generator, self.noise, self.codes)
        self.small = shrink(made, self.shape, SMALL_SIDE)
        self.rows = rows_at_once(self.generator, MOST_ROWS, held=True)
        seen = self._see(as_light(made[: self.rows], self.shape))
        # Networks differ in the size of their features.
        self.unit = max(float(ops.mean(ops.abs(seen))), 1e-12)
        self._run = engine.compile_call(self._go)

    def __call__(self, images):
        """Scores `(images,)` of uint8 rows: the higher, the stranger.

        `(1 - weight)` of the mean absolute difference of pixels, from 0 to 1,
        and `weight` of that of the discriminator's last maps, in units of their
        mean absolute value.
        """
        n = len(images)
        small = shrink(images, self.shape, SMALL_SIDE)
        _, begin = frechet.nearest(small, self.small)
        # The last part is filled up, which saves compiling for its size.
        size = min(n, self.rows)
        filled = np.arange(-(-n // size) * size) % n
        found = []
        for first in range(0, n, size):
            some = filled[first : first + size]
            wish = {}
            if self.codes is not None:
                wish["category"] = self.codes[begin[some]][:, None]
            light = as_light(images[some], self.shape)
            part = self._run(light, self.noise[begin[some]], wish)
            found.append(ops.convert_to_numpy(part))
        return np.concatenate(found)[:n].astype("float64")

    def _see(self, light):
        return ops.cast(self.maps(light, training=False), "float32")

    def _go(self, light, noise, wish):
        """The smallest distance `(images,)` on the way from some noise."""
        goal = self._see(light) if self.weight > 0 else None

        def distance(noise):
            made = self.generator({"noise": noise, **wish}, training=False)
            made = _within(ops.cast(made, "float32"))
            # From -1 to 1 pixels lie twice as far apart.
            apart = (1 - self.weight) * _mean_apart(made, light) / 2
            if goal is None:
                return apart
            seen = _mean_apart(self._see(made), goal)
            return apart + self.weight * seen / self.unit

        def total(noise):
            apart = distance(noise)
            return ops.sum(apart), apart

        def unfinished(step, *_):
            return step < self.steps

        def body(step, noise, mean, square, best):
            (_, apart), slopes = engine.differentiate(total, noise)
            taken = ops.cast(step, "float32")
            mean = BETA_1 * mean + (1 - BETA_1) * slopes
            square = BETA_2 * square + (1 - BETA_2) * ops.square(slopes)
            straight = mean / (1 - BETA_1 ** (taken + 1))
            scale = ops.sqrt(square / (1 - BETA_2 ** (taken + 1))) + EPSILON
            rate = RATE / 2 * (1 + ops.cos(math.pi * taken / self.steps))
            noise = noise - rate * straight / scale
            return step + 1, noise, mean, square, ops.minimum(best, apart)

        noise = ops.convert_to_tensor(noise)
        still = ops.zeros_like(noise)
        best = ops.full((light.shape[0],), math.inf, "float32")
        state = (ops.convert_to_tensor(0), noise, still, still, best)
        _, noise, _, _, best = ops.while_loop(unfinished, body, state)
        return ops.minimum(best, distance(noise))


def as_light(images, shape):
    """Rows of bytes as images from -1 to 1, such as a generator makes."""
    light = np.asarray(images, np.float32).reshape(-1, *shape)
    return light / 127.5 - 1


def _within(made):
    """Images as they are shown; slopes are those of what was made."""
    return made + ops.stop_gradient(ops.clip(made, -1, 1) - made)


def _mean_apart(x, y):
    apart = ops.abs(x - y)
    return ops.mean(apart, axis=tuple(range(1, len(apart.shape))))
