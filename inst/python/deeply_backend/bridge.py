"""The verbs that R calls: plain dicts and arrays in and out.

Nothing else in this package is called from R, and no Keras object is looked
into there: a live model is an opaque handle that only comes back here.
"""

import functools
import gc
import os
import platform
import tempfile

import keras
import numpy as np

from deeply_backend.data.csv_files import CsvTable
from deeply_backend.data.csv_values import KINDS as CSV_KINDS
from deeply_backend.data.disk_rows import DiskRows
from deeply_backend.data.parquet import ParquetTable
from deeply_backend.data.rows import Rows
from deeply_backend.data.rows import as_inputs
from deeply_backend.data.rows import split_inputs
from deeply_backend.judge import attributions as attributing
from deeply_backend.judge import baselines
from deeply_backend.judge import embeddings
from deeply_backend.judge import rivals
from deeply_backend.training import engine as engines
from deeply_backend.training import train
from deeply_backend.training.plan import Plan

BLOCK_ROWS = 65_536

# R is not heard for so long while a file is looked at.
LOOK_SECONDS = 0.3


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


def rows(n_rows, widths, path=None):
    """Opens a row buffer for `write()` to fill: in memory, or in a file."""
    if path is None:
        return Rows(n_rows, widths)
    return DiskRows(path, n_rows, widths)


def write(data, first, blocks):
    """Casts blocks of rows into a buffer, from row `first` (0 the first)."""
    data.write(first, blocks)


def is_streamed(data):
    """Whether a buffer is a file."""
    return isinstance(data, DiskRows)


def save_rows(data, path):
    """Keeps rows in a file, where `load_rows()` finds them."""
    if isinstance(data, DiskRows):
        data.flush()
        return
    widths = {name: x.shape[1] for name, x in data.arrays.items()}
    copy = DiskRows(path, len(data), widths)
    for first in range(0, len(data), BLOCK_ROWS):
        last = min(first + BLOCK_ROWS, len(data))
        copy.write(first, {k: x[first:last].T for k, x in data.arrays.items()})
    copy.flush()
    copy.close()


def load_rows(path, stream):
    """Rows that `save_rows()` kept: into memory, or to `stream` from there."""
    kept = DiskRows.open(path)
    if stream:
        return kept
    data = Rows(len(kept), kept.widths)
    for first in range(0, len(kept), BLOCK_ROWS):
        n = min(BLOCK_ROWS, len(kept) - first)
        block = kept.read(first, n)
        data.write(first, {k: np.atleast_2d(x.T) for k, x in block.items()})
    kept.close()
    return data


def parquet(path):
    """Opens the Parquet file or folder at a path."""
    return ParquetTable(path)


def csv(path, sep, encoding, known=None):
    """Opens the CSV file or folder at a path.

    Args:
        path: Of a file or folder.
        sep: What is between two fields.
        encoding: Of the files.
        known: What an earlier `csv()` of the same files found out: a dict of
            `n_rows` and `kinds`, the places of the columns' kinds in `KINDS`.
    """
    if known is not None:
        places = np.atleast_1d(np.asarray(known["kinds"], np.int64))
        kinds = [CSV_KINDS[place] for place in places]
        known = {"n_rows": known["n_rows"], "kinds": kinds}
    return CsvTable(path, sep, encoding, known)


def csv_look(table):
    """Looks at the rows for a moment; the share that is done, 1 at the end."""
    return table.look(LOOK_SECONDS)


def table_about(table):
    """Number of rows, columns, files and folder keys of a table in files."""
    return {
        "n_rows": table.n_rows,
        "columns": table.schema(),
        "files": table.files,
        "sizes": np.asarray(table.sizes),
        "times": np.asarray(table.times),
        "partitions": table.partitions,
    }


def table_blocks(table, columns, block_rows):
    """Starts a pass over some columns, for `table_next()` to go on with.

    Args:
        table: What `parquet()` or `csv()` gave.
        columns: Places of the columns in `table_about()`, from 0.
        block_rows: Rows a block.
    """
    names = [column["name"] for column in table.schema()]
    places = np.atleast_1d(np.asarray(columns, np.int64))
    return TablePass(table.blocks([names[i] for i in places], block_rows))


class TablePass:
    """One pass over a table in files; R holds no bare generator."""

    def __init__(self, blocks):
        self.blocks = blocks


def table_next(reading):
    """The next block: a list with a dict a column, or `None` at the end.

    See `FileTable.blocks()`; a missing number is NaN, a missing text 0.
    """
    block = next(reading.blocks, None)
    if block is None:
        return None
    return [
        {name: x for name, x in column.items() if name != "missing"}
        for column in block.values()
    ]


def table_close(reading):
    """Ends a pass before its end, and gives its memory back."""
    reading.blocks.close()


def release(data):
    """Gives a buffer's memory back once nothing will be learned from it."""
    big = len(data) > BLOCK_ROWS
    data.close()
    if big:
        # A compiled graph holds its data in a cycle that Python frees late.
        gc.collect()


def fit(spec, data, n_train, plan, on_event, rates=None, tensorboard=None):
    """Builds and trains a model.

    Args:
        spec: See `train.train()`.
        data: Filled rows, those to train on first.
        n_train: Their number.
        plan: Dict of the fields of `Plan`, but for `rates`.
        on_event: Called with a dict a few times a second; a true answer ends
            the run.
        rates: See `Plan`.
        tensorboard: Folder of a TensorBoard log, or `None`.

    Returns:
        Dict of `model` (the `.keras` bytes), `handle`, `history`,
        `parameters` and what else `train.train()` gives.
    """
    plan = Plan(rates=rates, **plan)
    trained = train.train(spec, data, int(n_train), plan, on_event, tensorboard)
    model, history = trained.pop("model"), trained.pop("history")
    return {
        "model": save(model),
        "handle": Live(model),
        "history": {k: np.asarray(v, "float64") for k, v in history.items()},
        "parameters": model.count_params(),
        **trained,
    }


def range_test(spec, data, n_train, plan, rates):
    """Mean loss of one step at each learning rate; see `train`."""
    losses = train.range_test(spec, data, int(n_train), Plan(**plan), rates)
    return np.asarray(losses, "float64")


class Live:
    """A model in memory, ready to predict."""

    def __init__(self, model):
        self.model = model
        self._run = engines.compile_predict(model)
        # Seldom asked for.
        self._run_members = None

    def predict(self, inputs):
        """Outputs `(rows, outputs)` for a dict of arrays."""
        return self._run(inputs).astype("float64")

    def predict_members(self, inputs):
        """Outputs `(rows, members, outputs)` of each member by itself."""
        if self._run_members is None:
            alone = self.model.get_layer("output").output
            members = keras.Model(self.model.input, alone)
            self._run_members = engines.compile_predict(members)
        return self._run_members(inputs).astype("float64")


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


def predict_members(handle, blocks):
    """Outputs `(rows, members * outputs)` of a block, member by member."""
    outputs = handle.predict_members(as_inputs(blocks))
    return outputs.reshape(len(outputs), -1)


def predict_rows(handle, data, index):
    """Dict of the `outputs` and `y` of some rows of a buffer."""
    index = np.atleast_1d(np.asarray(index, np.int64))
    inputs, y, _ = split_inputs(data.take(index))
    return {"outputs": handle.predict(inputs), "y": y.astype("float64")}


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


def fit_baseline(kind, data, index, levels, task, seed, quantile_levels=()):
    """Fits a simple model (`linear` or `trees`) on some rows.

    `quantile_levels` has none where no quantiles are asked for.
    """
    index = np.atleast_1d(np.asarray(index, np.int64))
    inputs, y, weights = split_inputs(data.take(index))
    x = baselines.design(inputs, sizes(levels))
    asked = [float(level) for level in np.atleast_1d(quantile_levels)]
    fit = {
        "linear": functools.partial(
            baselines.fit_linear, quantile_levels=asked
        ),
        "trees": functools.partial(
            baselines.fit_trees, seed=seed, quantile_levels=asked
        ),
    }[kind]
    if y.ndim == 1:
        return fit(x, y, weights, task)
    return baselines.side_by_side(
        [fit(x, column, weights, task) for column in y.T]
    )


def predict_baseline(kind, state, blocks, levels):
    """Outputs of a baseline: logits or values, trees give probabilities."""
    x = baselines.design(as_inputs(blocks), sizes(levels))
    predict = {
        "linear": baselines.predict_linear,
        "trees": baselines.predict_trees,
    }[kind]
    return predict(state, x).astype("float64")


def attributions(handle, blocks, baseline, outputs):
    """Integrated gradients of a block's rows; see `judge/attributions.py`."""
    return attributing.integrated_gradients(
        handle.model, as_inputs(blocks), baseline, np.atleast_1d(outputs)
    )


def vectors(handle, column):
    """Vectors `(levels, length)` of an embedded category, from 0 the first."""
    layer = handle.model.get_layer("embedding")
    return layer.vectors(int(column)).astype("float64")


def tsne(points, seed):
    """A map `(points, 2)` of vectors by t-SNE."""
    return embeddings.tsne(points, seed)


def rival(kind, data, n_train, levels, classes, seed, held_out):
    """Fits a rival to the first rows of a buffer and predicts all others.

    See `rivals.compete()`.
    """
    n = int(n_train)
    inputs, y, weights = split_inputs(data.read(0, len(data)))
    x = baselines.design(inputs, sizes(levels))
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


def sizes(levels):
    """Level counts as a list, however R sent them."""
    return [int(size) for size in np.atleast_1d(np.asarray(levels))]


def keras_model(handle):
    """The Keras model behind a handle, for users who want more."""
    return handle.model
