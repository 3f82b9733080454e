"""Stages of maps that networks for images are made of."""

import keras
import numpy as np


def sides(size, stages):
    """Sides of the maps of each stage, the first one the smallest.

    Each is half of the next, rounded up: what is doubled is cut to fit.
    """
    found = [int(size)]
    for _ in range(stages):
        found.append(-(-found[-1] // 2))
    return found[::-1]


def cut(x, side, name):
    """Cuts maps that were doubled to their side."""
    off = [have - want for have, want in zip(x.shape[1:3], side, strict=True)]
    if not any(off):
        return x
    return keras.layers.Cropping2D([(0, n) for n in off], name=name)(x)


def convolve(x, filters, place, strides=1):
    """A convolution of 3 x 3 and a leaky ReLU."""
    x = keras.layers.Conv2D(
        filters,
        3,
        strides=strides,
        padding="same",
        kernel_initializer="he_normal",
        name=f"conv_{place}",
    )(x)
    return leaky(x, place)


def leaky(x, place):
    """A ReLU that lets a fifth through where it would be 0."""
    return keras.layers.LeakyReLU(negative_slope=0.2, name=f"leaky_{place}")(x)


def ints(values):
    """Numbers as they come from R, one or several, as a list of integers."""
    return [int(value) for value in np.atleast_1d(values)]
