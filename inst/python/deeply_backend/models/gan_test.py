import keras
import numpy as np
import pytest

from deeply_backend.models import gan
from deeply_backend.models import stored


def spec(**changes):
    return {
        "model": "gan",
        "loss": "adversarial",
        "mixed_precision": False,
        "optimizer": {"name": "adam", "beta_1": 0.0},
        "shape": [8, 8, 1],
        "noise_units": 3,
        "classes": 0,
        "generator_filters": [8, 6],
        "discriminator_filters": [8],
        "forms": {"makes": "resize", "judges": "dcgan"},
        "near": 0.1,
        "shift": 0,
        "cover": 0,
        "dropout": 0,
        "game": "relativistic",
        "slope_penalty": 1.0,
        "unit_slope": 0,
        "naming": 0,
        "two_times": 1.0,
        **changes,
    }


DCGAN = {
    "forms": {"makes": "dcgan", "judges": "dcgan"},
    "near": 0,
    "dropout": 0.2,
    "game": "logistic",
}
WASSERSTEIN = {
    "forms": {"makes": "dcgan", "judges": "dcgan"},
    "near": 0,
    "game": "wasserstein",
    "unit_slope": 10.0,
}


def batch(n=5, shape=(8, 8, 1), classes=0, seed=2):
    random = np.random.default_rng(seed)
    pixels = int(np.prod(shape))
    inputs = {"image": random.integers(0, 256, (n, pixels)).astype("uint8")}
    if classes:
        inputs["category"] = (np.arange(n, dtype="int32") % classes)[:, None]
    return inputs


@pytest.mark.parametrize("form", [{}, DCGAN], ids=["resize", "dcgan"])
@pytest.mark.parametrize("classes", [0, 3])
@pytest.mark.parametrize(
    "shape", [(16, 16, 1), (50, 50, 3), (28, 21, 1), (9, 128, 3)]
)
def test_made_images_have_the_shape_asked_for(shape, classes, form):
    filters = {"generator_filters": [6, 5, 4], "discriminator_filters": [4, 4]}
    model = gan.build(spec(shape=shape, classes=classes, **{**form, **filters}))
    made = model.get_layer("generator").output
    assert made.shape == (None, *shape)
    inputs = batch(2, shape, classes)
    output = keras.ops.convert_to_numpy(model(inputs))
    assert output.shape == (2 * 2 if form else 4 * 2, 1)
    noise = {"noise": np.float32([[9, -9, 9], [0, 0, 0]])}
    if classes:
        noise["category"] = inputs["category"]
    images = keras.ops.convert_to_numpy(model.get_layer("generator")(noise))
    assert np.abs(images).max() <= 1 if form else np.isfinite(images).all()


def test_maps_double_as_the_source_has_it():
    assert gan.sides(50, 1) == [25, 50]
    assert gan.sides(50, 3) == [7, 13, 25, 50]
    assert gan.sides(28, 2) == [7, 14, 28]


def test_a_model_lasts_as_bytes():
    model = gan.build(spec(classes=3, shift=0.1, cover=0.3))
    again = stored.from_bytes(stored.to_bytes(model))
    inputs = {
        "noise": np.float32([[1, -2, 0.5]]),
        "category": np.int32([[2]]),
    }
    made = [
        keras.ops.convert_to_numpy(m.get_layer("generator")(inputs))
        for m in (model, again)
    ]
    np.testing.assert_array_equal(*made)


def test_a_class_changes_what_is_made_and_what_fits():
    keras.utils.set_random_seed(1)
    model = gan.build(spec(classes=3))
    noise = np.float32([[1, -2, 0.5]] * 3)
    codes = np.int32([[0], [1], [1]])
    made = keras.ops.convert_to_numpy(
        model.get_layer("generator")({"noise": noise, "category": codes})
    )
    assert np.abs(made[0] - made[1]).max() > 1e-3
    np.testing.assert_allclose(made[1], made[2], atol=1e-6)
    judge = model.get_layer("discriminator")
    said = keras.ops.convert_to_numpy(
        judge({"image": np.repeat(made[:1], 3, axis=0), "category": codes})
    )
    # A projection: the difference is the product with that of two vectors.
    features = keras.Model(judge.input, judge.get_layer("flatten").output)(
        {"image": made[:1], "category": codes[:1]}
    )
    vectors = keras.ops.convert_to_numpy(judge.get_layer("fits").vectors)
    wanted = keras.ops.convert_to_numpy(features)[0] @ (vectors[1] - vectors[0])
    assert said[1, 0] - said[0, 0] == pytest.approx(wanted, rel=1e-3)
