"""The vectors that two trained towers end in."""

import keras
import numpy as np
from keras import ops

from deeply_backend.data.rows import DTYPES
from deeply_backend.training.engine import compile_predict

# Vectors that are asked for at once.
AT_ONCE = 65_536


def tower_vectors(model, side):
    """Vectors of all users or items, with the bias, if there are biases.

    Args:
        model: A model of `models.towers`.
        side: "user" or "item".

    Returns:
        float32 `(levels, dim + biases)`.
    """
    own = model.get_layer(f"{side}_vector")
    if f"{side}_features" not in [layer.name for layer in model.layers]:
        # Nothing is added to what was learned, which is asked for each epoch.
        return np.asarray(ops.convert_to_numpy(own.table))[1:]
    end = keras.Model(model.input, model.get_layer(f"{side}_tower").output)
    run, size = compile_predict(end), own.size
    codes = np.arange(1, size + 1, dtype=np.int32)
    found = [
        run({"category": np.stack([some, some], axis=1)})
        for some in np.split(codes, range(AT_ONCE, size, AT_ONCE))
    ]
    return np.concatenate(found)


def feature_vectors(model, side, known):
    """Vectors of users or items that came later, by their features alone.

    They stand where those of `tower_vectors()` do, bias included.

    Args:
        model: A model of `models.towers` with features of that side.
        side: "user" or "item".
        known: Dict of `numeric` and `category` `(n, columns)`, as the spec had
            them of those that the model knows.

    Returns:
        float32 `(n, dim + biases)`.
    """
    run = compile_predict(model.get_layer(f"{side}_features"))
    return run(
        {
            name: np.ascontiguousarray(known[name], DTYPES[name])
            for name in ("numeric", "category")
            if name in known
        }
    )
