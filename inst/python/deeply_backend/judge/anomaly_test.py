import keras
import numpy as np
import pytest
from scipy import optimize

from deeply_backend.judge import anomaly
from deeply_backend.judge import gan_judge
from deeply_backend.models import gan
from deeply_backend.models.gan_test import spec


def noise(n=60, units=3, seed=1):
    return np.random.default_rng(seed).normal(size=(n, units))


def linear_model(matrix, side=4):
    """A generator that multiplies, and a discriminator that sees pixels."""
    units = len(matrix)
    start = keras.Input((units,), name="noise")
    x = keras.layers.Dense(side * side, use_bias=False, name="dense")(start)
    x = keras.layers.Reshape((side, side, 1), name="made")(x)
    generator = keras.Model({"noise": start}, x, name=gan.GENERATOR)
    generator.get_layer("dense").set_weights([np.float32(matrix)])
    image = keras.Input((side, side, 1), name="image")
    x = keras.layers.Flatten(name="flatten")(image)
    said = keras.layers.Dense(1, name="said")(x)
    judge = keras.Model({"image": image}, said, name=gan.DISCRIMINATOR)
    seen = keras.Input((side, side, 1), name="seen")
    begin = keras.layers.Flatten(name="begin")(seen)
    begin = keras.layers.Dense(units, name="noise_of")(begin)
    output = judge({"image": generator({"noise": begin})})
    return keras.Model(seen, output)


def least_absolute(matrix, goal):
    """The least mean absolute difference, by linear programming.

    Barrodale & Roberts (1973), An Improved Algorithm for Discrete L1 Linear
    Approximation.
    """
    units, pixels = matrix.shape
    cost = np.concatenate([np.zeros(units), np.ones(pixels)])
    each = np.eye(pixels)
    above = np.block([[matrix.T, -each], [-matrix.T, -each]])
    limits = np.concatenate([goal, -goal])
    bounds = [(None, None)] * units + [(0, None)] * pixels
    found = optimize.linprog(cost, above, limits, bounds=bounds)
    return found.fun / pixels


def test_the_search_comes_as_near_as_a_linear_generator_can():
    random = np.random.default_rng(3)
    matrix = 0.15 * random.normal(size=(3, 16))
    images = random.integers(40, 216, (7, 16)).astype("uint8")
    search = anomaly.Search(linear_model(matrix), noise(400), None, 0, 40)
    found = search(images)
    light = images / 127.5 - 1
    # Pixels from 0 to 1, where the generator's go from -1 to 1.
    wanted = np.array([least_absolute(matrix, x) for x in light]) / 2
    assert np.all(found > wanted - 1e-5)
    np.testing.assert_allclose(found, wanted, rtol=0.01)
    # Least squares are no nearer by this distance.
    noise_of = np.linalg.lstsq(matrix.T, light.T, rcond=None)[0]
    apart = np.abs(noise_of.T @ matrix - light).mean(axis=1) / 2
    assert np.all(found < apart * 1.01)
    # Where the discriminator sees pixels, its part is that of these.
    half = anomaly.Search(linear_model(matrix), noise(400), None, 0.5, 40)
    unit = np.abs(noise(400)[: half.rows] @ matrix).mean()
    assert half.unit == pytest.approx(unit, rel=0.02)
    np.testing.assert_allclose(
        half(images), found * (0.5 + 1 / half.unit), rtol=0.02
    )


@pytest.mark.parametrize("classes", [0, 3])
def test_what_is_made_is_known_and_noise_is_strange(classes):
    keras.utils.set_random_seed(2)
    model = gan.build(spec(classes=classes))
    generator = model.get_layer(gan.GENERATOR)
    codes = np.arange(60) % classes if classes else None
    search = anomaly.Search(model, noise(), codes, 0.1, 20)
    begun = gan_judge.make(generator, noise(), codes)
    # Bytes are rounded, which is all that is left.
    assert search(begun).max() < 0.005
    made = gan_judge.make(
        generator,
        0.7 * noise(20, seed=5),
        None if codes is None else codes[:20],
    )
    strange = np.random.default_rng(4).integers(0, 256, (20, 64))
    known, unknown = search(made), search(strange.astype("uint8"))
    assert known.max() < unknown.min() / 3
    np.testing.assert_array_equal(search(made), known)
    # Steps bring it nearer than the image it began at.
    none = anomaly.Search(model, noise(), codes, 0.1, 0)(made)
    assert np.all(known <= none) and known.mean() < none.mean() / 2


def test_scores_are_of_their_own_image_in_any_batch():
    keras.utils.set_random_seed(2)
    model = gan.build(spec())
    search = anomaly.Search(model, noise(), None, 0.1, 10)
    images = np.random.default_rng(4).integers(0, 256, (11, 64))
    images = images.astype("uint8")
    whole = search(images)
    search.rows = 4
    np.testing.assert_allclose(search(images), whole, rtol=1e-3)
    np.testing.assert_allclose(search(images[::-1])[::-1], whole, rtol=1e-3)


def test_bytes_are_light_as_the_generator_makes_it():
    light = anomaly.as_light(np.uint8([[0, 51, 204, 255]]), [2, 2, 1])
    np.testing.assert_allclose(light.reshape(-1), [-1, -0.6, 0.6, 1], rtol=1e-6)
