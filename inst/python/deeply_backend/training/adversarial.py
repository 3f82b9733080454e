"""Training steps of two networks against each other, on the one engine."""

import math

import numpy as np
from keras import ops

from deeply_backend.models.gan import DISCRIMINATOR
from deeply_backend.models.gan import looks
from deeply_backend.training.step import Step

LOSS = "adversarial"

# What an epoch measures beside the discriminator's loss.
EXTRAS = ("generator_loss", "discriminator_accuracy")


def _pairs_right(real, made):
    return ops.cast(real > made, "float32")


def _signs_right(real, made):
    return (ops.cast(real > 0, "float32") + ops.cast(made < 0, "float32")) / 2


# Of each game the discriminator's loss, the generator's, and how often the
# discriminator is right, for what it says of true images and of made ones.
GAMES = {
    # Goodfellow et al. (2014), with the loss that does not saturate.
    "logistic": (
        lambda real, made: ops.softplus(-real) + ops.softplus(made),
        lambda real, made: ops.softplus(-made),
        _signs_right,
    ),
    # Jolicoeur-Martineau (2019), The Relativistic Discriminator; Huang et al.
    # (2024), The GAN is Dead; Long Live the GAN!
    "relativistic": (
        lambda real, made: ops.softplus(made - real),
        lambda real, made: ops.softplus(real - made),
        _pairs_right,
    ),
    # Arjovsky, Chintala & Bottou (2017), Wasserstein GAN.
    "wasserstein": (
        lambda real, made: made - real,
        lambda real, made: -made,
        _pairs_right,
    ),
}


def discriminator_loss(spec):
    """The discriminator's loss of `(y, output)`, with what slopes cost.

    Args:
        spec: Dict with `game` (a key of `GAMES`), `slope_penalty` (weight of
            the mean squared norm of gradients), `near` (see `gan.build()`) and
            `naming` (weight of the loss of classes).
    """
    loss, _, _ = GAMES[spec["game"]]
    weight, near = float(spec["slope_penalty"]), float(spec["near"])

    def total(y, output):
        said, called = _kinds(y, output)
        found = loss(said[0], said[1])
        if near > 0:
            rise = said[2:] - said[:2]
            slopes = ops.sum(ops.square(rise), axis=0) / near**2
            found = found + weight / 2 * slopes
        found = ops.mean(found, axis=-1)
        if spec["naming"] > 0:
            found = found + spec["naming"] * _misnamed(y, called[0])
        return found

    return total


def _kinds(y, output):
    """What was said of each place of an image, mostly one, and named.

    Returns:
        `(kinds, batch, places)`, and of whole images `(kinds, batch, names)`.
    """
    places = math.prod(output.shape[1:-1])
    shape = (-1, ops.shape(y)[0], places, output.shape[-1])
    found = ops.reshape(output, shape)
    return found[..., 0], found[:, :, 0, 1:]


def _misnamed(y, called):
    """Cross-entropy of classes, whose codes are the outcome.

    Odena, Olah & Shlens (2017), Conditional Image Synthesis with Auxiliary
    Classifier GANs; of made images it teaches the generator alone.
    """
    wanted = ops.one_hot(ops.cast(y, "int32"), called.shape[-1])
    return -ops.sum(wanted * ops.log_softmax(called), axis=-1)


class AdversarialStep(Step):
    """One step of both networks, which see the same images.

    The gradient of the discriminator's loss with respect to its own variables,
    and of the generator's with respect to its own, make one list, so that all
    that follows is that of any other step. Images are made once: the
    discriminator learns from them as they are, and looks at them once more,
    frozen, for the generator.

    Args:
        spec: Dict with what `discriminator_loss()` takes, `two_times`: the
            generator's learning rate as a multiple of the discriminator's
            (Heusel et al. 2017, GANs Trained by a Two Time-Scale Update Rule),
            `unit_slope`: weight of the squared distance of slopes from 1, and
            where images are made from others `likeness`: weight of the mean
            absolute difference from the true one (Isola et al. 2017,
            Image-to-Image Translation with Conditional Adversarial Networks).
        others: Those of `Step`.
    """

    extras = EXTRAS

    def __init__(self, spec, *others):
        super().__init__(*others)
        self.spec = spec
        _, self.generator_loss, self.right = GAMES[spec["game"]]
        self.two_times = float(spec["two_times"])
        self.likeness = float(spec.get("likeness", 0))
        self.discriminator = self.model.get_layer(DISCRIMINATOR)
        self.looks = looks(self.model)
        own = {id(v) for v in self.discriminator.trainable_variables}
        self.judges = [id(v) in own for v in self.model.trainable_variables]

    def rates(self, rate):
        """The learning rate of each variable."""
        made = rate * self.two_times
        return [rate if judges else made for judges in self.judges]

    def _gradients_of(self, trainable, fixed, batch, rows, parts):
        inputs, y, weights = batch

        def objective(values):
            seen, changed = self._call(self.looks, values, fixed, inputs)
            known = {k: ops.stop_gradient(x) for k, x in seen.items()}
            output, changed = self._call(
                self.discriminator, values, changed, known
            )
            losses = self.loss(y, output)
            if self.spec["unit_slope"] > 0:
                cost = self._off_unit(values, changed, known, y)
                losses = losses + self.spec["unit_slope"] * cost
            tricked = self._tricked(values, changed, seen, y, output)
            said, _ = _kinds(y, output)
            right = ops.mean(self.right(said[0], said[1]), axis=-1)
            seen = [ops.sum(x * weights) for x in (losses, tricked, right)]
            value = (seen[0] + seen[1]) / ops.cast(rows, "float32")
            return value, (ops.stack(seen), changed)

        (_, (seen, changed)), gradients = self.differentiate(
            objective, trainable
        )
        return gradients, changed, seen

    def _tricked(self, values, fixed, seen, y, output):
        """The generator's loss, of what a frozen discriminator says."""
        frozen = [
            ops.stop_gradient(value) if judges else value
            for value, judges in zip(values, self.judges, strict=True)
        ]
        n = ops.shape(y)[0]
        made = {k: x[n : 2 * n] for k, x in seen.items()}
        again, _ = self._call(self.discriminator, frozen, fixed, made)
        said, called = _kinds(y, again)
        real = ops.stop_gradient(_kinds(y, output)[0][0])
        found = ops.mean(self.generator_loss(real, said[0]), axis=-1)
        if self.likeness > 0:
            off = ops.abs(made["image"] - seen["image"][:n])
            found = found + self.likeness * ops.mean(off, axis=(1, 2, 3))
        if self.spec["naming"] > 0:
            found = found + self.spec["naming"] * _misnamed(y, called[0])
        return found

    def _off_unit(self, values, fixed, seen, y):
        """Squared distance of slopes from 1, between true and made images.

        Gulrajani et al. (2017), Improved Training of Wasserstein GANs.
        """
        n = ops.shape(y)[0]
        real, made = seen["image"][:n], seen["image"][n : 2 * n]
        # Any mixture will do, and this one needs no draw: each pair of images
        # by its place in the batch, which is a random one.
        share = (ops.arange(n, dtype="float32") + 0.5) / ops.cast(n, "float32")
        share = ops.reshape(share, (-1, 1, 1, 1))
        between = share * real + (1 - share) * made
        others = {k: x[:n] for k, x in seen.items() if k != "image"}

        def said(images):
            found, _ = self._call(
                self.discriminator, values, fixed, {"image": images, **others}
            )
            return ops.sum(found[:, 0]), ()

        _, slopes = self.differentiate(said, between)
        squares = ops.sum(ops.square(slopes), axis=(1, 2, 3))
        return ops.square(ops.sqrt(squares + 1e-12) - 1)

    def _call(self, part, values, fixed, inputs):
        """What a part of the model gives, and the changed `fixed` of all."""
        own = _of(part.trainable_variables, self.model.trainable_variables)
        theirs = _of(
            part.non_trainable_variables, self.model.non_trainable_variables
        )
        output, changed = part.stateless_call(
            [values[i] for i in own],
            [fixed[i] for i in theirs],
            inputs,
            training=True,
        )
        fixed = list(fixed)
        for i, value in zip(theirs, changed, strict=True):
            fixed[i] = value
        if not isinstance(output, dict):
            output = ops.cast(output, "float32")
        return output, fixed


def _of(variables, among):
    """Their positions among others."""
    places = {id(variable): i for i, variable in enumerate(among)}
    return [places[id(variable)] for variable in variables]


# Above it the discriminator knows nearly all, and what it says teaches little.
TOO_STRONG = 0.97
# Diversity of what is made, as a share of that of true images, below which it
# is one image again and again.
COLLAPSED = 0.4


def examine(history):
    """Findings about a run that ended in good order, the gravest first.

    Args:
        history: Dict of lists, a value an epoch; `diversity` where a judge has
            looked, NaN where it has not.

    Returns:
        A list of dicts of `kind` ("collapsed", "too_strong"), `epoch` (from
        which on it was so) and `value` (in the last epoch that was looked at).
    """
    found = []
    diversity = np.asarray(history.get("diversity", []), np.float64)
    epoch = _since(diversity < COLLAPSED, np.isfinite(diversity))
    if epoch is not None:
        last = diversity[np.isfinite(diversity)][-1]
        found.append({"kind": "collapsed", "epoch": epoch, "value": last})
    right = np.asarray(history["discriminator_accuracy"], np.float64)
    epoch = _since(right > TOO_STRONG, np.isfinite(right))
    if epoch is not None:
        found.append({"kind": "too_strong", "epoch": epoch, "value": right[-1]})
    return found


def _since(wrong, known):
    """The epoch from which on all that is known was wrong, or `None`."""
    at = np.flatnonzero(known)
    if len(at) == 0 or not wrong[at[-1]]:
        return None
    fine = at[~wrong[at]]
    return int(at[at > fine[-1]][0] if len(fine) else at[0]) + 1
