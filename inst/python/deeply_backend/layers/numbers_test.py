import keras
import numpy as np
import pytest

from deeply_backend.layers.numbers import Periodic
from deeply_backend.layers.numbers import PiecewiseLinear
from deeply_backend.layers.numbers import RandomFourier


def piecewise(sizes, dim=2, flags=None, seed=0):
    generator = np.random.default_rng(seed)
    knots = [np.sort(generator.normal(size=size)) for size in sizes]
    layer = PiecewiseLinear(knots, dim, flags)
    layer.build((None, len(sizes)))
    for weight in layer.weights:
        weight.assign(generator.normal(size=weight.shape))
    return layer


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 8, 9, 31, 32, 33])
def test_is_interpolation_between_the_knots(size):
    layer = piecewise([size, 1, 7])
    x = np.random.default_rng(1).normal(size=(100, 3)).astype("float32") * 2
    x[:size, 0] = layer.knots[0]
    x[-1], x[-2] = 1e30, -1e30
    table, slope, bias = (
        np.asarray(w) for w in (layer.table, layer.slope, layer.bias)
    )
    out = np.asarray(layer(x)).reshape(-1, 3, 2)
    first = 0
    for column, knots in enumerate(layer.knots):
        last = first + len(knots)
        inside = np.clip(x[:, column], *np.float32([knots[0], knots[-1]]))
        for i in range(2):
            bends = np.interp(inside, np.float32(knots), table[first:last, i])
            line = slope[column, i] * inside + bias[column, i]
            np.testing.assert_allclose(
                out[:, column, i], bends + line, rtol=1e-4, atol=1e-4
            )
        first = last


def test_begins_as_a_straight_line():
    layer = PiecewiseLinear([[-1, -0.2, 0.1, 2]], 4)
    x = np.float32([[-1], [0.5], [2]])
    out = np.asarray(layer(x))
    np.testing.assert_allclose(out, x * np.asarray(layer.slope), rtol=1e-6)
    assert np.ptp(np.asarray(layer.slope)) > 0


def test_what_is_missing_has_no_vector_but_that_of_its_flag():
    layer = piecewise([5, 2, 4], flags=[1, -1, -1])
    rows = np.float32([[0.3, 0, 0.2], [0.3, 1, 0.2], [-9, 1, 0.2]])
    out = np.asarray(layer(rows)).reshape(3, 3, 2)
    assert np.all(out[0, 0] != 0)
    np.testing.assert_array_equal(out[1:, 0], 0)
    np.testing.assert_array_equal(out[1], out[2])
    assert np.all(out[0, 1] != out[1, 1])
    np.testing.assert_array_equal(out[0, 2], out[1, 2])


def test_periodic_is_the_formula():
    layer = Periodic(2, 3, frequencies=4, scale=0.5)
    x = np.random.default_rng(2).normal(size=(6, 2)).astype("float32")
    out = np.asarray(layer(x)).reshape(6, 2, 3)
    frequency, kernel, bias = (np.asarray(w) for w in layer.weights)
    for column in range(2):
        angle = 2 * np.pi * x[:, [column]] * frequency[column]
        waves = np.hstack([np.sin(angle), np.cos(angle)])
        expected = np.maximum(waves @ kernel[column] + bias[column], 0)
        np.testing.assert_allclose(out[:, column], expected, atol=1e-5)
    assert frequency.std() == pytest.approx(0.5, rel=0.7)


def test_random_fourier_is_the_formula():
    layer = RandomFourier(3.0, frequencies=400)
    x = np.random.default_rng(2).normal(size=(6, 2)).astype("float32")
    out = np.asarray(layer(x))
    assert layer.trainable_weights == []
    (frequency,) = (np.asarray(w, "float64") for w in layer.weights)
    angle = 2 * np.pi * x @ frequency
    np.testing.assert_allclose(
        out, np.hstack([np.sin(angle), np.cos(angle)]), atol=1e-4
    )
    # 800 normal draws: six standard errors.
    assert abs(frequency.mean()) < 6 * 3 / 800**0.5
    assert frequency.std() == pytest.approx(3, rel=6 / 1600**0.5)


def test_random_fourier_keeps_its_phase_in_mixed_precision():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        layer = RandomFourier(20.0)
        x = np.float32([[1.2345, -0.9876]])
        out = np.asarray(layer(x))
    finally:
        keras.config.set_dtype_policy("float32")
    angle = 2 * np.pi * x @ np.asarray(layer.frequency, "float64")
    np.testing.assert_allclose(out[:, :128], np.sin(angle), atol=1e-3)


@pytest.mark.parametrize(
    "layer",
    [
        piecewise([3, 2], flags=[1, -1]),
        Periodic(2, 3),
        RandomFourier(1.5, frequencies=5),
    ],
)
def test_survives_saving(layer, tmp_path):
    inputs = keras.Input((2,))
    model = keras.Model(inputs, layer(inputs))
    assert model.output_shape == (None, model(np.zeros((1, 2))).shape[1])
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    rows = np.float32([[0.1, 1], [-2, 0]])
    np.testing.assert_array_equal(again(rows), model(rows))
