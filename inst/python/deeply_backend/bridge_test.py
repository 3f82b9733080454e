import random

import numpy as np
import pytest

import deeply_backend
from deeply_backend import bridge
from deeply_backend.models.mlp_test import spec
from deeply_backend.training.seeds import seeded

N = 60


def run(seed=1, **changes):
    generator = np.random.default_rng(0)
    data = bridge.rows(N, {"numeric": 3, "category": 2})
    numeric = generator.normal(size=(N, 3))
    codes = generator.integers(1, 3, (N, 2))
    bridge.write(data, 0, {"numeric": numeric.T, "category": codes.T})
    asked = {
        "model": "mlp",
        "loss": "squared_error",
        "optimizer": "adam",
        "learn_rate": 0.01,
        **spec(dropout=0.2),
        **changes,
    }
    plan = {"epochs": 4, "batch_size": 16, "patience": 25, "seed": seed}
    rows = {"train": np.arange(45), "validation": np.arange(45, N)}
    return bridge.fit(
        asked, data, numeric[:, 0], np.ones(N), rows, plan, lambda event: None
    )


def test_fit_gives_plain_data():
    fitted = run()
    assert isinstance(fitted["model"], bytearray)
    assert fitted["history"]["loss"].shape == (4,)
    assert fitted["parameters"] == fitted["handle"].model.count_params()
    assert 1 <= fitted["best_epoch"] <= 4


@pytest.mark.parametrize("encoding", ["onehot", "embedding"])
def test_same_seed_same_bits(encoding):
    first, again, other = (
        run(seed, encoding=encoding)["handle"].model.get_weights()
        for seed in (1, 1, 2)
    )
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)
    assert any((a != b).any() for a, b in zip(first, other, strict=True))


@pytest.mark.parametrize(
    "optimizer", ["adam", "adamw", "sgd", "rmsprop", "adagrad"]
)
def test_every_optimizer_lowers_the_loss(optimizer):
    fitted = run(optimizer=optimizer, learn_rate=0.05, dropout=0.0)
    assert fitted["history"]["loss"][-1] < fitted["history"]["loss"][0]


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


def test_layers_name_what_is_there():
    table = bridge.layers(run()["handle"])
    assert [row["name"] for row in table][-1] == "output"
    assert sum(row["parameters"] for row in table) == run()["parameters"]


def test_describe_names_the_backend():
    description = bridge.describe()
    assert description["backend"] in deeply_backend.BACKENDS
    assert isinstance(description["devices"], list)


def test_the_backend_cannot_be_switched():
    other = {"tensorflow": "jax", "jax": "tensorflow"}
    with pytest.raises(RuntimeError, match="restart R"):
        deeply_backend.start(other[bridge.describe()["backend"]])
