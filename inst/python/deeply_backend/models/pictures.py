"""Image to image: a U-Net that makes images and a judge of their patches.

Isola, Zhu, Zhou & Efros (2017), Image-to-Image Translation with Conditional
Adversarial Networks ("pix2pix").
"""

import keras

from deeply_backend.layers.adversarial import Grain
from deeply_backend.layers.adversarial import Within
from deeply_backend.models.stages import convolve
from deeply_backend.models.stages import cut
from deeply_backend.models.stages import ints


def unet_generator(shape, classes, spec):
    """Stages down to few pixels and up again, each beside its equal.

    Ronneberger, Fischer & Brox (2015), U-Net: Convolutional Networks for
    Biomedical Image Segmentation. Maps grow by repetition, as those of
    `gan.build()`; noise joins in where they are smallest.

    Args:
        shape: Height, width and channels of the images to make.
        classes: Not used.
        spec: Dict with `given` (height, width and channels of what they are
            made from), `noise_units` and `generator_filters` (maps of each
            stage, from small to large images).

    Input shape:
        A dict: `given` `(batch, height, width, channels)` from -1 to 1, and
        `noise` `(batch, noise_units)`.

    Output shape:
        `(batch, *shape)`.
    """
    filters = ints(spec["generator_filters"])[::-1]
    given = keras.Input(ints(spec["given"]), name="given")
    noise = keras.Input((int(spec["noise_units"]),), name="noise")
    x, kept = given, []
    for stage, width in enumerate(filters):
        x = convolve(x, width, f"down_{stage}", strides=2 if stage else 1)
        kept.append(x)
    x = _stir(x, noise)
    for stage in reversed(range(len(filters) - 1)):
        beside = kept[stage]
        x = keras.layers.UpSampling2D(2, name=f"grow_{stage}")(x)
        x = cut(x, beside.shape[1:3], f"cut_{stage}")
        x = keras.layers.Concatenate(name=f"beside_{stage}")([x, beside])
        x = Grain(stage, name=f"grain_{stage}")([x, noise])
        x = convolve(x, filters[stage], f"up_{stage}")
    x = keras.layers.Conv2D(shape[2], 3, padding="same", name="light")(x)
    x = Within(name="made")(_beside(given, x))
    return keras.Model({"given": given, "noise": noise}, x, name="generator")


def _beside(given, x):
    """What is to be added to the image given, where that can be done.

    Kim, Lee & Lee (2016), Accurate Image Super-Resolution Using Very Deep
    Convolutional Networks: most of the image need not be learned.
    """
    wanted, there = x.shape[-1], given.shape[-1]
    if there == 1 and wanted > 1:
        given = keras.layers.Concatenate(name="grey")([given] * wanted)
    elif there != wanted:
        return x
    return keras.layers.Add(name="changed")([given, x])


def _stir(x, noise):
    """Maps with noise in them, the same at each place."""
    width = x.shape[-1]
    stirred = keras.layers.Dense(width, name="stir")(noise)
    stirred = keras.layers.Reshape((1, 1, width), name="stir_maps")(stirred)
    x = keras.layers.Add(name="stirred")([x, stirred])
    return convolve(x, width, "middle")


def patch_discriminator(shape, classes, spec):
    """Convolutions that say of each patch whether it fits what was given.

    Without batch normalisation: images are judged one by one.

    Args:
        shape: Height, width and channels of the images.
        classes: Not used.
        spec: Dict with `given` and `discriminator_filters` (maps of each stage
            that steps over pixels).

    Input shape:
        A dict of `image` and `given`, `(batch, height, width, channels)` each.

    Output shape:
        `(batch, places down, places across, 1)` logits.
    """
    filters = ints(spec["discriminator_filters"])
    inputs = {
        "image": keras.Input(shape, name="image"),
        "given": keras.Input(ints(spec["given"]), name="given"),
    }
    x = keras.layers.Concatenate(name="pair")(list(inputs.values()))
    for stage, width in enumerate(filters, 1):
        x = convolve(x, width, f"{stage}", strides=2)
    x = convolve(x, filters[-1], "around")
    said = keras.layers.Conv2D(1, 3, padding="same", name="said")(x)
    return keras.Model(inputs, said, name="discriminator")
