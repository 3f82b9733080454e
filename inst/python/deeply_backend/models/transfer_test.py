import keras
import numpy as np
import pytest

from deeply_backend import bridge
from deeply_backend.layers.borrowed_pixels import BorrowedPixels
from deeply_backend.models import backbones
from deeply_backend.models import stored
from deeply_backend.models import transfer
from deeply_backend.models.backbones_test import whole
from deeply_backend.training import frozen

SIDE = 16
N, N_TRAIN = 30, 24


def spec(**changes):
    return {
        "model": "transfer",
        "backbone": stored.to_bytes(backbones.cut(whole())),
        "shape": np.array([SIDE, SIDE, 3]),
        "mean": np.full(3, 0.5),
        "sd": np.full(3, 0.5),
        "reverse": False,
        "mirrored": False,
        "augment": {"flip": True, "shift": 0.1},
        "flip": True,
        "variants": 1,
        "dropout": 0.0,
        "l1": 0.0,
        "l2": 0.01,
        "outputs": 1,
        "output_bias": np.zeros(1),
        "loss": "binary_crossentropy",
        "label_smoothing": 0.0,
        "focal_gamma": 0.0,
        "mixed_precision": False,
        "optimizer": {"name": "adam"},
        **changes,
    }


def rows():
    generator = np.random.default_rng(4)
    y = np.arange(N) % 2
    x = generator.integers(0, 180, (N, SIDE, SIDE, 3))
    x[..., 0] += 60 * y[:, None, None]
    data = bridge.rows(N, {"image": SIDE * SIDE * 3, "y": 1, "weights": 1})
    bridge.write(
        data,
        0,
        {
            "image": x.reshape(N, -1).T,
            "y": y[None],
            "weights": np.linspace(1, 2, N)[None],
        },
    )
    return data


def plan(**changes):
    return {
        "epochs": 3,
        "batch_size": 8,
        "patience": np.inf,
        "seed": 1,
        "learn_rate": 0.01,
        "accumulate": 1,
        "checkpoint": None,
        "checkpoint_epochs": np.inf,
        "checkpoint_seconds": np.inf,
        "resume": False,
        **changes,
    }


def fit(spec, data=None, on_event=lambda event: None, **changes):
    return bridge.fit(spec, data or rows(), N_TRAIN, plan(**changes), on_event)


def test_channels_can_be_turned_round():
    x = np.arange(12, dtype="uint8")[None]
    layer = BorrowedPixels([2, 2, 3], [0, 0, 0], [1 / 255] * 3, reverse=True)
    again = BorrowedPixels.from_config(layer.get_config())
    expected = np.arange(12).reshape(1, 2, 2, 3)[..., ::-1]
    np.testing.assert_allclose(np.asarray(again(x)), expected, atol=1e-5)


def test_the_output_starts_at_the_shares():
    model = transfer.build(spec(output_bias=np.array([0.7])))
    data = rows().read(0, 5)
    outputs = model({"image": data["image"]}, training=False)
    np.testing.assert_allclose(np.asarray(outputs), 0.7, rtol=1e-6)


def test_features_are_the_mean_and_maximum_of_the_maps():
    model = transfer.build(spec())
    data = rows().read(0, 4)
    x = data["image"].reshape(-1, SIDE, SIDE, 3) / 127.5 - 1
    maps = np.asarray(backbones.cut(whole())(x.astype("float32")))
    expected = np.concatenate([maps.mean((1, 2)), maps.max((1, 2))], axis=1)
    found = bridge.features(bridge.Live(model), {"image": data["image"].T})
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_a_layer_of_the_backbone_has_features_too():
    live = bridge.Live(transfer.build(spec()))
    blocks = {"image": rows().read(0, 4)["image"].T}
    again = bridge.load(bridge.save(live.model))
    for handle in (live, again):
        assert bridge.features(handle, blocks, "first").shape == (4, 6)
        second = bridge.features(handle, blocks, "second")
        whole_maps = bridge.features(handle, blocks, "tiny")
        np.testing.assert_array_equal(second, whole_maps)
    names = bridge.layer_names(live).split("\n")
    assert {"tiny", "first", "features", "output"} <= set(names)
    with pytest.raises(ValueError, match="third"):
        bridge.features(live, blocks, "third")


def test_the_head_gives_what_the_whole_gives():
    model = transfer.build(spec(dropout=0.2))
    model.get_layer("output").kernel.assign(
        np.random.default_rng(0).normal(size=(16, 1))
    )
    data = rows()
    part, seen, n_train = frozen.learner(spec(), model, data, N_TRAIN)
    # As they are, mirrored, and moved once.
    assert n_train == 3 * N_TRAIN
    assert len(seen) == 3 * N_TRAIN + N - N_TRAIN
    first, last = (seen.read(k, 6) for k in (0, 3 * N_TRAIN))
    for found, at in ((first, 0), (last, N_TRAIN)):
        kept = data.read(at, 6)
        whole_output = model({"image": kept["image"]}, training=False)
        output = part({"features": found["features"]}, training=False)
        np.testing.assert_allclose(
            np.asarray(output), np.asarray(whole_output), rtol=1e-4, atol=1e-5
        )
        np.testing.assert_array_equal(found["y"], kept["y"])
        np.testing.assert_array_equal(found["weights"], kept["weights"])


def test_features_are_standardised_by_those_of_the_training_images():
    model = transfer.build(spec())
    part, seen, _ = frozen.learner(spec(), model, rows(), N_TRAIN)
    features = seen.read(0, N_TRAIN)["features"]
    layer = part.get_layer("standardize")
    found = np.asarray(layer(features, training=False))
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-4)
    variance = features.var(axis=0)
    wide = variance > transfer.LEAST_VARIANCE * variance.mean()
    np.testing.assert_allclose(found.std(axis=0)[wide], 1, rtol=1e-3)
    assert np.abs(found.std(axis=0)).max() < 1.001


def test_the_backbone_stays_as_it_is_and_the_whole_is_saved():
    before = backbones.cut(whole()).get_weights()
    events = []
    result = fit(spec(), on_event=events.append)
    model = result["handle"].model
    inside = model.get_layer("tiny").get_weights()
    for a, b in zip(before, inside, strict=True):
        np.testing.assert_array_equal(a, b)
    assert result["learned"] == 17
    assert np.abs(np.asarray(model.get_layer("output").kernel)).max() > 0
    # Looking is told, and never called done.
    assert events[0]["share"] < 1
    again = bridge.load(result["model"])
    blocks = {"image": rows().read(0, N)["image"].T}
    np.testing.assert_array_equal(
        bridge.predict(again, blocks), bridge.predict(result["handle"], blocks)
    )


def test_who_asks_while_images_are_looked_at_is_heard():
    with pytest.raises(KeyboardInterrupt):
        fit(spec(), on_event=lambda event: True)


def test_thawed_layers_learn_and_no_other():
    start = fit(spec())
    tuned = fit(
        spec(model="tuned", start=start["model"], thawed=1), learn_rate=1e-3
    )
    assert bridge.thawable(start["handle"]) == 2
    # 3*3*6*8 + 8 and the output.
    assert tuned["learned"] == 440 + 17
    before, after = (
        x["handle"].model.get_layer("tiny") for x in (start, tuned)
    )
    for name, same in (("first", True), ("norm", True), ("second", False)):
        pairs = zip(
            before.get_layer(name).get_weights(),
            after.get_layer(name).get_weights(),
            strict=True,
        )
        assert all(np.array_equal(a, b) for a, b in pairs) == same


def test_a_network_that_goes_on_ends_no_worse():
    start = fit(spec(), epochs=20)
    kept = fit(
        spec(model="tuned", start=start["model"], thawed=2),
        learn_rate=5.0,
        epochs=1,
    )
    assert kept["best_epoch"] == 0
    for a, b in zip(
        start["handle"].model.get_weights(),
        kept["handle"].model.get_weights(),
        strict=True,
    ):
        if a.dtype.kind == "f":
            np.testing.assert_array_equal(a, b)


def test_all_layers_of_an_own_network_can_be_thawed():
    model = whole()
    transfer.thaw(model, 2)
    assert len(model.trainable_variables) == 6
    transfer.thaw(model, 0)
    names = [v.path.split("/")[0] for v in model.trainable_variables]
    assert set(names) == {"says"}
    assert isinstance(model, keras.Model)
