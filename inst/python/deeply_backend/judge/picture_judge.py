"""Images that were made from others, judged beside the true ones."""

import math

import keras
import numpy as np

from deeply_backend.judge import frechet
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


def scores(made, true, eyes, features):
    """How near images are to those that they should be.

    Args:
        made: uint8 rows.
        true: Those that they should be, one for each.
        eyes: `gan_judge.Eyes`.
        features: What these see in the true ones.

    Returns:
        Dict of `mae`, `psnr` (the peak signal-to-noise ratio in decibels, of
        the mean square over all images: `10 log10(1 / mse)`) and `frechet`
        (NaN of one image).
    """
    absolute, square = errors(made, true)
    psnr = math.inf if square == 0 else -10 * math.log10(square)
    distance = math.nan
    if len(made) > 1:
        distance = frechet.frechet(eyes(made), features)
    return {"mae": absolute, "psnr": psnr, "frechet": distance}
