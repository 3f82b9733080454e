import os
import random

import numpy as np
import pytest

import deeply_backend
from deeply_backend import bridge
from deeply_backend.data.disk_rows import DiskRows
from deeply_backend.data.rows import Rows
from deeply_backend.models.mlp_test import spec
from deeply_backend.training.seeds import seeded
from deeply_backend.training.train_test import assert_same_fit

N, N_TRAIN = 60, 45
WIDTHS = {"numeric": 3, "category": 2, "y": 1, "weights": 1}


def table(n=N):
    """Blocks as R sends them; the outcome is a column of the inputs."""
    generator = np.random.default_rng(0)
    numeric = generator.normal(size=(3, n))
    return {
        "numeric": numeric,
        "category": generator.integers(1, 3, (2, n)),
        "y": numeric[:1],
        "weights": np.ones((1, n)),
    }


def filled(n=N, path=None):
    data = bridge.rows(n, WIDTHS, path)
    blocks = table(n)
    # In two blocks, the first row number as R may send it.
    for first, last in [(0.0, n // 3), (n // 3, n)]:
        part = slice(int(first), last)
        bridge.write(data, first, {k: x[:, part] for k, x in blocks.items()})
    return data


def asked(**changes):
    return {
        "model": "mlp",
        "loss": "squared_error",
        "label_smoothing": 0,
        "focal_gamma": 0,
        "mixed_precision": False,
        "optimizer": {"name": "adam"},
        **spec(dropout=0.2),
        **changes,
    }


def plan_of(**changes):
    numbers = {"epochs": 4, "batch_size": 15, "patience": 25.0, "seed": 1}
    return {**numbers, "learn_rate": 0.01, **changes}


def run(on_event=lambda event: None, data=None, rates=None, plan=None, **spec):
    return bridge.fit(
        asked(**spec),
        data or filled(),
        float(N_TRAIN),
        plan_of(**plan or {}),
        on_event,
        rates,
    )


@pytest.fixture(scope="module")
def fitted():
    return run()


def with_model(fitted):
    return {**fitted, "model": fitted["handle"].model}


# Fitting ---------------------------------------------------------------------


def test_fit_gives_plain_data(fitted):
    assert isinstance(fitted["model"], bytearray)
    assert set(fitted["history"]) == {
        "epoch",
        "loss",
        "val_loss",
        "learn_rate",
        "grad_norm",
        "seconds",
    }
    for values in fitted["history"].values():
        assert values.shape == (4,)
        assert values.dtype == np.float64
    assert fitted["parameters"] == fitted["handle"].model.count_params()
    assert 1 <= fitted["best_epoch"] <= 4
    assert fitted["stopped"] == "epochs"
    assert fitted["findings"] == fitted["spoiled"] == []
    assert fitted["unsaved"] is None


@pytest.mark.parametrize("encoding", ["onehot", "embedding"])
def test_same_seed_same_bits(encoding):
    first, again, other = (
        run(plan={"seed": seed}, encoding=encoding)["handle"]
        for seed in (1, 1, 2)
    )
    first, again, other = (x.model.get_weights() for x in (first, again, other))
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)
    assert any((a != b).any() for a, b in zip(first, other, strict=True))


@pytest.mark.parametrize("optimizer", ["sgd", "adagrad"])
def test_other_optimizers_lower_the_loss_too(optimizer):
    fitted = run(
        optimizer={"name": optimizer}, plan={"learn_rate": 0.05}, dropout=0.0
    )
    assert fitted["history"]["loss"][-1] < fitted["history"]["loss"][0]


def test_a_true_answer_ends_the_run():
    fitted = run(lambda event: event["epoch"] == 2)
    assert fitted["stopped"] == "asked"
    assert fitted["history"]["epoch"].tolist() == [1, 2]


def test_rates_are_those_that_the_callback_gives():
    asked_for = []

    def rates(first, count, scores):
        asked_for.append((first, count, len(scores)))
        return np.full(count, 0.5 / (first + 1))

    fitted = run(rates=rates, plan={"epochs": 2})
    assert asked_for == [(0, 3, 0), (3, 3, 1)]
    np.testing.assert_array_equal(fitted["history"]["learn_rate"], [0.5, 0.125])


def test_a_model_comes_back_from_its_bytes(fitted):
    again = bridge.load(fitted["model"])
    blocks = {k: table()[k] for k in ("numeric", "category")}
    outputs = bridge.predict(again, blocks)
    assert outputs.shape == (N, 1)
    assert outputs.dtype == np.float64
    np.testing.assert_array_equal(
        outputs, bridge.predict(fitted["handle"], blocks)
    )


def test_a_log_for_tensorboard_is_written_on_request(tmp_path):
    pytest.importorskip("tensorflow")
    bridge.fit(
        asked(),
        filled(),
        N_TRAIN,
        plan_of(epochs=1),
        lambda event: None,
        tensorboard=str(tmp_path / "log"),
    )
    (name,) = os.listdir(tmp_path / "log")
    assert "tfevents" in name


# Rows ------------------------------------------------------------------------


@pytest.mark.parametrize("on_disk", [False, True])
def test_rows_of_a_buffer_are_predicted(fitted, on_disk, tmp_path):
    data = filled(path=tmp_path / "rows" if on_disk else None)
    answer = bridge.predict_rows(fitted["handle"], data, [3.0, 50.0])
    blocks = {k: table()[k][:, [3, 50]] for k in ("numeric", "category")}
    np.testing.assert_array_equal(
        answer["outputs"], bridge.predict(fitted["handle"], blocks)
    )
    np.testing.assert_allclose(answer["y"], table()["y"][0, [3, 50]], rtol=1e-6)
    one = bridge.predict_rows(fitted["handle"], data, 7.0)
    assert one["outputs"].shape == (1, 1)


@pytest.mark.parametrize("on_disk", [False, True])
@pytest.mark.parametrize("stream", [False, True])
def test_rows_that_were_kept_come_back(on_disk, stream, tmp_path, monkeypatch):
    monkeypatch.setattr(bridge, "BLOCK_ROWS", 25)
    path = tmp_path / "rows"
    data = filled(path=path if on_disk else None)
    assert bridge.is_streamed(data) is on_disk
    bridge.save_rows(data, path)
    bridge.release(data)
    loaded = bridge.load_rows(path, stream)
    assert isinstance(loaded, DiskRows if stream else Rows)
    assert bridge.is_streamed(loaded) is stream
    got = loaded.read(0, N)
    assert list(got) == list(WIDTHS)
    for name, block in table().items():
        dtype = np.int32 if name == "category" else np.float32
        expected = block.T if name in ("numeric", "category") else block[0]
        np.testing.assert_array_equal(got[name], expected.astype(dtype))


def test_a_run_goes_on_from_rows_that_were_kept(fitted, tmp_path):
    path, folder = tmp_path / "rows", tmp_path / "run"
    folder.mkdir()
    data = filled()
    bridge.save_rows(data, path)
    plan = {"checkpoint": str(folder), "checkpoint_epochs": 1.0}
    left = run(lambda event: event["epoch"] == 2, data, plan=plan)
    assert left["stopped"] == "asked"
    resumed = run(
        data=bridge.load_rows(path, False), plan={**plan, "resume": True}
    )
    assert_same_fit(with_model(resumed), with_model(fitted))


# Looking for a learning rate -------------------------------------------------


def test_range_test_gives_a_loss_a_rate():
    rates = np.geomspace(1e-6, 1e-5, 7)
    losses = bridge.range_test(asked(), filled(), N_TRAIN, plan_of(), rates)
    assert losses.shape == (7,)
    assert losses.dtype == np.float64
    assert np.isfinite(losses).all()


# Baselines -------------------------------------------------------------------


@pytest.mark.parametrize("on_disk", [False, True])
def test_a_baseline_learns_from_the_rows_of_its_index(on_disk, tmp_path):
    data = filled(path=tmp_path / "rows" if on_disk else None)
    # Rows beyond the index would spoil the line.
    bridge.write(data, 50, {"y": np.full((1, 10), 1e6)})
    index, columns = np.arange(50.0), {"levels": np.array([4, 2])}
    state = bridge.fit_baseline("linear", data, index, columns, "regression", 1)
    blocks = {k: table()[k] for k in ("numeric", "category")}
    outputs = bridge.predict_baseline("linear", state, blocks, columns)
    assert outputs.shape == (N, 1)
    np.testing.assert_allclose(outputs[:, 0], table()["y"][0], atol=0.15)


def test_a_baseline_minds_the_weights():
    data = filled()
    bridge.write(data, 0, {"y": np.full((1, 30), 5.0)})
    bridge.write(data, 30, {"y": np.full((1, 30), -5.0)})
    bridge.write(data, 30, {"weights": np.full((1, 30), 1e-6)})
    state = bridge.fit_baseline(
        "linear", data, np.arange(N), {"levels": [4, 2]}, "regression", 1
    )
    blocks = {k: table()[k] for k in ("numeric", "category")}
    outputs = bridge.predict_baseline(
        "linear", state, blocks, {"levels": [4, 2]}
    )
    np.testing.assert_allclose(outputs, 5, atol=0.01)


def test_trees_are_asked_for_with_task_seed_and_levels(monkeypatch):
    def fit_trees(x, y, weights, task, seed, quantile_levels, bins):
        shapes = x.shape, y.shape, weights.shape
        return *shapes, (task, seed, quantile_levels, bins)

    monkeypatch.setattr(bridge.baselines, "fit_trees", fit_trees)
    asked_for = bridge.fit_baseline(
        "trees",
        filled(),
        np.arange(50),
        {"levels": [4, 2]},
        "regression",
        7,
        0.25,
    )
    shapes = (50, 3 + 6), (50,), (50,)
    assert asked_for == (*shapes, ("regression", 7, [0.25], 256))


# The rest --------------------------------------------------------------------


def test_a_seed_leaves_the_generators_alone():
    random.seed(5)
    np.random.seed(5)
    expected = random.random(), np.random.rand()
    random.seed(5)
    np.random.seed(5)
    with seeded(9):
        random.random()
        np.random.rand()
    assert (random.random(), np.random.rand()) == expected


def test_layers_name_what_is_there(fitted):
    table = bridge.layers(fitted["handle"])
    assert [row["name"] for row in table][-1] == "output"
    assert sum(row["parameters"] for row in table) == fitted["parameters"]


def test_describe_names_the_backend():
    description = bridge.describe()
    assert description["backend"] in deeply_backend.BACKENDS
    assert isinstance(description["devices"], list)


def test_the_backend_cannot_be_switched():
    other = {"tensorflow": "jax", "jax": "tensorflow"}
    with pytest.raises(RuntimeError, match="restart R"):
        deeply_backend.start(other[bridge.describe()["backend"]])


# Rivals ----------------------------------------------------------------------


def test_a_rival_learns_the_first_rows_and_predicts_the_rest():
    columns = {"levels": np.array([2, 2])}
    answer = bridge.rival("linear", filled(), 45.0, columns, 0, 1, [])
    predicted = answer["predicted"][:, 0]
    assert predicted.shape == (N - 45,)
    np.testing.assert_allclose(predicted, table()["y"][0, 45:], atol=0.1)
