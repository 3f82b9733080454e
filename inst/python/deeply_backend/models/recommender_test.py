import types

import numpy as np
import pytest
from scipy import sparse

from deeply_backend.bridge_recommend import METHODS
from deeply_backend.data.interactions import binary
from deeply_backend.data.interactions import matrix
from deeply_backend.judge import ranking
from deeply_backend.models import item_models_test
from deeply_backend.models.newcomers import newcomer_map
from deeply_backend.models.newcomers import newcomer_vectors
from deeply_backend.models.recommender import Recommender
from deeply_backend.models.scorers import Autoencoder
from deeply_backend.models.scorers import Blend
from deeply_backend.models.scorers import Towers


def tastes(n_users=400, n_items=120, kinds=4, seed=0):
    """Users of a few kinds, each with items of its own; one item is held out.

    Items are equally popular, so that popularity tells nothing.
    """
    generator = np.random.default_rng(seed)
    user_kind = generator.integers(0, kinds, n_users)
    item_kind = np.arange(n_items) % kinds
    likes = np.where(user_kind[:, None] == item_kind[None], 0.4, 0.02)
    had = generator.random((n_users, n_items)) < likes
    had[np.arange(n_users), user_kind] = True
    held = np.zeros_like(had)
    for user, row in enumerate(had):
        mine = np.flatnonzero(row & (item_kind == user_kind[user]))
        held[user, generator.choice(mine)] = True
    return types.SimpleNamespace(
        train=sparse.csr_matrix((had & ~held).astype(np.float32)),
        held=sparse.csr_matrix(held),
        user_kind=user_kind,
        item_kind=item_kind,
    )


def ranks_of_held(problem, scores):
    """Places of the held-out items by dense scores `(users, items)`."""
    return ranking.rank(
        lambda a, b: np.array(scores[a:b]), problem.train, problem.held
    )


OPTIONS = {"ease": {"penalty": 5.0}, "ials": {"factors": 4}}


def pairs():
    return binary(item_models_test.pairs())


def autoencoder(items, seed=0):
    draw = np.random.default_rng(seed).normal
    shapes = (items, 3), (3,), (3, items), (items,)
    return Autoencoder(*(draw(size=s).astype(np.float32) for s in shapes))


def scorer(method):
    x = pairs()
    if method == "autoencoder":
        return autoencoder(x.shape[1])
    if method == "towers":
        return towers(x)
    if method == "couples":
        return METHODS["ease"](x, couples=4, penalty=5.0)
    if method == "blend":
        return Blend(scorer("ease"), scorer("autoencoder"), 0.1)
    return METHODS[method](x, **OPTIONS.get(method, {}))


def towers(x, seed=0):
    draw = np.random.default_rng(seed).normal
    shapes = (x.shape[0], 3), (x.shape[1], 3), (x.shape[1],)
    users, items, bias = (draw(size=s).astype(np.float32) for s in shapes)
    return Towers(users, items, bias, newcomer_map(x, users, items))


KINDS = [*METHODS, "couples", "autoencoder", "towers", "blend"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_kept_as_bytes_scores_the_same(kind):
    fit = Recommender(scorer(kind), pairs())
    again = Recommender.from_bytes(fit.to_bytes())
    np.testing.assert_array_equal(
        fit.scores(fit.pairs), again.scores(again.pairs)
    )


def test_couples_speak_for_other_items():
    coupled, had = scorer("couples"), pairs()
    first, second = coupled.couples
    dense = had.toarray()
    both = np.column_stack([dense, dense[:, first] * dense[:, second]])
    np.testing.assert_allclose(
        coupled.scores(had), both @ coupled.weights, atol=1e-5
    )
    assert coupled.likeness([3]).shape == (1, 12)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_that_a_user_had_comes_back_unless_asked_for(kind):
    fit = Recommender(scorer(kind), pairs())
    items, _ = fit.best(fit.pairs, 3)
    had = fit.pairs.toarray() > 0
    rows = np.arange(len(had))[:, None]
    assert items.shape == (len(had), 3)
    assert not had[rows, items][items >= 0].any()
    everything, _ = fit.best(fit.pairs, had.shape[1], exclude_seen=False)
    assert (np.sort(everything, axis=1) == np.arange(had.shape[1])).all()


@pytest.mark.parametrize("kind", KINDS)
def test_who_had_nothing_gets_what_is_popular(kind):
    fit = Recommender(scorer(kind), pairs())
    nothing = sparse.csr_matrix((2, fit.pairs.shape[1]), dtype=np.float32)
    counts = fit.pairs.toarray().sum(axis=0)
    np.testing.assert_array_equal(fit.scores(nothing), [counts, counts])


def test_places_are_those_of_the_users_asked_for():
    fit = Recommender(scorer("ease"), pairs())
    held = matrix([5, 9, 9], [2, 1, 4], None, fit.pairs.shape)
    scores = np.where(fit.pairs.toarray() > 0, -np.inf, fit.scores(fit.pairs))
    own = fit.scores(fit.pairs)[[5, 9, 9], [2, 1, 4]]
    # One that was had has no score among the others, but is still placed.
    own = np.where(fit.pairs.toarray()[[5, 9, 9], [2, 1, 4]] > 0, -np.inf, own)
    expected = (scores[[5, 9, 9]] > own[:, None]).sum(axis=1)
    np.testing.assert_array_equal(fit.places(held), expected)


def test_scores_are_what_was_had_times_weights():
    x = pairs()
    ones = (x.toarray() > 0).astype(float)
    for method in ("item_knn", "ease"):
        found = scorer(method)
        weights = found.weights
        dense = weights.toarray() if sparse.issparse(weights) else weights
        expected = ones @ dense
        np.testing.assert_allclose(found.scores(x), expected, atol=1e-5)


def test_dense_weights_lie_row_by_row():
    # A sparse product copies those that lie otherwise, each time.
    fit = Recommender(scorer("ease"), pairs())
    again = Recommender.from_bytes(fit.to_bytes())
    for found in (fit, again):
        assert found.scorer.weights.flags.c_contiguous


def test_a_blend_is_the_sum_of_its_scorers():
    x = pairs()
    first, second = scorer("ease"), scorer("autoencoder")
    found = Blend(first, second, 0.25).scores(x)
    expected = first.scores(x) + 0.25 * second.scores(x)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_an_autoencoder_gives_log_probabilities_and_cosines():
    net = autoencoder(6)
    x = matrix([0, 0, 1], [1, 3, 5], None, (2, 6))
    np.testing.assert_allclose(np.exp(net.scores(x)).sum(axis=1), 1, rtol=1e-5)
    likeness = net.likeness(np.arange(6))
    np.testing.assert_allclose(np.diag(likeness), 1, rtol=1e-5)
    np.testing.assert_allclose(likeness, likeness.T, atol=1e-6)


def test_a_user_that_is_known_has_a_vector_and_a_new_one_gets_one():
    fit = Recommender(scorer("towers"), pairs())
    had = fit.pairs[[3, 8]]
    vectors = fit.scorer
    known = vectors.users[[3, 8]] @ vectors.items.T + vectors.item_bias
    np.testing.assert_allclose(fit.scores(had, [3, 8]), known, rtol=1e-5)
    new = newcomer_vectors(had, vectors.items, vectors.newcomers)
    expected = new @ vectors.items.T + vectors.item_bias
    np.testing.assert_allclose(fit.scores(had), expected, rtol=1e-4, atol=1e-5)
    mixed = fit.scores(had, [3, -1])
    np.testing.assert_allclose(mixed[0], known[0], rtol=1e-5)
    np.testing.assert_allclose(mixed[1], expected[1], rtol=1e-4, atol=1e-5)
