"""From a spec and rows to a trained model: builds, trains, and says how."""

import functools
import math

import keras
import numpy as np

from deeply_backend.data.disk_rows import DiskRows
from deeply_backend.data.feeds import DiskFeed
from deeply_backend.data.feeds import MemoryFeed
from deeply_backend.data.rows import split_inputs
from deeply_backend.data.windows import PIECE_ROWS
from deeply_backend.models import BUILDERS
from deeply_backend.training import adversarial
from deeply_backend.training import checkpoints
from deeply_backend.training import guards
from deeply_backend.training import loop
from deeply_backend.training.convolutions import rows_at_once
from deeply_backend.training.engine import Engine
from deeply_backend.training.errors import FaultError
from deeply_backend.training.frozen import learner
from deeply_backend.training.losses import ITEM_LOSSES
from deeply_backend.training.losses import by_member
from deeply_backend.training.losses import focused
from deeply_backend.training.losses import horizons
from deeply_backend.training.losses import loss_of
from deeply_backend.training.losses import of_each_outcome
from deeply_backend.training.losses import smoothed
from deeply_backend.training.rate_range import losses_at
from deeply_backend.training.seeds import seeded
from deeply_backend.training.step import Step
from deeply_backend.training.tensorboard import logged

# Rows of a streamed window at most, and its bytes: what training may hold of
# data that lies on a disk.
WINDOW_BYTES = 32 * 2**20


def train(spec, rows, n_train, plan, on_event, folder=None, judge=None):
    """Builds and trains a model.

    Args:
        spec: Dict with `model` (a key of `BUILDERS`), `loss` (see
            `losses.loss_of()`), `label_smoothing`, `focal_gamma`,
            `mixed_precision`, `optimizer` (see `step.Step`) and what the
            builder asks for.
        rows: A filled `Rows` or `DiskRows`.
        n_train: How many of them, the first ones, to train on.
        plan: A `Plan`.
        on_event: See `loop.Run`.
        folder: Where to write a TensorBoard log, or `None`.
        judge: See `loop.Run`.

    Returns:
        Dict of `model`, `history`, `best_epoch`, `stopped` (why: "epochs",
        "patience", "asked" or "fault"), `findings` (see `guards`), `unsaved`
        (why the last checkpoint could not be written, or `None`) and `spoiled`
        (names of checkpoints that could not be read).
    """
    with seeded(plan.seed):
        model = build(spec, rows, n_train)
        # Of a frozen network the head alone, on its features.
        part, rows, n_train = learner(spec, model, rows, n_train, on_event)
        run, spoiled = _start(spec, part, rows, n_train, plan, on_event, judge)
        some = rows_at_once(part, guards.SAMPLE_ROWS)
        sample = split_inputs(run.feed.sample(some))
        loss_now = functools.partial(
            guards.mean_loss, part, losses_of(spec)[1], sample
        )
        start_loss = loss_now()
        with logged(run, folder):
            stopped, findings = _train(run)
    if stopped != "fault" and spec["loss"] == adversarial.LOSS:
        findings = adversarial.examine(run.history)
    elif stopped != "fault":
        findings = guards.examine(
            part,
            sample[0],
            run.history,
            run.gradients,
            (start_loss, loss_now()),
            # Of two networks inside one, layers do not follow each other.
            ratios=spec["loss"] != "own",
        )
    if "start" in spec:
        # What was fitted before may have little left to learn.
        findings = [
            f for f in findings if f["kind"] not in ("stuck", "vanishing")
        ]
    return {
        "model": model,
        "history": run.history,
        "best_epoch": run.best_epoch,
        "stopped": stopped,
        "findings": findings,
        "unsaved": run.unsaved,
        "spoiled": spoiled,
    }


def range_test(spec, rows, n_train, plan, rates):
    """Mean loss of one step at each learning rate, see `losses_at()`."""
    with seeded(plan.seed):
        model = build(spec, rows, n_train)
        part, rows, n_train = learner(spec, model, rows, n_train)
        run, _ = _start(spec, part, rows, n_train, plan, None)
        return losses_at(run, np.asarray(rates, np.float32))


def build(spec, rows, n_train):
    """The network of a spec, which may learn from the training rows."""
    sample = functools.partial(_sample, rows, n_train)
    before = keras.config.dtype_policy()
    if spec["mixed_precision"]:
        # bfloat16 has the range of float32, so no loss has to be scaled.
        keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        return BUILDERS[spec["model"]](spec, sample)
    finally:
        keras.config.set_dtype_policy(before)


def _sample(rows, n_train, most):
    """Some of the training rows, evenly spread: `(inputs, y, weights)`."""
    n = min(most, n_train)
    return split_inputs(rows.take(np.arange(n) * n_train // n))


def losses_of(spec):
    """The loss to train by, and the one to score by.

    A smoothed label only helps training, so it is not scored. Focus changes
    which rows count, as weights do: stopping early by another loss than the
    one that is learned would stop at the wrong epoch.
    """
    if spec["loss"] == "horizons":
        loss = horizons(spec["quantile_levels"], spec["ahead_scale"])
        return loss, loss
    if spec["loss"] == adversarial.LOSS:
        loss = adversarial.discriminator_loss(spec)
        return loss, loss
    if spec["loss"] in ITEM_LOSSES:
        return ITEM_LOSSES[spec["loss"]], ITEM_LOSSES[spec["loss"]]
    hard, gamma = loss_of(spec), spec["focal_gamma"]
    smooth = smoothed(hard, spec["label_smoothing"])
    pair = focused(smooth, gamma, hard), focused(hard, gamma)
    loss, score_loss = (of_each_outcome(loss) for loss in pair)
    return by_member(loss), score_loss


def _start(spec, model, rows, n_train, plan, on_event, judge=None):
    """A run at its beginning, or where a checkpoint left it."""
    loss, score_loss = losses_of(spec)
    planned = plan.epochs * math.ceil(n_train / plan.step_rows)
    engine = Engine(
        model,
        loss,
        spec["optimizer"],
        score_loss=score_loss,
        planned_steps=planned,
        gather=getattr(rows, "gather", None),
        make_step=functools.partial(adversarial.AdversarialStep, spec)
        if spec["loss"] == adversarial.LOSS
        else Step,
    )
    on_disk = isinstance(rows, DiskRows)
    window = _window_rows(rows, plan) if on_disk else n_train
    feed = (DiskFeed if on_disk else MemoryFeed)(rows, n_train, engine, window)
    run = loop.Run(engine, feed, plan, on_event, judge)
    spoiled = []
    if plan.resume:
        snapshot, spoiled = checkpoints.load(plan.checkpoint)
        run.restore(snapshot)
    elif "start" in spec:
        run.remember_start()
    return run, spoiled


def _window_rows(rows, plan):
    """Rows of a window: as many whole pieces, or steps, as its bytes allow."""
    fit = max(1, WINDOW_BYTES * len(rows) // max(1, rows.nbytes))
    whole = PIECE_ROWS if fit >= PIECE_ROWS else plan.step_rows
    return max(plan.step_rows, fit - fit % whole)


def _train(run):
    """Trains; a fault becomes a finding."""
    try:
        return run.train(), []
    except FaultError as fault:
        return "fault", [guards.explain_fault(run, fault)]
