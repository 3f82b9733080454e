import numpy as np
import pytest
from sklearn.decomposition import PCA

from deeply_backend.judge import coder_judge


def rows(n=300, columns=12, seed=1):
    random = np.random.default_rng(seed)
    mixed = random.normal(size=(n, 5)) @ random.normal(size=(5, columns))
    return (mixed + 0.1 * random.normal(size=(n, columns)) + 3).astype("f4")


def in_blocks(x):
    return lambda: iter([x[:70], x[70:71], x[71:]])


@pytest.mark.parametrize(
    "find",
    [
        lambda x: coder_judge.principal_axes(in_blocks(x), 3),
        lambda x: coder_judge.random_axes(x, 3, seed=4),
    ],
    ids=["exact", "random"],
)
def test_axes_are_those_of_pca(find):
    x, new = rows(), rows(seed=2)
    mean, axes = find(x)
    wanted = PCA(3).fit(x)
    np.testing.assert_allclose(mean, wanted.mean_, rtol=1e-5)
    np.testing.assert_allclose(
        coder_judge.project(new, mean, axes),
        wanted.inverse_transform(wanted.transform(new)),
        rtol=1e-3,
        atol=1e-3,
    )


def test_no_more_axes_than_columns():
    _, axes = coder_judge.principal_axes(in_blocks(rows(columns=4)), 9)
    assert axes.shape == (4, 4)


def test_what_was_missing_counts_nowhere():
    # A number with its indicator, one without, and a category of two levels.
    tally = coder_judge.Tally([2, 0, 0], [2])
    true = np.float32([[1, 0, 5, 1, 0], [0, 1, 5, 0, 1], [2, 0, 5, 0, 0]])
    made = np.float32(
        [[1.5, 9, 5, 0.2, 0.9], [7, 9, 4, 0.1, 0.3], [2, 9, 5, 0.5, 0.1]]
    )
    tally.add(true, made)
    found = tally.result()
    squares = [0.5**2, 0, 0, 1, 0]
    assert found["rmse"] == pytest.approx(np.sqrt(np.mean(squares)))
    # The level of the last row is not known.
    assert found["accuracy"] == 0.5
    empty = coder_judge.Tally([], [2]).result()
    assert np.isnan(empty["rmse"]) and np.isnan(empty["accuracy"])


def test_a_mixture_finds_its_parts():
    random = np.random.default_rng(3)
    codes = np.concatenate(
        [
            random.normal(size=(3000, 2)) * [0.5, 2] + [6, 0],
            random.normal(size=(1000, 2)) - [6, 0],
        ]
    )
    found = coder_judge.mixture(codes, 2, seed=1)
    order = np.argsort(found["means"][:, 0])
    np.testing.assert_allclose(found["weights"][order], [0.25, 0.75], atol=0.01)
    np.testing.assert_allclose(
        found["means"][order], [[-6, 0], [6, 0]], atol=0.2
    )
    root = found["roots"][order[1]]
    np.testing.assert_allclose(root @ root.T, np.diag([0.25, 4]), atol=0.2)


def test_few_codes_make_one_normal_distribution():
    codes = np.random.default_rng(1).normal(size=(25, 3))
    assert len(coder_judge.mixture(codes, 10, seed=1)["weights"]) == 1
