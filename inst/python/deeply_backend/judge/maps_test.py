import keras
import numpy as np
import pytest

from deeply_backend import bridge
from deeply_backend.data import images as pictures
from deeply_backend.judge import maps
from deeply_backend.models import cnn_test
from deeply_backend.models.cnn import build


@pytest.fixture(autouse=True)
def same_weights():
    keras.utils.set_random_seed(3)


def test_maps_of_a_convolution_are_sums_under_its_kernels():
    model = build(cnn_test.spec())
    images = cnn_test.images(2)
    found = maps.feature_maps(model, {"image": images}, "conv_1")
    kernels = maps.first_kernels(model)
    assert kernels["layer"] == "conv_1"
    assert kernels["values"].shape == (3, 3, 1, 4)
    scaled = (images.reshape(2, 12, 10) / 255 - 0.4) / 0.3
    patch = scaled[:, 4:7, 2:5]
    expected = np.einsum("nhw,hwk->nk", patch, kernels["values"][:, :, 0])
    np.testing.assert_allclose(found[:, 5, 3], expected, rtol=1e-4, atol=1e-5)


def test_the_first_convolution_is_found_inside_a_model():
    x = keras.Input((8, 8, 3))
    inner = keras.Model(x, keras.layers.Conv2D(2, 5, name="deep")(x))
    image = keras.Input((8, 8, 3))
    model = keras.Model(image, inner(image))
    assert maps.first_kernels(model)["layer"] == "deep"


def test_maps_in_parts_are_the_same(monkeypatch):
    model, images = build(cnn_test.spec()), {"image": cnn_test.images(5)}
    whole = maps.feature_maps(model, images, "pool_2")
    monkeypatch.setattr(maps, "rows_at_once", lambda model, most: 2)
    np.testing.assert_allclose(
        maps.feature_maps(model, images, "pool_2"), whole, atol=1e-6
    )


def test_pixels_come_back_as_whole_numbers():
    array = cnn_test.images(3)
    found = bridge.pixels(pictures.Pixels(array))
    assert found.dtype == np.int32
    np.testing.assert_array_equal(found, array)


def test_the_bridge_gives_maps_and_kernels():
    live = bridge.Live(build(cnn_test.spec()))
    block = {"image": cnn_test.images(2).T}
    assert bridge.feature_maps(live, block, "conv_2").shape == (2, 6, 5, 6)
    assert bridge.kernels(live)["values"].dtype == np.float64
