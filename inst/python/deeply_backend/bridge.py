"""The verbs that R calls: plain dicts and arrays in and out.

Nothing else in this package is called from R, and no Keras object is looked
into there: a live model is an opaque handle that only comes back here.
"""

import gc
import os
import platform
import tempfile

import keras
import numpy as np

from deeply_backend.data.rows import Rows
from deeply_backend.data.rows import as_inputs
from deeply_backend.judge import baselines
from deeply_backend.models import BUILDERS
from deeply_backend.training import engine as engines
from deeply_backend.training import loop
from deeply_backend.training.losses import LOSSES
from deeply_backend.training.seeds import seeded

BIG_ROWS = 100_000


def describe():
    """Versions and devices."""
    return {
        "python": platform.python_version(),
        "keras": keras.__version__,
        "backend": keras.backend.backend(),
        "backend_version": engines.version(),
        "numpy": np.__version__,
        "devices": engines.devices(),
        "trees": baselines.has_trees(),
    }


def rows(n_rows, widths):
    """Opens a row buffer for `write()` to fill."""
    return Rows(n_rows, widths)


def write(data, first, blocks):
    """Casts blocks of rows into a buffer, from row `first` (0 the first)."""
    data.write(first, blocks)


def release(data):
    """Gives a buffer's memory back once nothing will be learned from it."""
    big = len(data) > BIG_ROWS
    data.inputs.clear()
    if big:
        # A compiled graph holds its data in a cycle that Python frees late.
        gc.collect()


def fit(spec, data, y, weights, split, plan, on_epoch):
    """Builds and trains a model.

    Args:
        spec: Dict with `model` (a key of `BUILDERS`), `loss`, `optimizer`,
            `learn_rate` and what the builder asks for.
        data: A filled `Rows`.
        y: 1-D array; class indices from 0, or standardised values.
        weights: 1-D array with mean 1 over the training rows.
        split: Dict of `train` and `validation`, row numbers from 0.
        plan: Dict of the fields of `loop.Plan`.
        on_epoch: Called with a dict after every epoch.

    Returns:
        Dict of `model` (the `.keras` bytes), `handle`, `history`,
        `best_epoch` and `parameters`.
    """
    y = np.asarray(y, np.float32)
    weights = np.asarray(weights, np.float32)
    train = np.atleast_1d(np.asarray(split["train"], np.int32))
    validation = np.atleast_1d(np.asarray(split["validation"], np.int32))
    plan = loop.Plan(
        epochs=int(plan["epochs"]),
        batch_size=int(plan["batch_size"]),
        patience=float(plan["patience"]),
        seed=int(plan["seed"]),
    )
    with seeded(plan.seed):
        model = BUILDERS[spec["model"]](spec)
        optimizer = keras.optimizers.get(
            {
                "class_name": spec["optimizer"],
                "config": {"learning_rate": float(spec["learn_rate"])},
            }
        )
        engine = engines.Engine(
            model, LOSSES[spec["loss"]], optimizer, data.inputs, y, weights
        )
        history, best_epoch = loop.train(
            engine, weights, train, validation, plan, on_epoch
        )
    return {
        "model": save(model),
        "handle": Live(model),
        "history": {k: np.asarray(v, "float64") for k, v in history.items()},
        "best_epoch": best_epoch,
        "parameters": model.count_params(),
    }


class Live:
    """A model in memory, ready to predict."""

    def __init__(self, model):
        self.model = model
        self._run = engines.compile_predict(model)

    def predict(self, inputs):
        """Outputs `(rows, outputs)` for a dict of arrays."""
        return self._run(inputs).astype("float64")


def load(model):
    """Revives a model from its `.keras` bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.keras")
        with open(path, "wb") as file:
            file.write(bytes(model))
        return Live(keras.saving.load_model(path, compile=False))


def save(model):
    """A model as its `.keras` bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.keras")
        model.save(path)
        with open(path, "rb") as file:
            return bytearray(file.read())


def predict(handle, blocks):
    """Outputs `(rows, outputs)` of a block: logits, or standardised values."""
    return handle.predict(as_inputs(blocks))


def layers(handle):
    """Name, kind, output width and number of parameters of each layer."""
    return [
        {
            "name": layer.name,
            "kind": type(layer).__name__,
            "output": [-1 if d is None else d for d in layer.output.shape[1:]],
            "parameters": layer.count_params(),
        }
        for layer in handle.model.layers
    ]


def fit_baseline(kind, data, y, weights, train, levels, task, seed):
    """Fits a simple model (`linear` or `trees`) on the training rows."""
    index = np.atleast_1d(np.asarray(train, np.int64))
    x = baselines.design(data.take(index), sizes(levels))
    y, weights = np.asarray(y)[index], np.asarray(weights)[index]
    if kind == "linear":
        return baselines.fit_linear(x, y, weights, task)
    return baselines.fit_trees(x, y, weights, task, seed)


def predict_baseline(kind, state, blocks, levels):
    """Outputs of a baseline: logits or values, trees give probabilities."""
    x = baselines.design(as_inputs(blocks), sizes(levels))
    predict = {
        "linear": baselines.predict_linear,
        "trees": baselines.predict_trees,
    }[kind]
    return predict(state, x).astype("float64")


def sizes(levels):
    """Level counts as a list, however R sent them."""
    return [int(size) for size in np.atleast_1d(np.asarray(levels))]


def keras_model(handle):
    """The Keras model behind a handle, for users who want more."""
    return handle.model
