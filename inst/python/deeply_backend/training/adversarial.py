"""Training steps of two networks against each other, on the one engine."""

import numpy as np
from keras import ops

from deeply_backend.models.gan import DISCRIMINATOR
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
    # Lim & Ye (2017), Geometric GAN.
    "hinge": (
        lambda real, made: ops.relu(1 - real) + ops.relu(1 + made),
        lambda real, made: -made,
        _signs_right,
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
            the mean squared norm of gradients) and `near`, see `gan.build()`.
    """
    loss, _, _ = GAMES[spec["game"]]
    weight, near = float(spec["slope_penalty"]), float(spec["near"])

    def total(y, output):
        del y
        found = loss(output[:, 0], output[:, 1])
        if near > 0:
            rise = output[:, 2:] - output[:, :2]
            slopes = ops.sum(ops.square(rise), axis=1) / near**2
            found = found + weight / 2 * slopes
        return found

    return total


class AdversarialStep(Step):
    """One step of both networks, which see the same images.

    The gradient of the discriminator's loss with respect to its own variables,
    and of the generator's with respect to its own, make one list, so that all
    that follows is that of any other step. What is made for the one is made for
    the other: both draw by the same state.

    Args:
        spec: Dict with what `discriminator_loss()` takes, and `two_times`: the
            generator's learning rate as a multiple of the discriminator's
            (Heusel et al. 2017, GANs Trained by a Two Time-Scale Update Rule).
        others: Those of `Step`.
    """

    extras = EXTRAS

    def __init__(self, spec, *others):
        super().__init__(*others)
        _, self.generator_loss, self.right = GAMES[spec["game"]]
        self.two_times = float(spec["two_times"])
        discriminator = self.model.get_layer(DISCRIMINATOR)
        own = {id(v) for v in discriminator.trainable_variables}
        self.judges = [id(v) in own for v in self.model.trainable_variables]

    def rates(self, rate):
        """The learning rate of each variable."""
        made = rate * self.two_times
        return [rate if judges else made for judges in self.judges]

    def _gradients_of(self, trainable, fixed, batch, rows, parts):
        inputs, y, weights = batch

        def play(values, judging):
            """What the model says, where one of the networks learns."""
            values = [
                value if judges is judging else ops.stop_gradient(value)
                for value, judges in zip(values, self.judges, strict=True)
            ]
            output, changed, penalties = self.model.stateless_call(
                values, fixed, inputs, training=True, return_losses=True
            )
            return ops.cast(output, "float32"), changed, sum(penalties)

        def objective(values):
            output, changed, penalty = play(values, True)
            losses = self.loss(y, output) * weights
            made, _, _ = play(values, False)
            tricked = self.generator_loss(made[:, 0], made[:, 1]) * weights
            value = ops.sum(losses) + ops.sum(tricked)
            right = self.right(output[:, 0], output[:, 1]) * weights
            seen = [ops.sum(losses), ops.sum(tricked), ops.sum(right)]
            value = value / ops.cast(rows, "float32") + penalty / parts
            return value, (ops.stack(seen), changed)

        (_, (seen, changed)), gradients = self.differentiate(
            objective, trainable
        )
        return gradients, changed, seen


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
