"""Epochs, early stopping and the best weights: the same for every model."""

import dataclasses
import math
import time

import numpy as np

# A compiled call is deaf to Ctrl-C, so no block of steps is longer than this.
BLOCK_SECONDS = 0.4
SCORE_ROWS = 65_536


@dataclasses.dataclass
class Plan:
    """How to train.

    Args:
        epochs: Number of passes over the training rows at most.
        batch_size: Rows a step.
        patience: Epochs without a better score before stopping; `inf` never.
        seed: Integer that decides the order of the rows.
    """

    epochs: int
    batch_size: int
    patience: float
    seed: int


class Pace:
    """Finds how many steps fit into a block."""

    def __init__(self):
        self.steps = 1

    def update(self, steps, seconds):
        """Learns from a block; grows at most eightfold at a time."""
        fit = int(BLOCK_SECONDS * steps / max(seconds, 1e-6))
        self.steps = max(1, min(fit, 8 * self.steps))


class Best:
    """Remembers the weights with the lowest score, and for how long."""

    def __init__(self):
        self.epoch = 0
        self.score = math.inf
        self.weights = None

    def update(self, epoch, score, engine):
        """Keeps the weights if `score` is the lowest so far."""
        if score < self.score:
            self.epoch, self.score = epoch, score
            self.weights = engine.weights_now()


def batches(rows, batch_size, generator):
    """Shuffles `rows` into full batches and, where rows are left, a short one.

    Returns:
        A list of one or two int32 arrays `(steps, rows a step)`.
    """
    order = generator.permutation(rows)
    full = len(order) - len(order) % batch_size
    parts = [order[:full].reshape(-1, batch_size), order[full:][None, :]]
    return [part for part in parts if part.size > 0]


def train_epoch(engine, rows, plan, generator, pace):
    """Sees every training row once; returns the sum of the losses."""
    total = 0.0
    for index in batches(rows, plan.batch_size, generator):
        first = 0
        while first < len(index):
            last = min(first + pace.steps, len(index))
            started = time.perf_counter()
            total += engine.steps(index, first, last)
            pace.update(last - first, time.perf_counter() - started)
            first = last
    return total


def score_rows(engine, rows):
    """Sum of the losses over `rows`, in pieces of constant memory."""
    return sum(
        engine.score(rows[first : first + SCORE_ROWS])
        for first in range(0, len(rows), SCORE_ROWS)
    )


def train(engine, weights, rows, validation, plan, on_epoch):
    """Trains until the epochs or the patience run out; restores the best.

    Without validation rows the training loss decides which epoch was best.

    Args:
        engine: An `Engine`.
        weights: 1-D array, a weight a row.
        rows: int32 array, the rows to train on.
        validation: int32 array, the rows to watch; may be empty.
        plan: A `Plan`.
        on_epoch: Called with a dict after every epoch.

    Returns:
        A tuple of the history (dict of lists, one value an epoch) and the
        best epoch, from 1.
    """
    generator = np.random.default_rng(plan.seed)
    train_weight = float(weights[rows].sum())
    validation_weight = float(weights[validation].sum())
    pace, best = Pace(), Best()
    history = {"epoch": [], "loss": [], "val_loss": [], "seconds": []}
    started = time.perf_counter()
    for epoch in range(1, plan.epochs + 1):
        loss = train_epoch(engine, rows, plan, generator, pace) / train_weight
        val_loss = math.nan
        if len(validation):
            val_loss = score_rows(engine, validation) / validation_weight
        event = {
            "epoch": epoch,
            "loss": loss,
            "val_loss": val_loss,
            "seconds": time.perf_counter() - started,
        }
        for name, value in event.items():
            history[name].append(value)
        score = val_loss if len(validation) else loss
        if not math.isfinite(loss + score):
            raise FloatingPointError(
                f"the loss became {loss + score} in epoch {epoch}"
            )
        best.update(epoch, score, engine)
        on_epoch(event)
        if epoch - best.epoch >= plan.patience:
            break
    engine.finish()
    engine.model.set_weights(best.weights)
    return history, best.epoch
