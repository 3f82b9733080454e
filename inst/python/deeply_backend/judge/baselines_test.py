import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from deeply_backend.judge import baselines


def inputs(n=200, seed=0):
    generator = np.random.default_rng(seed)
    return {
        "numeric": generator.normal(size=(n, 2)).astype("float32"),
        "category": generator.integers(0, 4, (n, 1)).astype("int32"),
    }


def test_design_is_numbers_then_one_hot():
    x = baselines.design(inputs(), [3])
    codes = inputs()["category"][:, 0]
    assert x.shape == (200, 5)
    np.testing.assert_array_equal(
        x[:, 2:].argmax(1)[codes > 0] + 1, codes[codes > 0]
    )
    assert x[codes == 0, 2:].sum() == 0


def test_linear_is_the_same_on_any_number_of_threads():
    generator = np.random.default_rng(0)
    x = generator.normal(size=(2000, 60)).astype("float32")
    y = (x[:, 0] + generator.normal(size=2000) > 0).astype(int)
    fits = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            fits.append(baselines.fit_linear(x, y, np.ones(2000), "binary"))
    np.testing.assert_array_equal(fits[0]["coef"], fits[1]["coef"])


def test_linear_gives_back_the_line():
    x = baselines.design(inputs(5000), [3])
    y = x @ np.float32([1, -2, 3, 0, 0.5]) + 4
    state = baselines.fit_linear(x, y, np.ones(len(y)), "regression")
    predicted = baselines.predict_linear(state, x)[:, 0]
    np.testing.assert_allclose(predicted, y, atol=0.02)


@pytest.mark.parametrize("classes", [2, 4])
def test_logistic_outputs_are_logits_of_each_class(classes):
    x = baselines.design(inputs(), [3])
    y = np.arange(200) % classes
    task = "binary" if classes == 2 else "multiclass"
    state = baselines.fit_linear(x, y, np.ones(200), task)
    outputs = baselines.predict_linear(state, x)
    assert outputs.shape == (200, 1 if classes == 2 else classes)


@pytest.mark.parametrize(
    ("task", "classes", "width"),
    [("regression", 0, 1), ("binary", 2, 1), ("multiclass", 3, 3)],
)
def test_trees_survive_as_bytes(task, classes, width):
    pytest.importorskip("xgboost")
    x = baselines.design(inputs(), [3])
    y = x[:, 0] if classes == 0 else np.digitize(x[:, 0], [0, 1][: classes - 1])
    state = baselines.fit_trees(x, y, np.ones(200), task, seed=1)
    assert isinstance(state["model"], bytearray)
    predicted = baselines.predict_trees(state, x)
    assert predicted.shape == (200, width)
    if classes == 3:
        assert np.mean(predicted.argmax(1) == y) > 0.95


def test_weighted_quantiles_are_numpys_of_repeated_rows():
    generator = np.random.default_rng(0)
    values = generator.normal(size=400)
    counts = generator.integers(1, 4, 400)
    levels = [0.05, 0.5, 0.8]
    np.testing.assert_allclose(
        baselines.weighted_quantiles(values, counts, levels),
        np.quantile(np.repeat(values, counts), levels, method="hazen"),
        atol=0.02,
    )
    np.testing.assert_allclose(
        baselines.weighted_quantiles(values, np.full(400, 2.5), levels),
        np.quantile(values, levels, method="hazen"),
    )


@pytest.mark.parametrize("kind", ["linear", "trees"])
def test_quantiles_of_simple_models_cover_their_share(kind):
    x = baselines.design(inputs(4000), [3])
    y = x[:, 0] + np.random.default_rng(1).exponential(size=4000)
    levels, ones = [0.1, 0.5, 0.9], np.ones(4000)
    if kind == "linear":
        state = baselines.fit_linear(x, y, ones, "regression", levels)
        predicted = baselines.predict_linear(state, x)
    else:
        pytest.importorskip("xgboost")
        state = baselines.fit_trees(x, y, ones, "regression", 1, levels)
        predicted = baselines.predict_trees(state, x)
    assert predicted.shape == (4000, 3)
    np.testing.assert_allclose(
        (y[:, None] <= predicted).mean(0), levels, atol=0.03
    )


@pytest.mark.parametrize("task", ["regression", "binary"])
def test_states_side_by_side_predict_each_outcome(task):
    pytest.importorskip("xgboost")
    x = baselines.design(inputs(), [3])
    columns = [x[:, 0], x[:, 1] - x[:, 2]]
    if task == "binary":
        columns = [(y > 0).astype(int) for y in columns]
    weights = np.ones(200)
    fits = {
        baselines.predict_linear: [
            baselines.fit_linear(x, y, weights, task) for y in columns
        ],
        baselines.predict_trees: [
            baselines.fit_trees(x, y, weights, task, seed=1) for y in columns
        ],
    }
    for predict, states in fits.items():
        both = predict(baselines.side_by_side(states), x)
        each = [predict(state, x)[:, 0] for state in states]
        np.testing.assert_allclose(both, np.stack(each, axis=1))


@pytest.mark.parametrize(("label", "sign"), [(0, -1), (1, 1)])
def test_a_label_that_is_always_the_same_gets_laplaces_share(label, sign):
    x = baselines.design(inputs(), [3])
    y = np.full(200, label)
    state = baselines.fit_linear(x, y, np.ones(200), "binary")
    logit = baselines.predict_linear(state, x)
    share = 1 / (1 + np.exp(-sign * logit))
    np.testing.assert_allclose(share, np.full((200, 1), 201 / 202))
