import numpy as np
import pytest
from scipy import sparse

from deeply_backend.models import item_models


def pairs(n_users=60, n_items=12, seed=0):
    generator = np.random.default_rng(seed)
    dense = generator.random((n_users, n_items)) < np.linspace(0.6, 0.1, 12)
    return sparse.csr_matrix(dense * generator.uniform(1, 9, dense.shape))


def dense(x):
    return (x.toarray() > 0).astype(float)


def test_popularity_counts_users():
    x = pairs()
    np.testing.assert_array_equal(item_models.popularity(x), dense(x).sum(0))


@pytest.mark.parametrize("block", [1, 5, 1024])
def test_neighbours_are_cosines_of_users(monkeypatch, block):
    monkeypatch.setattr(item_models, "BLOCK_ITEMS", block)
    x = pairs()
    ones = dense(x)
    expected = ones.T @ ones
    length = np.sqrt(np.diag(expected))
    expected = expected / np.outer(length, length)
    np.fill_diagonal(expected, 0)
    found = item_models.item_knn(x).toarray()
    np.testing.assert_allclose(found, expected, atol=1e-6)
    # Some neighbours alone: the largest of each column.
    few = item_models.item_knn(x, neighbours=3).toarray()
    assert ((few > 0).sum(axis=0) == 3).all()
    np.testing.assert_allclose(
        np.sort(few, axis=0)[-3:], np.sort(expected, axis=0)[-3:], atol=1e-6
    )


def test_an_item_without_users_speaks_for_none():
    x = pairs()
    x = sparse.hstack([x, sparse.csr_matrix((60, 1))], format="csr")
    for found in (
        item_models.item_knn(x).toarray(),
        item_models.item_knn(x, 2).toarray(),
        item_models.linear_autoencoder(x, 10),
    ):
        assert np.isfinite(found).all()
        assert not found[12].any()
        assert not found[:, 12].any()


def test_couples_are_the_items_most_often_had_together():
    x = pairs()
    found = item_models.frequent_couples(x, 5)
    together = np.triu(dense(x).T @ dense(x), 1)
    counts = together[tuple(found)]
    assert found.shape == (2, 5)
    assert (found[0] < found[1]).all()
    np.testing.assert_array_equal(counts, -np.sort(-together.ravel())[:5])
    both = item_models.with_couples(x, found).toarray()
    np.testing.assert_array_equal(both[:, :12], dense(x))
    expected = dense(x)[:, found[0]] * dense(x)[:, found[1]]
    np.testing.assert_array_equal(both[:, 12:], expected)
    # There are no more than were ever had together.
    assert item_models.frequent_couples(sparse.eye(9).tocsr(), 5).shape[1] == 0


@pytest.mark.parametrize("dropout", [0.0, 0.3])
@pytest.mark.parametrize("evenness", [0.0, 0.5])
@pytest.mark.parametrize("n_couples", [0, 6])
def test_the_linear_autoencoder_is_a_ridge_regression(
    dropout, evenness, n_couples
):
    x = pairs()
    penalty = 7.0
    couples = item_models.frequent_couples(x, n_couples)
    found = item_models.linear_autoencoder(
        x, penalty, dropout, evenness, couples
    )
    share = dense(x).sum(1) ** -evenness
    share *= dense(x).sum() / (share * dense(x).sum(1)).sum()
    features = item_models.with_couples(x, couples).toarray()
    costs = np.full(12 + n_couples, penalty)
    costs[12:] *= item_models.COUPLE_PENALTY
    # Each item on all others, by the normal equations.
    for item in range(12):
        others = np.ones(12 + n_couples, bool)
        others[item] = False
        others[12:] = ~(couples == item).any(axis=0)
        z = features[:, others]
        gram = z.T @ (share[:, None] * z)
        gram += np.diag(np.diag(gram) * dropout / (1 - dropout))
        gram += np.diag(costs[others])
        expected = np.linalg.solve(gram, z.T @ (share * features[:, item]))
        np.testing.assert_allclose(found[others, item], expected, atol=1e-5)
        assert not found[~others, item].any()
