import numpy as np
import pytest
from sklearn.linear_model import Ridge

from deeply_backend.judge import autoregression as ar


def rows(n=300, d=4, ahead=2, known=2, seed=0):
    random = np.random.default_rng(seed)
    x = random.normal(size=(n, d)).astype("float32") * [1, 2, 3, 4] + 5
    beside = random.normal(size=(n, ahead, known)).astype("float32")
    y = x @ random.normal(size=(d, ahead)) + beside[:, :, 0]
    y += random.normal(size=y.shape)
    return x.astype("float32"), beside, y.astype("float32"), np.ones(n)


def by_sklearn(x, known, y, penalty):
    design = np.c_[x, known].astype(float)
    there = np.isfinite(y)
    spread = design[there].std(axis=0)
    fit = Ridge(penalty).fit(design[there] / spread, y[there])
    return np.r_[fit.intercept_, fit.coef_ / spread]


@pytest.mark.parametrize("missing", [0, 40])
def test_it_is_the_ridge_regression_of_scikit_learn(missing):
    x, known, y, weights = rows()
    y[:missing, 1] = np.nan
    shape = ar.penalty_shape([1] * 4, 0, 2, 0)
    found = ar.fit_direct(x, known, y, weights, shape, penalty=7.0)
    for step in (0, 1):
        expected = by_sklearn(x, known[:, step], y[:, step], 7.0)
        np.testing.assert_allclose(found[step], expected, rtol=1e-4)


def test_forecasts_are_the_sum_of_what_counts():
    x, known, y, weights = rows()
    shape = ar.penalty_shape([1] * 4, 0, 2, 0)
    b = ar.fit_direct(x, known, y, weights, shape, penalty=1.0)
    found = ar.predict_direct(b, x, known)
    expected = np.c_[np.ones(300), x, known[:, 1]] @ b[1]
    np.testing.assert_allclose(found[:, 1], expected, rtol=1e-4)


def test_weights_count_as_rows_do():
    x, known, y, _ = rows(60)
    twice = np.r_[np.arange(60), np.arange(20)]
    weights = np.where(np.arange(60) < 20, 2.0, 1.0)
    shape = ar.penalty_shape([1] * 4, 0, 2, 0)
    found = ar.fit_direct(x, known, y, weights, shape, penalty=3.0)
    expected = ar.fit_direct(
        x[twice], known[twice], y[twice], np.ones(80), shape, penalty=3.0
    )
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_what_never_changes_has_no_part():
    x, known, y, weights = rows()
    x[:, 2] = 9
    found = ar.fit_direct(
        x, known, y, weights, ar.penalty_shape([1] * 4, 0, 2, 0), penalty=1.0
    )
    np.testing.assert_allclose(found[:, 3], 0, atol=1e-9)


def test_far_lags_are_penalised_more():
    shape = ar.penalty_shape([3, 2, 1], 1, 2, 1.5)
    np.testing.assert_allclose(shape, [0, 3**1.5, 2**1.5, 1, 1, 1, 1])


def test_noise_gets_the_largest_penalty_and_a_line_the_smallest():
    random = np.random.default_rng(3)
    x = random.normal(size=(200, 8)).astype("float32")
    known = np.zeros((200, 2, 1), "float32")
    y = np.stack([x[:, 0], random.normal(size=200)], 1).astype("float32")
    shape = ar.penalty_shape([1] * 8, 0, 1, 0)
    b = ar.fit_direct(x, known, y, np.ones(200), shape)
    assert b[0, 1] == pytest.approx(1, abs=0.01)
    assert np.abs(b[1, 1:]).max() < 0.1
