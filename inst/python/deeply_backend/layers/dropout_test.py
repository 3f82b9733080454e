import keras
import numpy as np
import pytest
from keras import ops

from deeply_backend.layers.dropout import Dropout
from deeply_backend.layers.dropout import mixed


def lowbias32(x):
    """Wellons' function with Python's integers."""
    x ^= x >> 16
    x = x * 0x7FEB352D % 2**32
    x ^= x >> 15
    x = x * 0x846CA68B % 2**32
    return x ^ (x >> 16)


def test_bits_are_mixed_as_published():
    words = np.uint32([0, 1, 2, 77, 2**31, 2**32 - 1])
    ours = np.asarray(mixed(ops.convert_to_tensor(words)))
    assert list(ours) == [lowbias32(int(word)) for word in words]


@pytest.mark.parametrize("rate", [0.05, 0.1, 0.5, 0.9])
def test_the_asked_share_is_dropped_and_the_rest_grows(rate):
    n = 200_000
    outputs = np.asarray(Dropout(rate, seed=3)(np.ones((n, 1)), training=True))
    kept = outputs > 0
    # Five standard errors of a share.
    assert abs(kept.mean() - (1 - rate)) < 5 * np.sqrt(rate * (1 - rate) / n)
    np.testing.assert_allclose(outputs[kept], 1 / (1 - rate), rtol=1e-6)


def test_neighbours_and_steps_do_not_follow_each_other():
    layer = Dropout(0.5, seed=1)
    drops = [
        np.asarray(layer(np.ones((400, 250)), training=True)) > 0
        for _ in range(3)
    ]
    limit = 5 / np.sqrt(drops[0].size)
    first = drops[0]
    pairs = [
        (first[:, 1:], first[:, :-1]),
        (first[1:], first[:-1]),
        (first[64:], first[:-64]),
        (first, drops[1]),
        (first, drops[2]),
    ]
    for a, b in pairs:
        assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < limit
    # Whole rows and columns are as even as coins are.
    assert first.mean(axis=0).std() == pytest.approx(0.5 / 20, rel=0.2)
    assert first.mean(axis=1).std() == pytest.approx(0.5 / 250**0.5, rel=0.2)


def test_seeds_decide():
    ones = np.ones((50, 20))
    first, again, other = (
        np.asarray(Dropout(0.5, seed=seed)(ones, training=True))
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).mean() == pytest.approx(0.5, abs=0.1)


def test_without_training_nothing_is_dropped():
    ones = np.ones((5, 4), "float32")
    np.testing.assert_array_equal(Dropout(0.5)(ones), ones)
    np.testing.assert_array_equal(Dropout(0.0)(ones, training=True), ones)


def test_a_model_with_it_is_saved_whole(tmp_path):
    inputs = keras.Input((3, 2))
    model = keras.Model(inputs, Dropout(0.25, seed=8)(inputs))
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert again.layers[-1].get_config() == model.layers[-1].get_config()
    assert again.output_shape == (None, 3, 2)
