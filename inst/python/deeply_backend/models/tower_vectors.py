"""The vectors that two trained towers hold."""

import numpy as np
from keras import ops


def tower_vectors(model, side):
    """Vectors of all users or items, with the bias, if there are biases.

    Args:
        model: A model of `models.towers`.
        side: "user" or "item".

    Returns:
        float32 `(levels, dim + biases)`.
    """
    table = model.get_layer(f"{side}_vector").table
    return np.asarray(ops.convert_to_numpy(table))[1:]
