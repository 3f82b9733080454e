"""The verbs that R calls for borrowed networks, see `bridge.py`."""

import numpy as np

from deeply_backend.models import backbones
from deeply_backend.models import stored
from deeply_backend.models import transfer


def known_backbone(name, path, size):
    """A known architecture without its top; see `backbones.from_name()`.

    Args:
        name: Of the architecture.
        path: File of its weights, or `None`.
        size: Height and width.

    Returns:
        Dict of `model`, its bytes, and of what `backbones.about()` gives.
    """
    model = backbones.from_name(name, path, [int(n) for n in size])
    return _answer(backbones.cut(model))


def file_backbone(path, size):
    """The model in a file, without what makes its output of maps.

    Args:
        path: Of a `.keras` or `.h5` file.
        size: Height and width, or `None` for its own.

    Returns:
        As `known_backbone()`; and `scaled`, whether it scales bytes itself.
        Of a model that takes any size, and is told none, a dict of `any_size`.
    """
    whole = backbones.from_file(path)
    backbones.check_inputs(whole)
    model = backbones.cut(whole)
    own = backbones.default_side(model)
    if size is None and 0 in own:
        return {"any_size": True}
    size = own if size is None else [int(n) for n in np.atleast_1d(size)]
    channels = model.inputs[0].shape[-1]
    answer = _answer(backbones.resized(model, (*size, channels)))
    return {**answer, "scaled": backbones.scales_itself(whole)}


def is_whole_model(path):
    """Whether a file holds a model, and not its weights alone."""
    return backbones.is_whole(path)


def _answer(model):
    return {"model": stored.to_bytes(model), **backbones.about(model)}


def layer_names(handle):
    """Names of all layers, those of a backbone too, a line each."""
    return "\n".join(transfer.layer_names(handle.model))


def thawable(handle):
    """How many layers with weights there are before the output."""
    return len(backbones.weighted(handle.model)) - 1
