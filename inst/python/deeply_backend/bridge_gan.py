"""The verbs for generative networks; see `bridge.py`."""

import numpy as np

from deeply_backend.data.images import reshape
from deeply_backend.data.images import shrink
from deeply_backend.data.rows import as_inputs
from deeply_backend.judge import anomaly
from deeply_backend.judge import gan_judge
from deeply_backend.models import random_maps
from deeply_backend.models import stored
from deeply_backend.models import transfer
from deeply_backend.training.convolutions import rows_at_once
from deeply_backend.training.engine import compile_predict

# Images that are looked at between epochs.
EPOCH_IMAGES = 1_000

# Images that made ones are compared with one by one, and their side.
KNOWN_IMAGES = 20_000
SMALL_SIDE = 14


def random_eyes(shape, seed):
    """The `.keras` bytes of a network nobody trained, for `gan_eyes()`."""
    return stored.to_bytes(random_maps.build(_ints(shape), int(seed)))


def gan_eyes(shape, model=None, backbone=None, own_unit=False):
    """A handle of what looks at images; see `gan_judge.Eyes`.

    Args:
        shape: Height, width and channels of the images.
        model: The `.keras` bytes of a network for such images, or `None`. What
            its output is made of counts.
        backbone: See `transfer.features_model()`, or `None`. The mean of each
            of its maps counts, of images brought to its size.
        own_unit: See `gan_judge.Eyes`.
    """
    shape = _ints(shape)

    def small(images):
        return shrink(images, shape, SMALL_SIDE)

    if backbone is not None:
        front = transfer.features_model(backbone)
        network = transfer.features_at(front, "mean")
        wanted = _ints(backbone["shape"])
    elif model is not None:
        network = transfer.features_at(stored.from_bytes(model))
        wanted = shape
    else:
        return gan_judge.Eyes(None, small)
    most = rows_at_once(network, gan_judge.MOST_ROWS)
    see = _resized(compile_predict(network), shape, wanted)
    return gan_judge.Eyes(see, small, most, bool(own_unit))


def _resized(see, given, wanted):
    """The same function, for images of another shape."""
    if given == wanted:
        return see

    def look(inputs):
        images = inputs["image"].reshape(-1, *given)
        return see({"image": reshape(images, wanted, "stretch")})

    return look


def gan_judge_of(eyes, data, n_train, noise, codes, asked):
    """A judge of epochs for `fit()`; see `gan_judge.EpochJudge`.

    Args:
        eyes: What `gan_eyes()` gave.
        data: Filled rows, those to train on first.
        n_train: Their number.
        noise: `(images, units)`.
        codes: Classes of the images to be made, from 0; `None`: none.
        asked: Dict of `every`, `last`, `film` and `scored`.
    """
    some = _spread(int(n_train), EPOCH_IMAGES)
    real = eyes.settle(_take(data, some))

    def make(generator):
        return gan_judge.make(generator, noise, _codes(codes))

    return Held(gan_judge.EpochJudge(eyes, real, make, **asked))


class Held:
    """R hands it on without looking inside."""

    def __init__(self, value):
        self.value = value


def gan_film(judge, since=0):
    """What was made between epochs: `(looks, images, pixels)`, and when.

    Args:
        judge: What `gan_judge_of()` or `picture_judge_of()` gave.
        since: Looks to leave out at the beginning.
    """
    judge, since = judge.value, int(since)
    film = judge.film[since:]
    images = np.stack(film) if film else np.zeros((0, 0, 0))
    return {
        "images": images.astype("int32"),
        "epochs": np.asarray(judge.epochs[since:], "int32"),
    }


def generate(handle, noise, codes=None):
    """Images `(images, height, width, channels)` from 0 to 1."""
    generator = handle.model.get_layer("generator")
    made = gan_judge.make(generator, np.atleast_2d(noise), _codes(codes))
    shape = generator.output.shape[1:]
    return made.reshape(-1, *shape).astype("float64") / 255


def gan_layers(handle):
    """As `bridge.layers()`, of the generator and then the discriminator."""
    parts = [handle.model.get_layer(x) for x in ("generator", "discriminator")]
    return [
        {
            "network": part.name,
            "name": layer.name,
            "kind": type(layer).__name__,
            "output": [int(d or -1) for d in layer.output.shape[1:]],
            "parameters": layer.count_params(),
        }
        for part in parts
        for layer in part.layers
    ]


def gan_scores(handle, eyes, data, index, noise, codes, seed):
    """What is made, a second half of true images, and noise beside true ones.

    Args:
        handle: A live model.
        eyes: What `gan_eyes()` gave.
        data: Filled rows.
        index: Rows of it, an even number: the first half is what is compared
            with, the second one the floor.
        noise: `(half of them, units)`.
        codes: Classes of the images to be made, or `None`.
        seed: Integer.

    Returns:
        Dict of `made`, `floor` and `ceiling`, see `gan_judge.scores()`.
    """
    index = np.atleast_1d(np.asarray(index, np.int64))
    half = len(index) // 2
    true = _take(data, index[:half])
    features = eyes.settle(true)
    generator = handle.model.get_layer("generator")
    made = gan_judge.make(generator, np.atleast_2d(noise), _codes(codes))
    random = np.random.default_rng(int(seed))
    nothing = random.integers(0, 256, true.shape).astype(np.uint8)
    beside = {
        "made": made,
        "floor": _take(data, index[half : 2 * half]),
        "ceiling": nothing,
    }
    return {k: gan_judge.scores(eyes(x), features) for k, x in beside.items()}


def gan_nearness(handle, data, n_train, shape, noise, codes):
    """Whether images are copies; see `gan_judge.nearness()`.

    Args:
        handle: A live model.
        data: Filled rows, those that were trained on first.
        n_train: Their number.
        shape: Height, width and channels.
        noise: `(images, units)`.
        codes: Classes of the images to be made, or `None`.
    """
    shape, n = _ints(shape), int(n_train)
    known = _spread(n, KNOWN_IMAGES)
    unseen = n + _spread(len(data) - n, len(noise))
    generator = handle.model.get_layer("generator")
    made = gan_judge.make(generator, np.atleast_2d(noise), _codes(codes))
    small = [
        shrink(images, shape, SMALL_SIDE)
        for images in (made, _take(data, known), _take(data, unseen))
    ]
    found = gan_judge.nearness(*small)
    return {"copied": found["copied"], "unseen": found["unseen"]}


def anomaly_search(handle, noise, codes, weight, steps):
    """A handle of a search for `anomaly_scores()`; see `anomaly.Search`.

    Args:
        handle: A live model.
        noise: `(images, units)`, of the images to begin at.
        codes: Their classes from 0, or `None`.
        weight: Share of the features in the distance.
        steps: Number of steps.
    """
    return anomaly.Search(
        handle.model, np.atleast_2d(noise), _codes(codes), weight, steps
    )


def anomaly_scores(search, blocks):
    """How strange each image of a block is, `(images,)`."""
    return search(as_inputs(blocks)["image"])


def gan_nearest(made, known, shape):
    """Of each made image the nearest known one; see `gan_judge.nearness()`.

    Args:
        made: Filled rows of images.
        known: Those of images to look among.
        shape: Height, width and channels.

    Returns:
        Dict of `nearest` (from 0), `distance`, `ratio` and `copy` (0 or 1), a
        number each of every made image.
    """
    small = [
        shrink(_take(data, np.arange(len(data))), _ints(shape), SMALL_SIDE)
        for data in (made, known)
    ]
    found = gan_judge.nearness(*small, small[0][:0])
    return {
        "nearest": found["nearest"].astype("int32"),
        "distance": found["distance"].astype("float64"),
        "ratio": found["ratio"].astype("float64"),
        "copy": (found["ratio"] < gan_judge.COPY).astype("int32"),
    }


def _take(data, index):
    return data.take(index)["image"]


def _spread(n, most):
    """At most so many of `n` rows, evenly spread."""
    most = min(n, most)
    return np.arange(most) * n // max(1, most)


def _codes(codes):
    return None if codes is None else np.atleast_1d(codes).astype("int32")


def _ints(values):
    return [int(value) for value in np.atleast_1d(values)]
