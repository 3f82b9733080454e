import numpy as np
import pytest

from deeply_backend.models.recommender import Recommender
from deeply_backend.models.recommender_test import ranks_of_held
from deeply_backend.models.recommender_test import tastes
from deeply_backend.models.scorers import Towers
from deeply_backend.models.scorers import named
from deeply_backend.models.scorers import scorer_of
from deeply_backend.models.towers import build
from deeply_backend.models.towers_test import counted
from deeply_backend.models.towers_test import fitted

KINDS = {
    "dot": {},
    "no biases": {"biases": False},
    "head": {"hidden_units": [5, 3]},
}


@pytest.mark.parametrize("kind", KINDS)
def test_scores_are_those_of_the_model(kind):
    pairs = tastes().train
    model = build(counted(pairs, **KINDS[kind]))
    generator = np.random.default_rng(0)
    for variable in model.trainable_variables:
        variable.assign(generator.normal(size=variable.shape))
    users = np.array([7, 300, 7, 0])
    rows = np.stack([np.repeat(users, 120), np.tile(np.arange(120), 4)], axis=1)
    expected = np.asarray(model({"category": (rows + 1).astype("int32")}))
    expected = expected.reshape(4, 120)
    scorer = Towers.of(model, pairs)
    again = scorer_of("it", named("it", scorer))
    found = scorer.scores(pairs[users], users)
    np.testing.assert_array_equal(again.scores(pairs[users], users), found)
    # What is the same for all items of a user ranks nothing.
    np.testing.assert_allclose(
        found - found.mean(axis=1, keepdims=True),
        expected - expected.mean(axis=1, keepdims=True),
        rtol=1e-4,
        atol=1e-4,
    )


@pytest.mark.parametrize("loss", ["bpr", "sampled_softmax"])
def test_tastes_are_found_that_popularity_knows_nothing_of(loss):
    problem = tastes()
    users, items = problem.train.nonzero()
    asked = counted(
        problem.train,
        loss=loss,
        negatives=40,
        negative_power=0.75,
    )
    got = fitted(asked, users, items, epochs=20)
    fit = Recommender(Towers.of(got["model"]), problem.train)
    ours = fit.places(problem.held)
    popular = np.asarray(problem.train.sum(axis=0))
    theirs = ranks_of_held(problem, np.tile(popular, (400, 1)))
    assert np.mean(ours < 10) > np.mean(theirs < 10) + 0.2
    # Nothing to complain of in a run that went well.
    assert got["findings"] == []
