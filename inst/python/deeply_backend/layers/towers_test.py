import keras
import numpy as np
import pytest
from keras import ops

from deeply_backend.layers.towers import LevelVectors
from deeply_backend.layers.towers import Scores

CODES = np.int32([2, 0, 3, 2])


def test_unknown_levels_and_those_never_seen_have_zeros():
    layer = LevelVectors(3, 4, seen=[True, False, True])
    found = np.asarray(layer(np.int32([0, 1, 2, 3])))
    assert found.shape == (4, 5)
    assert not found[[0, 2]].any()
    assert found[[1, 3], :4].all()
    # No level begins with a bias.
    assert not found[:, 4].any()
    # Nor has an unknown one anything, whatever is in its row.
    layer.table.assign(np.ones((4, 5)))
    assert not np.asarray(layer(CODES))[1].any()


def test_the_penalty_is_that_of_what_a_batch_looks_up():
    layer = LevelVectors(3, 4, biases=False, l2=0.3)
    found = np.asarray(layer(CODES, training=True), np.float64)
    table = np.asarray(layer.table, np.float64)
    expected = 0.3 * np.mean(np.sum(table[CODES] ** 2, axis=1))
    assert float(layer.losses[0]) == pytest.approx(expected, rel=1e-5)
    assert found.shape == (4, 4)
    layer(CODES, training=False)
    assert layer.losses == []


def scored(layer, n_items, **changes):
    generator = np.random.default_rng(0)
    users = generator.normal(size=(3, 5)).astype("float32")
    items = generator.normal(size=(n_items, 5)).astype("float32")
    codes = np.int32([1, 2, 3, 4, 2][:n_items])
    found = layer([users, items, ops.convert_to_tensor(codes)], **changes)
    return users.astype(float), items, np.asarray(found)


def score(u, v):
    """Of one user and one item, by definition."""
    return u[:4] @ v[:4] + u[4] + v[4] + 0.7


def test_a_pair_scores_a_product_and_biases():
    users, items, found = scored(Scores(4, start=0.7), 3)
    expected = [[score(u, v)] for u, v in zip(users, items, strict=True)]
    np.testing.assert_allclose(found, expected, rtol=1e-4)


@pytest.mark.parametrize("size", [0, 4])
def test_training_scores_what_is_drawn_for_all(size):
    shares = np.array([0.1, 0.2, 0.3, 0.4])
    layer = Scores(4, n=2, size=size, shares=shares, start=0.7)
    users, items, found = scored(layer, 5, training=True)
    assert found.shape == (3, 3)
    for row, user in enumerate(users):
        assert found[row, 0] == pytest.approx(score(user, items[row]), rel=1e-4)
        for column, code in ((3, 4), (4, 2)):
            # Less by the logarithm of how often two draws take it.
            less = np.log(2 * shares[code - 1]) if size else 0
            expected = score(user, items[column]) - less
            if code == row + 1:
                # The user's own item is no rival of itself.
                assert found[row, column - 2] < -1e8
            else:
                value = found[row, column - 2]
                assert value == pytest.approx(expected, rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("n", [0, 2])
def test_a_head_sees_both_vectors_and_their_product(n):
    inputs = keras.Input((12,))
    head = keras.Model(inputs, keras.layers.Dense(1)(inputs))
    layer = Scores(4, n=n, start=0.7, head=head)
    users, items, found = scored(layer, 3 + n, training=True)
    kernel, bias = (np.asarray(x, float) for x in head.weights)

    def expected(u, v):
        together = np.concatenate([u[:4], v[:4], u[:4] * v[:4]])
        return (together @ kernel + bias)[0] + u[4] + v[4] + 0.7

    for row, user in enumerate(users):
        for column, item in enumerate([items[row], *items[3:]]):
            value = found[row, column]
            if value > -1e8:
                assert value == pytest.approx(
                    expected(user, item), rel=1e-4, abs=1e-4
                )


def test_the_correction_makes_a_softmax_over_all_items():
    # Many draws estimate the sum over all items, whatever they are drawn by.
    generator = np.random.default_rng(3)
    shares = np.array([0.5, 0.3, 0.15, 0.05])
    n = 200_000
    drawn = generator.choice(4, n, p=shares)
    vectors = generator.normal(size=(4, 5)).astype("float32")
    user = generator.normal(size=(1, 5)).astype("float32")
    layer = Scores(4, n=n, size=4, shares=shares)
    codes = np.append(1, drawn + 1).astype("int32")
    found = layer(
        [user, vectors[codes - 1], ops.convert_to_tensor(codes)], training=True
    )
    total = np.sum(np.exp(np.asarray(found, float)))
    everything = [score(user[0].astype(float), v) - 0.7 for v in vectors]
    assert total == pytest.approx(np.sum(np.exp(everything)), rel=0.02)
