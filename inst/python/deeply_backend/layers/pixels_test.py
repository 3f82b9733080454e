import keras
import numpy as np
import pytest

from deeply_backend.layers.pixels import Augment
from deeply_backend.layers.pixels import Pixels


def pictures(n=64, height=9, width=7, channels=1, seed=0):
    generator = np.random.default_rng(seed)
    return generator.normal(size=(n, height, width, channels)).astype("float32")


def varied(x, **how):
    return np.asarray(Augment(seed=3, **how)(x, training=True))


def test_bytes_become_standardised_numbers():
    x = np.arange(24, dtype=np.uint8).reshape(2, 12) * 10
    found = np.asarray(Pixels((2, 3, 2), [0.1, 0.4], [0.5, 0.25])(x))
    expected = x.reshape(2, 2, 3, 2) / 255
    expected = (expected - [0.1, 0.4]) / [0.5, 0.25]
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("channels", [1, 3])
def test_about_half_are_mirrored_and_the_rest_stay(channels):
    x = pictures(400, channels=channels)
    found = varied(x, flip=True)
    stayed = np.all(np.isclose(found, x, atol=1e-5), axis=(1, 2, 3))
    turned = np.all(np.isclose(found, x[:, :, ::-1], atol=1e-5), axis=(1, 2, 3))
    assert np.all(stayed != turned)
    # Three standard errors.
    assert abs(np.mean(turned) - 0.5) < 0.075


def test_shifts_are_whole_pixels_and_repeat_the_border():
    x = pictures(100)
    found = varied(x, shift=0.3)
    moves = set()
    for before, after in zip(x, found, strict=True):
        fits = [
            (down, right)
            for down in range(-3, 4)
            for right in range(-3, 4)
            if np.allclose(
                after,
                before[
                    np.clip(np.arange(9) + down, 0, 8)[:, None],
                    np.clip(np.arange(7) + right, 0, 6)[None],
                ],
                atol=1e-5,
            )
        ]
        assert len(fits) == 1
        moves.update(fits)
    assert len(moves) > 15
    assert max(abs(down) for down, _ in moves) == 3
    assert max(abs(right) for _, right in moves) == 2


def test_a_zoom_leaves_an_even_image_as_it_is():
    x = np.full((20, 9, 7, 1), 0.7, "float32")
    found = varied(x, zoom=0.3, shift=0.1)
    np.testing.assert_allclose(found, x, rtol=1e-5)


def test_light_changes_mean_and_contrast_only():
    x = pictures(50)
    found = varied(x, light=0.2)
    for before, after in zip(x, found, strict=True):
        slope, start = np.polyfit(before.ravel(), after.ravel(), 1)
        assert abs(slope - 1) <= 0.2001
        assert abs(start) <= 0.2001
        line = slope * before + start
        np.testing.assert_allclose(after, line, atol=1e-4)


def test_squares_are_covered_in_about_half():
    x = np.ones((400, 20, 20, 1), "float32")
    found = varied(x, erase=0.25)
    share = (found == 0).mean(axis=(1, 2, 3))
    assert set(np.unique(found)) == {0.0, 1.0}
    assert abs(np.mean(share > 0) - 0.5) < 0.075
    assert share.max() <= (6 / 20) ** 2


def test_nothing_changes_but_while_training():
    x = pictures()
    layer = Augment(flip=True, shift=0.3, zoom=0.2, light=0.3, erase=0.3)
    np.testing.assert_array_equal(np.asarray(layer(x, training=False)), x)


@pytest.mark.parametrize(
    "layer",
    [
        Augment(flip=True, shift=0.1, zoom=0.2, light=0.3, erase=0.4, seed=5),
        Pixels((2, 3, 1), [0.2], [0.4], mirrored=True),
    ],
)
def test_a_layer_goes_through_its_config(layer):
    config = layer.get_config()
    again = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(layer)
    )
    assert again.get_config() == config
