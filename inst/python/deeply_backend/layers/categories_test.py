import keras
import numpy as np
import pytest

from deeply_backend.layers.categories import EntityEmbedding
from deeply_backend.layers.categories import OneHot

CODES = np.int32([[1, 2], [3, 1], [0, 0], [2, 0]])


def test_one_hot_knows_its_columns_and_gives_zeros_to_unknown():
    encoded = np.asarray(OneHot([3, 2])(CODES))
    expected = [
        [1, 0, 0, 0, 1],
        [0, 0, 1, 1, 0],
        [0, 0, 0, 0, 0],
        [0, 1, 0, 0, 0],
    ]
    np.testing.assert_array_equal(encoded, expected)


def test_embeddings_look_up_and_give_zeros_to_unknown():
    layer = EntityEmbedding([3, 2], [4, 2])
    encoded = np.asarray(layer(CODES))
    first, second = layer.get_weights()
    np.testing.assert_array_equal(encoded[0], [*first[1], *second[2]])
    np.testing.assert_array_equal(encoded[1], [*first[3], *second[1]])
    np.testing.assert_array_equal(encoded[2], np.zeros(6))
    np.testing.assert_array_equal(encoded[3], [*first[2], 0, 0])


@pytest.mark.parametrize(
    "layer", [OneHot([3, 2]), EntityEmbedding([3, 2], [4, 2])]
)
def test_config_round_trips(layer):
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    shape = layer.compute_output_shape((None, 2))
    assert np.asarray(layer(CODES)).shape[1] == shape[1]


def test_survives_saving(tmp_path):
    inputs = keras.Input((2,), dtype="int32")
    outputs = EntityEmbedding([3, 2], [4, 2])(inputs)
    model = keras.Model(inputs, outputs)
    path = tmp_path / "model.keras"
    model.save(path)
    again = keras.saving.load_model(path)
    np.testing.assert_array_equal(
        np.asarray(again(CODES)), np.asarray(model(CODES))
    )
