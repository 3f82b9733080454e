import importlib

import keras
import numpy as np
import pytest
from keras import ops

from deeply_backend.training.engine import compile_call
from deeply_backend.training.losses import squared_error
from deeply_backend.training.step import Step

backend = importlib.import_module(
    f"deeply_backend.training.engine_{keras.backend.backend()}"
)

WIDTH = 3
START = [np.float32([[0.1], [0.2], [-0.3]]), np.float32([0.05])]


def numeric_batches(steps, parts=1, seed=0, rows=5):
    """A list of parts for each step, each part `(inputs, y, weights)`."""
    generator = np.random.default_rng(seed)

    def batch():
        x = generator.normal(size=(rows, WIDTH)).astype("float32")
        y = (x @ [1.0, -2.0, 0.5] + 0.3).astype("float32")
        weights = generator.uniform(0.5, 1.5, rows).astype("float32")
        return {"numeric": x}, y, weights

    return [[batch() for _ in range(parts)] for _ in range(steps)]


def linear_model():
    inputs = {"numeric": keras.Input((WIDTH,), name="numeric")}
    model = keras.Model(inputs, keras.layers.Dense(1)(inputs["numeric"]))
    model.set_weights(START)
    return model


def make_step(model, optimizer, loss=squared_error):
    return Step(model, loss, loss, optimizer, backend.differentiate)


def run(step, batches, rates=0.1, state=None):
    """Takes a step a batch; gives the state as arrays."""
    take = compile_call(step.take)
    state = step.initial_state() if state is None else state
    state = on_device(state)
    rates = np.broadcast_to(np.float32(rates), len(batches))
    for position, (parts, rate) in enumerate(zip(batches, rates, strict=True)):
        state = take(state, *on_device([parts, rate, np.int32(position)]))
    return keras.tree.map_structure(ops.convert_to_numpy, state)


def on_device(values):
    return keras.tree.map_structure(
        lambda x: ops.convert_to_tensor(ops.convert_to_numpy(x)), values
    )


def assert_close(ours, theirs, tolerance=1e-6):
    for a, b in zip(
        keras.tree.flatten(ours), keras.tree.flatten(theirs), strict=True
    ):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


# Whole variables -------------------------------------------------------------


def slopes(w, parts):
    """Gradient of weighted least squares; `w` ends with the bias."""
    x = np.concatenate([inputs["numeric"] for inputs, _, _ in parts])
    y = np.concatenate([y for _, y, _ in parts]).astype("float64")
    weights = np.concatenate([weights for _, _, weights in parts])
    x = np.column_stack([x.astype("float64"), np.ones(len(x))])
    return x.T @ (2 * weights * (x @ w - y)) / len(y)


def numpy_run(batches, rates, clip=lambda g: g, ema=0.0):
    """SGD and the moving average of its weights, written out."""
    w = np.concatenate([START[0][:, 0], START[1]]).astype("float64")
    average = w
    for t, (parts, rate) in enumerate(zip(batches, rates, strict=True), 1):
        w = w - rate * clip(slopes(w, parts))
        momentum = min(ema, (1 + t) / (10 + t))
        average = momentum * average + (1 - momentum) * w
    return w, average


def joined(weights):
    return np.concatenate([weights[0][:, 0], weights[1]])


def clip_norm(g, limit=2.0):
    return g * min(1, limit / np.linalg.norm(g))


def clip_value(g, limit=0.8):
    return np.clip(g, -limit, limit)


@pytest.mark.parametrize("parts", [1, 3])
@pytest.mark.parametrize(
    ("options", "clip"),
    [
        ({"clip_norm": 2.0}, clip_norm),
        ({"clip_value": 0.8}, clip_value),
        ({}, lambda g: g),
    ],
    ids=["norm", "value", "none"],
)
def test_gradients_are_clipped_together_or_each(options, clip, parts):
    batches, rates = numeric_batches(6, parts), np.linspace(0.3, 0.05, 6)
    state = run(
        make_step(linear_model(), {"name": "sgd", **options}), batches, rates
    )
    expected, _ = numpy_run(batches, rates, clip)
    assert_close(joined(state["trainable"]), expected, 1e-5)
    # The case is one where it matters, and where it does not in the end.
    free, _ = numpy_run(batches, rates)
    assert (np.max(np.abs(free - expected)) > 0.1) == bool(options)


def test_the_meter_has_the_norm_before_clipping():
    batches = numeric_batches(1)
    options = {"name": "sgd", "clip_norm": 1e-3}
    state = run(make_step(linear_model(), options), batches)
    g = slopes(joined(START), batches[0])
    expected = np.array([np.sum(g[:3] ** 2), g[3] ** 2])
    assert_close(state["meter"]["gradients"], expected, 1e-5)


class Scale(keras.layers.Layer):
    """Weights of no, one and three dimensions."""

    def build(self, input_shape):
        self.shapes = [(), (2,), (2, 3, 4), (3, 2)]
        self.all = [self.add_weight(shape=s, name="w") for s in self.shapes]

    def call(self, x):
        # Each element's slope is its place in the list times the mean of x.
        slopes = [
            np.arange(1, 1 + np.prod(shape, dtype=int)).reshape(shape)
            for shape in self.shapes
        ]
        total = sum(
            ops.sum(weight * ops.convert_to_tensor(slope, "float32"))
            for weight, slope in zip(self.all, slopes, strict=True)
        )
        return x[:, :1] * total


def test_the_meter_keeps_variables_of_any_shape_apart():
    inputs = {"numeric": keras.Input((WIDTH,), name="numeric")}
    model = keras.Model(inputs, Scale()(inputs["numeric"]))
    step = make_step(model, {"name": "sgd"}, lambda y, output: output[:, 0])
    batch = (
        {"numeric": np.full((5, WIDTH), 2, "float32")},
        *[np.ones(5, "float32") for _ in range(2)],
    )
    state = run(step, [[batch]])
    expected = [np.sum((2 * np.arange(1, 1 + n)) ** 2.0) for n in [1, 2, 24, 6]]
    assert_close(state["meter"]["gradients"], np.array(expected))


@pytest.mark.parametrize("ema", [0.2, 0.999])
def test_the_average_follows_fast_at_first_and_then_at_its_pace(ema):
    # (1 + t) / (10 + t) is below .2 for one step, and below .999 always.
    batches, rates = numeric_batches(8), np.full(8, 0.1)
    state = run(make_step(linear_model(), {"name": "sgd", "ema": ema}), batches)
    w, average = numpy_run(batches, rates, ema=ema)
    assert_close(joined(state["trainable"]), w, 1e-5)
    assert_close(joined(state["average"]), average, 1e-5)


def test_without_average_there_is_none():
    step = make_step(linear_model(), {"name": "sgd"})
    state = run(step, numeric_batches(1))
    assert state["average"] == []
    assert step.kept_weights(state) is state["trainable"]


@pytest.mark.parametrize("columns", [[0, 1, 2], [0], [1, 2]], ids=str)
def test_a_gradient_that_is_no_number_is_a_fault_though_the_loss_is_one(
    columns,
):
    def root_error(y, output):
        # Finite at 0, where its slope is not.
        return ops.sqrt(ops.abs(y - output[:, 0]))

    ((inputs, y, weights),) = numeric_batches(1)[0:1][0]
    model = linear_model()
    model.set_weights([np.zeros_like(w) for w in START])
    y[columns] = 0
    step = make_step(model, {"name": "adam", "ema": 0.9}, root_error)
    before = run(step, [])
    after = run(step, [[(inputs, y, weights)]])
    assert after["meter"].pop("fault") == 0
    assert before["meter"].pop("fault") == -1
    assert_same_bits(after, before)


def assert_same_bits(ours, theirs):
    for a, b in zip(
        keras.tree.flatten(ours), keras.tree.flatten(theirs), strict=True
    ):
        np.testing.assert_array_equal(a, b)
