import numpy as np
import pytest

from deeply_backend.models.item_models_test import pairs
from deeply_backend.models.item_recommender import METHODS
from deeply_backend.models.item_recommender import ItemRecommender

OPTIONS = {"ease": {"penalty": 5.0}}


@pytest.mark.parametrize("method", METHODS)
def test_what_is_kept_as_bytes_scores_the_same(method):
    x = pairs()
    fit = ItemRecommender.fit(method, x, **OPTIONS.get(method, {}))
    again = ItemRecommender.from_bytes(fit.to_bytes())
    np.testing.assert_array_equal(
        fit.scores(fit.pairs), again.scores(again.pairs)
    )
    items, _ = again.best(again.pairs, 3)
    assert items.shape == (60, 3)
    # Nothing that a user has had is recommended, unless asked for.
    had = x.toarray() > 0
    rows = np.arange(60)[:, None]
    assert not had[rows, items][items >= 0].any()
    everything, _ = again.best(again.pairs, 12, exclude_seen=False)
    assert (np.sort(everything, axis=1) == np.arange(12)).all()


@pytest.mark.parametrize("method", METHODS)
def test_scores_are_what_was_had_times_weights(method):
    x = pairs()
    fit = ItemRecommender.fit(method, x, **OPTIONS.get(method, {}))
    weights = fit.weights
    ones = (x.toarray() > 0).astype(float)
    if method == "popularity":
        expected = np.tile(ones.sum(axis=0), (60, 1))
    else:
        dense = weights if method == "ease" else weights.toarray()
        expected = ones @ dense
    np.testing.assert_allclose(fit.scores(fit.pairs), expected, rtol=1e-4)
