"""Why a row got its output: integrated gradients.

Sundararajan, Taly & Yan (2017), Axiomatic Attribution for Deep Networks. ICML.

The way from the baseline to the row is straight in the vector that the first
dense layer sees, where a category is numbers (one-hot, or its embedding), and a
number may be several: codes have nothing half-way between two of them, and what
bends at a hundred knots would need as many steps. Waves of all numbers together
belong to none of them; then the way is straight in the numbers themselves.
"""

import keras
import numpy as np
from keras import ops

from deeply_backend.training import engine

# Layers that turn codes into numbers, and one that turns numbers into vectors;
# numbers of the table come before categories.
CATEGORIES = ("one_hot", "embedding")
NUMBERS = "numbers"

# By how much the shares may fail to add up: a part of the change of the output,
# or of one unit where it changed less.
TOLERANCE = 1e-4
FEWEST_STEPS = 256
MOST_STEPS = 16384


def integrated_gradients(model, inputs, baseline, outputs):
    """Shares of the columns in the change of an output from baseline to row.

    The integral is a mean over the midpoints of equal steps, four times as many
    as long as the shares of a row do not add up.

    Args:
        model: A network for tables, such as `models/mlp.py` builds.
        inputs: Dict of arrays, rows first.
        baseline: Dict of `numeric` `(n_numeric,)`, the numbers to start from,
            and `shares` `(sum(levels),)`, of the levels of each category.
        outputs: int `(rows,)`: which output, from 0.

    Returns:
        Dict of `parts` `(rows, n_numeric + len(levels))`, and of `value` and
        `start` `(rows,)`, the output for the row and for the baseline.
    """
    head, numbers, categories = _split(model)
    start, rows, widths = [], [], []
    if "numeric" in inputs:
        mean = np.asarray(baseline["numeric"], "float32").reshape(1, -1)
        x = inputs["numeric"]
        if numbers is not None:
            mean, x = (ops.convert_to_numpy(numbers(v)) for v in (mean, x))
        start.append(mean[0])
        rows.append(x)
        widths += [1] * x.shape[1] if numbers is None else numbers.widths
    if categories is not None:
        start.append(categories.blend(baseline["shares"]))
        rows.append(ops.convert_to_numpy(categories(inputs["category"])))
        widths += categories.widths
    start, rows = np.concatenate(start), np.concatenate(rows, axis=1)
    outputs = np.asarray(outputs, "int32").reshape(-1)
    value = _outputs(head, rows)[np.arange(len(rows)), outputs]
    base = _outputs(head, start[None])[0, outputs]
    parts = _parts(head, start, rows, outputs, value - base)
    firsts = np.cumsum([0, *widths[:-1]])
    return {
        "parts": np.add.reduceat(parts, firsts, axis=1),
        "value": value,
        "start": base,
    }


def _split(model):
    """The network behind the encoded row, and the layers that encode it."""
    layers = {layer.name: layer for layer in model.layers}
    if NUMBERS in layers and not hasattr(layers[NUMBERS], "widths"):
        numbers, categories = layers.pop(NUMBERS), _categories(layers)
        return _mixed_head(model, numbers, categories), None, categories
    encoded = next(
        layers[name]
        for name in ("columns", *CATEGORIES, NUMBERS, "numeric")
        if name in layers
    )
    head = keras.Model(encoded.output, model.output)
    return head, layers.get(NUMBERS), _categories(layers)


def _categories(layers):
    return next((layers[name] for name in CATEGORIES if name in layers), None)


def _mixed_head(model, numbers, categories):
    """The network behind the numbers and the encoded categories of a row."""
    if categories is None:
        return keras.Model(numbers.input, model.output)
    n = numbers.input.shape[1]
    row = keras.Input((n + sum(categories.widths),))
    behind = keras.Model([numbers.input, categories.output], model.output)
    return keras.Model(row, behind([row[:, :n], row[:, n:]]))


def _outputs(head, x):
    return ops.convert_to_numpy(head(x, training=False)).astype("float64")


def _parts(head, start, rows, outputs, change):
    slope = engine.compile_call(_slope_of(head))
    parts = np.zeros(rows.shape)
    for i, output in enumerate(outputs):
        away = rows[i] - start
        allowed = TOLERANCE * max(1, abs(change[i]))
        steps = FEWEST_STEPS
        while steps <= MOST_STEPS:
            parts[i] = away * _mean_slope(slope, start, away, output, steps)
            if abs(parts[i].sum() - change[i]) <= allowed:
                break
            steps *= 4
    return parts


def _mean_slope(slope, start, away, output, steps):
    """Mean gradient over the midpoints of the way."""
    way = ((np.arange(steps) + 0.5) / steps).astype("float32")[:, None]
    # Always as many points, so that one compilation serves all rows.
    sums = [
        slope(start + part * away, output)
        for part in np.split(way, steps // FEWEST_STEPS)
    ]
    return np.sum([ops.convert_to_numpy(x) for x in sums], axis=0) / steps


def _slope_of(head):
    """A function that sums the gradients of one output over some points."""

    def slope(points, output):
        def total(x):
            values = ops.cast(head(x, training=False), "float32")
            return ops.sum(ops.take(values, output, axis=1)), ()

        _, gradients = engine.differentiate(total, points)
        return ops.sum(gradients, axis=0)

    return slope
