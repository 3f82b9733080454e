"""Convolutional networks for images: stacked, residual, and both."""

import keras
import numpy as np

from deeply_backend.layers.dropout import Dropout
from deeply_backend.layers.pixels import Augment
from deeply_backend.layers.pixels import Pixels
from deeply_backend.layers.shortcut import Shortcut
from deeply_backend.models import parts

# Keras' own 0.99 takes a thousand steps to forget the start; small sets of
# images do not have that many.
MOMENTUM = 0.9


def build(spec, sample=None):
    """Builds the network for images.

    Args:
        spec: Dict with `shape` (height, width, channels), `mean` and `sd` (of
            each channel, where white is 1), `augment` (arguments of `Augment`)
            and `mirrored` (see `Pixels`); `form` ("stacked" or "residual") and
            its parts, see `_stacked()` and `_residual()`; `activation`,
            `normalization` ("none" or "batch"), `dropout`, `l1`, `l2`,
            `outputs` and `output_bias`.
        sample: Not used: what images teach is in the spec.

    Input shape:
        A dict: `image` `(batch, height * width * channels)` uint8.

    Output shape:
        `(batch, outputs)`, float32: logits, or standardised values.

    Returns:
        A `keras.Model`.
    """
    shape = [int(n) for n in spec["shape"]]
    image = keras.Input((int(np.prod(shape)),), dtype="uint8", name="image")
    x = Pixels(
        shape, spec["mean"], spec["sd"], bool(spec["mirrored"]), name="pixels"
    )(image)
    augment = spec["augment"]
    if any(augment.values()):
        x = Augment(**augment, name="augment")(x)
    x = FORMS[spec["form"]](x, spec)
    layer = parts.output(spec)
    x = layer(x)
    parts.start_at_shares(layer, spec)
    return keras.Model({"image": image}, x, name="cnn")


def _stacked(x, spec):
    """Stages of convolutions, each made smaller by pooling; then dense layers.

    `spec` has for each stage `filters`, `blocks` (its convolutions) and
    `padding`, for all `kernel_size`, `strides` and `pooling` ("max", "average"
    or "none"), and `hidden_units` of the dense layers.
    """
    place = 0
    for stage, (filters, blocks, padding) in enumerate(
        zip(
            _ints(spec["filters"]),
            _ints(spec["blocks"]),
            _ints(spec["padded"]),
            strict=True,
        ),
        start=1,
    ):
        for _ in range(blocks):
            place += 1
            x = _convolve(
                x,
                spec,
                place,
                filters,
                strides=int(spec["strides"]),
                padding="same" if padding else "valid",
            )
        if spec["pooling"] != "none":
            x = POOLINGS[spec["pooling"]](2, name=f"pool_{stage}")(x)
        x = _dropped(x, spec, f"dropout_{stage}")
    x = keras.layers.Flatten(name="flatten")(x)
    for place, units in enumerate(_ints(spec["hidden_units"]), start=1):
        x = keras.layers.Dense(units, name=f"dense_{place}", **_weights(spec))(
            x
        )
        x = parts.activation(spec["activation"], f"dense_{place}")(x)
        x = _dropped(x, spec, f"dense_dropout_{place}")
    return x


def _residual(x, spec):
    """Blocks that add to what they are given; then the mean of each map.

    He et al. (2016), Deep Residual Learning for Image Recognition.

    `spec` has `filters` and `blocks` of each stage, `kernel_size`, and
    `residual` (False: the same without shortcuts).
    """
    filters, blocks = _ints(spec["filters"]), _ints(spec["blocks"])
    x = _convolve(x, spec, "stem", filters[0])
    for stage, (width, count) in enumerate(
        zip(filters, blocks, strict=True), start=1
    ):
        for block in range(1, count + 1):
            strides = 2 if stage > 1 and block == 1 else 1
            x = _block(x, spec, f"{stage}_{block}", width, strides)
    x = keras.layers.GlobalAveragePooling2D(name="mean")(x)
    return _dropped(x, spec, "dropout")


def _pooled(x, spec):
    """Convolutions that are pooled, and blocks that add to what comes of them.

    After Page (2018), How to Train Your ResNet. What is small shows in the
    maximum of its neighbourhood, where a stride may pass over it.

    `spec` has `filters` and `blocks` of each stage, `kernel_size`, `stem`
    (stride of the first convolution, which has half the maps of the first
    stage) and `residual`.
    """
    filters, blocks = _ints(spec["filters"]), _ints(spec["blocks"])
    first = -(-filters[0] // 2)
    x = _convolve(x, spec, "stem", first, strides=int(spec["stem"]))
    for stage, (width, count) in enumerate(
        zip(filters, blocks, strict=True), start=1
    ):
        x = _convolve(x, spec, f"{stage}", width)
        x = keras.layers.MaxPooling2D(2, padding="same", name=f"pool_{stage}")(
            x
        )
        for block in range(1, count + 1):
            x = _block(x, spec, f"{stage}_{block}", width)
    x = keras.layers.GlobalAveragePooling2D(name="mean")(x)
    return _dropped(x, spec, "dropout")


def _block(x, spec, place, filters, strides=1):
    """The last normalisation starts at zero, and the block as the identity.

    Goyal et al. (2017), Accurate, Large Minibatch SGD.
    """
    y = _convolve(x, spec, f"{place}_a", filters, strides=strides)
    y = _convolve(
        y, spec, f"{place}_b", filters, activate=False, zero=spec["residual"]
    )
    if spec["residual"]:
        if strides > 1 or x.shape[-1] != filters:
            x = Shortcut(filters, strides, name=f"shortcut_{place}")(x)
        y = keras.layers.Add(name=f"add_{place}")([x, y])
    return parts.activation(spec["activation"], place)(y)


def _convolve(
    x,
    spec,
    place,
    filters,
    strides=1,
    padding="same",
    activate=True,
    zero=False,
):
    """Convolution, then normalisation and activation as asked."""
    normal = spec["normalization"] == "batch"
    x = keras.layers.Conv2D(
        filters,
        int(spec["kernel_size"]),
        strides=strides,
        padding=padding,
        # Batch norm takes the mean away, and a bias with it.
        use_bias=not normal,
        name=f"conv_{place}",
        **_weights(spec, zero=zero and not normal),
    )(x)
    if normal:
        x = keras.layers.BatchNormalization(
            momentum=MOMENTUM,
            gamma_initializer="zeros" if zero else "ones",
            name=f"batch_norm_{place}",
        )(x)
    return parts.activation(spec["activation"], place)(x) if activate else x


def _weights(spec, zero=False):
    start = parts.INITIALIZERS.get(spec["activation"], "glorot_uniform")
    return {
        "kernel_initializer": "zeros" if zero else start,
        "kernel_regularizer": parts.penalty(spec),
    }


def _dropped(x, spec, name):
    if spec["dropout"] == 0:
        return x
    return Dropout(spec["dropout"], name=name)(x)


def _ints(values):
    return [int(value) for value in np.atleast_1d(values)]


FORMS = {"stacked": _stacked, "residual": _residual, "pooled": _pooled}

POOLINGS = {
    "max": keras.layers.MaxPooling2D,
    "average": keras.layers.AveragePooling2D,
}
