"""Images that were made from others, judged beside the true ones."""

import math

import keras
import numpy as np

from deeply_backend.judge.gan_judge import MOST_ROWS
from deeply_backend.judge.gan_judge import as_bytes
from deeply_backend.training.convolutions import rows_at_once


def make(generator, noise, given):
    """Images made from others, uint8 rows as of any image.

    Args:
        generator: The model "generator" of a `gan.build()` with `given`.
        noise: float `(images, units)`.
        given: uint8 rows, one an image.
    """
    shape = next(t.shape[1:] for t in generator.inputs if len(t.shape) == 4)
    most = rows_at_once(generator, MOST_ROWS, held=True)
    parts = []
    for first in range(0, len(noise), most):
        some = slice(first, first + most)
        lit = given[some].reshape(-1, *shape).astype(np.float32) / 255
        inputs = {
            "noise": np.asarray(noise[some], np.float32),
            "given": (lit - 0.5) / 0.5,
        }
        made = generator(inputs, training=False)
        parts.append(as_bytes(keras.ops.convert_to_numpy(made)))
    return np.concatenate(parts)


def errors(made, true):
    """Mean absolute and mean squared difference of bytes, where white is 1."""
    off = (made.astype(np.float32) - true.astype(np.float32)) / 255
    return float(np.abs(off).mean()), float(np.square(off).mean())


def scores(made, true):
    """Dict of `mae` and `psnr`, the peak signal-to-noise ratio in decibels.

    The latter is of the mean square over all images: `10 log10(1 / mse)`.
    """
    absolute, square = errors(made, true)
    psnr = math.inf if square == 0 else -10 * math.log10(square)
    return {"mae": absolute, "psnr": psnr}


class PictureJudge:
    """Looks between epochs at what is made from the same images.

    Args:
        true: uint8 rows.
        given: Those of what they are made from.
        noise: `(images, units)`.
        every: Epochs from one look to the next.
        last: The last epoch, which is looked at too.
        film: How many of the images are kept at each look.
        scored: Whether the mean absolute error decides which epoch is best.
    """

    def __init__(self, true, given, noise, every, last, film, scored):
        self.true, self.given, self.noise = true, given, noise
        self.every, self.last = int(every), int(last)
        self.n_film, self.scored = int(film), scored
        self.epoch, self.film, self.epochs = 0, [], []

    def __call__(self, model):
        """Dict of `val_loss`, the mean absolute error; NaN unlooked."""
        self.epoch += 1
        if self.epoch % self.every and self.epoch not in (1, self.last):
            return {"val_loss": math.nan}
        n = len(self.true) if self.scored else self.n_film
        generator = model.get_layer("generator")
        made = make(generator, self.noise[:n], self.given[:n])
        self.film.append(made[: self.n_film])
        self.epochs.append(self.epoch)
        error = errors(made, self.true)[0] if self.scored else math.nan
        return {"val_loss": error}

    def state(self):
        """What a run that goes on needs."""
        return {"epoch": self.epoch, "film": self.film, "epochs": self.epochs}

    def restore(self, state):
        """Goes on from what `state()` gave."""
        self.epoch, self.film = state["epoch"], state["film"]
        self.epochs = state["epochs"]
