"""Networks that others have trained, without what they were trained to say."""

import contextlib
import os

import keras
import numpy as np

from deeply_backend.models import squeezenet
from deeply_backend.training.convolutions import layers_of


class BackboneError(Exception):
    """A file or a name that gives no backbone.

    Args:
        kind: "unreadable", "weights", "inputs", "no_maps", "size" or
            "download".
        detail: What was found.
    """

    def __init__(self, kind, detail):
        super().__init__(f"{kind}: {str(detail).strip()}")


class _Depthwise(keras.layers.DepthwiseConv2D):
    """Reads what Keras 2 wrote, with an argument that Keras 3 has not."""

    @classmethod
    def from_config(cls, config):
        """Returns the layer of Keras itself, which can be saved anew."""
        config.pop("groups", None)
        return keras.layers.DepthwiseConv2D.from_config(config)


def from_file(path):
    """The model in a `.keras` or `.h5` file, of Keras 2 too."""
    try:
        return keras.saving.load_model(
            path, compile=False, custom_objects={"DepthwiseConv2D": _Depthwise}
        )
    except Exception as error:
        # Keras raises whatever the file makes it stumble over.
        raise BackboneError("unreadable", error) from error


def from_name(name, path, shape):
    """A known architecture.

    Args:
        name: "squeezenet" or that of a class or function in
            `keras.applications`.
        path: File of its weights. `None`: those of ImageNet, from Keras' cache
            or, if they are not there, from its server.
        shape: Height and width.
    """
    if name == "squeezenet":
        return _with_weights(lambda: squeezenet.build(*shape), path)
    make = getattr(keras.applications, name)
    shape = (*shape, 3)
    if path is None:
        with _named("download"):
            return make(
                include_top=False, weights="imagenet", input_shape=shape
            )
    try:
        return _with_weights(
            lambda: make(include_top=False, weights=None, input_shape=shape),
            path,
        )
    except BackboneError:
        # With the top that classifies ImageNet, which needs its own size.
        whole = _with_weights(lambda: make(weights=None), path)
        return resized(cut(whole), shape)


def _with_weights(make, path):
    with _named("size"):
        model = make()
    with _named("weights"):
        if model.name == "squeezenet":
            squeezenet.load_weights(model, path)
        else:
            model.load_weights(path)
    return model


@contextlib.contextmanager
def _named(kind):
    try:
        yield
    except BackboneError:
        raise
    except Exception as error:
        raise BackboneError(kind, error) from error


def cut(model):
    """A model up to its last maps, before they become one vector.

    From the output back, as long as each layer has one input: what lies before
    the first pooling of whole maps, the flattening or the reshaping there is.
    """
    tensor = maps = model.outputs[0]
    while True:
        inputs = _inputs_of(tensor)
        if inputs and _collapses(inputs[0], tensor):
            maps = inputs[0]
        if len(inputs) != 1:
            break
        tensor = inputs[0]
    if len(maps.shape) != 4:
        raise BackboneError("no_maps", list(maps.shape[1:]))
    return keras.Model(model.inputs[0], maps, name=model.name)


def _inputs_of(tensor):
    made = tensor._keras_history
    return made.operation._inbound_nodes[made.node_index].input_tensors


def _collapses(before, after):
    """Whether maps become a vector, which may keep sides of one pixel."""
    if len(before.shape) != 4:
        return False
    if len(after.shape) < 4:
        return True
    layer = after._keras_history.operation
    single = tuple(after.shape[1:3]) == (1, 1)
    shrinks = single and tuple(before.shape[1:3]) != (1, 1)
    return shrinks and isinstance(layer, _MEANS)


_MEANS = (
    keras.layers.AveragePooling2D,
    keras.layers.GlobalAveragePooling2D,
    keras.layers.GlobalMaxPooling2D,
)


def check_inputs(model):
    """Stops at what does not take one image of one or three channels."""
    shapes = [tuple(x.shape[1:]) for x in model.inputs]
    if len(shapes) != 1 or len(shapes[0]) != 3 or shapes[0][2] not in (1, 3):
        raise BackboneError("inputs", " and ".join(map(_by, shapes)))


def _by(shape):
    return " x ".join("any" if n is None else str(n) for n in shape)


def resized(model, shape):
    """The same network for images of another size."""
    given = tuple(model.inputs[0].shape[1:])
    if given == tuple(shape):
        return model
    with _named("size"):
        image = keras.Input(tuple(shape), name="image")
        clone = keras.models.clone_model(model, input_tensors=image)
        clone.set_weights(model.get_weights())
        maps = clone.outputs[0]
        if min(maps.shape[1:3]) < 1:
            raise BackboneError("size", "no map is left")
        return clone


def default_side(model):
    """Height and width that a model asks for, zeros where it takes any."""
    return [int(n or 0) for n in model.inputs[0].shape[1:3]]


def weighted(model):
    """Layers with weights of their own to train, batch norms left out."""
    return [
        layer
        for layer in layers_of(model)
        if layer.weights
        and not isinstance(
            layer,
            (keras.layers.BatchNormalization, keras.layers.Normalization),
        )
    ]


def scales_itself(model):
    """Whether the first layers of a model scale the bytes themselves."""
    kinds = (keras.layers.Rescaling, keras.layers.Normalization)
    first = list(layers_of(model))[:3]
    return any(isinstance(layer, kinds) for layer in first)


def about(model):
    """What R wants to know of a backbone."""
    return {
        "name": model.name,
        "shape": np.array(model.inputs[0].shape[1:], "int32"),
        "maps": int(model.outputs[0].shape[-1]),
        "grid": np.array(model.outputs[0].shape[1:3], "int32"),
        "layers": len(weighted(model)),
        "parameters": model.count_params(),
    }


def is_whole(path):
    """Whether an HDF5 file holds a model, and not its weights alone."""
    if os.path.splitext(path)[1] == ".keras":
        return True
    import h5py

    try:
        with h5py.File(path, "r") as file:
            return "model_config" in file.attrs
    except OSError as error:
        raise BackboneError("unreadable", error) from error
