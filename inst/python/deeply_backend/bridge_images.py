"""The verbs that R calls for images, see `bridge.py`."""

import numpy as np

from deeply_backend.data import images as pictures
from deeply_backend.data.rows import as_inputs
from deeply_backend.judge import gradcam as cams
from deeply_backend.judge import maps
from deeply_backend.judge import twins
from deeply_backend.judge.likeness import mirror_scores

# Images that tell mean and spread to three digits, and how many at once.
MOMENT_ROWS = 5_000
CHUNK_ROWS = 256

# Images that tell whether classes stay what they are when mirrored.
LIKENESS_ROWS = 3_000


def image_sizes(paths):
    """Heights, widths and channels `(files, 3)`, zeros where there are none.

    Args:
        paths: The paths of the files, a line each.
    """
    return pictures.measure(paths.split("\n"))


def decode_images(paths, shape, resize):
    """Reads pictures.

    Args:
        paths: Their paths, a line each.
        shape: Height, width, channels.
        resize: See `images.RESIZES`.

    Returns:
        Dict of `image`, a handle for a block of rows, and `faults`: a list of
        dicts of `position` (from 0) and `fault`.
    """
    array, faults = pictures.decode(paths.split("\n"), _ints(shape), resize)
    return {
        "image": pictures.Pixels(array),
        "faults": [{"position": k, "fault": v} for k, v in faults.items()],
    }


def resize_images(block, given, wanted, resize):
    """A block of images `(pixels, rows)`, brought to another shape.

    Args:
        block: Values from 0 to 255, see `decode_images()`.
        given: Height, width and channels of the block.
        wanted: Those to bring it to.
        resize: See `images.RESIZES`.

    Returns:
        A handle for a block of rows.
    """
    images = np.ascontiguousarray(block.T, np.uint8).reshape(-1, *_ints(given))
    return pictures.Pixels(pictures.reshape(images, _ints(wanted), resize))


def pixel_moments(data, n_train, channels):
    """Mean and standard deviation of each channel, where white is 1.

    Args:
        data: Filled rows, those to train on first.
        n_train: Their number.
        channels: How many.
    """
    channels, n = int(channels), int(n_train)
    total = np.zeros((2, channels))
    # Some thousand images tell it to three digits.
    step = max(1, n // MOMENT_ROWS)
    index = np.arange(0, n, step)
    for first in range(0, len(index), CHUNK_ROWS):
        taken = data.take(index[first : first + CHUNK_ROWS])["image"]
        x = taken.reshape(-1, channels).astype("float32") / 255
        total += np.stack(
            [x.sum(axis=0, dtype="float64"), np.square(x).sum(0, "float64")]
        )
        pixels = taken.shape[1] // channels
    mean, square = total / (len(index) * pixels)
    return {"mean": mean, "sd": np.sqrt(np.maximum(square - mean**2, 0))}


def image_likeness(data, n_train, shape, seed):
    """How well classes are told of images as they are, and of mirrored ones.

    See `likeness.mirror_scores()`.
    """
    n = int(n_train)
    most = min(n, LIKENESS_ROWS)
    taken = data.take(np.arange(most) * n // most)
    plain, mirrored = mirror_scores(
        taken["image"], taken["y"], _ints(shape), int(seed)
    )
    return {"plain": plain, "mirrored": mirrored, "n": most}


def image_groups(data):
    """Dict of `same` and `near`, the groups of all rows; see `twins.groups()`.

    Args:
        data: A filled row buffer of small images.
    """
    same, near = twins.groups(data.read(0, len(data))["image"])
    return {"same": same, "near": near}


def pixels(block):
    """A block of images `(images, columns)` as R can look at them.

    Args:
        block: What `decode_images()` or `resize_images()` gave.
    """
    return block.T.astype("int32")


def kernels(handle):
    """Kernels of the first convolution; see `maps.first_kernels()`."""
    return maps.first_kernels(handle.model)


def feature_maps(handle, blocks, layer):
    """What a layer makes of images `(images, height, width, maps)`."""
    return maps.feature_maps(handle.model, as_inputs(blocks), layer)


def map_layers(handle, cut=False):
    """Names of the layers that give maps, in their order, a line each.

    Args:
        handle: A live model.
        cut: Whether to name those alone whose maps `gradcam()` can take.
    """
    find = cams.cut_layers if cut else maps.spatial_outputs
    return "\n".join(find(handle.model))


def gradcam(handle, blocks, outputs, signs, size, layer=None):
    """Where images speak for an output; see `gradcam.gradcam()`."""
    return cams.gradcam(
        handle.model,
        as_inputs(blocks),
        np.atleast_1d(outputs),
        np.atleast_1d(signs),
        _ints(size),
        layer,
    )


def _ints(values):
    return [int(value) for value in np.atleast_1d(values)]
