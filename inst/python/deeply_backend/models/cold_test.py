import io

import numpy as np
from scipy import sparse
from sklearn.linear_model import Ridge

from deeply_backend.models.cold import CHOSEN
from deeply_backend.models.cold import ColdRecommender
from deeply_backend.models.cold import mapped
from deeply_backend.models.cold_baselines import Alike
from deeply_backend.models.cold_baselines import Chance
from deeply_backend.models.cold_choice import LIKENESSES
from deeply_backend.models.cold_choice import RIDGES
from deeply_backend.models.cold_choice import choose
from deeply_backend.models.feature_maps import FeatureMap
from deeply_backend.models.feature_maps import design
from deeply_backend.models.feature_maps import unit_rows
from deeply_backend.models.newcomers import newcomer_map
from deeply_backend.models.recommender import Recommender
from deeply_backend.models.scorers import Towers


def known(n, seed=0):
    generator = np.random.default_rng(seed)
    return {
        "numeric": generator.normal(size=(n, 3)),
        "category": generator.integers(0, 4, (n, 2)),
        "sizes": np.array([3, 3]),
        "words": {"row": [0, 0, n - 1], "word": [0, 3, 1], "size": 4}
        | {"value": [0.6, 0.8, 1.0]},
        "known": np.ones(n, bool),
        "n": n,
    }


def towers(n_users=30, n_items=20, seed=0):
    draw = np.random.default_rng(seed).normal
    shapes = (n_users, 4), (n_items, 4), (n_items,)
    users, items, bias = (draw(size=s).astype(np.float32) for s in shapes)
    newcomers = newcomer_map(pairs(n_users, n_items), users, items)
    return Towers(users, items, bias, newcomers)


def pairs(n_users=30, n_items=20, seed=1):
    had = np.random.default_rng(seed).random((n_users, n_items)) < 0.2
    had[:, 0] = True
    return sparse.csr_matrix(had.astype(np.float32))


def fit(**sides):
    return Recommender(mapped(towers(), pairs(), **sides), pairs())


def test_a_map_is_a_ridge_regression():
    features, vectors = known(50), towers(n_items=50).items
    weights = np.random.default_rng(3).random(50)
    weights[:5] = 0
    found = FeatureMap.learned(features, vectors, weights, 2.0)
    words = np.zeros((50, 4))
    words[[0, 0, 49], [0, 3, 1]] = 0.6, 0.8, 1.0
    levels = (features["category"][:, [i]] == [1, 2, 3] for i in (0, 1))
    x = np.column_stack([features["numeric"], *levels, words])
    scaled = weights / weights[5:].mean()
    expected = Ridge(2.0).fit(x, vectors, scaled).predict(x)
    np.testing.assert_allclose(found.vectors(features), expected, atol=1e-4)


def test_very_many_columns_are_explained_step_by_step(monkeypatch):
    arguments = known(50), towers(n_items=50).items, np.ones(50)
    at_once = FeatureMap.learned(*arguments)
    monkeypatch.setattr("deeply_backend.models.feature_maps.MOST_COLUMNS", 1)
    np.testing.assert_allclose(
        FeatureMap.learned(*arguments).vectors(known(50)),
        at_once.vectors(known(50)),
        atol=1e-3,
    )


def test_features_alone_place_the_known_too():
    scorer = mapped(towers(), pairs(), item=known(20), alone=True)
    expected = scorer.placed("item", known(20))
    np.testing.assert_array_equal(scorer.towers.items, expected[:, :4])
    np.testing.assert_array_equal(scorer.towers.item_bias, expected[:, 4])
    np.testing.assert_array_equal(scorer.towers.users, towers().users)


def test_known_items_are_scored_as_without_new_ones():
    model = fit(item=known(20), user=known(30))
    wide = ColdRecommender.of(model, known(4, 7), known(5, 8))
    who = np.array([3, 0, 29])
    alone = model.scores(model.pairs[who], who)
    both = wide.scores(wide.pairs[who], who)
    assert both.shape == (3, 25)
    np.testing.assert_allclose(both[:, :20], alone, rtol=1e-5)
    # What another had is known too, though not who it is.
    nobody = np.full(3, -1)
    np.testing.assert_allclose(
        wide.scores(wide.pairs[who], nobody)[:, :20],
        model.scores(model.pairs[who], nobody),
        rtol=1e-5,
    )
    # New users are placed by what is known of them.
    new = wide.scores(wide.pairs[30:], np.arange(30, 34))
    vectors = model.scorer.placed("user", known(4, 7))
    expected = vectors @ towers().items.T + towers().item_bias
    np.testing.assert_allclose(new[:, :20], expected, rtol=1e-4, atol=1e-4)


def test_new_items_that_are_like_what_a_user_had_are_ahead():
    model = fit(item=known(20))
    copies = {**known(20), "known": np.ones(20, bool)}
    wide = ColdRecommender.of(model, None, copies)
    who = np.arange(30)
    found = wide.scores(wide.pairs, who)[:, 20:]
    vectors = model.scorer.placed("item", copies)
    plain = towers().users @ vectors[:, :4].T + vectors[:, 4]
    rows = unit_rows(copies).toarray()
    had = model.pairs.toarray()
    alike = had @ rows @ rows.T / np.sqrt(had.sum(axis=1, keepdims=True))
    np.testing.assert_allclose(
        found, plain + CHOSEN["likeness"] * alike, atol=1e-4
    )
    # By features alone, nothing but the map counts.
    alone = Recommender(
        mapped(towers(), pairs(), item=known(20), alone=True), pairs()
    )
    wide = ColdRecommender.of(alone, None, copies)
    scores = wide.scores(wide.pairs, who)
    np.testing.assert_allclose(scores[:, 20:], scores[:, :20], atol=1e-4)


def test_who_or_what_nothing_is_known_of():
    model = fit(item=known(20), user=known(30))
    users, items = known(3, 7), known(4, 8)
    users["known"] = np.array([True, False, True])
    items["known"] = np.array([True, False, False, True])
    wide = ColdRecommender.of(model, users, items)
    rows = np.arange(30, 33)
    scores = wide.scores(wide.pairs[rows], rows)
    np.testing.assert_array_equal(scores[1], wide.popularity)
    for user in (0, 2):
        assert np.argsort(scores[user])[:2].tolist() == [22, 21]


def test_new_items_can_be_ranked_among_themselves():
    model = fit(item=known(20))
    wide = ColdRecommender.of(model, None, known(5, 8), only_new=True)
    items, scores = wide.best(wide.pairs[:6], 10, True, np.arange(6))
    assert set(items[:, :5].ravel()) == {20, 21, 22, 23, 24}
    assert (items[:, 5:] == -1).all()
    held = np.zeros((30, 25))
    held[2, items[2, 3]] = held[5, items[5, 0]] = 1
    places = wide.places(sparse.csr_matrix(held))
    assert places.tolist() == [3, 0]


def test_what_it_was_made_of_comes_back():
    model = fit(item=known(20))
    again = Recommender.from_bytes(model.to_bytes())
    ours, theirs = (
        ColdRecommender.of(x, None, known(5, 8)) for x in (model, again)
    )
    who = np.arange(30)
    np.testing.assert_array_equal(
        ours.scores(ours.pairs, who), theirs.scores(theirs.pairs, who)
    )
    np.testing.assert_array_equal(
        again.scorer.likeness([3]), model.scorer.likeness([3])
    )
    assert np.load(io.BytesIO(bytes(model.to_bytes())), allow_pickle=False)


def test_new_items_may_be_reasons_and_have_some():
    model = fit(item=known(20))
    wide = ColdRecommender.of(model, None, known(5, 8))
    why = wide.reasons(wide.pairs[:3], np.array([[20], [24], [3]]))
    for user in range(3):
        assert why[user, 0] in [-1, *wide.pairs[user].indices]


def test_baselines_are_neighbours_and_chance():
    had = sparse.csr_matrix(np.eye(25)[:2])
    scores = Alike(unit_rows(known(25)), 0).scores(had, [0, 1])
    dense = design(known(25)).toarray()
    dense = dense / np.linalg.norm(dense, axis=1, keepdims=True)
    np.testing.assert_allclose(scores, dense[:2] @ dense.T, atol=1e-5)
    chance = Chance(25, 0)
    drawn = chance.scores(None, [4, 9])
    np.testing.assert_array_equal(drawn[1:], chance.scores(None, [9]))
    assert not np.array_equal(drawn[0], drawn[1])


def told_world(n_users=600, n_items=200):
    """Users and items of four kinds, which features of items tell."""
    generator = np.random.default_rng(5)
    user, item = (generator.integers(0, 4, n) for n in (n_users, n_items))
    likes = np.where(user[:, None] == item, 0.2, 0.02)
    had = generator.random((n_users, n_items)) < likes
    had = sparse.csr_matrix(had.astype(np.float32))
    axes = np.eye(4, dtype=np.float32)
    bias = np.zeros(n_items, np.float32)
    newcomers = newcomer_map(had, axes[user], axes[item])
    features = {
        "category": item[:, None] + 1,
        "sizes": np.array([4]),
        "known": np.ones(n_items, bool),
        "n": n_items,
    }
    return Towers(axes[user], axes[item], bias, newcomers), had, features


def test_what_features_count_is_chosen_on_items_held_out_of_them():
    told = choose(*told_world())
    assert told == choose(*told_world())
    assert told["ridge"] in RIDGES
    assert told["likeness"] in LIKENESSES
    assert choose(*told_world(), alone=True)["likeness"] == 0
    # Too few items choose nothing.
    few = choose(towers(), pairs(), known(20))
    assert few == CHOSEN


def test_a_choice_is_that_of_the_best_ranking(monkeypatch):
    module = "deeply_backend.models.cold_choice"
    monkeypatch.setattr(f"{module}.RIDGES", (1e-6, 20.0))
    monkeypatch.setattr(f"{module}.LIKENESSES", (0.0, 1e6))
    towers, had, features = told_world()
    # Rough vectors, and nearly as many columns of noise as there are items.
    draw = np.random.default_rng(2).normal
    towers.items = (towers.items + draw(size=(200, 4))).astype(np.float32)
    noisy = {**features, "numeric": draw(size=(200, 160))}
    assert choose(towers, had, noisy, alone=True)["ridge"] == 20.0
    # Vectors of users that are nothing leave it to likeness.
    towers.newcomers = np.zeros_like(towers.newcomers)
    assert choose(towers, had, features)["likeness"] == 1e6
