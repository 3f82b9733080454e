"""The verbs for autoencoders; see `bridge.py`."""

import warnings

import keras
import numpy as np
from keras import ops

from deeply_backend.data.rows import as_inputs
from deeply_backend.data.rows import split_inputs
from deeply_backend.judge import baselines
from deeply_backend.judge import coder_judge
from deeply_backend.layers.coding import divergence
from deeply_backend.layers.coding import halves
from deeply_backend.models import coder
from deeply_backend.training import engine as engines
from deeply_backend.training.convolutions import rows_at_once

# Draws of a code that the bound of a row is the mean over, in pairs.
DRAWS = 8

# Codes that a mixture is fitted to, at most, and its components.
MIXED_CODES = 10_000
COMPONENTS = 10


class Coder:
    """The parts of a `coder.build()`, compiled and fed some rows at a time.

    Args:
        model: A `keras.Model`.
    """

    def __init__(self, model):
        self.encoder = model.get_layer(coder.ENCODER)
        self.decoder = model.get_layer(coder.DECODER)
        self.error = model.get_layer(coder.ERROR)
        self.units = self.decoder.input["noise"].shape[1]
        self.variational = self.encoder.output.shape[1] > self.units
        self._encode = engines.compile_predict(self.encoder)
        self._decode = engines.compile_predict(self.decoder)
        self._most = rows_at_once(model, coder_judge.BLOCK)

    def encode(self, inputs):
        """What the encoder gives `(rows, units)`, or twice as many."""
        return self._in_parts(self._encode, inputs)

    def codes(self, inputs):
        """Codes; of a variational one their means."""
        return self.encode(inputs)[:, : self.units]

    def decode(self, codes):
        """Rows `(rows, ...)` of codes."""
        return self._in_parts(
            self._decode, {"noise": np.asarray(codes, np.float32)}
        )

    def cost(self, inputs):
        """What each row costs `(rows,)`: its error, or the negative bound.

        The draws of the code are the same for each row, so that what a row
        costs does not depend on those beside it.
        """
        found = self.encode(inputs)
        if not self.variational:
            return self._errors(inputs, found)
        mean, log_variance = _halves(found)
        noise = np.random.default_rng(1).normal(size=(DRAWS // 2, self.units))
        errors = [
            self._errors(inputs, mean + np.exp(log_variance / 2) * draw)
            for draw in np.concatenate([noise, -noise]).astype(np.float32)
        ]
        known = divergence(mean, log_variance)
        return np.mean(errors, axis=0) + ops.convert_to_numpy(known)[:, 0]

    def _errors(self, inputs, codes):
        rows = {**self._true(inputs), "made": self.decode(codes)}
        return self._in_parts(self._compare, rows)[:, 0]

    def _compare(self, rows):
        given = {k: ops.convert_to_tensor(x) for k, x in rows.items()}
        if "image" in given:
            given = [given["image"], given["made"]]
        return ops.convert_to_numpy(self.error(given))

    def _true(self, inputs):
        if "image" not in inputs:
            return inputs
        shape = self.decoder.output.shape[1:]
        image = inputs["image"].reshape(-1, *shape).astype(np.float32)
        return {"image": image / 127.5 - 1}

    def _in_parts(self, f, rows):
        n = len(next(iter(rows.values())))
        parts = [
            f({k: x[first : first + self._most] for k, x in rows.items()})
            for first in range(0, max(1, n), self._most)
        ]
        return np.concatenate(parts)


def _halves(found):
    """Means and log variances as arrays."""
    parts = halves(ops.convert_to_tensor(found))
    return [ops.convert_to_numpy(x) for x in parts]


def _coder(handle):
    """The parts of a live model, which keeps them."""
    if getattr(handle, "coder", None) is None:
        handle.coder = Coder(handle.model)
    return handle.coder


def coder_codes(handle, blocks):
    """Codes `(rows, units)` of a block of rows."""
    return _coder(handle).codes(as_inputs(blocks)).astype("float64")


def coder_decode(handle, codes):
    """Encoded rows of a table `(rows, columns)`: values and logits."""
    made = _coder(handle).decode(np.atleast_2d(codes))
    return made.astype("float64")


def coder_costs(handle, blocks):
    """What each row of a block costs `(rows, 1)`, see `Coder.cost()`."""
    return _coder(handle).cost(as_inputs(blocks)).astype("float64")[:, None]


def coder_mean_cost(handle, data, first, n):
    """Mean of what rows of a buffer cost."""
    coded, total = _coder(handle), 0.0
    for inputs in _blocks(data, int(first), int(n)):
        total += float(coded.cost(inputs).sum(dtype=np.float64))
    return total / max(1, int(n))


def coder_sigma(handle):
    """Standard deviations of the numbers of a row around what is made."""
    return np.atleast_1d(_coder(handle).error.sigma()).astype("float64")


def coder_axes(data, n_train, components, columns, seed):
    """What PCA and the mean learn of training rows, as bytes for R to keep.

    Args:
        data: Filled rows, those to train on first.
        n_train: Their number.
        components: How many axes.
        columns: Dict of `levels` of a table, empty for images.
        seed: Integer.
    """
    n = int(n_train)
    width = _plain(_read(data, 0, 1), columns).shape[1]
    if width <= coder_judge.MOST_COLUMNS:

        def blocks():
            return (_plain(x, columns) for x in _blocks(data, 0, n))

        mean, axes = coder_judge.principal_axes(blocks, components)
    else:
        some = min(n, max(100, coder_judge.MOST_VALUES // width))
        inputs, _, _ = split_inputs(data.take(np.arange(some) * n // some))
        mean, axes = coder_judge.random_axes(
            _plain(inputs, columns), components, seed
        )
    return {
        "mean": bytearray(mean.tobytes()),
        "axes": bytearray(axes.tobytes()),
    }


def coder_judge_rows(handle, data, first, n, learned, columns):
    """How well rows of a buffer come back: of the network, PCA and the mean.

    Args:
        handle: A live model.
        data: Filled rows.
        first: The first one to look at.
        n: How many.
        learned: What `coder_axes()` gave.
        columns: Dict of `levels` and `flags` of a table, empty for images.

    Returns:
        Dict of `network`, `pca` and `mean`, see `coder_judge.Tally`.
    """
    coded = _coder(handle)
    mean = np.frombuffer(bytes(learned["mean"]), np.float32)
    axes = np.frombuffer(bytes(learned["axes"]), np.float32)
    axes = axes.reshape(-1, len(mean))
    table = "levels" in columns
    levels = _ints(columns["levels"]) if table else []
    flags = _ints(columns["flags"]) if table else None
    tallies = {
        name: coder_judge.Tally(flags, levels)
        for name in ("network", "pca", "mean")
    }
    for inputs in _blocks(data, int(first), int(n)):
        true = _plain(inputs, columns)
        made = coded.decode(coded.codes(inputs)).reshape(len(true), -1)
        if not table:
            made = np.clip((made + 1) / 2, 0, 1)
        tallies["network"].add(true, made)
        tallies["pca"].add(true, coder_judge.project(true, mean, axes))
        tallies["mean"].add(true, np.broadcast_to(mean, true.shape))
    return {name: tally.result() for name, tally in tallies.items()}


def coder_mixture(handle, data, n_train, seed):
    """A mixture that codes are drawn from, see `coder_judge.mixture()`.

    The codes are drawn as in training, not the means alone. `variance` is that
    of the means of each unit, which tells units in use from idle ones.
    """
    coded, n = _coder(handle), int(n_train)
    some = min(n, MIXED_CODES)
    inputs, _, _ = split_inputs(data.take(np.arange(some) * n // some))
    mean, log_variance = _halves(coded.encode(inputs))
    noise = np.random.default_rng(int(seed)).normal(size=mean.shape)
    codes = mean + np.exp(log_variance / 2) * noise
    with warnings.catch_warnings():
        # A mixture that has not settled yet is one all the same.
        warnings.simplefilter("ignore")
        found = coder_judge.mixture(codes, COMPONENTS, seed)
    return {**found, "variance": mean.var(axis=0).astype("float64")}


def coder_layers(handle):
    """As `bridge.layers()`, of the encoder and then the decoder."""
    names = {coder.ENCODER: "encoder", coder.DECODER: "decoder"}
    return [
        {
            "network": label,
            "name": layer.name,
            "kind": type(layer).__name__,
            "output": [int(d or -1) for d in _shape(layer)[1:]],
            "parameters": layer.count_params(),
        }
        for name, label in names.items()
        for layer in handle.model.get_layer(name).layers
    ]


def _shape(layer):
    return keras.tree.flatten(layer.output)[0].shape


def _plain(inputs, columns):
    """Rows as numbers side by side: pixels from 0 to 1, or encoded columns."""
    if "image" in inputs:
        return inputs["image"].astype(np.float32) / 255
    return baselines.design(inputs, _ints(columns["levels"]))


def _blocks(data, first, n):
    for begin in range(first, first + n, coder_judge.BLOCK):
        yield _read(data, begin, min(coder_judge.BLOCK, first + n - begin))


def _read(data, first, n):
    return split_inputs(data.read(first, n))[0]


def _ints(values):
    return [int(value) for value in np.atleast_1d(np.asarray(values))]
