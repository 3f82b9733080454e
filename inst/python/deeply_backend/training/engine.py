"""The one engine: blocks of training steps as one compiled loop.

Models and loops do not know which backend runs. What differs sits in
`engine_<backend>.py`: `Program` (a state on the device, with compiled functions
on it), `differentiate()`, `fuse()`, `compile_call()`, `take()`, `to_device()`,
`as_number()`, `compile_predict()`, `devices()` and `version()`.
"""

import importlib

import keras
import numpy as np
from keras import ops

from deeply_backend.training.convolutions import convolves
from deeply_backend.training.convolutions import rows_at_once
from deeply_backend.training.step import NO_FAULT
from deeply_backend.training.step import Step

_backend = importlib.import_module(
    f"deeply_backend.training.engine_{keras.backend.backend()}"
)

compile_call = _backend.compile_call
compile_predict = _backend.compile_predict
differentiate = _backend.differentiate
devices = _backend.devices
version = _backend.version

# XLA takes half a second to compile and saves about a tenth of a millisecond a
# step, so a short run does without.
JIT_STEPS = 5_000

# Rows that are scored at once, where a row is one of a table.
SCORE_ROWS = 65_536


class Engine:
    """Trains a Keras model on data that lives on the device.

    Gathering a batch, forward, backward, update and metrics run inside one
    compiled call for a whole block of steps: Python costs nothing a step.

    Args:
        model: A built `keras.Model`.
        loss: Function of `(y, output)` that gives one value a row.
        optimizer: Dict, see `Step`.
        score_loss: As `loss`, for scoring; `None`: the same.
        planned_steps: Number of steps that may come, which decides whether to
            compile at length.
        gather: Function of `(data, rows, take)` that gives the batch of some
            rows; `None`: they are rows of each array.
        make_step: `Step`, or what makes one of another kind.
    """

    def __init__(
        self,
        model,
        loss,
        optimizer,
        score_loss=None,
        planned_steps=JIT_STEPS,
        gather=None,
        make_step=Step,
    ):
        self.model = model
        self._gather = gather or _rows_of_each
        many = planned_steps >= JIT_STEPS
        # XLA's own convolutions take twenty times as long on a CPU: it is given
        # what follows the gradients alone, a fifteenth of the time.
        self.convolves = convolves(model)
        slow = self.convolves and len(devices()) == 0
        self.step = make_step(
            model,
            loss,
            score_loss or loss,
            optimizer,
            _backend.differentiate,
            _backend.fuse if many and slow else None,
        )
        # A long table would be copied every step without XLA.
        jit = not slow and (many or any(self.step.by_rows))
        self.score_rows = rows_at_once(model, SCORE_ROWS)
        self._program = _backend.Program(
            self.step.initial_state(), self._run_block, self._run_score, jit
        )

    def place(self, inputs, y, weights):
        """Brings data to the device.

        Args:
            inputs: Dict of arrays, rows first.
            y: float32, 1-D, or a column an outcome.
            weights: 1-D float32, one a row.

        Returns:
            What `steps()` and `score()` take as data.
        """
        inputs = {k: _backend.to_device(v) for k, v in inputs.items()}
        return inputs, _backend.to_device(y), _backend.to_device(weights)

    def steps(self, data, index, rates, first, last):
        """Takes the steps `first` to `last - 1`.

        Stops before the step whose loss or gradient is no finite number.

        Args:
            data: What `place()` gave.
            index: int32 `(steps, parts, batch)`: the rows of each step. The
                gradients of the parts make one step together.
            rates: float32 `(steps,)`, learning rates.
            first: First step.
            last: The step after the last one.

        Returns:
            `None`, or the position of the step that was not taken.
        """
        self._program.run(
            len(index),
            data,
            index,
            rates,
            _backend.as_number(np.int32(first)),
            _backend.as_number(np.int32(last)),
        )
        fault = int(self._program.read_part("meter")["fault"])
        return None if fault == NO_FAULT else fault

    def rows_of(self, data, rows):
        """Inputs and `y` of some rows of what `place()` gave, as arrays."""
        inputs, y, _ = self._batch(data, np.asarray(rows, np.int32))
        return {k: np.asarray(v) for k, v in inputs.items()}, np.asarray(y)

    def score(self, data, first, last):
        """Sum of the weighted losses over the rows `first` to `last - 1`."""
        rows = np.arange(first, last, dtype=np.int32)
        return self._program.score(data, rows)

    def meter(self):
        """What an epoch measures.

        Returns:
            Dict of `loss` (sum over the rows), `extras` (such sums of what else
            the step measures) and `gradients` (mean squared norms).
        """
        meter = self._program.read_part("meter")
        loss, *extras = np.ravel(meter["loss"]).tolist()
        return {
            "loss": loss,
            "extras": dict(zip(self.step.extras, extras, strict=True)),
            "gradients": meter["gradients"] / max(1, int(meter["steps"])),
        }

    def reset_meter(self):
        """Starts measuring anew, as an epoch does."""
        self._program.write({"meter": self.step.fresh_meter()})

    def weights_now(self, into=None):
        """The weights to score and to keep: `(trainable, fixed)` arrays.

        Args:
            into: What this method gave before, to be overwritten: fresh memory
                takes longer than the copy.
        """
        kept = "average" if self.step.ema else "trainable"
        trainable, fixed = into or (None, None)
        return (
            self._program.read_part(kept, trainable),
            self._program.read_part("fixed", fixed),
        )

    def keep(self, weights):
        """Leaves weights that `weights_now()` gave in the model."""
        trainable, fixed = weights
        for variable, value in zip(
            self.model.trainable_variables, trainable, strict=True
        ):
            variable.assign(value)
        for variable, value in zip(
            self.model.non_trainable_variables, fixed, strict=True
        ):
            variable.assign(value)

    def model_weights(self):
        """As `weights_now()`, of the model: what it had before `keep()`."""
        variables = self.model.trainable_variables
        fixed = self.model.non_trainable_variables
        return (
            [ops.convert_to_numpy(v) for v in variables],
            [ops.convert_to_numpy(v) for v in fixed],
        )

    def current_weights(self):
        """As `weights_now()`, without the average."""
        read = self._program.read_part
        return read("trainable"), read("fixed")

    def state(self):
        """Everything that training needs to go on, as nested arrays."""
        return self._program.read()

    def restore(self, state):
        """Goes on from what `state()` gave."""
        self._program.write(state)

    def _run_block(self, state, data, index, rates, first, last):
        def unfinished(position, state):
            fine = ops.equal(state["meter"]["fault"], NO_FAULT)
            return ops.logical_and(position < last, fine)

        def body(position, state):
            rows = index[position]
            batches = [self._batch(data, rows[i]) for i in range(rows.shape[0])]
            state = self.step.take(state, batches, rates[position], position)
            return position + 1, state

        _, state = ops.while_loop(unfinished, body, (first, state))
        return state

    def _run_score(self, state, data, rows):
        return self.step.score(state, self._batch(data, rows))

    def _batch(self, data, rows):
        return self._gather(data, rows, _backend.take)


def _rows_of_each(data, rows, take):
    inputs, y, weights = data
    inputs = {name: take(x, rows) for name, x in inputs.items()}
    return inputs, take(y, rows), take(weights, rows)
