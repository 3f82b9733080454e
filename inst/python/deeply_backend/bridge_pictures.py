"""The verbs for images that are made from others; see `bridge.py`."""

import numpy as np

from deeply_backend.bridge_gan import Held
from deeply_backend.judge import gan_judge
from deeply_backend.judge import picture_baselines
from deeply_backend.judge import picture_judge

# Images that the linear filter and the mean image are learned from, at most.
KNOWN_IMAGES = 500


def picture_judge_of(eyes, data, first, noise, asked):
    """A judge of epochs for `fit()`; see `gan_judge.EpochJudge`.

    Args:
        eyes: What `gan_eyes()` gave.
        data: Filled rows with `image` and `given`.
        first: The first pair to look at.
        noise: `(pairs, units)`, one for each of them.
        asked: Dict of `every`, `last`, `film`, `scored` and `decides`.
    """
    pairs = data.read(int(first), len(noise), ("image", "given"))
    real = eyes.settle(pairs["image"])

    def make(generator):
        return picture_judge.make(generator, np.asarray(noise), pairs["given"])

    return Held(gan_judge.EpochJudge(eyes, real, make, **asked))


def generate_from(handle, noise, given):
    """Images `(images, height, width, channels)` from 0 to 1, from others.

    Args:
        handle: A live model.
        noise: `(images, units)`.
        given: A block `(columns, images)` of bytes.
    """
    generator = handle.model.get_layer("generator")
    rows = np.ascontiguousarray(given.T, np.uint8)
    made = picture_judge.make(generator, np.atleast_2d(noise), rows)
    shape = generator.output.shape[1:]
    return made.reshape(-1, *shape).astype("float64") / 255


def picture_baselines_of(data, n_train, shape):
    """What baselines learn from training pairs.

    Args:
        data: Filled rows, those that were trained on first.
        n_train: Their number.
        shape: Height, width and channels of the images.

    Returns:
        Dict of `mean`, a row, and `filter`; see `picture_baselines`.
    """
    n = int(n_train)
    most = min(n, KNOWN_IMAGES)
    known = data.take(np.arange(most) * n // most)
    return {
        "mean": picture_baselines.mean_image(known["image"]).astype("int32"),
        "filter": picture_baselines.fit_filter(
            known["given"], known["image"], _size(shape)
        ),
    }


def picture_scores(handle, eyes, data, first, noise, shape, known):
    """How near what is made is to true images, and what needs no network.

    Args:
        handle: A live model.
        eyes: What `gan_eyes()` gave.
        data: Filled rows.
        first: The first pair to judge by.
        noise: `(pairs, units)`, one for each of them.
        shape: Height, width and channels of the images.
        known: What `picture_baselines_of()` gave.

    Returns:
        Dict of `made`, `filter`, `given` and `mean`, each a dict as
        `picture_judge.scores()` gives.
    """
    pairs = data.read(int(first), len(noise), ("image", "given"))
    true, given = pairs["image"], pairs["given"]
    size, channels = _size(shape), int(shape[2])
    own = given.shape[1] // (size[0] * size[1])
    mean = np.asarray(known["mean"]).astype(np.uint8)
    generator = handle.model.get_layer("generator")
    beside = {
        "made": picture_judge.make(generator, np.asarray(noise), given),
        "filter": picture_baselines.apply_filter(given, known["filter"], size),
        "given": picture_baselines.as_given(given, own, channels),
        "mean": np.broadcast_to(mean, true.shape),
    }
    features = eyes.settle(true)
    return {
        kind: picture_judge.scores(images, true, eyes, features)
        for kind, images in beside.items()
    }


def _size(shape):
    return [int(n) for n in shape[:2]]
