"""How to train: the numbers, and how rows become steps."""

import dataclasses
import math


@dataclasses.dataclass
class Plan:
    """How to train.

    Args:
        epochs: Number of passes over the training rows at most.
        batch_size: Rows of one gradient.
        patience: Epochs without a better score before stopping; `inf` never.
        seed: Integer that decides the order of the rows.
        learn_rate: The learning rate, if it stays the same.
        rates: Else a function of `(first, count, scores)`: the learning rates
            of the steps `first` to `first + count - 1` from the start of the
            run, given the scores of the finished epochs.
        accumulate: How many gradients make one step together.
        checkpoint: A folder, or `None`.
        checkpoint_epochs, checkpoint_seconds: When to write a checkpoint.
        resume: Whether to go on from the newest one.
    """

    epochs: int
    batch_size: int
    patience: float
    seed: int
    learn_rate: float = 0.001
    rates: object = None
    accumulate: int = 1
    checkpoint: str | None = None
    checkpoint_epochs: float = math.inf
    checkpoint_seconds: float = math.inf
    resume: bool = False

    @property
    def step_rows(self):
        """Rows of one step."""
        return self.batch_size * self.accumulate


def step_shapes(n, plan):
    """Divides `n` rows into steps.

    Yields:
        `(steps, parts, batch)`: all full steps; where rows are left, one step
        of the full batches in it; one of the rest.
    """
    while n > 0:
        batch = min(plan.batch_size, n)
        parts = min(plan.accumulate, n // batch)
        steps = n // (parts * batch)
        yield steps, parts, batch
        n -= steps * parts * batch


def batches(order, plan):
    """Yields the rows of steps, int32 arrays `(steps, parts, batch)`."""
    first = 0
    for shape in step_shapes(len(order), plan):
        last = first + math.prod(shape)
        yield order[first:last].reshape(shape)
        first = last
