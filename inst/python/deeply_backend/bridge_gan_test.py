import keras
import numpy as np

from deeply_backend import bridge_gan
from deeply_backend.data.images import reshape
from deeply_backend.data.rows import Rows
from deeply_backend.models import stored


def tiny(shape=(12, 12, 3)):
    keras.utils.set_random_seed(4)
    image = keras.Input(shape)
    maps = keras.layers.Conv2D(5, 3, activation="relu")(image)
    return keras.Model(image, maps, name="tiny")


def backbone(model, shape):
    mean, sd = [0.4, 0.5, 0.6], [0.2, 0.3, 0.4]
    return {
        "backbone": stored.to_bytes(model),
        "shape": np.array(shape),
        "mean": mean,
        "sd": sd,
        "reverse": False,
    }


def seen_by_hand(model, images):
    x = (images.astype("float32") / 255 - [0.4, 0.5, 0.6]) / [0.2, 0.3, 0.4]
    maps = keras.ops.convert_to_numpy(model(x.astype("float32")))
    return maps.mean(axis=(1, 2))


def test_a_backbone_sees_grey_images_at_its_size_in_three_channels():
    model = tiny()
    images = np.random.default_rng(1).integers(0, 256, (7, 8, 10, 1), np.uint8)
    spec = backbone(model, (12, 12, 3))
    eyes = bridge_gan.gan_eyes([8, 10, 1], backbone=spec, own_unit=True)
    found = eyes(images.reshape(7, -1))
    assert found.shape == (7, 5)
    large = reshape(images, (12, 12, 3), "stretch").reshape(7, 12, 12, 3)
    assert (large[..., 0] == large[..., 2]).all()
    wanted = seen_by_hand(model, large)
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


def test_a_backbone_sees_images_of_its_size_as_they_are():
    model = tiny()
    images = np.random.default_rng(2).integers(0, 256, (6, 12, 12, 3), np.uint8)
    spec = backbone(model, (12, 12, 3))
    eyes = bridge_gan.gan_eyes([12, 12, 3], backbone=spec)
    wanted = seen_by_hand(model, images)
    settled = eyes.settle(images.reshape(6, -1))
    unit = np.sqrt(np.mean(wanted**2))
    np.testing.assert_allclose(settled, wanted / unit, rtol=1e-4, atol=1e-5)


def test_of_a_classifier_counts_what_its_output_is_made_of():
    image = keras.Input((16,), dtype="uint8", name="image")
    x = keras.layers.Rescaling(1 / 255)(image)
    x = keras.layers.Dense(6, activation="relu", name="hidden")(x)
    model = keras.Model(
        {"image": image}, keras.layers.Dense(2, name="output")(x)
    )
    images = np.random.default_rng(3).integers(0, 256, (5, 16), np.uint8)
    found = bridge_gan.gan_eyes([4, 4, 1], stored.to_bytes(model))(images)
    kernel, bias = model.get_layer("hidden").get_weights()
    wanted = np.maximum(images / 255 @ kernel + bias, 0)
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


def filled(images):
    data = Rows(len(images), {"image": images.shape[1], "y": 1, "weights": 1})
    data.write(0, {"image": images.T})
    return data


def test_the_nearest_image_is_found_and_a_copy_named():
    random = np.random.default_rng(4)
    known = random.integers(0, 256, (30, 64), np.uint8)
    made = np.stack([known[17], random.integers(0, 256, 64, np.uint8)])
    made[0, 0] ^= 4
    found = bridge_gan.gan_nearest(filled(made), filled(known), [8, 8, 1])
    apart = np.sqrt(np.square((made[:, None] - known / 1.0) / 255).mean(axis=2))
    np.testing.assert_array_equal(found["nearest"], apart.argmin(axis=1))
    np.testing.assert_allclose(found["distance"], apart.min(axis=1), rtol=1e-5)
    assert found["nearest"][0] == 17
    np.testing.assert_array_equal(found["copy"], [1, 0])
