"""Which pixel of the image each point of a map looks at.

A convolution that halves its maps pads them on one side, and one without
padding loses their border: maps are not the image made small, but moved too, by
some pixels after a few layers.
"""

import dataclasses

import keras
import numpy as np

from deeply_backend.layers.shortcut import Shortcut


@dataclasses.dataclass
class Place:
    """Point i of a map has its middle at pixel `first + step * i`, from 0.

    Args:
        first: Of rows and columns.
        step: Likewise.
    """

    first: np.ndarray
    step: np.ndarray

    def moved(self, by, step=1):
        """The place of maps whose first point lies `by` points further on."""
        return Place(self.first + self.step * by, self.step * step)


def place_of(model, tensor):
    """The place of an output with maps; `None` where it has none."""
    return _places(model, {}).get(id(tensor))


def spread(place, side, size):
    """A matrix for rows and one for columns that draw a map over the image.

    What lies between two points is interpolated, what lies outside of all has
    the value of the border.

    Args:
        place: Where the points are.
        side: Rows and columns of the map.
        size: Those of the image.

    Returns:
        List of two arrays `(pixels, points)`, float32.
    """
    matrices = []
    for first, step, points, pixels in zip(
        place.first, place.step, side, size, strict=True
    ):
        at = np.clip((np.arange(pixels) - first) / step, 0, points - 1)
        near = 1 - np.abs(at[:, None] - np.arange(points))
        matrices.append(np.maximum(near, 0).astype("float32"))
    return matrices


def _places(model, found):
    """Places of all outputs with maps, by the `id()` of their tensor.

    Args:
        model: A model.
        found: Those of its inputs that are maps already.
    """
    levels = sorted(model._nodes_by_depth.items(), reverse=True)
    for node in (node for _, level in levels for node in level):
        outputs = node.output_tensors
        if len(outputs) != 1 or len(outputs[0].shape) != 4:
            continue
        if id(outputs[0]) in found:
            continue
        given = [x for x in node.input_tensors if id(x) in found]
        layer = node.operation
        if not given:
            # The image itself, once its bytes are folded.
            place = Place(np.zeros(2), np.ones(2))
        elif isinstance(layer, keras.Model):
            inside = {id(layer.inputs[0]): found[id(given[0])]}
            place = _places(layer, inside)[id(layer.outputs[0])]
        else:
            place = _mean([_behind(layer, x, outputs[0], found) for x in given])
        found[id(outputs[0])] = place
    return found


def _mean(places):
    """Of what comes together, half-way."""
    return Place(
        np.mean([place.first for place in places], axis=0), places[0].step
    )


def _behind(layer, given, output, found):
    """The place of what a layer makes of maps."""
    place = found[id(given)]
    sides = np.array(given.shape[1:3])
    size = getattr(layer, "pool_size", None) or getattr(
        layer, "kernel_size", None
    )
    if size is not None and hasattr(layer, "strides"):
        size, step = np.array(size), np.array(layer.strides)
        dilation = np.array(getattr(layer, "dilation_rate", 1))
        size = (size - 1) * dilation + 1
        before = 0
        if layer.padding == "same":
            needed = (np.ceil(sides / step) - 1) * step + size - sides
            before = np.maximum(needed, 0) // 2
        return place.moved((size - 1) / 2 - before, step)
    if isinstance(layer, Shortcut):
        return place.moved(0, sides / np.array(output.shape[1:3]))
    if isinstance(layer, keras.layers.ZeroPadding2D):
        return place.moved(-np.array([side[0] for side in layer.padding]))
    # What else changes their size takes all of the maps.
    step = sides / np.array(output.shape[1:3])
    return place.moved((step - 1) / 2, step)
