"""Does a class stay what it is when its images are mirrored?"""

import numpy as np
from sklearn.neighbors import KNeighborsClassifier

from deeply_backend.data.images import shrink

SIDE = 14
NEIGHBORS = 5


def mirror_scores(images, y, shape, seed):
    """Shares of images that their neighbours tell the class of.

    Nearest neighbours (Cover & Hart 1967) on small grey copies, learned from
    one half of the images and asked for the other one: as they are, and
    mirrored. A mirrored digit is no digit; a mirrored cat is a cat.

    Args:
        images: uint8 `(n, height * width * channels)`.
        y: Class indices `(n,)`.
        shape: `(height, width, channels)`.
        seed: Of the halves.

    Returns:
        `(plain, mirrored)`.
    """
    x = shrink(images, shape, SIDE).reshape(len(images), -1, shape[2])
    rows, columns = (min(SIDE, length) for length in shape[:2])
    x = x.mean(axis=2).reshape(-1, rows, columns)
    order = np.random.default_rng(seed).permutation(len(x))
    known, asked = np.array_split(order, 2)
    neighbors = KNeighborsClassifier(min(NEIGHBORS, len(known)))
    neighbors.fit(x[known].reshape(len(known), -1), y[known])

    def score(asked_images):
        flat = asked_images.reshape(len(asked), -1)
        return float(np.mean(neighbors.predict(flat) == y[asked]))

    return score(x[asked]), score(x[asked][:, :, ::-1])
