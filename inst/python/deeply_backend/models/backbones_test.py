import keras
import numpy as np
import pytest

from deeply_backend import bridge
from deeply_backend.models import backbones
from deeply_backend.models import stored


def whole(shape=(16, 16, 3), top=True, side_branch=False):
    keras.utils.set_random_seed(7)
    image = keras.Input(shape)
    x = keras.layers.Conv2D(6, 3, activation="relu", name="first")(image)
    x = keras.layers.BatchNormalization(name="norm")(x)
    if side_branch:
        # Squeeze and excite: a pooling of whole maps that is no head.
        gate = keras.layers.GlobalAveragePooling2D(keepdims=True)(x)
        gate = keras.layers.Conv2D(6, 1, activation="sigmoid", name="gate")(
            gate
        )
        x = keras.layers.Multiply(name="gated")([x, gate])
    x = keras.layers.Conv2D(8, 3, activation="relu", name="second")(x)
    if top:
        x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
        x = keras.layers.Dense(4, name="says")(x)
    return keras.Model(image, x, name="tiny")


@pytest.mark.parametrize("top", [True, False])
@pytest.mark.parametrize("side_branch", [True, False])
def test_what_is_left_ends_in_the_last_maps(top, side_branch):
    model = whole(top=top, side_branch=side_branch)
    left = backbones.cut(model)
    assert tuple(left.outputs[0].shape[1:]) == (12, 12, 8)
    x = np.random.default_rng(1).normal(size=(2, 16, 16, 3)).astype("float32")
    expected = keras.Model(model.input, model.get_layer("second").output)
    np.testing.assert_array_equal(
        np.asarray(left(x, training=False)),
        np.asarray(expected(x, training=False)),
    )


def test_pooling_to_one_pixel_flattening_and_reshaping_are_heads():
    heads = {
        "pool": lambda x: keras.layers.Flatten()(
            keras.layers.AveragePooling2D(12)(x)
        ),
        "flat": keras.layers.Flatten(),
        "one_by_one": lambda x: keras.layers.Reshape((5,))(
            keras.layers.Conv2D(5, 1)(
                keras.layers.Dropout(0.1)(
                    keras.layers.GlobalAveragePooling2D(keepdims=True)(x)
                )
            )
        ),
    }
    for head in heads.values():
        base = whole(top=False)
        x = keras.layers.Dense(3)(head(base.outputs[0]))
        left = backbones.cut(keras.Model(base.input, x))
        assert tuple(left.outputs[0].shape[1:]) == (12, 12, 8)


def test_a_model_without_maps_is_refused():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    with pytest.raises(backbones.BackboneError, match="no_maps"):
        backbones.cut(model)
    with pytest.raises(backbones.BackboneError, match="inputs: 4"):
        backbones.check_inputs(model)


def test_another_size_has_the_same_weights():
    model = backbones.cut(whole())
    other = backbones.resized(model, (20, 24, 3))
    assert tuple(other.outputs[0].shape[1:]) == (16, 20, 8)
    for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    with pytest.raises(backbones.BackboneError, match="size"):
        backbones.resized(model, (3, 3, 3))


def test_files_of_keras_2_lose_an_argument_and_can_be_saved_anew(tmp_path):
    path = str(tmp_path / "old.h5")
    image = keras.Input((9, 9, 3))
    x = keras.layers.DepthwiseConv2D(3, name="deep")(image)
    model = keras.Model(image, x)
    model.save(path)
    import h5py

    with h5py.File(path, "r+") as file:
        text = file.attrs["model_config"]
        text = text if isinstance(text, str) else text.decode()
        # What Keras 2 wrote beside the name of the layer.
        old = text.replace('"name": "deep"', '"groups": 1, "name": "deep"')
        assert old != text
        file.attrs["model_config"] = old
    found = backbones.from_file(path)
    again = stored.from_bytes(stored.to_bytes(found))
    x = np.ones((1, 9, 9, 3), "float32")
    np.testing.assert_array_equal(np.asarray(again(x)), np.asarray(model(x)))


def test_weights_of_an_application_come_with_and_without_its_top(tmp_path):
    for top in (True, False):
        path = str(tmp_path / f"{top}.weights.h5")
        model = keras.applications.MobileNet(
            weights=None,
            include_top=top,
            input_shape=(224, 224, 3) if top else (32, 32, 3),
        )
        model.save_weights(path)
        found = bridge.known_backbone("MobileNet", path, np.array([32, 32]))
        # Howard et al. (2017): 4.2 million, a million of them in the top.
        assert found["parameters"] == 3_228_864
        assert list(found["grid"]) == [1, 1]
        left = stored.from_bytes(found["model"])
        np.testing.assert_array_equal(
            left.get_weights()[0], model.get_weights()[0]
        )


def test_foreign_weights_are_refused(tmp_path):
    path = str(tmp_path / "tiny.weights.h5")
    whole().save_weights(path)
    with pytest.raises(backbones.BackboneError, match="weights"):
        bridge.known_backbone("squeezenet", path, np.array([64, 64]))
    assert not bridge.is_whole_model(path)


def test_weighted_layers_are_those_that_can_learn():
    names = [layer.name for layer in backbones.weighted(whole())]
    assert names == ["first", "second", "says"]
