import keras
import numpy as np
import pytest
from keras import ops

from deeply_backend.judge import places
from deeply_backend.judge.maps import spatial_outputs
from deeply_backend.models import cnn_test
from deeply_backend.models.cnn import build


def place(x, layers):
    """The place behind a chain of layers."""
    y = x
    for layer in layers:
        y = layer(y)
    return places.place_of(keras.Model(x, y), y), keras.Model(x, y)


CHAINS = {
    "same": lambda: [keras.layers.Conv2D(1, 3, padding="same")],
    "valid": lambda: [keras.layers.Conv2D(1, 5)],
    "halved": lambda: [keras.layers.Conv2D(1, 3, strides=2, padding="same")],
    "pooled": lambda: [keras.layers.AveragePooling2D(2)],
    "padded": lambda: [
        keras.layers.ZeroPadding2D(((2, 1), (0, 3))),
        keras.layers.Conv2D(1, 3, strides=2),
    ],
    "dilated": lambda: [keras.layers.Conv2D(1, 3, dilation_rate=2)],
    "deep": lambda: [
        keras.layers.Conv2D(1, 3, strides=2, padding="same"),
        keras.layers.AveragePooling2D(2),
        keras.layers.Conv2D(1, 3, strides=2, padding="same"),
    ],
}


@pytest.mark.parametrize("chain", CHAINS)
def test_a_point_looks_at_the_middle_of_what_it_sees(chain):
    """With equal weights, the centre of gravity of what a point depends on."""
    x = keras.Input((33, 40, 1))
    found, model = place(x, CHAINS[chain]())
    for layer in model.layers:
        if hasattr(layer, "kernel"):
            layer.kernel.assign(ops.ones_like(layer.kernel))
    rows, columns = 1, 2
    # What each pixel alone gives.
    pixels = np.eye(33 * 40, dtype="float32").reshape(-1, 33, 40, 1)
    seen = ops.convert_to_numpy(model(pixels))[:, rows, columns, 0]
    seen = seen.reshape(33, 40)
    middle = [
        (seen.sum(1) * np.arange(33)).sum() / seen.sum(),
        (seen.sum(0) * np.arange(40)).sum() / seen.sum(),
    ]
    np.testing.assert_allclose(
        found.first + found.step * [rows, columns], middle, atol=1e-3
    )


def test_a_model_inside_is_followed():
    layers = CHAINS["deep"]()
    x = keras.Input((32, 32, 1))
    whole, _ = place(x, layers)
    z = keras.Input((16, 16, 1))
    inner = keras.Model(z, layers[2](layers[1](z)))
    y = inner(layers[0](x))
    nested = places.place_of(keras.Model(x, y), y)
    np.testing.assert_array_equal(nested.first, whole.first)
    np.testing.assert_array_equal(nested.step, whole.step)


def test_a_shortcut_that_passes_pixels_over_begins_with_the_first():
    model = build(cnn_test.resnet(8))
    outputs = spatial_outputs(model)
    found = places.place_of(model, outputs["shortcut_2_1"])
    np.testing.assert_array_equal(found.first, 0)
    np.testing.assert_array_equal(found.step, 2)
    # The convolutions beside it begin between two pixels.
    beside = places.place_of(model, outputs["conv_2_1_b"])
    np.testing.assert_array_equal(beside.first, 1)
    both = places.place_of(model, outputs["relu_2_1"])
    np.testing.assert_array_equal(both.first, 0.5)


def test_a_plain_map_is_drawn_as_keras_resizes_it():
    small = np.random.default_rng(4).random((5, 4)).astype("float32")
    # Points in the middles of fields.
    where = places.Place(np.array([1.0, 1.5]), np.array([3.0, 4.0]))
    rows, columns = places.spread(where, (5, 4), (15, 16))
    expected = ops.image.resize(
        small[:, :, None], (15, 16), data_format="channels_last"
    )
    np.testing.assert_allclose(
        rows @ small @ columns.T,
        ops.convert_to_numpy(expected)[:, :, 0],
        atol=1e-5,
    )
