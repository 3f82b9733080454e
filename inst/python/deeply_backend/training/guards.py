"""What went wrong in a training run, found by cheap probes.

A finding is a dict with a `kind` and what a sentence about it needs. The kinds:

- `no_number`: the loss or a gradient was no finite number. `phase` ("input",
  "activation", "gradient" or "loss") and `layer` say where it was first seen,
  `cause` why: "missing" (in the data), "unscaled" (a column of huge numbers) or
  "learn_rate". `untrained`: the weights before the fault gave no numbers
  either, so that those from before the first step are kept.
- `unscaled`: a column with far larger numbers than the rest.
- `diverged`: the training loss went far above where it began.
- `dead`: units of a layer that give 0 for every row.
- `saturated`: units of a layer that sit at the ends of their activation.
- `vanishing`, `exploding`: gradients that are far smaller (larger) in the first
  layer than in the last.
- `stuck`: the loss never fell.
"""

import keras
import numpy as np

from deeply_backend.layers.negatives import drawing
from deeply_backend.training.convolutions import rows_at_once

# Rows to look at: enough to call a unit dead, few enough to cost nothing.
SAMPLE_ROWS = 512

# Standardised columns stay far below.
HUGE = 1e4
DEAD_SHARE = 0.5
SATURATED_SHARE = 0.6
GRADIENT_RATIO = 1e-3
DIVERGED_RATIO = 2.0
LOST_RATIO = 1.1
STUCK_RATIO = 0.999

RECTIFIERS = ("relu",)
# The values of an activation beyond which its slope is below a tenth of the
# largest.
SATURATED = {
    "sigmoid": lambda a: (a < 0.026) | (a > 0.974),
    "tanh": lambda a: np.abs(a) > 0.95,
}


def explain_fault(run, fault):
    """Finds where a fault began and why.

    Args:
        run: The `loop.Run`, in the state before the step.
        fault: Its `FaultError`.

    Returns:
        A finding of kind `no_number`.
    """
    finding = {
        "kind": "no_number",
        "epoch": fault.epoch,
        "scoring": fault.step is None,
    }
    rows = fault.rows
    inputs, y = run.engine.rows_of(fault.data, rows)
    numeric = inputs.get("numeric", np.zeros((len(rows), 0)))
    missing = np.argwhere(~np.isfinite(numeric))
    if len(missing):
        row, column = missing[0]
        finding.update(phase="input", cause="missing", column=int(column))
        if run.feed.names_rows:
            finding["row"] = int(rows[row])
        return finding
    engine = run.engine
    engine.keep(engine.current_weights())
    finding.update(_where(engine.model, inputs))
    run.keep_best()
    if run.untrained is not None and not _gives_numbers(engine.model, inputs):
        engine.keep(run.untrained)
        finding["untrained"] = True
    if not np.isfinite(y).all():
        return {**finding, "phase": "outcome", "cause": "missing"}
    huge = _huge_column(numeric)
    if huge is None:
        return {**finding, "cause": "learn_rate"}
    return {**finding, "cause": "unscaled", **huge}


def _where(model, inputs):
    """The first layer whose activations are no finite numbers."""
    layers = [x for x in model.layers if not isinstance(x, _NOT_PROBED)]
    fine = _look(model, layers, inputs, lambda _, x: np.isfinite(x).all())
    for layer, parts in zip(layers, fine, strict=True):
        if not all(parts):
            return {"phase": "activation", "layer": layer.name}
    # The backward pass begins at the last layer.
    return {"phase": "gradient", "layer": layers[-1].name}


def _gives_numbers(model, inputs):
    return bool(np.isfinite(_call(model, inputs)).all())


def mean_loss(model, loss, sample):
    """Mean weighted loss of some rows, `(inputs, y, weights)`."""
    inputs, y, weights = sample
    with drawing():
        output = _call(model, inputs)
    losses = keras.ops.convert_to_numpy(loss(y, output))
    return float(np.sum(losses * weights) / max(np.sum(weights), 1e-12))


def examine(model, inputs, history, gradients, sample_losses, ratios=True):
    """Findings about a run that ended in good order, the gravest first.

    Args:
        model: The trained model.
        inputs: Dict of inputs of some training rows.
        history: Dict of lists, a value an epoch.
        gradients: For each epoch the mean squared norm of the gradient of each
            trainable variable.
        sample_losses: Mean loss of these rows before the first step, and with
            the weights that are kept.
        ratios: Whether to compare the gradients of the first and last layers.

    Returns:
        A list of findings. What follows from another one is left out.
    """
    if not history["loss"]:
        return []
    huge = _huge_column(inputs.get("numeric", np.zeros((1, 0))))
    if huge is not None:
        return [{"kind": "unscaled", **huge}]
    start, end = sample_losses
    diverged = _diverged(history["loss"], start, end)
    if diverged is not None:
        return [diverged]
    found = _units(model, inputs)
    dead = any(finding["kind"] == "dead" for finding in found)
    if ratios and not dead:
        found += _gradient_ratio(model, gradients)
    if not found and end > STUCK_RATIO * start:
        found.append({"kind": "stuck", "start": start})
    return found


def _diverged(losses, start, end):
    """The epoch in which the loss was far above its start, if there is one.

    The losses of the epochs are of all rows, `start` and `end` of a sample; a
    few rows with huge losses that are not in it must not look like divergence.
    A loss that never comes down to its start again has diverged too: the steps
    killed what could have learned.
    """
    worst = int(np.argmax(losses))
    far = losses[worst] > DIVERGED_RATIO * max(start, min(losses))
    if not far and end <= LOST_RATIO * start:
        return None
    return {
        "kind": "diverged",
        "epoch": worst + 1,
        "loss": losses[worst],
        "start": start,
    }


def _huge_column(numeric):
    """The column with by far the largest numbers, if they are huge."""
    if numeric.shape[1] == 0:
        return None
    largest = np.abs(numeric).max(axis=0)
    column = int(np.argmax(largest))
    if largest[column] < HUGE:
        return None
    return {"column": column, "value": float(largest[column])}


def _units(model, inputs):
    """The layers with many dead or saturated units, the worst of a kind."""
    hidden = [layer for layer in model.layers[:-1] if _activation(layer)]
    worst = {}
    at_rest = _look(model, hidden, inputs, _at_rest)
    for layer, parts in zip(hidden, at_rest, strict=True):
        kind, share, limit = _share(_activation(layer), parts)
        if share >= limit and share > worst.get(kind, {"share": 0})["share"]:
            worst[kind] = {"kind": kind, "layer": layer.name, "share": share}
    return list(worst.values())


def _at_rest(layer, values):
    """Which units of a layer gave 0 alone, or the share of saturated values."""
    activation = _activation(layer)
    units = values.reshape(-1, values.shape[-1])
    if activation in RECTIFIERS:
        return np.all(units == 0, axis=0)
    if activation in SATURATED:
        return np.mean(SATURATED[activation](units))
    return 0.0


def _share(activation, parts):
    """`(kind of finding, share of units, limit)` by `_at_rest()` of parts."""
    if activation in RECTIFIERS:
        return "dead", float(np.mean(np.all(parts, axis=0))), DEAD_SHARE
    if activation in SATURATED:
        return "saturated", float(np.mean(parts)), SATURATED_SHARE
    return "none", 0.0, 1.0


def _activation(layer):
    """Name of a layer's activation, or nothing."""
    name = getattr(getattr(layer, "activation", None), "__name__", None)
    return None if name == "linear" else name


def _gradient_ratio(model, gradients):
    """Compares the gradients of the first and the last weight matrix."""
    kernels = [
        position
        for position, variable in enumerate(model.trainable_variables)
        if variable.path.endswith("kernel")
    ]
    if len(kernels) < 3 or _has_shortcut(model):
        return []
    mean = np.mean(gradients, axis=0)
    rms = [
        float(np.sqrt(mean[k] / np.prod(model.trainable_variables[k].shape)))
        for k in (kernels[0], kernels[-2])
    ]
    if rms[1] == 0:
        return []
    ratio = rms[0] / rms[1]
    if ratio < GRADIENT_RATIO:
        return [{"kind": "vanishing", "ratio": ratio}]
    if ratio > 1 / GRADIENT_RATIO:
        return [{"kind": "exploding", "ratio": ratio}]
    return []


def _has_shortcut(model):
    """What goes around a layer leaves it small gradients without harm."""
    return any(isinstance(layer, keras.layers.Add) for layer in model.layers)


# The output of a model inside is that of its own graph.
_NOT_PROBED = (keras.layers.InputLayer, keras.Model)


def _look(model, layers, inputs, look):
    """What `look(layer, values)` says of layers: a list each, of parts of rows.

    Args:
        model: A `keras.Model`.
        layers: Some of its layers.
        inputs: Dict of inputs of some rows.
        look: Function of a layer and what it gives for some of the rows.
    """
    if not layers:
        return []
    # Named, since Keras gives back a single one without its list.
    probe = keras.Model(model.input, {x.name: x.output for x in layers})
    said = [[] for _ in layers]
    for part in _parts(model, inputs):
        outputs = probe(part, training=False)
        for layer, answers in zip(layers, said, strict=True):
            values = keras.ops.convert_to_numpy(outputs[layer.name])
            answers.append(look(layer, values))
    return said


def _call(model, inputs):
    """What a model gives for some rows, float32."""
    outputs = [model(x, training=False) for x in _parts(model, inputs)]
    return keras.ops.convert_to_numpy(
        keras.ops.cast(keras.ops.concatenate(outputs), "float32")
    )


def _parts(model, inputs):
    """Inputs by as many rows as fit where all layers are held at once."""
    n = len(next(iter(inputs.values())))
    most = rows_at_once(model, n, held=True)
    for first in range(0, n, most):
        yield {
            name: keras.ops.convert_to_tensor(x[first : first + most])
            for name, x in inputs.items()
        }
