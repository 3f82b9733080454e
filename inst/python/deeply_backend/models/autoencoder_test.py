import keras
import numpy as np
from scipy import sparse

from deeply_backend.data.histories import MOST_ITEMS
from deeply_backend.data.histories import history_rows
from deeply_backend.models import autoencoder
from deeply_backend.models.scorers import Autoencoder
from deeply_backend.training.losses import multinomial

N_USERS, N_ITEMS = 9, 7


def pairs(seed=0, density=0.5):
    dense = np.random.default_rng(seed).random((N_USERS, N_ITEMS)) < density
    dense[0] = False
    return sparse.csr_matrix(dense, dtype=np.float32)


def built(width, **changes):
    spec = {
        "width": width,
        "items": N_ITEMS,
        "hidden_units": 4,
        "dropout": 0.5,
        "output_bias": np.arange(N_ITEMS) / 10,
        **changes,
    }
    return autoencoder.build(spec)


def test_rows_name_the_items_of_each_user():
    had = pairs()
    rows = history_rows(had, seed=0)
    whole = rows.read(0, len(rows))
    assert len(rows) == N_USERS - 1
    for row, user in zip(whole["history"], range(1, N_USERS), strict=True):
        assert set(row[row > 0] - 1) == set(had[user].indices)
    np.testing.assert_array_equal(whole["y"], whole["history"])
    counts = np.diff(had.indptr)[1:]
    np.testing.assert_allclose(whole["weights"], counts**-0.5, rtol=1e-6)


def test_of_very_many_items_some_stand_for_the_user():
    had = sparse.csr_matrix(np.ones((2, MOST_ITEMS + 50), np.float32))
    rows = history_rows(had, seed=0)
    history = rows.read(0, 2)["history"]
    assert (np.count_nonzero(history, axis=1) == MOST_ITEMS).all()
    assert not np.array_equal(history[0], history[1])


def test_the_network_scores_as_its_arrays_do():
    had = pairs()
    rows = history_rows(had, seed=0)
    history = rows.read(0, len(rows))["history"]
    model = built(history.shape[1])
    logits = model({"history": history}, training=False)
    expected = keras.ops.log_softmax(logits, axis=-1)
    found = Autoencoder.of(model).scores(had)[1:]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_an_empty_history_gives_the_bias():
    model = built(3)
    out = model({"history": np.zeros((1, 3), np.int32)}, training=False)
    np.testing.assert_allclose(out[0], np.arange(N_ITEMS) / 10, atol=1e-6)


def test_multinomial_is_the_sum_of_log_probabilities():
    logits = np.random.default_rng(1).normal(size=(2, N_ITEMS))
    y = np.array([[3, 1, 0], [7, 0, 0]], "float32")
    log_prob = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    expected = [-log_prob[0, [2, 0]].sum(), -log_prob[1, 6]]
    found = multinomial(y, keras.ops.convert_to_tensor(logits, "float32"))
    np.testing.assert_allclose(found, expected, rtol=1e-5)
