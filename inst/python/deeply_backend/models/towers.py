"""Two towers: a vector for each user, one for each item, and their score.

Koren, Bell & Volinsky (2009), Matrix Factorization Techniques for Recommender
Systems, for the dot product with biases; He et al. (2017), Neural Collaborative
Filtering, for a network in its place.
"""

import keras
import numpy as np

from deeply_backend.layers.dropout import Dropout
from deeply_backend.layers.negatives import Negatives
from deeply_backend.layers.negatives import draw_shares
from deeply_backend.layers.towers import Column
from deeply_backend.layers.towers import LevelVectors
from deeply_backend.layers.towers import Scores
from deeply_backend.models import parts

# What learns from the order of items, so that items are drawn beside those
# that were had.
RANKING = ("bpr", "sampled_softmax")

SIDES = ("user", "item")


def build(spec, sample=None):
    """Builds the network for pairs of users and items.

    Args:
        spec: Dict with `levels` (numbers of users and of items), `user_counts`
            and `item_counts` (how many pairs each has), `dim`, `biases`,
            `l2` (of the vectors that a batch looks up; or in its place
            `user_ridge` and `item_ridge`, see `_penalty()`), `dropout` (share
            of the numbers of a vector), `hidden_units` (of a network in place
            of the dot product) and `activation`; `loss` and `output_bias` (the
            mean score); of a loss in `RANKING` `negatives` (how many items are
            drawn for a batch) and `negative_power` (see `draw_shares()`).
        sample: Not asked.

    Input shape:
        A dict: `category` `(batch, 2)`, int32: user and item, from 1, or 0 for
        one that is not known.

    Output shape:
        `(batch, 1)`, float32: the score of the pair. With a loss in `RANKING`
        while training `(batch, 1 + negatives)`, that of the pair first.

    Returns:
        A `keras.Model`.
    """
    del sample
    inputs = {"category": keras.Input((2,), dtype="int32", name="category")}
    users, items = (
        Column(position, name=f"{side}_code")(inputs["category"])
        for position, side in enumerate(SIDES)
    )
    n, n_items = _negatives(spec), int(spec["levels"][1])
    shares = None
    if n > 0:
        shares = draw_shares(spec["item_counts"], spec["negative_power"])
        items = Negatives(n_items, n, shares, name="negatives")(items)
    output = Scores(
        spec["dim"],
        n,
        n_items if spec["loss"] == "sampled_softmax" else 0,
        shares,
        np.ravel(spec["output_bias"])[0],
        _head(spec),
        name="output",
    )([_tower(users, 0, spec), _tower(items, 1, spec), items])
    return keras.Model(inputs, output, name="towers")


def _negatives(spec):
    return int(spec["negatives"]) if spec["loss"] in RANKING else 0


def _tower(codes, position, spec):
    """Vectors of users or items, their bias behind them."""
    side = SIDES[position]
    size, dim = int(spec["levels"][position]), int(spec["dim"])
    x = LevelVectors(
        size,
        dim,
        spec["biases"],
        _penalty(side, spec),
        np.ravel(spec[f"{side}_counts"]) > 0,
        name=f"{side}_vector",
    )(codes)
    if spec["dropout"] > 0:
        x = Dropout(spec["dropout"], name=f"{side}_dropout")(x)
    return x


def _penalty(side, spec):
    """What looking up a level costs, so that an epoch costs what is asked.

    A ridge is three numbers: a vector costs the first for each pair that its
    level has, and the second; a bias costs the third.
    """
    ridge = spec.get(f"{side}_ridge")
    if ridge is None:
        return spec["l2"]
    each, fixed, bias = np.ravel(ridge)
    n = np.maximum(np.ravel(spec[f"{side}_counts"]), 1)
    return np.stack([each + fixed / n, bias / n], axis=1)


def _head(spec):
    """The network in place of the dot product, or `None`."""
    if len(spec["hidden_units"]) == 0:
        return None
    inputs = keras.Input((3 * int(spec["dim"]),), name="vectors")
    x = _hidden(inputs, spec["hidden_units"], spec)
    # The mean and the biases are added behind it.
    x = keras.layers.Dense(1, use_bias=False, name="score")(x)
    return keras.Model(inputs, x, name="head")


def _hidden(x, units, spec):
    """Dense layers with their activations."""
    for position, width in enumerate(units, start=1):
        x = keras.layers.Dense(
            int(width),
            kernel_initializer=parts.INITIALIZERS.get(
                spec["activation"], "glorot_uniform"
            ),
            name=f"dense_{position}",
        )(x)
        x = parts.activation(spec["activation"], position)(x)
    return x
