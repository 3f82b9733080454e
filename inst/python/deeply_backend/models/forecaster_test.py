import keras
import numpy as np
import pytest

from deeply_backend.data.series import Panel
from deeply_backend.data.series import WindowRows
from deeply_backend.judge import window_baselines
from deeply_backend.layers.horizons import LEAST_SD
from deeply_backend.layers.horizons import WindowScale
from deeply_backend.models import forecaster
from deeply_backend.models import stored
from deeply_backend.training import train
from deeply_backend.training.losses import horizons
from deeply_backend.training.plan import Plan

LEVELS = np.array([0.1, 0.5, 0.9])
AHEAD, LOOKBACK = 3, 12


def spec(**changes):
    return {
        "model": "forecaster",
        "loss": "horizons",
        "lookback": LOOKBACK,
        "ahead": AHEAD,
        "features": 1,
        "code_levels": np.array([4]),
        "known": 0,
        "static": 0,
        "cell": "gru",
        "hidden_units": np.array([5, 4]),
        "dropout": 0.1,
        "quantile_levels": LEVELS,
        "ahead_scale": np.ones(AHEAD),
        "label_smoothing": 0,
        "focal_gamma": 0,
        "mixed_precision": False,
        "optimizer": {"name": "adam", "clip_norm": 1.0},
        "start": True,
        **changes,
    }


def series(n=600, seed=0, how=(0, 0, 0, 0), ar=0.8):
    random = np.random.default_rng(seed)
    season = np.array([0, 1, 0, -1])[np.arange(n) % 4]
    noise = random.normal(size=n)
    y = np.zeros(n)
    for t in range(1, n):
        y[t] = ar * y[t - 1] + noise[t]
    y += season
    none = np.zeros((n, 0))
    return Panel(
        y[:, None],
        y,
        np.arange(n)[:, None] % 4,
        none,
        np.zeros((1, 0)),
        np.array([how]),
    )


def windows(panel, first=0, last=None):
    starts = np.arange(len(panel) - LOOKBACK - AHEAD + 1)[first:last]
    zeros = np.zeros(len(starts), int)
    return WindowRows(panel, starts, zeros, LOOKBACK, np.arange(1, AHEAD + 1))


def sample_of(rows):
    def sample(most):
        some = rows.take(np.arange(min(most, len(rows))))
        y, weights = some.pop("y"), some.pop("weights")
        return some, y, weights

    return sample


def outputs_of(model, rows):
    inputs = sample_of(rows)(len(rows))[0]
    found = keras.ops.convert_to_numpy(model(inputs, training=False))
    return found.reshape(len(rows), AHEAD, -1)


@pytest.mark.parametrize("cell", ["gru", "lstm", "rnn", "conv", "linear"])
def test_it_starts_at_the_linear_autoregression(cell):
    rows = windows(series())
    start = forecaster.build(spec(cell=cell), sample_of(rows))
    found = outputs_of(start, rows)
    y = rows.take(np.arange(len(rows)))["y"]
    # The best forecast of AR(1) is known, with its variance.
    expected = [
        np.sqrt(sum(0.8 ** (2 * k) for k in range(h)))
        for h in range(1, AHEAD + 1)
    ]
    rmse = np.sqrt(np.mean((y - found[:, :, 0]) ** 2, axis=0))
    np.testing.assert_allclose(rmse, expected, rtol=0.1)
    below = np.mean(y[:, :, None] <= found[:, :, 1:], axis=(0, 1))
    np.testing.assert_allclose(below, LEVELS, atol=0.02)


def test_without_rows_it_starts_at_nothing():
    rows = windows(series(how=(0, 1, 0, 0)))
    found = outputs_of(forecaster.build(spec()), rows)
    last = rows.take(np.arange(len(rows)))["window"][:, -1]
    np.testing.assert_allclose(
        found, np.broadcast_to(last[:, :, None], found.shape), atol=1e-6
    )


@pytest.mark.parametrize("cell", ["gru", "conv"])
def test_training_never_ends_worse_than_the_line(cell):
    rows = windows(series(300))
    n = 200
    found = train.train(
        spec(cell=cell),
        rows,
        n,
        Plan(epochs=3, batch_size=32, patience=9, seed=1, learn_rate=0.01),
        lambda event: False,
    )
    held = windows(series(300), n)
    y = held.take(np.arange(len(held)))["y"]
    loss = horizons(LEVELS, np.ones(AHEAD))

    def mean_loss(model):
        out = outputs_of(model, held).reshape(len(held), -1)
        return float(np.mean(keras.ops.convert_to_numpy(loss(y, out))))

    start = forecaster.build(
        spec(cell=cell), sample_of(windows(series(300), 0, n))
    )
    assert mean_loss(found["model"]) <= mean_loss(start) + 1e-5
    assert len(found["history"]["val_loss"]) == 3
    again = stored.from_bytes(stored.to_bytes(found["model"]))
    np.testing.assert_allclose(
        outputs_of(again, held),
        outputs_of(found["model"], held),
        rtol=1e-5,
        atol=1e-6,
    )


def test_a_window_is_put_on_its_scale():
    window = np.array([[[1.0, 7], [3, 8], [8, 9]]], "float32")
    cases = {
        (0, 0, 0, 1): (0, 1),
        (1, 0, 0, 1): (4, 1),
        (0, 1, 0, 0): (8, 1),
        (1, 0, 1, 1): (4, np.sqrt(np.var([1, 3, 8]) + LEAST_SD**2)),
    }
    for how, (off, by) in cases.items():
        scaled, scales = WindowScale()(window, np.array([how], "float32"))
        expected = [[off, by, how[3] * off / by]]
        np.testing.assert_allclose(scales, expected, rtol=1e-5)
        np.testing.assert_allclose(
            scaled[0, :, 0], (window[0, :, 0] - off) / by, rtol=1e-5
        )
        np.testing.assert_array_equal(scaled[0, :, 1], window[0, :, 1])


def test_the_loss_is_squares_and_pinballs_where_the_truth_is_known():
    y = np.array([[1.0, np.nan], [2.0, 5.0]], "float32")
    out = np.arange(12, dtype="float32").reshape(2, 6)
    levels, scales = [0.25, 0.75], [1.0, 2.0]

    def cost(truth, values, unit):
        errors = (truth - values) / unit
        pinball = [
            max(q * e, (q - 1) * e)
            for q, e in zip(levels, errors[1:], strict=True)
        ]
        return errors[0] ** 2 + 2 * np.mean(pinball)

    expected = [
        cost(1, out[0, :3], 1) / 2,
        (cost(2, out[1, :3], 1) + cost(5, out[1, 3:], 2)) / 2,
    ]
    found = horizons(levels, scales)(
        keras.ops.convert_to_tensor(y), keras.ops.convert_to_tensor(out)
    )
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("kind", ["linear", "trees"])
def test_baselines_forecast_the_windows_behind(kind):
    pytest.importorskip("xgboost")
    rows = windows(series())
    learned = window_baselines.KINDS[kind](spec()).fit(rows, 450, 1)
    # What it learned is all that is kept.
    again = window_baselines.KINDS[kind](spec(), learned)
    found = again.predict(rows, 450)
    y = windows(series(), 450)
    y = y.take(np.arange(len(y)))["y"]
    assert found.shape == y.shape
    rmse = np.sqrt(np.mean((y - found) ** 2, axis=0))
    assert rmse[0] == pytest.approx(1, rel=0.2)
    assert (rmse < 0.95 * y.std()).all()
