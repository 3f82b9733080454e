import keras
import numpy as np
import pytest

from deeply_backend.judge import frechet
from deeply_backend.judge import gan_judge
from deeply_backend.judge import picture_baselines as baselines
from deeply_backend.judge import picture_judge
from deeply_backend.models import gan
from deeply_backend.models.pictures_test import pair_batch
from deeply_backend.models.pictures_test import pair_spec


def test_errors_are_those_of_the_formulas():
    random = np.random.default_rng(1)
    made, true = random.integers(0, 256, (2, 7, 12)).astype("uint8")
    eyes = gan_judge.Eyes(None, lambda x: x / 255)
    features = eyes.settle(true)
    found = picture_judge.scores(made, true, eyes, features)
    off = (made.astype(float) - true) / 255
    assert found["mae"] == pytest.approx(np.abs(off).mean(), rel=1e-5)
    wanted = 10 * np.log10(1 / (off**2).mean())
    assert found["psnr"] == pytest.approx(wanted, rel=1e-5)
    wanted = frechet.frechet(made / 255 / eyes.unit, features)
    assert found["frechet"] == pytest.approx(wanted)
    same = picture_judge.scores(true, true, eyes, features)
    assert same["mae"] == 0 and same["psnr"] == np.inf
    assert same["frechet"] == pytest.approx(0, abs=1e-6)
    one = picture_judge.scores(made[:1], true[:1], eyes, features[:1])
    assert np.isnan(one["frechet"]) and one["mae"] > 0


def test_images_are_those_of_the_generator_as_bytes():
    keras.utils.set_random_seed(2)
    shape, given = (9, 8, 3), (9, 8, 1)
    generator = gan.build(pair_spec(shape, given)).get_layer("generator")
    rows = pair_batch(6, shape, given)["given"]
    noise = np.random.default_rng(1).normal(size=(6, 3)).astype("float32")
    lit = rows.reshape(6, *given) / 127.5 - 1
    made = generator({"given": lit.astype("float32"), "noise": noise})
    made = np.clip(keras.ops.convert_to_numpy(made), -1, 1).reshape(6, -1)
    found = picture_judge.make(generator, noise, rows)
    assert found.dtype == np.uint8
    np.testing.assert_allclose(found / 255, (made + 1) / 2, atol=1 / 255)


def test_the_filter_is_the_one_that_images_were_made_by():
    random = np.random.default_rng(3)
    given = random.integers(0, 256, (20, 9, 7, 2)).astype("uint8")
    # A blur of the first channel, and a mixture of two neighbours.
    wide = np.pad(given / 255, [(0, 0), (2, 2), (2, 2), (0, 0)], mode="edge")
    blur = sum(
        wide[:, i : i + 9, j : j + 7, 0] for i in range(5) for j in range(5)
    )
    mixed = 0.2 + 0.5 * wide[:, 2:11, 1:8, 1] + 0.25 * wide[:, 4:, 2:9, 0]
    true = np.stack([blur / 25, mixed], axis=-1)
    true = np.round(255 * true).astype("uint8").reshape(20, -1)
    rows = given.reshape(20, -1)
    weights = baselines.fit_filter(rows[:15], true[:15], (9, 7))
    assert weights.shape == (51, 2)
    found = baselines.apply_filter(rows[15:], weights, (9, 7))
    assert np.abs(found.astype(int) - true[15:]).max() <= 1


def test_what_is_given_stands_for_what_is_wanted():
    rows = np.uint8([[255, 0, 0, 10, 20, 30], [0, 255, 0, 0, 0, 255]])
    grey = baselines.as_given(rows, 3, 1)
    wanted = [[76, 0.299 * 10 + 0.587 * 20 + 0.114 * 30], [150, 29]]
    np.testing.assert_array_equal(grey, np.round(wanted))
    np.testing.assert_array_equal(
        baselines.as_given(grey[:1], 1, 3), [[76, 76, 76, 18, 18, 18]]
    )
    assert baselines.as_given(rows, 3, 3) is rows
    np.testing.assert_array_equal(
        baselines.mean_image(rows), [128, 128, 0, 5, 10, 142]
    )
