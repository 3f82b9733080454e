"""Generative adversarial networks: both networks as parts of one model."""

import keras
import numpy as np

from deeply_backend.layers.adversarial import Agreement
from deeply_backend.layers.adversarial import Disguise
from deeply_backend.layers.adversarial import Nearby
from deeply_backend.layers.adversarial import Noise
from deeply_backend.layers.adversarial import Together
from deeply_backend.layers.adversarial import Within
from deeply_backend.layers.dropout import Dropout
from deeply_backend.layers.pixels import Pixels
from deeply_backend.models.pictures import patch_discriminator
from deeply_backend.models.pictures import unet_generator
from deeply_backend.models.stages import convolve
from deeply_backend.models.stages import cut
from deeply_backend.models.stages import ints
from deeply_backend.models.stages import leaky
from deeply_backend.models.stages import sides

GENERATOR, DISCRIMINATOR = "generator", "discriminator"

# Maps are no smaller than this where a generator begins.
LEAST_SIDE = 4

# Of class vectors that a generator is given beside its noise.
CLASS_UNITS = 32


def build(spec, sample=None):
    """Builds a generator and a discriminator that looks at its images.

    Goodfellow et al. (2014), Generative Adversarial Nets; Radford, Metz &
    Chintala (2016), Unsupervised Representation Learning with Deep
    Convolutional Generative Adversarial Networks ("dcgan").

    Args:
        spec: Dict with `shape` (height, width, channels), `noise_units`,
            `classes` (their number, 0: none), `generator_filters` (maps of each
            stage, from small to large images), `discriminator_filters` (from
            large to small ones), `forms` (dict of `makes`, a key of
            `GENERATORS`, and `judges`, one of `DISCRIMINATORS`), `near`
            (size of the step at which slopes are looked at, 0: none), `shift`
            and `cover` (see `Disguise`), `dropout` (of the discriminator),
            `naming` (whether the discriminator names classes too) and, where
            images are made from others, `given` (the shape of these).
        sample: Not used.

    Input shape:
        A dict: `image` `(batch, height * width * channels)` uint8, with
        classes `category` `(batch, 1)` int32, and `given` as `image`.

    Output shape:
        `(kinds * batch, 1 or 1 + classes)`: what the discriminator says (a
        logit, and with `naming` those of the classes) of all images, then of
        those made in their place, and with `near` of both a step beside. Of
        patches `(kinds * batch, places down, places across, 1)`.

    Returns:
        A `keras.Model` with the models "generator" and "discriminator" in it;
        `looks()` is what lies before the latter.
    """
    shape = [int(n) for n in spec["shape"]]
    classes = int(spec["classes"])
    image = keras.Input((int(np.prod(shape)),), dtype="uint8", name="image")
    inputs = {"image": image}
    if classes > 0:
        inputs["category"] = keras.Input((1,), dtype="int32", name="category")
    real = _lit(image, shape, "pixels")
    wish = {k: x for k, x in inputs.items() if k == "category"}
    if spec.get("given") is not None:
        given = ints(spec["given"])
        inputs["given"] = keras.Input(
            (int(np.prod(given)),), dtype="uint8", name="given"
        )
        wish["given"] = _lit(inputs["given"], given, "pixels_given")
    noise = Noise(spec["noise_units"], name="noise")(image)
    forms = spec["forms"]
    generator = GENERATORS[forms["makes"]](shape, classes, spec)
    discriminator = DISCRIMINATORS[forms["judges"]](shape, classes, spec)
    made = generator({"noise": noise, **wish})
    seen = _seen({"real": real, "made": made}, spec)
    looks = {"image": Together(name="look_image")(seen)}
    for key, values in wish.items():
        together = Together(name=f"look_{key}")
        looks[key] = together([values] * len(seen))
    return keras.Model(inputs, discriminator(looks), name="gan")


def _lit(image, shape, name):
    """Bytes as an image from -1 to 1."""
    half = [0.5] * shape[2]
    return Pixels(shape, half, half, name=name)(image)


def _seen(kinds, spec):
    """What the discriminator sees of true and of made images."""
    seen = []
    for name, images in kinds.items():
        if spec["shift"] > 0 or spec["cover"] > 0:
            images = Disguise(
                spec["shift"], spec["cover"], name=f"disguise_{name}"
            )(images)
        seen.append(images)
    if spec["near"] > 0:
        seen += [
            Nearby(spec["near"], name=f"near_{name}")(images)
            for name, images in zip(kinds, seen, strict=True)
        ]
    return seen


def looks(model):
    """The part of a `build()` that ends where the discriminator begins."""
    found = {
        layer.name.removeprefix("look_"): layer.output
        for layer in model.layers
        if isinstance(layer, Together)
    }
    return keras.Model(model.input, found, name="looks")


def _generator_inputs(classes, spec):
    inputs = {
        "noise": keras.Input((int(spec["noise_units"]),), name="noise"),
    }
    x = inputs["noise"]
    if classes > 0:
        inputs["category"] = keras.Input((1,), dtype="int32", name="category")
        wish = keras.layers.Embedding(classes, CLASS_UNITS, name="wish")
        wish = keras.layers.Flatten(name="wish_flat")(wish(inputs["category"]))
        x = keras.layers.Concatenate(name="start")([x, wish])
    return inputs, x


def _begin(x, shape, filters):
    """Noise as the first maps, and the sides of those to come."""
    heights, widths = (sides(n, len(filters)) for n in shape[:2])
    x = keras.layers.Dense(
        heights[0] * widths[0] * filters[0],
        kernel_initializer="he_normal",
        name="dense",
    )(x)
    x = keras.layers.Reshape((heights[0], widths[0], filters[0]), name="maps")(
        x
    )
    return x, list(zip(heights[1:], widths[1:], strict=True))


def _resizing_generator(shape, classes, spec):
    """Stages of growing by repetition and a convolution.

    Odena, Dumoulin & Olah (2016), Deconvolution and Checkerboard Artifacts. An
    autoencoder's images are made by it.
    """
    filters = ints(spec["generator_filters"])
    inputs, x = _generator_inputs(classes, spec)
    x, grown = _begin(x, shape, filters)
    x = leaky(x, "begin")
    for stage, side in enumerate(grown, start=1):
        width = filters[min(stage, len(filters) - 1)]
        x = convolve(x, width, f"{stage}")
        x = keras.layers.UpSampling2D(2, name=f"grow_{stage}")(x)
        x = cut(x, side, f"cut_{stage}")
    x = convolve(x, filters[-1], "full")
    x = keras.layers.Conv2D(shape[2], 3, padding="same", name="light")(x)
    x = Within(name="made")(x)
    return keras.Model(inputs, x, name=GENERATOR)


def _discriminator_inputs(shape, classes):
    inputs = {"image": keras.Input(shape, name="image")}
    if classes > 0:
        inputs["category"] = keras.Input((1,), dtype="int32", name="category")
    return inputs


def _verdict(inputs, x, classes, spec):
    x = keras.layers.Flatten(name="flatten")(x)
    if spec["dropout"] > 0:
        x = Dropout(spec["dropout"], name="dropout")(x)
    said = keras.layers.Dense(1, name="said")(x)
    if classes > 0:
        fits = Agreement(classes, name="fits")([x, inputs["category"]])
        said = keras.layers.Add(name="verdict")([said, fits])
    if classes > 0 and spec["naming"] > 0:
        called = keras.layers.Dense(classes, name="called")(x)
        said = keras.layers.Concatenate(name="all_said")([said, called])
    return keras.Model(inputs, said, name=DISCRIMINATOR)


def _dcgan_generator(shape, classes, spec):
    """Transposed convolutions, batch normalisation and ReLU."""
    filters = ints(spec["generator_filters"])
    inputs, x = _generator_inputs(classes, spec)
    x, grown = _begin(x, shape, filters)
    x = _normal(x, "begin")
    for stage, side in enumerate(grown, start=1):
        last = stage == len(grown)
        width = shape[2] if last else filters[stage]
        x = keras.layers.Conv2DTranspose(
            width,
            4,
            strides=2,
            padding="same",
            use_bias=last,
            activation="tanh" if last else None,
            name=f"transposed_{stage}",
        )(x)
        x = cut(x, side, f"cut_{stage}")
        x = x if last else _normal(x, f"{stage}")
    return keras.Model(inputs, x, name=GENERATOR)


def _normal(x, place):
    x = keras.layers.BatchNormalization(
        momentum=0.9, name=f"batch_norm_{place}"
    )(x)
    return keras.layers.ReLU(name=f"relu_{place}")(x)


def _dcgan_discriminator(shape, classes, spec):
    """Strided convolutions, leaky ReLU and dropout.

    Without batch normalisation: images are judged one by one.
    """
    inputs = _discriminator_inputs(shape, classes)
    x = inputs["image"]
    for stage, width in enumerate(ints(spec["discriminator_filters"]), 1):
        x = keras.layers.Conv2D(
            width, 4, strides=2, padding="same", name=f"conv_{stage}"
        )(x)
        x = leaky(x, f"{stage}")
    return _verdict(inputs, x, classes, spec)


GENERATORS = {
    "resize": _resizing_generator,
    "dcgan": _dcgan_generator,
    "unet": unet_generator,
}
DISCRIMINATORS = {
    "dcgan": _dcgan_discriminator,
    "patch": patch_discriminator,
}
