import numpy as np
import pytest
from scipy import sparse

from deeply_backend.models import factor_models
from deeply_backend.models.factor_models import fold_in
from deeply_backend.models.factor_models import ials
from deeply_backend.models.item_models_test import pairs

OPTIONS = {"penalty": 0.03, "unobserved": 0.2, "frequency": 0.8}


def weighted(x):
    """The same pairs, each with a weight of its own."""
    generator = np.random.default_rng(4)
    x = x.copy()
    x.data = generator.uniform(0.5, 3, x.nnz).astype(np.float32)
    return x


def solved(x, others):
    """Rows by their normal equations, one by one, in full."""
    weights = x.toarray().astype(float)
    others = others.astype(float)
    gram = OPTIONS["unobserved"] * others.T @ others
    rows = []
    for row in weights:
        terms = (row > 0).sum() + OPTIONS["unobserved"] * len(row)
        ridge = OPTIONS["penalty"] * terms ** OPTIONS["frequency"]
        left = gram + others.T @ (row[:, None] * others)
        left += ridge * np.eye(len(left))
        rows.append(np.linalg.solve(left, others.T @ row))
    return np.array(rows)


# Fewer pairs than factors, as many, and more: 12 items, up to 12 a user.
@pytest.mark.parametrize("factors", [2, 5, 20])
@pytest.mark.parametrize("most_values", [1, 500, 2**22])
@pytest.mark.parametrize("weigh", [lambda x: x, weighted])
def test_rows_solve_their_normal_equations(
    monkeypatch, factors, most_values, weigh
):
    monkeypatch.setattr(factor_models, "MOST_VALUES", most_values)
    x = weigh(pairs())
    items, weighting = ials(x, factors=factors, iterations=1, **OPTIONS)
    users = fold_in(x, items, weighting)
    np.testing.assert_allclose(users, solved(x, items), atol=2e-5)
    turned = fold_in(x.T.tocsr(), users, weighting)
    np.testing.assert_allclose(turned, solved(x.T, users), atol=2e-5)


def objective(x, users, items):
    """What the iterations make smaller, by its definition."""
    weights = x.toarray().astype(float)
    scores = users.astype(float) @ items.T
    total = np.sum(weights * (1 - scores) ** 2)
    total += OPTIONS["unobserved"] * np.sum(scores**2)
    for each, counts, others in (
        (users, (weights > 0).sum(1), x.shape[1]),
        (items, (weights > 0).sum(0), x.shape[0]),
    ):
        terms = counts + OPTIONS["unobserved"] * others
        strength = terms ** OPTIONS["frequency"]
        total += OPTIONS["penalty"] * strength @ np.sum(each**2, axis=1)
    return total


@pytest.mark.parametrize("weigh", [lambda x: x, weighted])
def test_the_objective_falls_to_a_point_that_cannot_be_bettered(weigh):
    x = weigh(pairs())
    totals = []
    for iterations in (1, 2, 5, 200):
        items, weighting = ials(x, factors=4, iterations=iterations, **OPTIONS)
        users = fold_in(x, items, weighting)
        totals.append(objective(x, users, items))
    assert np.all(np.diff(totals) < 0)
    generator = np.random.default_rng(1)
    for _ in range(20):
        near = [
            each + generator.normal(scale=0.01, size=each.shape)
            for each in (users, items)
        ]
        assert objective(x, *near) > totals[-1]


def test_nothing_had_is_nothing_wanted():
    x = sparse.vstack([pairs(), sparse.csr_matrix((1, 12))], format="csr")
    x = sparse.hstack([x, sparse.csr_matrix((61, 1))], format="csr")
    items, weighting = ials(x, factors=4)
    users = fold_in(x, items, weighting)
    assert np.isfinite(users).all()
    assert np.isfinite(items).all()
    assert not users[60].any()
    assert not items[12].any()


def test_seeds_decide():
    first, again, other = (
        ials(pairs(), factors=3, iterations=1, seed=seed)[0]
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)
