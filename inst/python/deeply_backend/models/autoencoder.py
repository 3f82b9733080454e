"""A network that gives back what a user has had, from a part of it."""

import keras
import numpy as np

from deeply_backend.layers.dropout import Dropout
from deeply_backend.layers.multi_hot import MultiHot


def build(spec, sample=None):
    """A denoising autoencoder with multinomial likelihood.

    Liang et al. (2018), Variational Autoencoders for Collaborative Filtering:
    "Mult-DAE", one hidden layer of tanh.

    Args:
        spec: Dict with `width` (length of a history), `items` (their number),
            `hidden_units`, `dropout` (share of a user's items that are hidden
            in training) and `output_bias` (an item each).
        sample: Not used.

    Returns:
        A `keras.Model` from `history` `(batch, width)`, item numbers from 1 and
        0 for none, to logits `(batch, items)`.
    """
    history = keras.Input((int(spec["width"]),), dtype="int32", name="history")
    had = MultiHot(spec["items"], name="had")(history)
    scaled = keras.layers.UnitNormalization(name="scaled")(had)
    seen = Dropout(spec["dropout"], name="dropout")(scaled)
    hidden = keras.layers.Dense(
        int(spec["hidden_units"]), activation="tanh", name="hidden"
    )(seen)
    output = keras.layers.Dense(int(spec["items"]), name="output")
    model = keras.Model({"history": history}, output(hidden))
    output.bias.assign(np.asarray(spec["output_bias"]).reshape(-1))
    return model
