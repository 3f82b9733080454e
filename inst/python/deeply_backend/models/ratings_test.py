import numpy as np
import pytest
from scipy import sparse

from deeply_backend import bridge
from deeply_backend.bridge_recommend import Opaque
from deeply_backend.data.ratings import rating_rows
from deeply_backend.models import ratings
from deeply_backend.models.ratings import Rater
from deeply_backend.models.ratings import Ratings
from deeply_backend.models.ratings import Ridge


def rated(users=40, items=15, share=0.4, seed=0):
    generator = np.random.default_rng(seed)
    rows, columns = np.nonzero(generator.random((users, items)) < share)
    values = generator.integers(-2, 3, len(rows)).astype(np.float32)
    return sparse.csr_matrix((values, (rows, columns)), shape=(users, items))


def random_ratings(users=40, items=15, dim=3, seed=1):
    draw = np.random.default_rng(seed).normal
    return Ratings(
        draw(size=(users, dim)).astype(np.float32),
        draw(size=(items, dim)).astype(np.float32),
        draw(size=users).astype(np.float32),
        draw(size=items).astype(np.float32),
        3.0,
        Ridge(0.1, 0.5, 2.0),
    )


def test_rows_are_ratings_by_their_mean_and_sd():
    pairs = rated()
    held = sparse.csr_matrix(([4.0], ([3], [2])), shape=pairs.shape)
    rows, n = rating_rows(pairs, held)
    y = rows.arrays["y"]
    assert (n, len(rows)) == (pairs.nnz, pairs.nnz + 1)
    assert (pairs.data == 0).any()
    np.testing.assert_allclose(y[:n].mean(), 0, atol=1e-5)
    np.testing.assert_allclose(y[:n].std(), 1, atol=1e-5)
    last = (4 - pairs.data.mean()) / pairs.data.std()
    np.testing.assert_allclose(y[n], last, rtol=1e-5)
    assert list(rows.arrays["category"][n]) == [4, 3]


def test_biases_solve_their_ridge_regression():
    pairs = rated()
    found = ratings.biases(pairs, 2.0, 5.0, sweeps=200)
    coo = pairs.tocoo()
    n = len(coo.data)
    x = np.zeros((n, 55))
    x[np.arange(n), coo.row] = 1
    x[np.arange(n), 40 + coo.col] = 1
    penalty = np.diag(np.repeat([2.0, 5.0], [40, 15]))
    y = coo.data - coo.data.mean()
    exact = np.linalg.solve(x.T @ x + penalty, x.T @ y)
    both = np.concatenate([found.user_bias, found.item_bias])
    np.testing.assert_allclose(both, exact, atol=1e-5)
    assert np.ptp(ratings.only_mean(pairs).scores(pairs)) < 1e-5


def test_pairs_and_lists_have_the_same_ratings():
    pairs, model = rated(), random_ratings()
    rater = Rater(model, pairs)
    users, items = np.array([3, 7, 3, 39]), np.array([0, 14, 5, 2])
    whole = rater.scores(pairs, np.arange(40))
    found = rater.ratings_of(users, items)
    np.testing.assert_allclose(found, whole[users, items], rtol=1e-5)


def test_who_is_not_known_is_average():
    pairs, model = rated(), random_ratings()
    rater = Rater(model, pairs)
    found = rater.ratings_of(np.array([-1, 3, -1]), np.array([2, -1, -1]))
    wanted = [3 + model.item_bias[2], 3 + model.user_bias[3], 3]
    np.testing.assert_allclose(found, wanted, rtol=1e-5)


def test_a_new_user_is_found_by_ridge_regression():
    model = random_ratings()
    had = rated(users=1, seed=5)
    users, bias = model.people(had, np.array([-1]))
    known = np.column_stack([model.items[had.indices], np.ones(had.nnz)])
    penalty = np.diag([0.1 * had.nnz + 0.5] * 3 + [2.0])
    left = had.data - 3 - model.item_bias[had.indices]
    exact = np.linalg.solve(known.T @ known + penalty, known.T @ left)
    np.testing.assert_allclose(np.append(users[0], bias), exact, rtol=1e-4)


def test_centred_ratings_predict_the_same():
    pairs, model = rated(), random_ratings()
    centred, who = model.centred(), np.arange(40)
    np.testing.assert_allclose(
        centred.scores(pairs, who), model.scores(pairs, who), atol=1e-4
    )
    for part in (centred.users, centred.items, centred.user_bias):
        np.testing.assert_allclose(part.mean(axis=0), 0, atol=1e-6)


def test_a_rater_lasts():
    pairs, model = rated(), random_ratings()
    rater = Rater(model, pairs)
    again = Rater.from_bytes(rater.to_bytes())
    np.testing.assert_array_equal(
        again.scores(pairs, np.arange(40)), rater.scores(pairs, np.arange(40))
    )
    # A 0 that was rated is still there.
    assert again.pairs.nnz == pairs.nnz


def test_what_was_rated_is_known_though_it_is_0():
    pairs = rated()
    coo = pairs.tocoo()
    rater = Rater(random_ratings(), pairs)
    assert bridge.are_had(rater, coo.row, coo.col).all()
    assert list(bridge.are_had(rater, [0], [pairs[0].indices[0]])) == [True]
    items, _ = rater.best(pairs, 15, True, np.arange(40))
    for user, line in enumerate(items):
        assert not set(line[line >= 0]) & set(pairs[user].indices)


@pytest.mark.parametrize("biased", [True, False])
def test_a_network_becomes_a_rater(biased):
    pairs = rated()
    sent = bridge.rating_rows(Opaque(pairs), None)
    spec = {
        "model": "towers",
        "loss": "squared_error",
        "levels": [40, 15],
        "user_counts": sent["user_counts"],
        "item_counts": sent["item_counts"],
        "user_ridge": [0.01, 0.1, 1.0],
        "item_ridge": [0.01, 0.1, 1.0],
        "dim": 4,
        "biases": biased,
        "l2": 0.0,
        "dropout": 0,
        "hidden_units": [],
        "activation": "relu",
        "output_bias": [0.0],
        "negatives": 8,
        "negative_power": 0,
        "label_smoothing": 0,
        "focal_gamma": 0,
        "mixed_precision": False,
        "optimizer": {"name": "adam", "accumulate": 1},
    }
    plan = {
        "epochs": 30,
        "batch_size": 32,
        "patience": 50,
        "seed": 1,
        "learn_rate": 0.02,
    }
    fit = bridge.fit(spec, sent["rows"], sent["learned"], plan, lambda e: False)
    rater = bridge.network_rater(fit["handle"], [0.01, 0.1, 1.0], Opaque(pairs))
    coo = pairs.tocoo()
    codes = np.stack([coo.row, coo.col], axis=1).astype(np.int32) + 1
    direct = np.ravel(fit["handle"].predict({"category": codes}))
    wanted = pairs.data.mean() + pairs.data.std() * direct
    found = bridge.predicted_ratings(rater, coo.row, coo.col)
    np.testing.assert_allclose(found, wanted, atol=1e-4)
    # It has learned something.
    assert np.std(pairs.data - found) < 0.95 * np.std(pairs.data)
