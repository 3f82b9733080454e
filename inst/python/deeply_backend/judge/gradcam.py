"""Where a network sees a class: Grad-CAM.

Selvaraju, Cogswell, Das, Vedantam, Parikh & Batra (2017), Grad-CAM: Visual
Explanations from Deep Networks via Gradient-based Localization. ICCV.

Each map of a layer counts as much as the output would rise with it, by the mean
of its gradient. Their sum, where it is above zero, is the heat. It is drawn
where its points look at, see `places.py`.
"""

import keras
import numpy as np
from keras import ops

from deeply_backend.judge import places
from deeply_backend.judge.maps import parts_of
from deeply_backend.judge.maps import spatial_outputs
from deeply_backend.training import engine

# Deeper maps know more of what is seen, and less of where: below so many
# pixels a side a spot of heat is no place.
LEAST_SIDE = 6
# Small images are seen whole by few layers.
LEAST_SHARE = 1 / 4


def gradcam(model, inputs, outputs, signs, size, layer=None):
    """Heat of each image, from 0 to 1.

    Args:
        model: A network for images, such as `models/cnn.py` builds.
        inputs: Dict of arrays, rows first.
        outputs: int `(images,)`: which output, from 0.
        signs: `(images,)`: 1 for what raises the output, -1 for what lowers it.
        size: Height and width of the images.
        layer: Name of the layer whose maps count. `None`: see
            `choose_layer()`.

    Returns:
        Dict of `heat` `(images, height, width)`, zero where nothing speaks for
        the output and else up to 1, `layer`, and its `side`s.
    """
    layer = layer or choose_layer(model, size)
    maps = spatial_outputs(model)[layer]
    front = keras.Model(model.input, maps)
    rear = keras.Model(maps, model.output)
    side = [int(n) for n in maps.shape[1:3]]
    grid = places.spread(places.place_of(model, maps), side, size)
    run = engine.compile_call(_heat_of(front, rear, grid))
    outputs = np.asarray(outputs, "int32").reshape(-1)
    signs = np.asarray(signs, "float32").reshape(-1)
    heat, first = [], 0
    # The gradient takes the room of another pass.
    for part in parts_of(inputs, model, times=2):
        last = first + len(next(iter(part.values())))
        found = run(part, outputs[first:last], signs[first:last])
        heat.append(ops.convert_to_numpy(found))
        first = last
    return {
        "heat": np.concatenate(heat).astype("float64"),
        "layer": layer,
        "side": side,
    }


def choose_layer(model, size):
    """Name of the deepest layer whose maps are fine enough to show a place."""
    least = min(LEAST_SIDE, LEAST_SHARE * min(size))
    found = spatial_outputs(model)
    fine = [name for name, x in found.items() if min(x.shape[1:3]) >= least]
    for name in reversed(fine):
        # What is left out in training is all there now.
        if name.startswith("dropout_"):
            continue
        if _is_cut(model, found[name]):
            return name
    raise ValueError("no layer has maps that all later ones are made of")


def _is_cut(model, maps):
    """Whether the output is made of these maps alone, with no way around."""
    try:
        keras.Model(maps, model.output)
    except ValueError:
        return False
    return True


def cut_layers(model):
    """Names of the layers whose maps `gradcam()` can take, in their order."""
    found = spatial_outputs(model)
    return [name for name, maps in found.items() if _is_cut(model, maps)]


def _heat_of(front, rear, grid):
    """A function from images to heat; `grid` is what `places.spread()` gave."""
    rows, columns = grid

    def heat(inputs, outputs, signs):
        maps = ops.cast(front(inputs, training=False), "float32")

        def total(x):
            values = ops.cast(rear(x, training=False), "float32")
            chosen = ops.take_along_axis(values, outputs[:, None], axis=1)
            return ops.sum(signs * chosen[:, 0]), ()

        _, slopes = engine.differentiate(total, maps)
        weights = ops.mean(slopes, axis=(1, 2), keepdims=True)
        found = ops.relu(ops.sum(weights * maps, axis=-1))
        found = ops.matmul(ops.matmul(rows, found), columns.T)
        top = ops.max(found, axis=(1, 2), keepdims=True)
        return found / ops.where(top > 0, top, ops.ones_like(top))

    return heat
