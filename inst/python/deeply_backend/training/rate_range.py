"""The learning-rate range test.

Smith (2017), Cyclical Learning Rates for Training Neural Networks.
"""

import math

import numpy as np

from deeply_backend.training.plan import batches

# The test has seen enough when the loss is that many times its start.
BLOWN_UP = 4


def losses_at(run, rates):
    """Takes one step at each learning rate.

    Ends early when the loss has blown up; the last one may be NaN.

    Args:
        run: A `loop.Run` at its beginning.
        rates: Array of learning rates, rising.

    Returns:
        List of the mean loss of each step's rows, before the step.
    """
    losses = []
    for rate, (data, index, step) in zip(rates, _steps(run), strict=False):
        run.engine.reset_meter()
        same = np.full(len(index), rate, np.float32)
        fault = run.engine.steps(data, index, same, step, step + 1)
        weights = np.asarray(data[2])[index[step].ravel()]
        # A step that is not taken leaves nothing on the meter.
        loss = math.nan if fault is not None else run.engine.meter()["loss"]
        losses.append(loss / float(weights.sum()))
        if not losses[-1] < BLOWN_UP * losses[0]:
            break
    return losses


def _steps(run):
    """Yields `(data, index, step)` of one epoch after the other."""
    epoch = 0
    while True:
        epoch += 1
        plan = run.plan
        for data, order in run.feed.epoch(plan.seed, epoch, plan.step_rows):
            index = next(batches(order, plan))
            for step in range(len(index)):
                yield data, index, step
