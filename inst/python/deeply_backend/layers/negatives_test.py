import numpy as np
import pytest
from keras import ops

from deeply_backend.layers.dropout_test import lowbias32
from deeply_backend.layers.negatives import Negatives
from deeply_backend.layers.negatives import alias_table
from deeply_backend.layers.negatives import draw_shares
from deeply_backend.layers.negatives import drawing

COUNTS = np.array([50, 0, 3, 1, 20, 0, 7, 1])


@pytest.mark.parametrize("power", [0, 0.75, 1])
def test_shares_are_powers_of_counts(power):
    shares = draw_shares(COUNTS, power)
    had = COUNTS > 0
    assert not shares[~had].any()
    assert shares.sum() == pytest.approx(1)
    expected = COUNTS[had] ** float(power)
    np.testing.assert_allclose(shares[had], expected / expected.sum())


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_tables_hold_the_shares_they_were_made_of(size):
    generator = np.random.default_rng(size)
    shares = generator.pareto(1, size) * (generator.random(size) < 0.8) + 1e-9
    shares /= shares.sum()
    threshold, alias = alias_table(shares)
    # Each level is met with the same probability, and stays or gives way.
    found = threshold / size
    np.add.at(found, alias, (1 - threshold) / size)
    np.testing.assert_allclose(found, shares, atol=1e-7)


def drawn(layer, steps=1):
    codes = ops.convert_to_tensor(np.int32([3, 1]))
    return [np.asarray(layer(codes, training=True)) for _ in range(steps)]


@pytest.mark.parametrize("power", [0, 0.75])
def test_levels_are_drawn_in_their_shares(power):
    shares, n = draw_shares(COUNTS, power), 100_000
    (codes,) = drawn(Negatives(8, n, shares, seed=4))
    np.testing.assert_array_equal(codes[:2], [3, 1])
    found = np.bincount(codes[2:] - 1, minlength=8) / n
    assert not found[COUNTS == 0].any()
    # Five standard errors.
    assert np.all(np.abs(found - shares) <= 5 * np.sqrt(shares / n))


def test_steps_and_neighbours_do_not_follow_each_other():
    shares, n = np.full(8, 1 / 8), 100_000
    one, two = (x[2:] for x in drawn(Negatives(8, n, shares, seed=4), 2))
    for a, b in ((one, two), (one[1:], one[:-1])):
        assert abs(np.corrcoef(a, b)[0, 1]) < 5 / np.sqrt(n)


def test_draws_are_two_looks_by_counted_bits():
    # In Python's integers, so that every backend draws the same.
    shares = draw_shares(np.arange(1000), 0.75)
    threshold, alias = alias_table(shares)
    layer = Negatives(1000, 50, shares, seed=5)
    layer.build((None,))
    seed = [int(x) for x in np.asarray(layer.seed_generator.state)]
    expected = []
    for i in range(50):
        even, part = (
            lowbias32(
                lowbias32((i + seed[0] + stream * 0x9E3779B9) % 2**32) ^ seed[1]
            )
            for stream in (1, 2)
        )
        level = (even >> 1) % 1000
        stays = (part >> 8) / 2**24 < threshold[level]
        expected.append(1 + (level if stays else alias[level]))
    np.testing.assert_array_equal(drawn(layer)[0][2:], expected)


def test_nothing_is_drawn_but_in_training():
    codes = ops.convert_to_tensor(np.int32([3, 1]))
    layer = Negatives(8, 4, draw_shares(COUNTS, 0))
    np.testing.assert_array_equal(np.asarray(layer(codes)), [3, 1])
    none = Negatives(8, 0)
    np.testing.assert_array_equal(
        np.asarray(none(codes, training=True)), [3, 1]
    )


def test_to_score_the_same_is_drawn_each_time():
    codes = ops.convert_to_tensor(np.int32([3, 1]))
    layer = Negatives(8, 1000, draw_shares(COUNTS, 0), seed=4)
    state = np.asarray(layer.seed_generator.state)
    with drawing():
        one, two = np.asarray(layer(codes)), np.asarray(layer(codes))
    np.testing.assert_array_equal(one, two)
    assert len(one) == 1002
    assert len(set(one[2:])) == (COUNTS > 0).sum()
    np.testing.assert_array_equal(np.asarray(layer.seed_generator.state), state)
    assert len(np.asarray(layer(codes))) == 2
