import numpy as np
import pytest
from sklearn import ensemble
from sklearn import linear_model
from sklearn import neighbors
from sklearn import neural_network

from deeply_backend.judge import baselines
from deeply_backend.judge import rivals
from deeply_backend.judge import tuned_trees

N_TRAIN, N_TEST = 240, 60
CUTS = {0: None, 2: [0.2], 3: [-0.8, 0.9]}
HELD_OUT = np.arange(0, N_TRAIN, 5)


@pytest.fixture(autouse=True)
def few_trials(monkeypatch):
    monkeypatch.setattr(tuned_trees, "TRIALS", 2)


def table(classes, seed=0):
    """Rows whose outcome is a curve, a weight that matters, and new rows."""
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(N_TRAIN + N_TEST, 4)).astype("float32")
    noise = generator.normal(size=len(x))
    y = 2 * x[:, 0] + np.sin(3 * x[:, 1]) + 0.3 * noise
    y = np.digitize(y, CUTS[classes]) if classes else y
    weights = generator.uniform(0.5, 2, N_TRAIN).astype("float32")
    return x[:N_TRAIN], y[:N_TRAIN].astype("float32"), weights, x[N_TRAIN:]


def compete(kind, classes, seed=3, **changes):
    x, y, weights, x_new = table(min(classes, 3))
    if kind == "tuned_trees":
        pytest.importorskip("xgboost")
    named = {"x": x, "y": y, "weights": weights, "x_new": x_new, **changes}
    named.setdefault("held_out", np.arange(0, len(named["y"]), 5))
    return rivals.compete(kind, classes=classes, seed=seed, **named)


def probabilities(prob):
    return prob[:, 1:] if prob.shape[1] == 2 else prob


@pytest.mark.parametrize("classes", CUTS)
@pytest.mark.parametrize("kind", rivals.RIVALS)
def test_a_rival_predicts_and_is_measured(kind, classes):
    answer = compete(kind, classes)
    predicted = answer["predicted"]
    assert predicted.shape == (N_TEST, classes if classes > 2 else 1)
    assert predicted.dtype == np.float64
    assert np.isfinite(predicted).all()
    if classes:
        assert predicted.min() >= 0
        assert predicted.max() <= 1
    if classes > 2:
        np.testing.assert_allclose(predicted.sum(1), 1, atol=1e-5)
    assert answer["fit_seconds"] > 0
    assert answer["predict_seconds"] > 0
    assert answer["bytes"] > 200


@pytest.mark.parametrize("classes", CUTS)
@pytest.mark.parametrize("kind", rivals.RIVALS)
def test_same_seed_same_bits(kind, classes):
    first, again = (compete(kind, classes)["predicted"] for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_the_trivial_rival_is_the_mean_and_the_shares():
    _, y, weights, _ = table(0)
    predicted = compete("trivial", 0)["predicted"]
    np.testing.assert_allclose(predicted, np.average(y, weights=weights))
    _, y, weights, _ = table(3)
    shares = np.bincount(y.astype(int), weights) / weights.sum()
    predicted = compete("trivial", 3)["predicted"]
    np.testing.assert_allclose(predicted, np.tile(shares, (N_TEST, 1)))


@pytest.mark.parametrize("classes", CUTS)
def test_linear_and_trees_are_the_baselines(classes):
    task = {0: "regression", 2: "binary", 3: "multiclass"}[classes]
    x, y, weights, x_new = table(classes)
    state = baselines.fit_linear(x, y, weights, task)
    predicted = baselines.predict_linear(state, x_new)
    if classes == 2:
        predicted = 1 / (1 + np.exp(-predicted))
    if classes == 3:
        predicted = np.exp(predicted)
        predicted /= predicted.sum(1, keepdims=True)
    mine = compete("linear", classes)["predicted"]
    np.testing.assert_allclose(mine, predicted, atol=1e-5)
    pytest.importorskip("xgboost")
    state = baselines.fit_trees(x, y, weights, task, seed=3)
    predicted = baselines.predict_trees(state, x_new)
    mine = compete("trees", classes)["predicted"]
    np.testing.assert_allclose(mine, predicted, atol=1e-6)


@pytest.mark.parametrize("classes", CUTS)
def test_ridge_is_one_with_a_penalty_of_the_grid(classes):
    x, y, weights, x_new = table(classes)
    mine = compete("ridge", classes)["predicted"]
    every = []
    for penalty in rivals.PENALTIES:
        if classes:
            model = linear_model.LogisticRegression(C=1 / penalty)
            model.fit(x, y, weights)
            every.append(probabilities(model.predict_proba(x_new)))
        else:
            model = linear_model.Ridge(penalty).fit(x, y, weights)
            every.append(model.predict(x_new)[:, None])
    assert min(np.abs(mine - one).max() for one in every) < 1e-3


def test_neighbours_are_a_number_of_the_grid():
    x, y, _, x_new = table(3)
    mine = compete("knn", 3)["predicted"]
    every = (
        neighbors.KNeighborsClassifier(k).fit(x, y).predict_proba(x_new)
        for k in (1, 5, 15, 45, 135)
    )
    assert min(np.abs(mine - one).max() for one in every) == 0


def test_a_forest_is_that_of_scikit_learn():
    x, y, weights, x_new = table(2)
    model = ensemble.RandomForestClassifier(
        200, min_samples_split=10, random_state=3
    ).fit(x, y, weights)
    mine = compete("forest", 2)["predicted"]
    np.testing.assert_array_equal(mine, model.predict_proba(x_new)[:, 1:])


@pytest.mark.parametrize("classes", CUTS)
def test_a_perceptron_is_that_of_scikit_learn_stopped_early(classes):
    x, y, weights, x_new = table(classes)
    kinds = (neural_network.MLPRegressor, neural_network.MLPClassifier)
    model = kinds[classes > 0](early_stopping=True, random_state=3)
    taken = rivals.fit_arguments("mlp", model, weights, HELD_OUT)
    model.fit(x, y, **taken)
    ask = model.predict_proba if classes else model.predict
    theirs = probabilities(ask(x_new)) if classes else ask(x_new)[:, None]
    mine = compete("mlp", classes)["predicted"]
    np.testing.assert_allclose(mine, theirs, atol=1e-5)


def test_tuned_trees_judge_their_trials_by_the_rows_held_out():
    x, y, weights, x_new = table(2)
    model = tuned_trees.TunedTrees(2, 3).fit(x, y, weights, HELD_OUT)
    mine = compete("tuned_trees", 2)["predicted"]
    np.testing.assert_array_equal(mine, model.predict_proba(x_new)[:, 1:])


def test_pruning_helps_where_there_is_little_to_learn():
    generator = np.random.default_rng(1)
    noise = generator.normal(size=N_TRAIN).astype("float32")
    predicted = compete("tree", 0, y=noise)["predicted"]
    assert np.std(predicted) < 0.3


def test_trees_without_xgboost_are_those_of_scikit_learn(monkeypatch):
    monkeypatch.setattr(baselines, "has_trees", lambda: False)
    x, y, weights, x_new = table(0)
    model = ensemble.HistGradientBoostingRegressor(random_state=3)
    predicted = model.fit(x, y, weights).predict(x_new)
    mine = compete("trees", 0)["predicted"][:, 0]
    np.testing.assert_allclose(mine, predicted)


@pytest.mark.parametrize("kind", rivals.RIVALS)
def test_a_class_of_one_row_or_none_is_no_obstacle(kind):
    _, y, _, _ = table(3)
    y = np.where(y == 1, 0, y)
    y[:1] = 3
    predicted = compete(kind, 4, y=y)["predicted"]
    assert predicted.shape == (N_TEST, 4)
    assert (predicted[:, 1] == 0).all()


@pytest.mark.parametrize("kind", rivals.RIVALS)
def test_a_handful_of_rows_will_do(kind):
    x, y, weights, _ = table(0)
    small = {"x": x[:4], "y": y[:4], "weights": weights[:4]}
    assert np.isfinite(compete(kind, 0, **small)["predicted"]).all()
