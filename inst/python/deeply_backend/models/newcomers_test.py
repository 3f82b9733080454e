import numpy as np
from scipy import sparse

from deeply_backend.models.newcomers import newcomer_map
from deeply_backend.models.newcomers import newcomer_vectors


def world(n_users=2000, n_items=60, dim=3, seed=0):
    """Users whose vectors are a tenth of the sum of what they had, and 1."""
    generator = np.random.default_rng(seed)
    dense = generator.random((n_users, n_items)) < 0.1
    dense[:5] = False
    pairs = sparse.csr_matrix(dense, dtype=np.float32)
    items = generator.normal(size=(n_items, dim)).astype(np.float32)
    n = np.maximum(dense.sum(axis=1, keepdims=True), 1)
    users = 1 + pairs @ items / np.sqrt(n)
    # Who had nothing has any vector, and tells nothing.
    users[:5] = generator.normal(scale=50, size=(5, dim))
    return pairs, users.astype(np.float32), items


def test_new_users_stand_where_the_others_do():
    pairs, users, items = world()
    weights = newcomer_map(pairs[:1000], users[:1000], items)
    found = newcomer_vectors(pairs[1000:], items, weights)
    error = np.mean((found - users[1000:]) ** 2)
    # A ridge of a hundredth shrinks by about as much.
    assert error < 0.02 * np.var(users[1000:])


def test_the_map_is_the_ridge_regression():
    pairs, users, items = world(200)
    pairs, users = pairs[5:], users[5:]
    n = np.maximum(pairs.sum(axis=1).A, 1)
    sums = pairs @ items
    x = np.hstack([sums / n, sums / np.sqrt(n), np.ones((len(users), 1))])
    # As least squares with rows of their own for the ridge.
    ridge = np.sqrt(0.01 * np.mean(np.sum(x**2, axis=0)))
    expected, *_ = np.linalg.lstsq(
        np.vstack([x, ridge * np.eye(7)]),
        np.vstack([users, np.zeros((7, 3))]),
        rcond=None,
    )
    found = newcomer_map(pairs, users, items)
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_who_had_nothing_gets_the_constant():
    pairs, users, items = world(300)
    weights = newcomer_map(pairs, users, items)
    nothing = sparse.csr_matrix((1, 60), dtype=np.float32)
    found = newcomer_vectors(nothing, items, weights)
    np.testing.assert_allclose(found[0], weights[-1], rtol=1e-6)
