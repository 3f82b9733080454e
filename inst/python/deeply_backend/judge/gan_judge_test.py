import keras
import numpy as np
import pytest

from deeply_backend.judge import frechet
from deeply_backend.judge import gan_judge
from deeply_backend.models import gan
from deeply_backend.models import random_maps
from deeply_backend.models.gan_test import spec
from deeply_backend.training import adversarial
from deeply_backend.training.engine import compile_predict


def columns(images):
    return images.astype("float32") / 255


def noise(n=40, seed=1):
    return np.random.default_rng(seed).normal(size=(n, 3))


def judge(model, real, **changes):
    asked = {"every": 2, "last": 5, "film": 3, "scored": True, **changes}
    eyes = gan_judge.Eyes(None, columns)

    def make(generator):
        return gan_judge.make(generator, noise())

    return gan_judge.EpochJudge(eyes, eyes(real), make, **asked)


def test_an_epoch_is_judged_by_the_distance_to_true_images():
    keras.utils.set_random_seed(2)
    model = gan.build(spec())
    real = np.random.default_rng(3).integers(0, 256, (60, 64)).astype("uint8")
    looked = judge(model, real)
    found = [looked(model) for _ in range(5)]
    known = [np.isfinite(x["val_loss"]) for x in found]
    assert known == [True, True, False, True, True]
    made = gan_judge.make(model.get_layer("generator"), noise())
    wanted = frechet.frechet(columns(made), columns(real))
    assert found[0]["val_loss"] == pytest.approx(wanted)
    spread = [frechet.diversity(columns(x)) for x in (made, real)]
    assert found[0]["diversity"] == pytest.approx(spread[0] / spread[1])
    # The film shows the same noise each time.
    assert looked.epochs == [1, 2, 4, 5]
    np.testing.assert_array_equal(np.stack(looked.film), [made[:3]] * 4)
    again = judge(model, real)
    again.restore(looked.state())
    assert again.epochs == [1, 2, 4, 5] and again.epoch == 5
    told = judge(model, real, decides=False)(model)
    assert np.isnan(told["val_loss"])
    assert told["distance"] == found[0]["val_loss"]
    unscored = judge(model, real, scored=False)(model)
    assert np.isnan(unscored["val_loss"]) and unscored["diversity"] > 0


def test_made_images_are_bytes_of_what_the_generator_says():
    images = np.float32([-1, -0.5, 0, 1, 2, np.nan]).reshape(1, 6)
    np.testing.assert_array_equal(
        gan_judge.as_bytes(images), [[0, 64, 128, 255, 255, 128]]
    )


def test_a_generator_that_learned_by_heart_is_told_from_one_that_did_not():
    random = np.random.default_rng(4)
    # Images are smooth mixtures, as photographs of one thing are.
    basis = random.normal(size=(8, 49))
    known, unseen, honest = (
        random.normal(size=(n, 8)) @ basis for n in (500, 200, 200)
    )
    fine = gan_judge.nearness(honest, known, unseen)
    assert fine["copied"] <= 0.01 and fine["unseen"] <= 0.01
    copies = known[:200] + 0.02 * random.normal(size=(200, 49))
    caught = gan_judge.nearness(copies, known, unseen)
    assert caught["copied"] > 0.99
    np.testing.assert_array_equal(caught["nearest"], np.arange(200))
    apart = np.sqrt(np.mean((copies - known[:200]) ** 2, axis=1))
    np.testing.assert_allclose(caught["distance"], apart, rtol=1e-6)
    # What is merely plain, the mean of all, is near to many and a copy of none.
    plain = np.zeros((50, 49)) + 0.01 * random.normal(size=(50, 49))
    assert gan_judge.nearness(plain, known, unseen)["copied"] == 0
    assert np.isnan(gan_judge.nearness(honest, known, unseen[:0])["unseen"])


def test_random_maps_are_the_same_for_a_seed_and_tell_images_apart():
    models = [random_maps.build([12, 12, 3], seed) for seed in (1, 1, 2)]
    random = np.random.default_rng(5)
    images = random.integers(0, 256, (30, 432)).astype("uint8")
    first, same, other = (compile_predict(m)({"image": images}) for m in models)
    assert first.shape == (30, 448)
    np.testing.assert_array_equal(first, same)
    assert np.abs(first - other).max() > 0.01
    flat = np.full((30, 432), 128, "uint8") + (images // 32)
    flat = compile_predict(models[0])({"image": flat})
    assert frechet.frechet(first, flat) > 5 * frechet.frechet(
        first[:15], first[15:]
    )


def test_the_unit_is_what_is_seen_in_true_images():
    eyes = gan_judge.Eyes(lambda inputs: columns(inputs["image"]), columns)
    real = np.random.default_rng(3).integers(0, 99, (60, 64)).astype("uint8")
    settled = eyes.settle(real)
    assert np.mean(settled**2) == pytest.approx(1, rel=1e-5)
    np.testing.assert_allclose(eyes(real), settled)
    # Others are measured by it, and it can be settled anew.
    np.testing.assert_allclose(eyes(2 * real), 2 * settled, rtol=1e-5)
    np.testing.assert_allclose(eyes.settle(2 * real), settled, rtol=1e-5)


def test_features_that_others_know_are_taken_as_they_come():
    sizes = []

    def see(inputs):
        sizes.append(len(inputs["image"]))
        return columns(inputs["image"])

    eyes = gan_judge.Eyes(see, columns, most=25, own_unit=True)
    real = np.random.default_rng(3).integers(0, 99, (60, 64)).astype("uint8")
    np.testing.assert_array_equal(eyes.settle(real), columns(real))
    np.testing.assert_array_equal(eyes(2 * real), columns(2 * real))
    assert sizes == [25, 25, 10] * 2


def test_a_generator_that_does_not_hear_its_noise_is_named_a_collapse():
    keras.utils.set_random_seed(2)
    model = gan.build(spec())
    real = np.random.default_rng(3).integers(0, 256, (60, 64)).astype("uint8")
    looked = judge(model, real, every=1)
    history = {"diversity": [looked(model)["diversity"]]}
    history["discriminator_accuracy"] = [0.6, 0.6]
    deaf = model.get_layer("generator").get_layer("dense")
    deaf.kernel.assign(np.zeros(deaf.kernel.shape))
    history["diversity"].append(looked(model)["diversity"])
    assert adversarial.examine(history)[0] == {
        "kind": "collapsed",
        "epoch": 2 if history["diversity"][0] >= 0.4 else 1,
        "value": pytest.approx(0, abs=1e-6),
    }
