"""The verbs for simple models and rivals; see `bridge.py`."""

import functools

import numpy as np

from deeply_backend.data.images import shrink
from deeply_backend.data.rows import as_inputs
from deeply_backend.data.rows import split_inputs
from deeply_backend.judge import baselines
from deeply_backend.judge import rivals

# Images that are shrunk at once.
IMAGES_AT_ONCE = 512

# Shades that boosted trees tell apart.
PIXEL_BINS = 64


def fit_baseline(kind, data, index, columns, task, seed, quantile_levels=()):
    """Fits a simple model (`linear` or `trees`) on some rows.

    See `columns_of()`. `quantile_levels` has none where no quantiles are asked
    for.
    """
    index = np.atleast_1d(np.asarray(index, np.int64))
    x, y, weights = plain_rows(data, index, columns)
    asked = [float(level) for level in np.atleast_1d(quantile_levels)]
    fit = {
        "linear": functools.partial(
            baselines.fit_linear, quantile_levels=asked
        ),
        "trees": functools.partial(
            baselines.fit_trees,
            seed=seed,
            quantile_levels=asked,
            bins=PIXEL_BINS if "shape" in columns else 256,
        ),
    }[kind]
    if y.ndim == 1:
        return fit(x, y, weights, task)
    return baselines.side_by_side(
        [fit(x, column, weights, task) for column in y.T]
    )


def predict_baseline(kind, state, blocks, columns):
    """Outputs of a baseline: logits or values, trees give probabilities."""
    x = columns_of(as_inputs(blocks), columns)
    predict = {
        "linear": baselines.predict_linear,
        "trees": baselines.predict_trees,
    }[kind]
    return predict(state, x).astype("float64")


def rival(kind, data, n_train, columns, classes, seed, held_out):
    """Fits a rival to the first rows of a buffer and predicts all others.

    See `rivals.compete()`.
    """
    n = int(n_train)
    x, y, weights = plain_rows(data, np.arange(len(data)), columns)
    return rivals.compete(
        kind,
        x[:n],
        y[:n],
        weights[:n],
        x[n:],
        int(classes),
        int(seed),
        np.atleast_1d(np.asarray(held_out, np.int64)),
    )


def plain_rows(data, index, columns):
    """Some rows of a buffer as `(columns, y, weights)`, see `columns_of()`.

    Images are shrunk some at a time, as they are larger than their columns.
    """
    most = IMAGES_AT_ONCE if "shape" in columns else max(1, len(index))
    whole = None
    for first in range(0, max(1, len(index)), most):
        taken = data.take(index[first : first + most])
        inputs, y, weights = split_inputs(taken)
        part = columns_of(inputs, columns), y, weights
        if len(index) <= most:
            return part
        if whole is None:
            whole = [
                np.empty((len(index), *x.shape[1:]), x.dtype) for x in part
            ]
        for all_rows, some in zip(whole, part, strict=True):
            all_rows[first : first + most] = some
    return tuple(whole)


def columns_of(inputs, columns):
    """Encoded rows as plain columns, for models that know no others.

    Args:
        inputs: Dict of arrays.
        columns: Of a table a dict of `levels`, the number of levels of each
            category; of images of `shape` and `side`, see `shrink()`.
    """
    if "image" in inputs:
        return shrink(inputs["image"], columns["shape"], columns["side"])
    levels = np.atleast_1d(np.asarray(columns["levels"]))
    return baselines.design(inputs, [int(size) for size in levels])
