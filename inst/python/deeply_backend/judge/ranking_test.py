import numpy as np
import pytest
from scipy import sparse

from deeply_backend.judge import ranking

USERS, ITEMS = 23, 17


@pytest.fixture(params=[1, 100, 2**22], autouse=True)
def most_scores(request, monkeypatch):
    monkeypatch.setattr(ranking, "MOST_SCORES", request.param)


@pytest.fixture
def problem():
    generator = np.random.default_rng(0)
    kind = generator.choice([0, 1, 2], (USERS, ITEMS), p=[0.6, 0.3, 0.1])
    # Ties as well.
    scores = generator.integers(0, 9, (USERS, ITEMS)).astype(float)
    seen, held = (sparse.csr_matrix(kind == k, dtype=float) for k in (1, 2))
    return scores, seen, held


def test_a_place_is_how_many_unseen_items_score_higher(problem):
    scores, seen, held = problem
    found = ranking.rank(lambda a, b: scores[a:b].copy(), seen, held)
    users, items = held.nonzero()
    expected = [
        sum(
            scores[u, j] > scores[u, i] and not seen[u, j] for j in range(ITEMS)
        )
        for u, i in zip(users, items, strict=True)
    ]
    np.testing.assert_array_equal(found, expected)


def test_the_best_are_those_of_a_full_sort(problem):
    scores, seen, _ = problem
    items, values = ranking.best(
        lambda a, b: scores[a:b].copy(), seen, scores.shape, 5
    )
    left = np.where(seen.toarray() > 0, -np.inf, scores)
    np.testing.assert_array_equal(values, -np.sort(-left, axis=1)[:, :5])
    rows = np.arange(USERS)[:, None]
    np.testing.assert_array_equal(left[rows, items], values)
    assert all(len(set(row)) == 5 for row in items)


def test_where_there_are_no_more_items_there_is_none():
    scores = np.array([[3.0, 1.0, 2.0]])
    seen = sparse.csr_matrix([[1.0, 0.0, 0.0]])
    items, values = ranking.best(lambda a, b: scores[a:b], seen, (1, 3), 9)
    np.testing.assert_array_equal(items, [[2, 1, -1]])
    assert values[0, 2] == -np.inf
    items, _ = ranking.best(
        lambda a, b: np.array([[3.0, 1, 2]]), None, (1, 3), 2
    )
    np.testing.assert_array_equal(items, [[0, 2]])
