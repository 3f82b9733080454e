"""Losses as one value a row, from logits wherever there are probabilities.

A sigmoid followed by a logarithm gives NaN as soon as float32 rounds the
probability to 0 or 1; working on the logits never does.
"""

import numpy as np
from keras import ops

# A cross-entropy that float32 still tells from zero.
SMALLEST = 1e-30


def squared_error(y, output):
    """Squared difference, `y` `(batch,)` float32, `output` `(batch, 1)`."""
    return ops.square(y - output[:, 0])


def binary_crossentropy(y, output):
    """Cross-entropy of a 0/1 `y` `(batch,)` and a logit `(batch, 1)`."""
    logit = output[:, 0]
    return ops.maximum(logit, 0.0) - logit * y + ops.softplus(-ops.abs(logit))


def categorical_crossentropy(y, output):
    """Cross-entropy of a class index `y` `(batch,)` and logits `(batch, k)`."""
    log_prob = ops.log_softmax(output, axis=-1)
    index = ops.cast(y, "int32")[:, None]
    return -ops.take_along_axis(log_prob, index, axis=-1)[:, 0]


def bpr(y, output):
    """How seldom an item a user had is ahead of items they had not.

    Rendle et al. (2009), BPR: Bayesian Personalized Ranking from Implicit
    Feedback: the mean of `-log sigmoid(own - other)`.

    Args:
        y: Not looked at: what was had is the first column.
        output: Scores `(batch, 1 + others)`.
    """
    del y
    return ops.mean(ops.softplus(output[:, 1:] - output[:, :1]), axis=1)


def sampled_softmax(y, output):
    """Cross-entropy of the item a user had among the items drawn beside it.

    Bengio & Senecal (2008), Adaptive Importance Sampling to Accelerate Training
    of a Neural Probabilistic Language Model. The scores of what was drawn come
    corrected for how often it is, see `layers.towers.Scores`.

    Args:
        y: Not looked at: what was had is the first column.
        output: Scores `(batch, 1 + others)`.
    """
    del y
    return ops.logsumexp(output, axis=1) - output[:, 0]


def multinomial(y, output):
    """Sum of the negative log probabilities of a user's items.

    Liang et al. (2018), Variational Autoencoders for Collaborative Filtering.

    Args:
        y: `(batch, length)` float32 of item numbers from 1; 0 is none.
        output: Logits `(batch, items)`.
    """
    log_prob = ops.log_softmax(output, axis=-1)
    index = ops.maximum(ops.cast(y, "int32") - 1, 0)
    own = ops.take_along_axis(log_prob, index, axis=-1)
    return -ops.sum(ops.where(y > 0, own, 0.0), axis=-1)


def own(y, output):
    """What a model says that each row costs, `output` `(batch, 1)`.

    Args:
        y: Not looked at: what was asked for is what went in.
        output: The loss of each row.
    """
    del y
    return output[:, 0]


LOSSES = {
    "own": own,
    "squared_error": squared_error,
    "binary_crossentropy": binary_crossentropy,
    "categorical_crossentropy": categorical_crossentropy,
}

# Losses of what a row has among all items, or those drawn beside it.
ITEM_LOSSES = {
    "multinomial": multinomial,
    "bpr": bpr,
    "sampled_softmax": sampled_softmax,
}


def pinball(levels):
    """The loss whose least mean is at the quantiles of the given levels.

    Koenker & Bassett (1978), Regression Quantiles: what is above an output
    costs its level a unit, what is below the rest to 1. The mean over the
    levels, of a `y` `(batch,)` and an output `(batch, len(levels))`.

    Args:
        levels: Numbers between 0 and 1, one an output.
    """
    levels = np.asarray(levels, "float32").reshape(-1)

    def pinball_loss(y, output):
        above = y[:, None] - output
        cost = ops.maximum(levels * above, (levels - 1) * above)
        return ops.mean(cost, axis=-1)

    return pinball_loss


def horizons(levels, scales):
    """The loss of a forecast, by its mean and its quantiles.

    The squared error of the mean, and the pinball losses of the quantiles, see
    `pinball()`; of each step ahead in units of its own, so that the far ones,
    which nobody knows, do not decide it all. Targets that are not known do not
    count.

    Args:
        levels: Numbers between 0 and 1; there may be none.
        scales: The unit of each step ahead.
    """
    levels = np.asarray(levels, "float32").reshape(-1)
    scales = np.asarray(scales, "float32").reshape(-1)

    def horizon_loss(y, output):
        output = ops.reshape(output, (-1, len(scales), 1 + len(levels)))
        there = ops.isfinite(y)
        # A product with 0 would not do: NaN stays.
        y = ops.where(there, y, 0.0)
        above = (y[:, :, None] - output) / scales[:, None]
        cost = ops.square(above[:, :, 0])
        if len(levels) > 0:
            above = above[:, :, 1:]
            pinballs = ops.maximum(levels * above, (levels - 1) * above)
            cost = cost + 2 * ops.mean(pinballs, axis=2)
        return ops.mean(ops.where(there, cost, 0.0), axis=1)

    return horizon_loss


def loss_of(spec):
    """The loss that a spec names; "pinball" has its `quantile_levels`."""
    if spec["loss"] == "pinball":
        return pinball(spec["quantile_levels"])
    return LOSSES[spec["loss"]]


def _check_classes(loss, what):
    if loss not in (binary_crossentropy, categorical_crossentropy):
        raise ValueError(f"{what}; {loss.__name__} has none.")


def smoothed(loss, smoothing):
    """A loss with a share of each label spread over all classes.

    Szegedy et al. (2016), Rethinking the Inception Architecture for Computer
    Vision. Each class gets `smoothing / classes` of every row.

    Args:
        loss: A loss of this module.
        smoothing: The share, from 0 to below 1; 0 gives `loss` itself.

    Raises:
        ValueError: If there is a share, but the loss knows no classes.
    """
    if smoothing == 0:
        return loss
    _check_classes(loss, "Label smoothing spreads labels over classes")
    if loss is binary_crossentropy:
        return lambda y, output: loss(
            y * (1 - smoothing) + smoothing / 2, output
        )

    def with_smoothing(y, output):
        log_prob = ops.log_softmax(output, axis=-1)
        even = -ops.mean(log_prob, axis=-1)
        return (1 - smoothing) * loss(y, output) + smoothing * even

    return with_smoothing


def focused(loss, gamma, hard=None):
    """A loss that counts a row the less, the surer its class is found.

    Lin et al. (2017), Focal Loss for Dense Object Detection: each row weighs
    `(1 - p) ** gamma`, with `p` the probability that its class gets. `p` is
    taken from the cross-entropy, which comes from logits and is finite.

    Args:
        loss: A loss of this module, smoothed or not.
        gamma: The exponent, at least 0; 0 gives `loss` itself.
        hard: The cross-entropy of the labels as they are; `None`: `loss`.

    Raises:
        ValueError: If there is an exponent, but the loss knows no classes.
    """
    if gamma == 0:
        return loss
    hard = hard or loss
    _check_classes(
        hard, "Focal loss weighs rows by the probability of their class"
    )

    def with_focus(y, output):
        # Zero to a power below 1 has no finite gradient.
        cost = ops.maximum(hard(y, output), SMALLEST)
        return ops.power(-ops.expm1(-cost), gamma) * loss(y, output)

    return with_focus


def of_each_outcome(loss):
    """A loss that is the mean over the outcomes of a row, if there are several.

    Smoothing and focus then hold for each label by itself.

    Args:
        loss: Function of `y` `(batch,)` and `output` `(batch, outputs)`.

    Returns:
        The same function for one outcome. A `y` `(batch, outcomes)` comes with
        an `output` of its shape.
    """

    def with_outcomes(y, output):
        if len(y.shape) == 1:
            return loss(y, output)
        losses = loss(ops.reshape(y, (-1,)), ops.reshape(output, (-1, 1)))
        return ops.mean(ops.reshape(losses, (-1, output.shape[1])), axis=1)

    return with_outcomes


def by_member(loss):
    """A loss that also takes outputs of several members of an ensemble.

    Args:
        loss: Function of `(y, output)` with a value a row, `output`
            `(batch, outputs)`.

    Returns:
        A function that is `loss` for such outputs, and for outputs
        `(batch, members, outputs)` the mean of the members' losses.
    """

    def mean_loss(y, output):
        if len(output.shape) == 2:
            return loss(y, output)
        _, members, outputs = output.shape
        losses = loss(
            ops.repeat(y, members, axis=0), ops.reshape(output, (-1, outputs))
        )
        return ops.mean(ops.reshape(losses, (-1, members)), axis=1)

    return mean_loss
