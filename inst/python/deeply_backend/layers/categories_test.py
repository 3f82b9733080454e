import keras
import numpy as np
import pytest

from deeply_backend.layers import lookup
from deeply_backend.layers.categories import EntityEmbedding
from deeply_backend.layers.categories import OneHot
from deeply_backend.layers.lookup import is_long
from deeply_backend.layers.lookup import listening

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


def test_tables_are_long_by_their_rows_and_again_after_saving(
    tmp_path, monkeypatch
):
    # Row 0 is a row as well, so 3 levels make a table of 4.
    monkeypatch.setattr(lookup, "LONG_TABLE", 3)
    inputs = keras.Input((2,), dtype="int32")
    model = keras.Model(inputs, EntityEmbedding([3, 2], [4, 2])(inputs))
    path = tmp_path / "model.keras"
    model.save(path)
    for each in [model, keras.saving.load_model(path)]:
        assert [is_long(v) for v in each.variables] == [True, False]


def test_all_rows_of_a_long_table_come_from_the_lookup(monkeypatch):
    monkeypatch.setattr(lookup, "LONG_TABLE", 1)
    layer = EntityEmbedding([3, 2], [4, 2])
    layer.build((None, 2))
    told = []

    def listener(table, ids):
        told.append((table.path, np.asarray(ids).tolist()))
        return keras.ops.ones((len(ids), table.shape[1]))

    with listening(listener):
        encoded = np.asarray(layer(CODES))
    assert told == [
        (layer.tables[0].path, [1, 3, 0, 2]),
        (layer.tables[1].path, [2, 1, 0, 0]),
    ]
    # What the listener gives is what comes out, but for unknown levels.
    np.testing.assert_array_equal(encoded[1], np.ones(6))
    np.testing.assert_array_equal(encoded[3], [1, 1, 1, 1, 0, 0])


def test_embeddings_work_in_mixed_precision():
    layer = EntityEmbedding([3, 2], [4, 2], dtype="mixed_bfloat16")
    encoded = layer(CODES)
    assert keras.backend.standardize_dtype(encoded.dtype) == "bfloat16"
    np.testing.assert_array_equal(
        keras.ops.convert_to_numpy(encoded[2]).astype("float32"), np.zeros(6)
    )
    assert [w.dtype for w in layer.get_weights()] == [np.float32] * 2


def test_blend_is_the_mean_of_rows_with_these_shares():
    # Of ten rows: levels 1 1 1 1 2 2 2 3 3 3 and 1 1 1 1 1 1 1 2 2 2.
    first = np.repeat([1, 2, 3], [4, 3, 3])
    second = np.repeat([1, 2], [7, 3])
    codes = np.stack([first, second], axis=1).astype("int32")
    shares = np.array([0.4, 0.3, 0.3, 0.7, 0.3])
    for layer in [OneHot([3, 2]), EntityEmbedding([3, 2], [4, 2])]:
        vectors = np.asarray(layer(codes))
        assert vectors.shape[1] == sum(layer.widths)
        np.testing.assert_allclose(
            layer.blend(shares), vectors.mean(axis=0), rtol=1e-5, atol=1e-6
        )
