import keras
import numpy as np
import pytest

from deeply_backend import bridge
from deeply_backend.judge import gradcam
from deeply_backend.judge import maps
from deeply_backend.layers.pixels import Pixels
from deeply_backend.models import cnn_test
from deeply_backend.models.cnn import build


@pytest.fixture(autouse=True)
def same_weights():
    keras.utils.set_random_seed(7)


def averaged(inner=None, channels=1):
    """A convolution, the mean of each of its maps, and two weighted sums."""
    image = keras.Input((8 * 6 * channels,), dtype="uint8", name="image")
    x = Pixels([8, 6, channels], [0.5] * channels, [0.25] * channels)(image)
    convolve = keras.layers.Conv2D(5, 3, padding="same", name="conv")
    x = inner(x) if inner else convolve(x)
    mean = keras.layers.GlobalAveragePooling2D(name="mean")(x)
    return keras.Model(
        {"image": image}, keras.layers.Dense(2, name="output")(mean)
    )


def heat_by_hand(model, images, output, sign=1, layer="conv"):
    """Zhou et al. (2016): weights of the mean maps, of a class."""
    found = maps.feature_maps(model, {"image": images}, layer)
    weights = keras.ops.convert_to_numpy(model.get_layer("output").kernel)
    heat = np.maximum(sign * found @ weights[:, output], 0)
    return heat / heat.max(axis=(1, 2), keepdims=True)


def ask(model, images, outputs, signs=1, layer=None, size=(8, 6)):
    signs = np.full(len(images), signs)
    outputs = np.broadcast_to(outputs, len(images))
    return gradcam.gradcam(
        model, {"image": images}, outputs, signs, size, layer
    )


def test_behind_mean_maps_it_is_their_weighted_sum():
    model, images = averaged(), cnn_test.images(4, (8, 6, 1))
    found = ask(model, images, 1)
    assert found["layer"] == "conv"
    assert found["side"] == [8, 6]
    expected = heat_by_hand(model, images, 1)
    np.testing.assert_allclose(found["heat"], expected, atol=1e-5)


def test_what_speaks_against_has_the_other_sign():
    model, images = averaged(), cnn_test.images(4, (8, 6, 1))
    found = ask(model, images, 0, signs=-1)["heat"]
    expected = heat_by_hand(model, images, 0, sign=-1)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    both = found * ask(model, images, 0)["heat"]
    assert (both == 0).all()


def test_each_image_has_its_own_output():
    model, images = averaged(), cnn_test.images(3, (8, 6, 1))
    found = ask(model, images, np.array([1, 0, 1]))["heat"]
    for place, output in enumerate([1, 0, 1]):
        alone = ask(model, images[place : place + 1], output)["heat"]
        np.testing.assert_allclose(found[place], alone[0], atol=1e-6)


def test_parts_give_what_all_at_once_gives(monkeypatch):
    model, images = averaged(), cnn_test.images(5, (8, 6, 1))
    whole = ask(model, images, 1)["heat"]
    monkeypatch.setattr(maps, "rows_at_once", lambda model, most: 4)
    np.testing.assert_allclose(ask(model, images, 1)["heat"], whole, atol=1e-6)


def test_where_nothing_speaks_for_it_there_is_no_heat():
    model = averaged()
    model.get_layer("output").kernel.assign(np.zeros((5, 2)))
    found = ask(model, cnn_test.images(2, (8, 6, 1)), 0)["heat"]
    assert (found == 0).all()


def test_heat_is_as_large_as_the_image_and_up_to_one():
    model = build(cnn_test.spec(shape=np.array([24, 20, 1])))
    images = cnn_test.images(3, (24, 20, 1))
    found = ask(model, images, 2, layer="pool_2", size=(24, 20))
    assert found["side"] == [6, 5]
    assert found["heat"].shape == (3, 24, 20)
    assert found["heat"].min() >= 0
    top = found["heat"].max(axis=(1, 2))
    assert ((np.abs(top - 1) < 1e-6) | (top == 0)).all()


def test_the_deepest_fine_maps_without_a_way_around_are_chosen():
    stacked = build(cnn_test.spec(shape=np.array([24, 24, 1])))
    assert gradcam.choose_layer(stacked, (24, 24)) == "pool_2"
    low = build(cnn_test.spec())
    # The maps end at 3 x 2.
    assert gradcam.choose_layer(low, (12, 10)) == "relu_2"
    model = build(cnn_test.resnet(8))
    assert gradcam.choose_layer(model, (32, 32)) == "relu_3_1"
    around = gradcam.cut_layers(model)
    # Inside a block the shortcut goes around.
    assert "relu_2_1" in around and "conv_2_1_a" not in around


def test_a_model_inside_the_model_is_one_layer():
    x = keras.Input((8, 6, 1))
    inner = keras.Model(
        x, keras.layers.Conv2D(5, 3, padding="same")(x), name="backbone"
    )
    # Called by others too, as a backbone is.
    inner(keras.Input((8, 6, 1)))
    model, images = averaged(inner), cnn_test.images(2, (8, 6, 1))
    inner(keras.Input((8, 6, 1)))
    assert gradcam.choose_layer(model, (8, 6)) == "backbone"
    expected = heat_by_hand(model, images, 1, layer="backbone")
    np.testing.assert_allclose(
        ask(model, images, 1)["heat"], expected, atol=1e-5
    )


def test_the_bridge_takes_blocks_as_they_cross():
    live = bridge.Live(build(cnn_test.spec(shape=np.array([24, 24, 1]))))
    images = cnn_test.images(3, (24, 24, 1))
    found = bridge.gradcam(
        live, {"image": images.T}, np.array([0, 2, 1]), np.ones(3), [24, 24]
    )
    again = ask(live.model, images, np.array([0, 2, 1]), size=(24, 24))
    np.testing.assert_allclose(found["heat"], again["heat"], atol=1e-6)
    names = bridge.map_layers(live).split("\n")
    assert names[0] == "pixels" and names[-1] == "pool_2"
    assert set(bridge.map_layers(live, True).split("\n")) <= set(names)
