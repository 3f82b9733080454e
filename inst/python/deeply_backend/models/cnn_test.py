import keras
import numpy as np
import pytest

from deeply_backend import bridge
from deeply_backend.models.cnn import build


def spec(**changes):
    return {
        "shape": np.array([12, 10, 1]),
        "mean": np.array([0.4]),
        "sd": np.array([0.3]),
        "augment": {"flip": False, "shift": 0.0},
        "mirrored": False,
        "form": "stacked",
        "filters": np.array([4, 6]),
        "blocks": np.array([1, 1]),
        "padded": np.array([1, 1]),
        "kernel_size": 3,
        "strides": 1,
        "pooling": "max",
        "hidden_units": np.array([7]),
        "stem": 1,
        "residual": True,
        "activation": "relu",
        "normalization": "none",
        "dropout": 0.0,
        "l1": 0.0,
        "l2": 0.0,
        "outputs": 3,
        "output_bias": np.zeros(3),
        **changes,
    }


def resnet(depth, residual=True):
    return spec(
        form="residual",
        shape=np.array([32, 32, 3]),
        mean=np.full(3, 0.5),
        sd=np.full(3, 0.25),
        filters=np.array([16, 32, 64]),
        blocks=np.full(3, (depth - 2) // 6),
        normalization="batch",
        residual=residual,
        outputs=10,
        output_bias=np.zeros(10),
    )


def images(n=5, shape=(12, 10, 1), seed=0):
    generator = np.random.default_rng(seed)
    return generator.integers(0, 256, (n, int(np.prod(shape))), np.uint8)


def sides(model, kind):
    return [
        tuple(layer.output.shape[1:])
        for layer in model.layers
        if isinstance(layer, kind)
    ]


def test_lenet_has_the_shapes_and_parameters_of_the_paper():
    model = build(
        spec(
            shape=np.array([28, 28, 1]),
            filters=np.array([6, 16]),
            padded=np.array([1, 0]),
            kernel_size=5,
            pooling="average",
            hidden_units=np.array([120, 84]),
            outputs=10,
            output_bias=np.zeros(10),
        )
    )
    convolution = keras.layers.Conv2D
    assert sides(model, convolution) == [(28, 28, 6), (10, 10, 16)]
    pools = sides(model, keras.layers.AveragePooling2D)
    assert pools == [(14, 14, 6), (5, 5, 16)]
    counts = [layer.count_params() for layer in model.layers]
    # LeCun et al. (1998) but for the sparse connections of the second layer.
    expected = [156, 2416, 48120, 10164, 850]
    assert [count for count in counts if count > 0] == expected


@pytest.mark.parametrize(
    ("depth", "millions"), [(20, 0.27), (56, 0.85), (110, 1.7)]
)
def test_residual_networks_have_the_parameters_of_the_paper(depth, millions):
    model = build(resnet(depth))
    # He et al. (2016), table 6; batch norm's moving moments do not learn.
    trainable = sum(np.prod(v.shape) for v in model.trainable_variables)
    assert round(trainable / 1e6, 1 if millions > 1 else 2) == millions
    # Counted are convolutions and the dense layer.
    weights = [v for v in model.trainable_variables if "kernel" in v.path]
    assert len(weights) == depth


def test_a_plain_network_has_the_same_weights():
    residual, plain = build(resnet(20)), build(resnet(20, residual=False))
    assert residual.count_params() == plain.count_params()


def test_a_new_block_is_the_identity():
    model = build(resnet(20))
    names = [layer.name for layer in model.layers]
    # The first stage changes neither maps nor sides.
    before = model.get_layer("relu_stem").output
    after = model.get_layer("relu_1_3").output
    assert "add_1_3" in names
    both = keras.Model(model.input, [before, after])
    found = both({"image": images(2, (32, 32, 3))}, training=False)
    np.testing.assert_array_equal(np.asarray(found[0]), np.asarray(found[1]))


def test_pooled_networks_halve_their_maps_and_go_on_from_all_of_them():
    model = build(
        spec(
            form="pooled",
            shape=np.array([28, 28, 1]),
            filters=np.array([8, 16, 32]),
            blocks=np.array([1, 0, 2]),
            normalization="batch",
        )
    )
    assert model.get_layer("relu_stem").output.shape[1:] == (28, 28, 4)
    pools = sides(model, keras.layers.MaxPooling2D)
    # Of seven pixels none is passed over.
    assert pools == [(14, 14, 8), (7, 7, 16), (4, 4, 32)]
    ways = [layer.name for layer in model.layers if "add" in layer.name]
    assert ways == ["add_1_1", "add_3_1", "add_3_2"]
    before, after = model.get_layer("pool_3"), model.get_layer("relu_3_2")
    both = keras.Model(model.input, [before.output, after.output])
    found = both({"image": images(2, (28, 28, 1))}, training=False)
    np.testing.assert_array_equal(np.asarray(found[0]), np.asarray(found[1]))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"normalization": "batch", "dropout": 0.3},
        {"strides": 2, "pooling": "none"},
        {"form": "residual"},
        {"form": "pooled", "normalization": "batch", "stem": 2},
        {"augment": {"flip": True, "shift": 0.1, "zoom": 0.1, "erase": 0.3}},
    ],
)
def test_bytes_give_back_the_same_model(changes):
    live = bridge.Live(build(spec(**changes)))
    again = bridge.load(bridge.save(live.model))
    blocks = {"image": images().T}
    found = bridge.predict(live, blocks)
    assert found.shape == (5, 3)
    np.testing.assert_array_equal(bridge.predict(again, blocks), found)


def test_starts_at_the_best_constant():
    shares = np.log([0.2, 0.5, 0.3])
    model = build(spec(output_bias=shares))
    model.get_layer("output").kernel.assign(np.zeros((7, 3)))
    outputs = bridge.predict(bridge.Live(model), {"image": images().T})
    np.testing.assert_allclose(outputs, np.tile(shares, (5, 1)), rtol=1e-6)


def test_mirrored_predictions_are_those_of_both():
    live = bridge.Live(build(spec(mirrored=True)))
    alone = bridge.Live(live.model)
    x = images()
    turned = x.reshape(-1, 12, 10, 1)[:, :, ::-1].reshape(5, -1)
    both = [alone._outputs({"image": one}) for one in (x, turned)]
    found = bridge.predict(live, {"image": x.T})
    np.testing.assert_allclose(found, (both[0] + both[1]) / 2, rtol=1e-5)
    np.testing.assert_allclose(
        bridge.predict(live, {"image": turned.T}), found, rtol=1e-5, atol=1e-6
    )


def test_many_images_go_through_in_parts(monkeypatch):
    live = bridge.Live(build(spec()))
    x = {"image": images(23)}
    whole = live.predict(x)
    live._most = 5
    np.testing.assert_allclose(live.predict(x), whole, rtol=1e-5, atol=1e-6)
