import keras
import numpy as np

from deeply_backend.layers.adversarial import Disguise
from deeply_backend.layers.adversarial import Grain
from deeply_backend.layers.adversarial import Nearby
from deeply_backend.layers.adversarial import Noise
from deeply_backend.layers.adversarial import Within

to_numpy = keras.ops.convert_to_numpy


def test_noise_is_standard_normal_and_new_each_time():
    layer = Noise(40, seed=3)
    first, second = (to_numpy(layer(np.zeros((500, 2)))) for _ in range(2))
    assert first.shape == (500, 40)
    assert abs(first.mean()) < 0.03 and abs(first.std() - 1) < 0.03
    assert np.abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.03


def test_a_step_beside_tells_the_norm_of_a_gradient():
    # Of a linear function the slope is known.
    slope = np.random.default_rng(1).normal(size=(30, 1)).astype("float32")
    x = np.random.default_rng(2).normal(size=(20_000, 30)).astype("float32")
    near = to_numpy(Nearby(0.1, seed=4)(x))
    found = np.mean(((near - x) @ slope) ** 2) / 0.1**2
    np.testing.assert_allclose(found, np.sum(slope**2), rtol=0.05)


def test_grain_differs_by_place_and_is_that_of_the_noise():
    noise = np.random.default_rng(1).normal(size=(300, 20)).astype("float32")
    maps = np.full((300, 6, 5, 2), 0.5, "float32")
    layer = Grain(seed=1)
    layer([maps, noise])
    layer.strength.assign([2.0, 0.0])
    found = to_numpy(layer([maps, noise]))
    np.testing.assert_array_equal(found[..., 1], maps[..., 1])
    grain = (found[..., 0] - 0.5).reshape(300, 30) / 2
    assert 0.8 < grain.std() < 1.2
    # Of no two places it is the same, nor of two layers.
    apart = np.corrcoef(grain.T)[~np.eye(30, dtype=bool)]
    assert np.abs(apart).max() < 0.9
    again = Grain.from_config(layer.get_config())
    again([maps, noise])
    again.strength.assign([2.0, 0.0])
    np.testing.assert_array_equal(to_numpy(again([maps, noise])), found)
    other = Grain(seed=2)
    other([maps, noise])
    other.strength.assign([2.0, 0.0])
    assert np.abs(to_numpy(other([maps, noise])) - found).max() > 0.5


def test_a_disguise_moves_by_whole_pixels_and_fills_up():
    x = np.random.default_rng(1).uniform(-1, 1, (64, 10, 10, 1))
    x = x.astype("float32")
    moved = to_numpy(Disguise(shift=0.2, seed=5)(x, training=True))
    padded = np.pad(x, [(0, 0), (2, 2), (2, 2), (0, 0)], constant_values=-1)
    offsets = set()
    for one, old in zip(moved, padded, strict=True):
        fits = [
            (i, j)
            for i in range(5)
            for j in range(5)
            if np.allclose(one, old[i : i + 10, j : j + 10], atol=1e-6)
        ]
        assert len(fits) == 1
        offsets.add(fits[0])
    assert len(offsets) > 15
    np.testing.assert_array_equal(to_numpy(Disguise(0.2, 0.5)(x)), x)


def test_colours_move_as_grey_ones_do():
    x = np.random.default_rng(1).uniform(-1, 1, (9, 8, 12, 1)).astype("float32")
    grey = to_numpy(Disguise(shift=0.2, seed=5)(x, training=True))
    colour = Disguise(shift=0.2, seed=5)(np.repeat(x, 3, -1), training=True)
    np.testing.assert_allclose(to_numpy(colour)[..., 1:2], grey, atol=1e-6)


def test_a_cover_hides_a_square_of_each_image():
    x = np.ones((200, 20, 20, 1), "float32")
    covered = to_numpy(Disguise(cover=0.5, seed=6)(x, training=True)) == 0
    shares = covered.mean(axis=(1, 2, 3))
    # Between a quarter of a square at a corner, and a whole one.
    assert shares.min() > 0.05 and 0.2 < shares.max() <= 0.28


def test_what_is_kept_within_has_a_slope_beyond():
    x = np.float32([-3, -1, -0.5, 0, 0.7, 1, 2])
    wanted = [-1.1, -1, -0.5, 0, 0.7, 1, 1.05]
    np.testing.assert_allclose(to_numpy(Within()(x)), wanted, rtol=1e-6)
