"""Two towers: a vector for each user, one for each item, and their score.

Koren, Bell & Volinsky (2009), Matrix Factorization Techniques for Recommender
Systems, for the dot product with biases; He et al. (2017), Neural Collaborative
Filtering, for a network in its place; Covington, Adams & Sargin (2016), Deep
Neural Networks for YouTube Recommendations, for what is known of users and
items.
"""

import keras
import numpy as np

from deeply_backend.layers.categories import EntityEmbedding
from deeply_backend.layers.dropout import Dropout
from deeply_backend.layers.negatives import Negatives
from deeply_backend.layers.negatives import draw_shares
from deeply_backend.layers.towers import Column
from deeply_backend.layers.towers import FeatureRows
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
            `user_ridge` and `item_ridge`, see `_penalty()`), `dropout`, `hide`
            (share of the vectors that are hidden where there are features, see
            `LevelVectors`), `hidden_units` (of a network in place of the dot
            product) and `activation`; `loss` and `output_bias` (the mean
            score); of a loss in `RANKING` `negatives` (how many items are drawn
            for a batch) and `negative_power` (see `draw_shares()`);
            `user_features` and `item_features`: `None`, or a dict with
            `numeric` `(levels, columns)`, `category` `(levels, columns)` codes
            from 1, one of them at least, the `levels` and `embedding_dims` of
            each category, and `hidden_units`.
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
    known = spec.get(f"{side}_features")
    size, dim = int(spec["levels"][position]), int(spec["dim"])
    x = LevelVectors(
        size,
        dim,
        spec["biases"],
        _penalty(side, spec),
        spec["hide"] if known else 0,
        np.ravel(spec[f"{side}_counts"]) > 0,
        name=f"{side}_vector",
    )(codes)
    if known:
        kinds = {
            kind: FeatureRows(
                size,
                known[kind].shape[1],
                known[kind],
                kind == "category",
                name=f"{side}_{kind}",
            )(codes)
            for kind in ("numeric", "category")
            if kind in known
        }
        part = _features(known, dim + bool(spec["biases"]), side, spec)
        x = keras.layers.Add(name=f"{side}_sum")([x, part(kinds)])
    if spec["dropout"] > 0:
        x = Dropout(spec["dropout"], name=f"{side}_dropout")(x)
    # A name to find the tower's end by, whatever it is made of.
    return keras.layers.Identity(name=f"{side}_tower")(x)


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


def _features(known, width, side, spec):
    """The network from what is known of a user or an item to a vector."""
    inputs, columns = {}, []
    if "numeric" in known:
        n = known["numeric"].shape[1]
        inputs["numeric"] = keras.Input((n,), name="numeric")
        columns.append(inputs["numeric"])
    if "category" in known:
        inputs["category"] = keras.Input(
            (len(known["levels"]),), dtype="int32", name="category"
        )
        layer = EntityEmbedding(
            known["levels"], known["embedding_dims"], name="embedding"
        )
        columns.append(layer(inputs["category"]))
    x = columns[0]
    if len(columns) > 1:
        x = keras.layers.Concatenate(name="columns")(columns)
    x = _hidden(x, known["hidden_units"], spec)
    # A vector begins as small as one that is learned, beside which it stands.
    start = keras.initializers.VarianceScaling(0.01)
    x = keras.layers.Dense(width, kernel_initializer=start, name="vector")(x)
    return keras.Model(inputs, x, name=f"{side}_features")


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
