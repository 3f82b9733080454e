import keras
import numpy as np
import pytest

from deeply_backend.data.rows import Rows
from deeply_backend.judge import frechet
from deeply_backend.judge import gan_judge
from deeply_backend.judge import picture_baselines
from deeply_backend.judge import picture_judge
from deeply_backend.models.pictures_test import pair_batch
from deeply_backend.models.pictures_test import pair_spec
from deeply_backend.training import adversarial
from deeply_backend.training.adversarial_test import assert_same
from deeply_backend.training.adversarial_test import make_engine
from deeply_backend.training.adversarial_test import plan
from deeply_backend.training.adversarial_test import step_once
from deeply_backend.training.train import train


def test_losses_are_means_over_patches():
    random = np.random.default_rng(1)
    said = random.normal(size=(4, 2, 3, 2)).astype("float32")
    loss = adversarial.discriminator_loss(pair_spec(near=0.1, slope_penalty=3))
    output = keras.ops.convert_to_tensor(said.reshape(8, 3, 2, 1))
    found = keras.ops.convert_to_numpy(loss(np.zeros(2), output))
    rise = (said[2:] - said[:2]) / 0.1
    places = np.logaddexp(0, said[1] - said[0]) + 1.5 * (rise**2).sum(axis=0)
    np.testing.assert_allclose(found, places.mean(axis=(1, 2)), rtol=1e-5)


def test_a_step_beside_is_one_of_the_image_alone():
    engine = make_engine(pair_spec(near=0.1))
    seen = engine.step.looks(pair_batch(5))
    image, given = (
        keras.ops.convert_to_numpy(seen[k]).reshape(4, 5, 8, 8)
        for k in ("image", "given")
    )
    np.testing.assert_array_equal(given, np.stack([given[0]] * 4))
    step = image[2:] - image[:2]
    assert np.sqrt((step**2).mean()) == pytest.approx(0.1, rel=0.1)


def test_likeness_pulls_the_generator_alone_towards_true_images():
    batch = pair_batch(4)
    moved = {
        weight: step_once(make_engine(pair_spec(likeness=weight)), batch, 1)
        for weight in (0, 10, 20)
    }
    assert_same(moved[0][1], moved[20][1], rtol=1e-6, atol=0)
    pull = [b - a for a, b in zip(moved[10][0], moved[20][0], strict=True)]
    assert_same(
        pull,
        [b - a for a, b in zip(moved[0][0], moved[10][0], strict=True)],
        atol=1e-4,
    )
    # All that is there learns, from either loss.
    assert all(np.abs(x).max() > 0 for x in pull + moved[0][0])
    assert all(np.abs(x).max() > 0 for x in moved[0][1][:-1])
    step = make_engine(pair_spec()).step
    values = [np.array(v) for v in step.model.trainable_variables]
    fixed = [v.value for v in step.model.non_trainable_variables]

    def error(changed):
        seen, _ = step._call(step.looks, changed, fixed, batch)
        image = keras.ops.convert_to_numpy(seen["image"])
        return np.abs(image[4:8] - image[:4]).astype("float64").mean()

    own = [i for i, judges in enumerate(step.judges) if not judges]
    for position, x in zip(own, pull, strict=True):
        place = np.unravel_index(np.abs(x).argmax(), x.shape)
        ends = []
        for way in (-1, 1):
            changed = [v.copy() for v in values]
            changed[position][place] += way * 1e-3
            ends.append(error(changed))
        slope = (ends[1] - ends[0]) / 2e-3
        assert x[place] == pytest.approx(-10 * slope, rel=0.05, abs=1e-3)


def edges(n=240, seed=3):
    """Blocks of two shades, and the edges between them, which are light.

    No linear filter finds an edge of either sign.
    """
    random = np.random.default_rng(seed)
    blocks = random.integers(0, 2, (n, 3, 3)).repeat(4, 1).repeat(4, 2)
    given = 60 + 130 * blocks
    rise = np.zeros((n, 12, 12), int)
    rise[:, :, 1:] = np.abs(np.diff(given, axis=2))
    return (
        given.astype("uint8").reshape(n, -1),
        (40 + rise).astype("uint8").reshape(n, -1),
    )


def filled(given, true):
    n = len(true)
    widths = {"image": true.shape[1], "given": given.shape[1]}
    rows = Rows(n, {**widths, "y": 1, "weights": 1})
    one = np.ones((1, n))
    rows.write(
        0, {"image": true.T, "given": given.T, "y": 0 * one, "weights": one}
    )
    return rows


def small(images):
    return images[:, ::9] / 255


def judge_of(given, true, last):
    noise = np.random.default_rng(5).normal(size=(len(true), 3))
    eyes = gan_judge.Eyes(None, small)

    def make(generator):
        return picture_judge.make(generator, noise, given)

    real = eyes.settle(true)
    return gan_judge.EpochJudge(eyes, real, make, 1, last, 2, True)


def toy_spec():
    size = (12, 12, 1)
    asked = pair_spec(
        size, size, generator_filters=[16, 12, 8], discriminator_filters=[8, 8]
    )
    asked["optimizer"] = {"name": "adam", "beta_1": 0.5, "ema": 0.99}
    return asked


def test_toy_pictures_are_learned():
    given, true = edges()
    rows, held = filled(given, true), slice(200, 240)
    judge = judge_of(given[held], true[held], 25)
    found = train(
        toy_spec(), rows, 200, plan(25), lambda event: False, judge=judge
    )
    generator = found["model"].get_layer("generator")
    made = judge.make(generator)
    error = picture_judge.errors(made, true[held])[0]
    # The best epoch is the one that is kept.
    best = min(found["history"]["val_loss"])
    distance = frechet.frechet(judge.eyes(made), judge.eyes(true[held]))
    assert distance == pytest.approx(best, rel=0.05, abs=1e-3)
    weights = picture_baselines.fit_filter(given[:200], true[:200], (12, 12))
    linear = picture_baselines.apply_filter(given[held], weights, (12, 12))
    mean = picture_baselines.mean_image(true[:200])
    for other in (linear, given[held], np.broadcast_to(mean, true[held].shape)):
        assert error < 0.5 * picture_judge.errors(other, true[held])[0]


def test_a_run_that_was_cut_short_ends_with_the_same_bits(tmp_path):
    given, true = edges(70)
    where = {"checkpoint": str(tmp_path), "checkpoint_epochs": 1}

    def run(until=None, **changes):
        return train(
            toy_spec(),
            filled(given, true),
            60,
            plan(3, **changes),
            lambda event: event["epoch"] == until and event["share"] == 1,
            judge=judge_of(given[60:], true[60:], 3),
        )

    whole = run()
    run(1, **where)
    again = run(resume=True, **where)
    for name in ("loss", "generator_loss", "val_loss"):
        assert again["history"][name] == whole["history"][name]
    for one, other in zip(
        whole["model"].weights, again["model"].weights, strict=True
    ):
        np.testing.assert_array_equal(
            keras.ops.convert_to_numpy(one), keras.ops.convert_to_numpy(other)
        )
