"""What a generator makes, judged beside true images."""

import math

import keras
import numpy as np

from deeply_backend.judge import frechet
from deeply_backend.training.convolutions import rows_at_once

# Images that a network makes, or looks at, at once.
MOST_ROWS = 512


class Eyes:
    """What a network sees in images.

    Args:
        see: Function of a dict of `image` that gives features, or `None`: the
            images themselves are looked at, as small ones.
        shrink: Function that makes columns of images, for that.
        most: Images that are looked at at once, at most.
        own_unit: Whether features are taken as they come, so that distances
            are those that others find by the same network.
    """

    def __init__(self, see, shrink, most=MOST_ROWS, own_unit=False):
        self.see, self.shrink = see, shrink
        self.most, self.own_unit = most, own_unit
        self.unit = 1.0

    def settle(self, images):
        """Takes the root mean square of what is seen in true images as unit.

        Networks differ in the size of their features, and a kernel of a given
        width, as a reader of distances, wants to know it.

        Returns:
            The features of these images.
        """
        self.unit = 1.0
        found = self(images)
        if self.own_unit:
            return found
        self.unit = max(float(np.sqrt(np.mean(np.square(found)))), 1e-12)
        return found / self.unit

    def __call__(self, images):
        """Features `(images, features)` of uint8 rows."""
        look = self.shrink if self.see is None else self._ask
        parts = [
            look(images[first : first + self.most])
            for first in range(0, len(images), self.most)
        ]
        return np.concatenate(parts) / self.unit

    def _ask(self, images):
        return self.see({"image": images})


def make(generator, noise, codes=None):
    """Images that a generator makes, uint8 rows as of any image.

    Args:
        generator: The model "generator" of a `gan.build()`.
        noise: float `(images, units)`.
        codes: int `(images,)`, classes from 0, where there are any.
    """
    most = rows_at_once(generator, MOST_ROWS, held=True)
    parts = []
    for first in range(0, len(noise), most):
        some = slice(first, first + most)
        inputs = {"noise": np.asarray(noise[some], np.float32)}
        if codes is not None:
            inputs["category"] = np.asarray(codes[some], np.int32)[:, None]
        made = generator(inputs, training=False)
        parts.append(as_bytes(keras.ops.convert_to_numpy(made)))
    return np.concatenate(parts)


def as_bytes(images):
    """Images from -1 to 1 as rows of bytes."""
    values = np.clip(np.nan_to_num(images) * 127.5 + 128, 0, 255)
    return values.astype(np.uint8).reshape(len(images), -1)


class EpochJudge:
    """Looks at what is made between epochs, always of the same.

    Args:
        eyes: `Eyes`.
        real: Features of some true images.
        make: Function that gives the images of a generator.
        every: Epochs from one look to the next.
        last: The last epoch, which is looked at too.
        film: How many of the images are kept at each look.
        scored: Whether to measure the distance.
        decides: Whether it decides which epoch is best. Of few images it knows
            little of grain and stripes; then it is written down alone, and the
            last epoch is kept.
    """

    def __init__(
        self, eyes, real, make, every, last, film, scored, decides=True
    ):
        self.eyes, self.make = eyes, make
        self.decides = bool(decides)
        self.every, self.last = int(every), int(last)
        self.n_film, self.scored = int(film), scored
        self.real = frechet.moments(real)
        self.spread = frechet.diversity(real)
        self.epoch, self.film, self.epochs = 0, [], []

    def __call__(self, model):
        """Dict of `val_loss` (the distance) and `diversity`; NaN unlooked.

        The distance is called `distance` where it does not decide.
        """
        self.epoch += 1
        if self.epoch % self.every and self.epoch not in (1, self.last):
            return self._answer(math.nan, math.nan)
        made = self.make(model.get_layer("generator"))
        self.film.append(made[: self.n_film])
        self.epochs.append(self.epoch)
        features = self.eyes(made)
        distance = math.nan
        if self.scored and np.isfinite(features).all():
            distance = frechet.frechet_of_moments(
                *frechet.moments(features), *self.real
            )
        spread = frechet.diversity(features) / max(self.spread, 1e-12)
        return self._answer(distance, spread)

    def _answer(self, distance, spread):
        if self.decides:
            return {"val_loss": distance, "diversity": spread}
        return {"val_loss": math.nan, "distance": distance, "diversity": spread}

    def state(self):
        """What a run that goes on needs."""
        return {"epoch": self.epoch, "film": self.film, "epochs": self.epochs}

    def restore(self, state):
        """Goes on from what `state()` gave."""
        self.epoch, self.film = state["epoch"], state["film"]
        self.epochs = state["epochs"]


def scores(made, true, neighbours=3):
    """Dict of all that is said of made features beside true ones."""
    distance, error = frechet.kernel_distance(made, true)
    some = slice(0, 5000)
    precision, recall = frechet.precision_recall(
        true[some], made[some], neighbours
    )
    return {
        "frechet": frechet.frechet(made, true),
        "kernel": distance,
        "kernel_se": error,
        "precision": precision,
        "recall": recall,
        "diversity": frechet.diversity(made) / frechet.diversity(true),
    }


# A copy lies at less than this share of the distance to its neighbours.
COPY = 1 / 3
NEIGHBOURS = 10


def nearness(made, known, unseen):
    """How near made images are to those that were learned from.

    Carlini et al. (2023), Extracting Training Data from Diffusion Models: a
    copy is far nearer to one image than to those around it. What is merely
    plain is near to many.

    Args:
        made: Columns of small images.
        known: Those of the images that were learned from.
        unseen: Those of true ones that were not.

    Returns:
        Dict of `copied` and `unseen` (shares of the made and of the unseen that
        are copies) and of each made image the `nearest` known one, its
        `distance` (root mean square over the columns) and the `ratio` of that
        to the mean distance to the next ones.
    """
    distance, ratio, nearest = _neighbours(made, known)
    _, own, _ = _neighbours(unseen, known)
    return {
        "copied": float(np.mean(ratio < COPY)),
        "unseen": float(np.mean(own < COPY)) if len(own) else math.nan,
        "nearest": nearest,
        "distance": distance,
        "ratio": ratio,
    }


def _neighbours(x, known):
    if len(x) == 0:
        return np.zeros(0), np.zeros(0), np.zeros(0, np.int64)
    distances, nearest = frechet.nearest(x, known, NEIGHBOURS)
    around = np.maximum(distances[:, 1:].mean(axis=1), 1e-12)
    # Those above are differences of large numbers.
    apart = np.sqrt(np.mean(np.square(x - known[nearest]), axis=1))
    return apart, apart * np.sqrt(x.shape[1]) / around, nearest
