"""What the layers of a network make of an image: kernels and maps."""

import keras
import numpy as np
from keras import ops

from deeply_backend.training.convolutions import layers_of
from deeply_backend.training.convolutions import rows_at_once


def first_kernels(model):
    """Kernels of the first convolution.

    Returns:
        Dict of `layer`, its name, and of `values`
        `(height, width, channels, kernels)`.
    """
    layer = next(
        x for x in layers_of(model) if isinstance(x, keras.layers.Conv2D)
    )
    kernel = ops.convert_to_numpy(ops.cast(layer.kernel, "float32"))
    return {"layer": layer.name, "values": kernel.astype("float64")}


def spatial_outputs(model):
    """Outputs of the layers that give maps, in their order.

    A model inside the model counts as one layer.

    Returns:
        Dict of layer name to symbolic tensor `(None, height, width, maps)`.
    """
    found = {layer.name: _output(model, layer) for layer in model.layers}
    return {
        name: tensor
        for name, tensor in found.items()
        if len(tensor.shape) == 4 and None not in tensor.shape[1:]
    }


def _output(model, layer):
    """What the layer gives in this model: others may have called it too."""
    if not isinstance(layer, keras.Model):
        return layer.output
    calls = [
        call
        for level in model._nodes_by_depth.values()
        for call in level
        if call.operation is layer
    ]
    return calls[0].output_tensors[0]


def feature_maps(model, inputs, name):
    """Output of a layer `(images, height, width, maps)`.

    Args:
        model: A network for images.
        inputs: Dict of arrays, rows first.
        name: One of `spatial_outputs()`.
    """
    front = keras.Model(model.input, spatial_outputs(model)[name])
    found = [
        ops.cast(front(part, training=False), "float32")
        for part in parts_of(inputs, model)
    ]
    return np.concatenate(
        [ops.convert_to_numpy(x) for x in found], dtype="float64"
    )


def parts_of(inputs, model, times=1):
    """A dict of arrays in parts that go through the model at once.

    Args:
        inputs: Dict of arrays, rows first.
        model: A network for images.
        times: How many passes a row takes the room of.
    """
    n = len(next(iter(inputs.values())))
    most = max(1, rows_at_once(model, n) // times)
    for first in range(0, n, most):
        yield {name: x[first : first + most] for name, x in inputs.items()}
