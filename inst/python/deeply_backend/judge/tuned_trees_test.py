import numpy as np
import pytest

from deeply_backend.judge import tuned_trees

xgboost = pytest.importorskip("xgboost")

N = 300
HELD_OUT = np.arange(0, N, 5)


@pytest.fixture(autouse=True)
def few_trials(monkeypatch):
    monkeypatch.setattr(tuned_trees, "TRIALS", 4)


def table(classes, seed=0, n=N):
    """Rows whose outcome is an interaction with much noise, and weights."""
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(n, 5)).astype("float32")
    y = x[:, 0] * x[:, 1] + x[:, 2] + generator.normal(size=n)
    if classes:
        cuts = np.quantile(y, np.arange(1, classes) / classes)
        y = np.digitize(y, cuts)
    weights = generator.uniform(0.5, 2, n).astype("float32")
    return x, y.astype("float32"), weights


def held_out_loss(settings, x, y, weights, objective):
    """The least loss of the held-out rows in the rounds of a trial."""
    rest = np.setdiff1d(np.arange(N), HELD_OUT)
    train, test = (
        xgboost.DMatrix(x[at], y[at], weight=weights[at])
        for at in (rest, HELD_OUT)
    )
    log = {}
    xgboost.train(
        {"objective": objective, "nthread": 1, "seed": 1, **settings},
        train,
        300,
        evals=[(test, "held_out")],
        evals_result=log,
        verbose_eval=False,
    )
    losses = next(iter(log["held_out"].values()))
    return min(losses), int(np.argmin(losses)) + 1


def test_the_best_trial_is_fitted_again_to_all_rows():
    x, y, weights = table(0)
    model = tuned_trees.TunedTrees(0, 1).fit(x, y, weights, HELD_OUT)
    generator = np.random.default_rng(1)
    tried = [{}] + [tuned_trees.draw(generator) for _ in range(3)]
    found = [
        held_out_loss(settings, x, y, weights, "reg:squarederror")
        for settings in tried
    ]
    best = int(np.argmin([loss for loss, _ in found]))
    assert model.settings == tried[best]
    assert model.rounds == found[best][1]
    by_hand = xgboost.train(
        {"nthread": 1, "seed": 1, **tried[best]},
        xgboost.DMatrix(x, y, weight=weights),
        model.rounds,
    )
    np.testing.assert_array_equal(
        model.predict(x), by_hand.predict(xgboost.DMatrix(x))
    )


@pytest.mark.parametrize("classes", [2, 4])
def test_probabilities_are_of_all_classes(classes):
    x, y, weights = table(classes)
    model = tuned_trees.TunedTrees(classes, 1).fit(x, y, weights, HELD_OUT)
    prob = model.predict_proba(x)
    assert prob.shape == (N, classes)
    np.testing.assert_allclose(prob.sum(1), 1, atol=1e-5)
    assert np.mean(prob.argmax(1) == y) > 1 / classes + 0.1


def test_a_search_beats_the_defaults_where_these_learn_noise(monkeypatch):
    monkeypatch.setattr(tuned_trees, "TRIALS", 12)
    x, y, weights = table(0, n=1000)
    x_new, y_new, _ = table(0, seed=1, n=1000)

    def error(held_out):
        model = tuned_trees.TunedTrees(0, 1).fit(x, y, weights, held_out)
        return np.mean((model.predict(x_new) - y_new) ** 2)

    assert error(np.arange(0, 1000, 5)) < 0.9 * error([])


def test_without_held_out_rows_it_is_xgboost_as_it_comes():
    x, y, weights = table(0)
    model = tuned_trees.TunedTrees(0, 3).fit(x, y, weights, [])
    by_hand = xgboost.XGBRegressor(random_state=3, n_jobs=1)
    by_hand.fit(x, y, sample_weight=weights)
    np.testing.assert_allclose(model.predict(x), by_hand.predict(x), atol=1e-6)


def test_drawn_settings_lie_in_their_ranges_and_differ():
    generator = np.random.default_rng(5)
    drawn = [tuned_trees.draw(generator) for _ in range(500)]
    depths = {settings["max_depth"] for settings in drawn}
    assert depths == set(range(3, 11))
    rates = np.array([settings["eta"] for settings in drawn])
    assert rates.min() >= 0.01
    assert rates.max() <= 0.3
    # Half of them lie below the geometric mean of the limits.
    assert np.mean(rates < (0.01 * 0.3) ** 0.5) == pytest.approx(0.5, abs=0.07)
