"""Forecasts of a window: a linear map, and what a network adds to it."""

import keras
import numpy as np

from deeply_backend.judge.autoregression import fit_direct
from deeply_backend.judge.autoregression import penalty_shape
from deeply_backend.judge.autoregression import predict_direct
from deeply_backend.layers.dropout import Dropout
from deeply_backend.layers.horizons import ByHorizon
from deeply_backend.layers.horizons import Calendar
from deeply_backend.layers.horizons import Unscale
from deeply_backend.layers.horizons import WindowScale

CELLS = {
    "gru": keras.layers.GRU,
    "lstm": keras.layers.LSTM,
    "rnn": keras.layers.SimpleRNN,
}

# Windows that the linear map starts from at most, and their values: 128 MB.
START_ROWS = 20_000
START_VALUES = 2**25

# Power of the lag in the penalty of its coefficient.
DECAY = 1.5


def build(spec, sample=None):
    """Builds a forecaster, whose linear map starts where it is best.

    Litterman (1986), Forecasting with Bayesian Vector Autoregressions, for the
    start; Kim et al. (2022), Reversible Instance Normalization, for the scale
    of a window; Hochreiter & Schmidhuber (1997), Long Short-Term Memory, Cho et
    al. (2014), Learning Phrase Representations using RNN Encoder-Decoder, and
    Bai, Kolter & Koltun (2018), An Empirical Evaluation of Generic
    Convolutional and Recurrent Networks for Sequence Modeling, for the cells.

    Args:
        spec: Dict with `lookback`, `ahead` (number of steps), `features`,
            `code_levels` (of the calendar's columns), `known` and `static`
            (numbers of columns), `cell` (a key of `CELLS`, "conv" or "linear"),
            `hidden_units` (a number a layer), `dropout` and `quantile_levels`.
        sample: Function of a number that gives at most so many training rows,
            `(inputs, y, weights)`; `None`: the linear map starts at zero.

    Input shape:
        A dict: `window` `(batch, lookback, features)`, `how` `(batch, 4)` (see
        `WindowScale`), and where there are any `codes` `(batch, ahead,
        columns)`, `known` `(batch, ahead, columns)`, `static` `(batch,
        columns)`.

    Output shape:
        `(batch, ahead * (1 + quantiles))`: of each step ahead the mean, then
        the quantiles.

    Returns:
        A `keras.Model`.
    """
    inputs = _inputs(spec)
    window, scales = WindowScale(name="scale")(inputs["window"], inputs["how"])
    seen = [keras.layers.Flatten(name="lags")(window), scales[:, 2:]]
    seen += [inputs[name] for name in ("static",) if name in inputs]
    seen = keras.layers.Concatenate(name="seen")(seen)
    known = _known(inputs, spec)
    outputs = 1 + len(np.ravel(spec["quantile_levels"]))
    x = ByHorizon(outputs, name="linear")(seen, known)
    if spec["cell"] != "linear":
        added = _added(window, inputs.get("static"), known, outputs, spec)
        x = keras.layers.Add(name="sum")([x, added])
    x = Unscale(name="output")(x, scales)
    model = keras.Model(inputs, x, name="forecaster")
    if sample is not None:
        _start(model, spec, sample)
    return model


def _inputs(spec):
    ahead = int(spec["ahead"])
    shapes = {
        "window": (int(spec["lookback"]), int(spec["features"])),
        "how": (4,),
        "codes": (ahead, len(np.ravel(spec["code_levels"]))),
        "known": (ahead, int(spec["known"])),
        "static": (int(spec["static"]),),
    }
    return {
        name: keras.Input(
            shape, dtype="int32" if name == "codes" else "float32", name=name
        )
        for name, shape in shapes.items()
        if shape[-1] > 0
    }


def _known(inputs, spec):
    """All that is known of the steps ahead, side by side."""
    parts = []
    if "codes" in inputs:
        calendar = Calendar(spec["code_levels"], name="calendar")
        parts.append(calendar(inputs["codes"]))
    if "known" in inputs:
        parts.append(inputs["known"])
    if not parts:
        # Nothing is known but that it is ahead.
        nothing = keras.layers.Dense(
            int(spec["ahead"]),
            kernel_initializer="zeros",
            trainable=False,
            name="nothing",
        )(inputs["how"])
        return keras.layers.Reshape((int(spec["ahead"]), 1))(nothing)
    if len(parts) == 1:
        return parts[0]
    return keras.layers.Concatenate(axis=2, name="known_ahead")(parts)


def _added(window, static, known, outputs, spec):
    """What a network adds for each step ahead: nothing at first."""
    units = [int(n) for n in np.ravel(spec["hidden_units"])]
    state = _state(window, units, spec)
    if static is not None:
        state = keras.layers.Concatenate(name="state")([state, static])
    ahead, width = int(spec["ahead"]), units[-1]
    state = keras.layers.Dense(ahead * width, name="by_step")(state)
    state = keras.layers.Reshape((ahead, width), name="steps")(state)
    beside = keras.layers.Dense(width, use_bias=False, name="beside")(known)
    x = keras.layers.Add(name="meet")([state, beside])
    x = keras.layers.Activation("gelu", name="gelu")(x)
    if spec["dropout"] > 0:
        x = Dropout(spec["dropout"], name="dropout")(x)
    return keras.layers.Dense(
        outputs, kernel_initializer="zeros", name="added"
    )(x)


def _state(x, units, spec):
    """What the cell makes of a window, `(batch, units[-1])`."""
    if spec["cell"] == "conv":
        return _convolved(x, units, spec)
    for position, width in enumerate(units, start=1):
        last = position == len(units)
        x = CELLS[spec["cell"]](
            width, return_sequences=not last, name=f"cell_{position}"
        )(x)
        if spec["dropout"] > 0:
            x = Dropout(spec["dropout"], name=f"dropout_{position}")(x)
    return x


def _convolved(x, units, spec):
    """Convolutions that halve the times until few are left."""
    position = 0
    while x.shape[1] > 4 or position < len(units):
        width = units[min(position, len(units) - 1)]
        position += 1
        x = keras.layers.Conv1D(
            width,
            3,
            strides=2,
            padding="same",
            activation="gelu",
            name=f"cell_{position}",
        )(x)
        if spec["dropout"] > 0:
            x = Dropout(spec["dropout"], name=f"dropout_{position}")(x)
    return keras.layers.Flatten(name="last")(x)


def front(model):
    """What is in front of the linear map: `[seen, known, scales]`."""
    return keras.Model(
        model.input,
        [
            *model.get_layer("linear").input,
            model.get_layer("scale").output[1],
        ],
    )


def linear_parts(front, inputs):
    """`(seen, known, scales)` of some windows, as arrays."""
    return [
        keras.ops.convert_to_numpy(x) for x in front(inputs, training=False)
    ]


def _start(model, spec, sample):
    """Starts the linear map at the ridge regression of some windows."""
    width = int(spec["lookback"]) * int(spec["features"])
    rows = min(START_ROWS, START_VALUES // width)
    inputs, y, weights = sample(rows)
    seen, known, scales = linear_parts(front(model), inputs)
    off, by = scales[:, :1], scales[:, 1:2]
    y = (y - off) / by
    # Errors count as they do behind the scale.
    shape = window_penalties(spec, seen, known)
    weights = weights * by[:, 0] ** 2
    coefficients = fit_direct(seen, known, y, weights, shape)
    errors = (y - predict_direct(coefficients, seen, known)) * by
    _fill(model.get_layer("linear"), coefficients, _spread(errors, spec))


def window_penalties(spec, seen, known, decay=DECAY):
    """See `penalty_shape()`."""
    lookback, features = int(spec["lookback"]), int(spec["features"])
    lags = np.repeat(np.arange(lookback, 0, -1), features)
    extra = seen.shape[1] - len(lags)
    return penalty_shape(lags, extra, known.shape[2], decay)


def _spread(errors, spec):
    """Quantiles of the errors of each step ahead, `(ahead, quantiles)`."""
    levels = np.ravel(spec["quantile_levels"])
    found = np.zeros((errors.shape[1], len(levels)))
    for step, error in enumerate(errors.T):
        error = error[np.isfinite(error)]
        if len(error) > 0 and len(levels) > 0:
            found[step] = np.quantile(error, levels)
    return found


def _fill(layer, coefficients, spread):
    """The same line for the mean and all quantiles, which lie beside it."""
    m, outputs = layer.seen.shape[0] + 1, layer.outputs
    wide = np.repeat(coefficients.T[:, :, None], outputs, axis=2)
    wide[0, :, 1:] += spread
    flat = wide.reshape(len(wide), -1).astype(np.float32)
    layer.bias.assign(flat[0])
    layer.seen.assign(flat[1:m])
    layer.known.assign(flat[m:])
