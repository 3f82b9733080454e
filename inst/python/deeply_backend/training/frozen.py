"""What is frozen gives the same at each step, so it is asked once."""

import time

import numpy as np

from deeply_backend.data.images import mirrored
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
        spec: Dict with `model`; of "transfer" with `copies`: whether mirrored
            training images are to be learned from too.
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
    n, copies = len(rows), n_train if spec["copies"] else 0
    find = _Finder(model, n + copies, on_event)
    train, more = find(rows, 0, n_train), []
    if copies:
        more = [find(rows, 0, n_train, turned=True)]
    transfer.standardize(model, train)
    found = [train, *more, find(rows, n_train, n)]
    # Validation rows stay behind those to train on.
    order = np.r_[:n_train, np.arange(copies), n_train:n]
    return transfer.head(model), _as_rows(rows, order, found), n_train + copies


class _Finder:
    """Finds features, and tells how far it is."""

    def __init__(self, model, total, on_event):
        self._model, self._on_event = model, on_event
        front = transfer.front(model)
        self._run = compile_predict(front)
        self._most = rows_at_once(front, CHUNK_ROWS)
        self._width = front.outputs[0].shape[-1]
        self._total, self._done = total, 0
        self._started = time.perf_counter()

    def __call__(self, rows, first, last, turned=False):
        """Features `(last - first, width)` of some rows, or turned ones."""
        found = np.empty((last - first, self._width), np.float32)
        for at in range(first, last, self._most):
            inputs, _, _ = split_inputs(
                rows.read(at, min(self._most, last - at))
            )
            if turned:
                inputs = mirrored(self._model, inputs)
            values = self._run(inputs)
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
