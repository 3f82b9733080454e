import numpy as np
import pytest

from deeply_backend import bridge
from deeply_backend.models.mlp import build


def spec(**changes):
    return {
        "n_numeric": 3,
        "levels": np.array([4, 2]),
        "encoding": "onehot",
        "embedding_dims": np.array([3, 1]),
        "hidden_units": np.array([8, 5]),
        "activation": "relu",
        "dropout": 0.0,
        "normalization": "none",
        "l1": 0.0,
        "l2": 0.0,
        "outputs": 1,
        "output_bias": np.array([0.7]),
        "flags": np.array([0, 0, 0]),
        "numeric_embedding": "none",
        "numeric_dim": 2,
        "bins": 3,
        "members": 1,
        "loss": "binary_crossentropy",
        **changes,
    }


def block(n=6, seed=0):
    generator = np.random.default_rng(seed)
    return {
        "numeric": generator.normal(size=(3, n)),
        "category": generator.integers(0, 3, (2, n)),
    }


def training_rows(most):
    n = min(most, 50)
    numeric = np.random.default_rng(1).normal(size=(n, 3)).astype("float32")
    y = (numeric[:, 0] > 0).astype("float32")
    return {"numeric": numeric}, y, np.ones(n, "float32")


@pytest.mark.parametrize(
    ("changes", "parameters"),
    [
        ({}, 9 * 8 + 8 + 8 * 5 + 5 + 5 + 1),
        ({"encoding": "embedding"}, 15 + 3 + 7 * 8 + 8 + 45 + 6),
        ({"normalization": "batch"}, 9 * 8 + 8 * 4 + 40 + 5 * 4 + 6),
        ({"normalization": "layer"}, 80 + 8 * 2 + 45 + 5 * 2 + 6),
        ({"outputs": 3, "output_bias": np.zeros(3)}, 80 + 45 + 18),
        ({"n_numeric": 0}, 6 * 8 + 8 + 45 + 6),
        ({"levels": np.array([], int)}, 3 * 8 + 8 + 45 + 6),
        # A weight a member and column, and an output layer each.
        ({"members": 4}, 9 * 4 + 80 + 45 + 4 * 6),
        # Knots, a slope and a bias, two long; six categories.
        (
            {"numeric_embedding": "quantile"},
            (3 * 4 + 3 + 3) * 2 + 12 * 8 + 8 + 45 + 6,
        ),
        (
            {"numeric_embedding": "periodic"},
            3 * 24 + 3 * 48 * 2 + 3 * 2 + 12 * 8 + 8 + 45 + 6,
        ),
        # Directions that do not learn; a sine and a cosine each.
        (
            {"numeric_embedding": "fourier", "fourier": 2.0},
            3 * 128 + (256 + 6) * 8 + 8 + 45 + 6,
        ),
    ],
)
def test_parameters_are_what_the_layers_need(changes, parameters):
    model = build(spec(**changes), training_rows)
    assert model.count_params() == parameters


def test_starts_at_the_best_constant():
    model = build(spec(hidden_units=np.array([], int)))
    model.get_layer("output").kernel.assign(np.zeros((9, 1)))
    live = bridge.Live(model)
    outputs = bridge.predict(live, block())
    np.testing.assert_allclose(outputs, 0.7, rtol=1e-6)


def test_leaky_relu_has_the_usual_slope():
    model = build(spec(activation="leaky_relu"))
    assert model.get_layer("leaky_relu_1").negative_slope == pytest.approx(0.01)


@pytest.mark.parametrize("encoding", ["onehot", "embedding"])
def test_bytes_give_back_the_same_model(encoding):
    live = bridge.Live(build(spec(encoding=encoding, normalization="batch")))
    again = bridge.load(bridge.save(live.model))
    np.testing.assert_array_equal(
        bridge.predict(again, block()), bridge.predict(live, block())
    )


def test_unknown_categories_say_nothing():
    live = bridge.Live(build(spec(encoding="embedding")))
    rows = block(2)
    rows["numeric"][:] = 0
    rows["category"][:] = 0
    model = live.model
    for layer in ("dense_1", "dense_2"):
        bias = model.get_layer(layer).bias
        bias.assign(np.zeros(bias.shape))
    np.testing.assert_allclose(bridge.predict(live, rows), 0.7, rtol=1e-6)


@pytest.mark.parametrize(
    ("loss", "outputs"),
    [
        ("binary_crossentropy", 1),
        ("categorical_crossentropy", 3),
        ("squared_error", 1),
        ("pinball", 3),
    ],
)
def test_members_predict_as_one(loss, outputs):
    bias = np.linspace(-1, 0.5, outputs)
    changes = {"loss": loss, "outputs": outputs, "output_bias": bias}
    model = build(spec(members=4, **changes))
    inputs = bridge.as_inputs(block())
    assert model(inputs, training=True).shape == (6, 4, outputs)
    together = bridge.predict(bridge.Live(model), block())
    assert together.shape == (6, outputs)
    apart = bridge.predict_members(bridge.Live(model), block())
    expected = np.asarray(model(inputs, training=True)).reshape(6, -1)
    np.testing.assert_allclose(apart, expected, rtol=1e-5, atol=1e-6)
    # Members that are all the same say what one says.
    one = build(spec(**changes))
    for layer in ("dense_1", "dense_2"):
        model.get_layer(layer).set_weights(one.get_layer(layer).get_weights())
    members, output = model.get_layer("members"), model.get_layer("output")
    members.scale.assign(np.ones(members.scale.shape))
    kernel = np.asarray(one.get_layer("output").kernel)
    output.kernel.assign(np.broadcast_to(kernel, output.kernel.shape))
    alone = bridge.predict(bridge.Live(one), block())
    together = bridge.predict(bridge.Live(model), block())
    if loss == "categorical_crossentropy":
        alone = alone - np.log(np.exp(alone).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(together, alone, rtol=1e-4, atol=1e-5)
