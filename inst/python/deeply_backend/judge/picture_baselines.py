"""What images that are made from others must be better than."""

import numpy as np

# Sides of the window that the linear filter sees, and its ridge.
WINDOW = 5
RIDGE = 1e-4

# Images at once: windows take 25 times as much.
IMAGES = 32

# Of red, green and blue in what the eye takes for grey (ITU-R BT.601).
GREY = np.float32([0.299, 0.587, 0.114])


def mean_image(images):
    """The mean of uint8 rows, as one."""
    return _as_bytes(images.mean(axis=0, dtype=np.float64))


def as_given(given, channels, wanted):
    """What was given as if it were what is wanted.

    Grey stands for each colour, and colours become grey.

    Args:
        given: uint8 rows.
        channels: How many it has.
        wanted: How many it should have.
    """
    if channels == wanted:
        return given
    pixels = given.reshape(len(given), -1, channels)
    if channels == 1:
        pixels = np.repeat(pixels, wanted, axis=2)
    else:
        pixels = _as_bytes(pixels @ GREY)
    return np.ascontiguousarray(pixels.reshape(len(given), -1))


def fit_filter(given, true, shape):
    """The linear filter that is nearest to true images, by least squares.

    Args:
        given: uint8 rows of what is made from, height x width x channels.
        true: Those of the true images, with as many pixels.
        shape: Height and width.

    Returns:
        `(window * window * channels + 1, channels of the true images)`.
    """
    product, target = 0, 0
    for first in range(0, len(given), IMAGES):
        some = slice(first, first + IMAGES)
        x = _windows(given[some], shape)
        y = true[some].reshape(len(x), -1).astype(np.float32) / 255
        # float64 sums of float32 products of a block.
        product = product + (x.T @ x).astype(np.float64)
        target = target + (x.T @ y).astype(np.float64)
    product += RIDGE * product[-1, -1] * np.eye(len(product))
    return np.linalg.solve(product, target)


def apply_filter(given, weights, shape):
    """What the filter makes of images, uint8 rows."""
    weights = np.asarray(weights, np.float32)
    parts = [
        _as_bytes(
            255 * (_windows(given[first : first + IMAGES], shape)) @ weights
        )
        for first in range(0, len(given), IMAGES)
    ]
    return np.concatenate(parts).reshape(len(given), -1)


def _windows(rows, shape):
    """Of each pixel all around it, and a one: `(pixels, columns)`."""
    height, width = shape
    images = rows.reshape(len(rows), height, width, -1).astype(np.float32) / 255
    reach = WINDOW // 2
    edges = [(0, 0), (reach, reach), (reach, reach), (0, 0)]
    wide = np.pad(images, edges, mode="edge")
    seen = np.lib.stride_tricks.sliding_window_view(
        wide, (WINDOW, WINDOW), axis=(1, 2)
    )
    columns = seen.reshape(len(rows) * height * width, -1)
    return np.concatenate([columns, np.ones_like(columns[:, :1])], axis=1)


def _as_bytes(values):
    return np.clip(np.round(values), 0, 255).astype(np.uint8)
