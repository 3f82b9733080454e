import keras
import numpy as np
import pytest

from deeply_backend.models import gan
from deeply_backend.models import stored
from deeply_backend.models.gan_test import spec

PAIRS = {"forms": {"makes": "unet", "judges": "patch"}, "likeness": 10.0}


def pair_spec(shape=(8, 8, 1), given=(8, 8, 1), **changes):
    return spec(
        **{
            "shape": list(shape),
            "given": list(given),
            "generator_filters": [6, 5, 4],
            "discriminator_filters": [4, 5],
            **PAIRS,
            **changes,
        }
    )


def pair_batch(n=5, shape=(8, 8, 1), given=(8, 8, 1), seed=2):
    random = np.random.default_rng(seed)
    return {
        name: random.integers(0, 256, (n, int(np.prod(s)))).astype("uint8")
        for name, s in (("image", shape), ("given", given))
    }


def numbers(x):
    return keras.ops.convert_to_numpy(x)


@pytest.mark.parametrize("channels", [(1, 3), (3, 1), (3, 3)])
@pytest.mark.parametrize("size", [(16, 16), (50, 50), (28, 21), (17, 128)])
def test_made_images_have_the_shape_asked_for(size, channels):
    given, shape = ((*size, n) for n in channels)
    model = gan.build(pair_spec(shape, given))
    assert model.get_layer("generator").output.shape == (None, *shape)
    output = numbers(model(pair_batch(2, shape, given)))
    # True, made and both a step beside; a quarter of the places of an image.
    places = [gan.sides(n, 2)[0] for n in size]
    assert output.shape == (4 * 2, *places, 1)


def test_a_patch_is_judged_by_what_lies_around_it():
    keras.utils.set_random_seed(1)
    judge = gan.build(pair_spec((40, 40, 1), (40, 40, 1))).get_layer(
        "discriminator"
    )
    random = np.random.default_rng(3)
    image, given = random.normal(size=(2, 1, 40, 40, 1)).astype("float32")
    plain = numbers(judge({"image": image, "given": given}))
    for changed in ("image", "given"):
        seen = {"image": image.copy(), "given": given.copy()}
        seen[changed][0, :4, :4] += 1
        moved = np.abs(numbers(judge(seen)) - plain)[0, :, :, 0] > 1e-6
        assert moved[0, 0] and not moved[6:, :].any() and not moved[:, 6:].any()


def test_what_is_given_is_heard_and_so_is_noise():
    keras.utils.set_random_seed(1)
    generator = gan.build(pair_spec()).get_layer("generator")
    random = np.random.default_rng(3)
    given = random.uniform(-1, 1, (3, 8, 8, 1)).astype("float32")
    given[2] = given[1]
    noise = np.float32([[1, 2, 3], [1, 2, 3], [-1, 0.5, 2]])
    made = numbers(generator({"given": given, "noise": noise}))
    assert np.abs(made[0] - made[1]).max() > 0.05
    assert np.abs(made[1] - made[2]).max() > 1e-3
    # The same at each place of the smallest maps, by their own row.
    made = numbers(generator({"given": given[[1, 1]], "noise": noise[[0, 1]]}))
    np.testing.assert_allclose(made[0], made[1], atol=1e-6)


def test_a_model_lasts_as_bytes():
    model = gan.build(pair_spec((9, 11, 3), (9, 11, 1)))
    again = stored.from_bytes(stored.to_bytes(model))
    random = np.random.default_rng(3)
    inputs = {
        "noise": np.float32([[1, -2, 0.5]]),
        "given": random.normal(size=(1, 9, 11, 1)).astype("float32"),
    }
    made = [numbers(m.get_layer("generator")(inputs)) for m in (model, again)]
    np.testing.assert_array_equal(*made)
