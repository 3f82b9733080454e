"""Autoencoders: rows or images through a narrow code and back."""

import keras
import numpy as np

from deeply_backend.layers.categories import OneHot
from deeply_backend.layers.coding import Bound
from deeply_backend.layers.coding import Draw
from deeply_backend.layers.coding import Hide
from deeply_backend.layers.coding import ImageError
from deeply_backend.layers.coding import TableError
from deeply_backend.layers.pixels import Pixels
from deeply_backend.models import gan
from deeply_backend.models import parts

# The decoder goes by the name that the judge of made images asks for.
ENCODER, DECODER = "encoder", gan.GENERATOR
ERROR = "error"

# Of the dense layer between maps and code.
MOST_UNITS = 256


def build(spec, sample=None):
    """Builds an encoder and a decoder, and from both what a row costs.

    Hinton & Salakhutdinov (2006), Reducing the Dimensionality of Data with
    Neural Networks; with `variational` Kingma & Welling (2014), Auto-Encoding
    Variational Bayes.

    Args:
        spec: Dict with `code_units`, `variational`, `beta` (see `Bound`) and
            `noise` (see `Hide`); of images `shape` (height, width, channels),
            `encoder_filters` (maps of each stage, from large to small ones) and
            `generator_filters` (see `gan.build()`); of a table `n_numeric`,
            `flags`, `levels` (see `TableError`), `hidden_units` of the encoder,
            which the decoder has in reverse, and `activation`.
        sample: Not used.

    Input shape:
        A dict: `image` `(batch, height * width * channels)` uint8, or `numeric`
        `(batch, n_numeric)` float32 and `category` `(batch, columns)` int32.

    Output shape:
        `(batch, 1)`: what the row costs, which is the loss.

    Returns:
        A `keras.Model` with the models "encoder", which gives codes or means
        and log variances of them, and "generator", which takes a code as
        `noise`, and the layer "error".
    """
    kind = _images if "shape" in spec else _table
    inputs, encoder, decoder, compare = kind(spec)
    found = encoder(inputs)
    code = Draw(name="code")(found) if spec["variational"] else found
    error = compare(inputs, decoder({"noise": code}))
    if spec["variational"]:
        error = Bound(spec["beta"], name="output")([error, found])
    return keras.Model(inputs, error, name="coder")


def _code(x, spec):
    """The last layer of an encoder."""
    units = int(spec["code_units"]) * (2 if spec["variational"] else 1)
    return keras.layers.Dense(units, name="code")(x)


def _images(spec):
    shape = [int(n) for n in spec["shape"]]
    half = [0.5] * shape[2]

    def pixels(image):
        return Pixels(shape, half, half, name="pixels")(image)

    def entry():
        return {
            "image": keras.Input(
                (int(np.prod(shape)),), dtype="uint8", name="image"
            )
        }

    inner = entry()
    x = pixels(inner["image"])
    if spec["noise"] > 0:
        x = Hide(spec["noise"], empty=-1, name="hide")(x)
    for stage, filters in enumerate(np.atleast_1d(spec["encoder_filters"]), 1):
        x = keras.layers.Conv2D(
            int(filters),
            3,
            strides=2,
            padding="same",
            kernel_initializer="he_normal",
            name=f"conv_{stage}",
        )(x)
        x = parts.activation("leaky_relu", stage)(x)
    x = keras.layers.Flatten(name="flatten")(x)
    x = keras.layers.Dense(
        MOST_UNITS, kernel_initializer="he_normal", name="dense"
    )(x)
    x = parts.activation("leaky_relu", "dense")(x)
    encoder = keras.Model(inner, _code(x, spec), name=ENCODER)
    decoder = gan.GENERATORS["resize"](
        shape, 0, {**spec, "noise_units": spec["code_units"]}
    )

    def compare(inputs, made):
        error = ImageError(spec["variational"], name=ERROR)
        return error([pixels(inputs["image"]), made])

    return entry(), encoder, decoder, compare


def _table(spec):
    n_numeric = int(spec["n_numeric"])
    levels = [int(size) for size in np.atleast_1d(spec["levels"])]
    units = [int(n) for n in np.atleast_1d(spec["hidden_units"])]

    def entry():
        inputs = {}
        if n_numeric > 0:
            inputs["numeric"] = keras.Input((n_numeric,), name="numeric")
        if levels:
            inputs["category"] = keras.Input(
                (len(levels),), dtype="int32", name="category"
            )
        return inputs

    inner = entry()
    columns = dict(inner)
    if spec["noise"] > 0:
        columns = {
            name: Hide(spec["noise"], name=f"hide_{name}")(x)
            for name, x in inner.items()
        }
    if levels:
        columns["category"] = OneHot(levels, name="one_hot")(
            columns["category"]
        )
    x = list(columns.values())
    x = x[0] if len(x) == 1 else keras.layers.Concatenate(name="columns")(x)
    x = _dense(x, units, spec)
    encoder = keras.Model(inner, _code(x, spec), name=ENCODER)
    code = keras.Input((int(spec["code_units"]),), name="noise")
    x = _dense(code, units[::-1], spec)
    x = keras.layers.Dense(n_numeric + sum(levels), name="made")(x)
    decoder = keras.Model({"noise": code}, x, name=DECODER)

    def compare(inputs, made):
        error = TableError(
            spec["flags"], levels, spec["variational"], name=ERROR
        )
        return error({"made": made, **inputs})

    return entry(), encoder, decoder, compare


def _dense(x, units, spec):
    for position, width in enumerate(units, start=1):
        x = keras.layers.Dense(
            width,
            kernel_initializer=parts.INITIALIZERS.get(
                spec["activation"], "glorot_uniform"
            ),
            name=f"dense_{position}",
        )(x)
        x = parts.activation(spec["activation"], position)(x)
    return x
