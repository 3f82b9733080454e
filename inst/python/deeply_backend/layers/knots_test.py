import numpy as np
import pytest

from deeply_backend.layers import knots


def learn(x, y, how="tree", bins=16, classes=False, flags=None):
    x = np.asarray(x, np.float32).reshape(len(y), -1)
    rows = ({"numeric": x}, np.float32(y), np.ones(len(y), np.float32))
    flags = flags or [-1] * x.shape[1]
    return knots.learn(rows, flags, how, bins, classes)


def inner(found):
    return found[1:-1]


def test_a_tree_bends_where_the_outcome_does():
    x = np.random.default_rng(0).normal(size=5000)
    (found,) = learn(x, np.where(x > 0.7, 3.0, 0) + np.where(x > -1, 1, 0))
    np.testing.assert_allclose(inner(found), [-1, 0.7], atol=0.01)
    assert (found[0], found[-1]) == (np.float32(x.min()), np.float32(x.max()))
    (found,) = learn(x, x > 0.7, classes=True)
    np.testing.assert_allclose(inner(found), [0.7], atol=0.01)


def test_noise_bends_nothing():
    generator = np.random.default_rng(1)
    x = generator.normal(size=(2000, 20))
    found = learn(x, generator.normal(size=2000))
    assert sum(len(inner(column)) for column in found) <= 2


def test_quantiles_have_the_same_number_of_rows():
    x = np.random.default_rng(2).exponential(size=4000)
    (found,) = learn(x, x, how="quantile", bins=10)
    counts, _ = np.histogram(np.float32(x), found)
    np.testing.assert_allclose(counts, 400, atol=1)


def test_values_that_repeat_are_knots_each():
    x = np.random.default_rng(3).integers(0, 12, 3000) ** 2
    (found,) = learn(x, np.zeros(3000))
    np.testing.assert_array_equal(found, np.arange(12) ** 2)
    # Of twelve values in 100 rows none comes often.
    (found,) = learn(x[:100], np.zeros(100))
    assert len(found) == 2


@pytest.mark.parametrize("how", ["tree", "quantile"])
@pytest.mark.parametrize(
    "x",
    [
        np.full(300, 7),
        np.arange(300) % 2,
        np.random.default_rng(4).standard_cauchy(300) * 1e6,
        np.where(np.arange(300) < 290, 0, np.arange(300) * 1e5),
        [4.0],
    ],
    ids=["constant", "binary", "heavy tails", "zeros", "one row"],
)
def test_knots_increase_whatever_the_column(x, how):
    (found,) = learn(x, np.arange(len(x)), how=how)
    assert found.dtype == np.float32
    assert np.all(np.diff(found) > 0)
    assert np.isfinite(found).all()
    assert 1 <= len(found) <= 18


def test_what_is_missing_teaches_nothing():
    generator = np.random.default_rng(5)
    flag = generator.random(1000) < 0.5
    x = np.where(flag, 0, generator.uniform(5, 6, 1000))
    rows = np.column_stack([x, flag, np.zeros(1000)])
    found = learn(rows, x, flags=[1, -1, -1])
    assert found[0].min() >= 5
    np.testing.assert_array_equal(found[1], [0, 1])
    rows[:, 1] = 1
    assert len(learn(rows, x, flags=[1, -1, -1])[0]) == 1


def test_many_columns_share_the_knots_and_the_rows():
    assert knots.sample_rows(3) == 100_000
    assert knots.sample_rows(500) == 20_000
    assert knots.sample_rows(100_000) == 10_000
    x = np.random.default_rng(6).integers(0, 100, (4000, 200))
    found = learn(x, x[:, 0], bins=4)
    assert max(len(column) for column in found) <= 6
