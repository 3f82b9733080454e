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


@pytest.mark.parametrize("dropout", [0.0, 0.3])
@pytest.mark.parametrize("evenness", [0.0, 0.5])
def test_the_linear_autoencoder_is_a_ridge_regression(dropout, evenness):
    x = pairs()
    ones, penalty = dense(x), 7.0
    found = item_models.linear_autoencoder(x, penalty, dropout, evenness)
    assert not np.diag(found).any()
    share = ones.sum(1) ** -evenness
    share *= ones.sum() / (share * ones.sum(1)).sum()
    # Each item on all others, by the normal equations.
    for item in range(12):
        others = np.arange(12) != item
        z = ones[:, others]
        gram = z.T @ (share[:, None] * z)
        gram += np.diag(penalty + np.diag(gram) * dropout / (1 - dropout))
        expected = np.linalg.solve(gram, z.T @ (share * ones[:, item]))
        np.testing.assert_allclose(found[others, item], expected, atol=1e-5)
