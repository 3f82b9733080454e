"""Images that are there twice."""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

# Root mean square difference of two copies of a picture at most, of 255: what
# another JPEG quality or a smaller size leaves.
NEAR = 3.0

AXES = 12
SAMPLE = 5_000


def groups(images):
    """Which images show the same, byte for byte or nearly.

    No two pictures can be nearer in full than along some of their axes, so a
    tree over the first principal components (Bentley 1975) leaves few pairs to
    look at in full.

    Args:
        images: uint8 `(n, pixels)`, small copies.

    Returns:
        Int arrays `(n,)`: the group of each image among equal ones, and among
        nearly equal ones.
    """
    same = np.unique(images, axis=0, return_inverse=True)[1].reshape(-1)
    first = np.unique(same, return_index=True)[1]
    x = images[first].astype(np.float32)
    reach = NEAR * np.sqrt(x.shape[1])
    pairs = cKDTree(_projected(x)).query_pairs(reach, output_type="ndarray")
    near = _connected(pairs[_distances(x, pairs) <= reach], len(x))
    return same, near[same]


def _projected(x):
    sample = x[:: max(1, len(x) // SAMPLE)]
    centred = sample - sample.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    return x @ axes[:, -AXES:]


def _distances(x, pairs):
    found = np.empty(len(pairs))
    for first in range(0, len(pairs), SAMPLE):
        part = pairs[first : first + SAMPLE]
        difference = x[part[:, 0]] - x[part[:, 1]]
        found[first : first + len(part)] = np.linalg.norm(difference, axis=1)
    return found


def _connected(pairs, n):
    links = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), (n, n))
    return connected_components(links, directed=False)[1]
