"""What is frozen gives the same at each step, so it is asked once."""

import functools
import time

import numpy as np
from keras import ops

from deeply_backend.data.rows import Rows
from deeply_backend.data.rows import split_inputs
from deeply_backend.models import transfer
from deeply_backend.training.convolutions import rows_at_once
from deeply_backend.training.engine import compile_predict

# Images between two events.
CHUNK_ROWS = 64


def learner(spec, model, rows, n_train, on_event=None):
    """What is to be trained of a model, and on which rows.

    Args:
        spec: Dict with `model`; of "transfer" with `flip` (whether mirrored
            training images are to be learned from too) and `variants` (how
            many of each training image that `Augment` draws).
        model: What `build()` gave.
        rows: Filled rows, those to train on first.
        n_train: Their number.
        on_event: See `loop.Run`, or `None`.

    Returns:
        `(model, rows, n_train)`: as they are, or of a frozen backbone its head,
        and the features of the images.
    """
    if spec["model"] != "transfer":
        return model, rows, n_train
    changes = [_as_is]
    if spec["flip"]:
        changes.append(_turned)
    if spec["variants"] > 0:
        augment = functools.partial(model.get_layer("augment"), training=True)
        changes += int(spec["variants"]) * [augment]
    n, copies = len(rows), len(changes)
    find = _Finder(model, copies * n_train + n - n_train, on_event)
    train = [find(rows, 0, n_train, change) for change in changes]
    transfer.standardize(model, train[0])
    # Validation rows stay behind those to train on.
    found = [*train, find(rows, n_train, n, _as_is)]
    order = np.r_[np.tile(np.arange(n_train), copies), n_train:n]
    return transfer.head(model), _as_rows(rows, order, found), copies * n_train


def _as_is(images):
    return images


def _turned(images):
    return ops.flip(images, axis=2)


class _Finder:
    """Finds features, and tells how far it is."""

    def __init__(self, model, total, on_event):
        self._pixels, self._on_event = model.get_layer("pixels"), on_event
        rear = transfer.rear(model)
        self._run = compile_predict(rear)
        self._most = rows_at_once(rear, CHUNK_ROWS)
        self._width = rear.outputs[0].shape[-1]
        self._total, self._done = total, 0
        self._started = time.perf_counter()

    def __call__(self, rows, first, last, change):
        """Features `(last - first, width)` of some rows, changed."""
        found = np.empty((last - first, self._width), np.float32)
        for at in range(first, last, self._most):
            inputs, _, _ = split_inputs(
                rows.read(at, min(self._most, last - at))
            )
            images = change(self._pixels(inputs["image"]))
            values = self._run({"varied": images})
            found[at - first : at - first + len(values)] = values
            self._say(len(values))
        return found

    def _say(self, n):
        self._done += n
        if self._on_event is None:
            return
        event = {
            "epoch": 1,
            "share": 0.99 * self._done / self._total,
            "seconds": time.perf_counter() - self._started,
        }
        if self._on_event(event):
            raise KeyboardInterrupt


def _as_rows(rows, order, features):
    """Rows of features, with the outcomes and weights of an order of rows."""
    kept = _outcomes(rows)
    widths = {name: x.shape[1] for name, x in kept.items()}
    width = features[0].shape[1]
    data = Rows(len(order), {"features": width, **widths})
    np.concatenate(features, out=data.arrays["features"])
    for name, x in kept.items():
        data.arrays[name][:] = x[order]
    return data


def _outcomes(rows):
    """Outcomes and weights of all rows, without their images."""
    parts = []
    for first in range(0, len(rows), CHUNK_ROWS):
        _, *part = split_inputs(
            rows.read(first, min(CHUNK_ROWS, len(rows) - first))
        )
        parts.append(part)
    y, weights = (np.concatenate(part) for part in zip(*parts, strict=True))
    return {
        "y": y.reshape(len(y), -1),
        "weights": weights.reshape(len(y), -1),
    }
