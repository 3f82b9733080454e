import keras
import numpy as np
import pytest

from deeply_backend.training import engine as engines
from deeply_backend.training.losses import LOSSES

N, WIDTH = 24, 3


def problem(seed=0):
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(N, WIDTH)).astype("float32")
    y = (x @ [1.0, -2.0, 0.5] + 0.3).astype("float32")
    weights = generator.uniform(0.5, 1.5, N).astype("float32")
    return x, y, weights


def linear_model(start):
    inputs = {"numeric": keras.Input((WIDTH,), name="numeric")}
    output = keras.layers.Dense(1)(inputs["numeric"])
    model = keras.Model(inputs, output)
    model.set_weights(start)
    return model


def make_engine(data, start, rate=0.1):
    x, y, weights = data
    return engines.Engine(
        linear_model(start),
        LOSSES["squared_error"],
        keras.optimizers.SGD(rate),
        {"numeric": x},
        y,
        weights,
    )


def numpy_steps(data, start, index, rate=0.1):
    """Weighted least squares by SGD, written out."""
    x, y, weights = (a.astype("float64") for a in data)
    w, b = start[0][:, 0].astype("float64"), float(start[1][0])
    total = 0.0
    for rows in index:
        error = x[rows] @ w + b - y[rows]
        total += np.sum(weights[rows] * error**2)
        slope = 2 * weights[rows] * error / len(rows)
        w, b = w - rate * x[rows].T @ slope, b - rate * slope.sum()
    return w, b, total


def start_weights():
    return [np.float32([[0.1], [0.2], [-0.3]]), np.float32([0.05])]


def test_steps_are_those_of_a_loop_written_by_hand():
    data = problem()
    index = np.random.default_rng(1).permutation(N).reshape(6, 4)
    index = index.astype("int32")
    engine = make_engine(data, start_weights())
    total = engine.steps(index, 0, 2) + engine.steps(index, 2, 6)
    w, b, expected = numpy_steps(data, start_weights(), index)
    weights = engine.weights_now()
    np.testing.assert_allclose(weights[0][:, 0], w, rtol=1e-4)
    np.testing.assert_allclose(weights[1][0], b, rtol=1e-4)
    assert total == pytest.approx(expected, rel=1e-4)


def test_a_short_batch_is_a_batch():
    data = problem()
    index = np.arange(5, dtype="int32")[None, :]
    engine = make_engine(data, start_weights())
    engine.steps(index, 0, 1)
    w, _, _ = numpy_steps(data, start_weights(), index)
    np.testing.assert_allclose(engine.weights_now()[0][:, 0], w, rtol=1e-4)


def test_score_changes_nothing_and_is_the_weighted_sum():
    x, y, weights = problem()
    engine = make_engine((x, y, weights), start_weights())
    rows = np.arange(7, dtype="int32")
    w, b = start_weights()
    error = x[:7] @ w[:, 0] + b[0] - y[:7]
    expected = np.sum(weights[:7] * error**2)
    assert engine.score(rows) == pytest.approx(expected, rel=1e-5)
    np.testing.assert_array_equal(engine.weights_now()[0], w)


def test_penalties_are_part_of_the_objective():
    inputs = {"numeric": keras.Input((WIDTH,), name="numeric")}
    layer = keras.layers.Dense(
        1, use_bias=False, kernel_regularizer=keras.regularizers.L2(0.5)
    )
    model = keras.Model(inputs, layer(inputs["numeric"]))
    start = np.float32([[1.0], [2.0], [3.0]])
    model.set_weights([start])
    x = np.zeros((4, WIDTH), "float32")
    engine = engines.Engine(
        model,
        LOSSES["squared_error"],
        keras.optimizers.SGD(0.1),
        {"numeric": x},
        np.zeros(4, "float32"),
        np.ones(4, "float32"),
    )
    engine.steps(np.arange(4, dtype="int32")[None, :], 0, 1)
    # Only the penalty has a gradient: w - 0.1 * 2 * 0.5 * w.
    np.testing.assert_allclose(engine.weights_now()[0], 0.9 * start, rtol=1e-5)


@pytest.mark.parametrize("n", [1, 2, 3, 17])
def test_predict_gives_a_row_a_row(n):
    x, _, _ = problem()
    model = linear_model(start_weights())
    predict = engines.compile_predict(model)
    w, b = start_weights()
    np.testing.assert_allclose(
        predict({"numeric": x[:n]}), x[:n] @ w + b, rtol=1e-5
    )
