"""A borrowed network with an output of our own.

Yosinski, Clune, Bengio & Lipson (2014), How transferable are features in deep
neural networks? NeurIPS.
"""

import itertools

import keras
import numpy as np
from keras import ops

from deeply_backend.layers.borrowed_pixels import BorrowedPixels
from deeply_backend.layers.dropout import Dropout
from deeply_backend.layers.pixels import Augment
from deeply_backend.models import parts
from deeply_backend.models import stored
from deeply_backend.models.backbones import weighted
from deeply_backend.training.convolutions import layers_of

# A feature that hardly varies among the training images must not become huge in
# the first image that has it: no variance counts as less than that share of
# their mean.
LEAST_VARIANCE = 0.01


def build(spec, sample=None):
    """Builds a frozen backbone with a new output.

    Args:
        spec: Dict with `backbone` (its `.keras` bytes), `shape`, `mean`, `sd`
            and `reverse` (see `BorrowedPixels`), `mirrored` (see `Pixels`),
            `augment` (arguments of `Augment`, for `tuned()`), `dropout`, `l1`,
            `l2`, `outputs` and `output_bias`.
        sample: Not used.

    Input shape:
        A dict: `image` `(batch, height * width * channels)` uint8.

    Output shape:
        `(batch, outputs)`, float32: logits, or standardised values.

    Returns:
        A `keras.Model`. The layer `features` has the mean and the maximum of
        each map of the backbone; what comes behind is the `head()`.
    """
    front = features_model(spec)
    x = front.outputs[0]
    # In inference it standardises, and it is never anything else.
    x = keras.layers.BatchNormalization(
        center=False,
        scale=False,
        epsilon=1e-12,
        trainable=False,
        name="standardize",
    )(x)
    if spec["dropout"] > 0:
        x = Dropout(spec["dropout"], name="dropout")(x)
    layer = parts.output(spec)
    x = layer(x)
    # There is one best output, and none is the start that knows nothing.
    layer.kernel.assign(ops.zeros_like(layer.kernel))
    parts.start_at_shares(layer, spec)
    return keras.Model(front.input, x, name="transfer")


def features_model(spec):
    """From the bytes of images to the `features` of a frozen backbone."""
    shape = [int(n) for n in np.atleast_1d(spec["shape"])]
    backbone = stored.from_bytes(spec["backbone"])
    backbone.trainable = False
    image = keras.Input((int(np.prod(shape)),), dtype="uint8", name="image")
    x = BorrowedPixels(
        shape,
        spec["mean"],
        spec["sd"],
        bool(spec.get("mirrored")),
        reverse=bool(spec["reverse"]),
        name="pixels",
    )(image)
    augment = spec.get("augment") or {}
    if any(augment.values()):
        x = Augment(**augment, name="augment")(x)
    # Its batch norms and dropouts stay as they are in prediction.
    maps = backbone(x, training=False)
    pooled = [
        keras.layers.GlobalAveragePooling2D(name="mean")(maps),
        keras.layers.GlobalMaxPooling2D(name="max")(maps),
    ]
    x = keras.layers.Concatenate(name="features")(pooled)
    return keras.Model({"image": image}, x, name="front")


def rear(model):
    """The part between the pixels, augmented or not, and the features."""
    shape = model.get_layer("pixels").output.shape[1:]
    backbone = next(x for x in model.layers if isinstance(x, keras.Model))
    images = keras.Input(shape, name="varied")
    maps = backbone(images, training=False)
    pooled = [model.get_layer(name)(maps) for name in ("mean", "max")]
    return keras.Model({"varied": images}, model.get_layer("features")(pooled))


def head(model):
    """The part behind the features, with the same weights."""
    names = [layer.name for layer in model.layers]
    width = model.get_layer("features").output.shape[-1]
    features = x = keras.Input((width,), name="features")
    for layer in model.layers[names.index("features") + 1 :]:
        x = layer(x)
    return keras.Model({"features": features}, x, name="head")


def standardize(model, features):
    """Lets a model know the mean and the variance of its features."""
    variance = features.var(axis=0, dtype="float64")
    least = max(LEAST_VARIANCE * variance.mean(), 1e-12)
    layer = model.get_layer("standardize")
    layer.moving_mean.assign(features.mean(axis=0, dtype="float64"))
    layer.moving_variance.assign(np.maximum(variance, least))


def tuned(spec, sample=None):
    """A fitted network whose last layers go on learning.

    Args:
        spec: Dict with `start` (its `.keras` bytes) and `thawed`: how many of
            its layers with weights learn, the output not counted.
        sample: Not used.

    Returns:
        The `keras.Model`.
    """
    model = stored.from_bytes(spec["start"])
    thaw(model, int(spec["thawed"]))
    return model


def thaw(model, n):
    """Lets the output and the last `n` layers before it learn, and no other.

    Batch norms stay as they are: their moments are those of many images, and a
    few new ones would replace them by worse.
    """
    # A frozen model lets nothing inside it learn.
    model.trainable = True
    *others, output = weighted(model)
    learning = {id(layer) for layer in [*others[len(others) - n :], output]}
    for layer in layers_of(model):
        layer.trainable = id(layer) in learning


def features_at(model, name=None):
    """A model that ends at a layer, whose maps become their means.

    Args:
        model: A network for images.
        name: Of a layer, or of one of a backbone inside. `None`: what the
            output is made of.

    Raises:
        ValueError: If there is no such layer.
    """
    tensor = _output_at(model, name)
    if len(tensor.shape) == 4:
        tensor = ops.mean(tensor, axis=(1, 2))
    elif len(tensor.shape) > 2:
        tensor = ops.reshape(tensor, (-1, int(np.prod(tensor.shape[1:]))))
    return keras.Model(model.input, tensor)


def _output_at(model, name):
    names = [layer.name for layer in model.layers]
    if name is None:
        if "features" in names:
            return model.get_layer("features").output
        return model.get_layer("output").input
    if name in names:
        layer = model.get_layer(name)
        inner = isinstance(layer, keras.Model)
        return (
            _call_of(model, layer).output_tensors[0] if inner else layer.output
        )
    for layer in model.layers:
        if isinstance(layer, keras.Model) and name in layer_names(layer):
            inside = keras.Model(layer.inputs[0], _output_at(layer, name))
            return inside(_call_of(model, layer).input_tensors[0])
    raise ValueError(f"there is no layer {name!r}")


def _call_of(model, layer):
    """Where a model has called a layer, which others may have called too."""
    calls = itertools.chain.from_iterable(model._nodes_by_depth.values())
    return next(call for call in calls if call.operation is layer)


def layer_names(model):
    """Names of all layers, those of models inside too, in their order."""
    names = []
    for layer in model.layers:
        names.append(layer.name)
        if isinstance(layer, keras.Model):
            names += layer_names(layer)
    return names
