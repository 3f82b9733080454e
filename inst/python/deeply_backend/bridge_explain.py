"""The verbs that say why and what is near what; see `bridge.py`."""

import numpy as np

from deeply_backend.data.rows import as_inputs
from deeply_backend.judge import attributions as attributing
from deeply_backend.judge import embeddings


def attributions(handle, blocks, baseline, outputs):
    """Integrated gradients of a block's rows; see `judge/attributions.py`."""
    return attributing.integrated_gradients(
        handle.model, as_inputs(blocks), baseline, np.atleast_1d(outputs)
    )


def vectors(handle, column):
    """Vectors `(levels, length)` of an embedded category, from 0 the first."""
    layer = handle.model.get_layer("embedding")
    return layer.vectors(int(column)).astype("float64")


def tsne(points, seed):
    """A map `(points, 2)` of vectors by t-SNE."""
    return embeddings.tsne(points, seed)
