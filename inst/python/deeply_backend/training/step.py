"""One training step as a pure function of a state, written on `keras.ops`.

The state is a dict of tensors that the engine carries through a compiled loop:

- `trainable`, `fixed`: the model's variables;
- `slots`: what the optimizer remembers, a tuple a trainable variable;
- `average`: moving average of the trainable variables, or nothing;
- `count`: optimizer steps so far;
- `meter`: what an epoch measures, see `fresh_meter()`.
"""

import functools

import numpy as np
from keras import ops

from deeply_backend.layers.lookup import is_long
from deeply_backend.layers.lookup import listening
from deeply_backend.training import optimizers
from deeply_backend.training.row_gradients import RowGradient
from deeply_backend.training.row_gradients import add

NO_FAULT = -1


def fresh_meter(n_variables, n_extras=0):
    """Empties the meter at the start of an epoch.

    `loss` and `lost` are a compensated sum (Kahan 1965) of the weighted losses
    over the rows seen, so that a sum over millions of steps keeps its digits;
    `gradients` sums the squared norm of each variable's gradient over `steps`;
    `fault` is the position in the block of the step whose loss or gradient was
    no number: from there on nothing changes. `loss` and `lost` have more
    values where a step measures more, see `Step.extras`.
    """
    shape = (1 + n_extras,) if n_extras else ()
    return {
        "loss": np.zeros(shape, np.float32),
        "lost": np.zeros(shape, np.float32),
        "gradients": np.zeros(n_variables, np.float32),
        "steps": np.int32(0),
        "fault": np.int32(NO_FAULT),
    }


class Step:
    """Forward, backward and update of one batch.

    Args:
        model: A built `keras.Model`.
        loss: Function of `(y, output)` with one value a row.
        score_loss: The same for scoring, without what only helps training.
        optimizer: Dict for `optimizers.make()`, and `clip_norm` (largest norm
            of all gradients together), `clip_value` (largest gradient),
            `ema` (momentum of the average of the weights), each optional.
        differentiate: The backend's function of `(f, arguments)` that gives
            `((value, aux), gradients)` of `f(arguments)`.
        fuse: Function that compiles what follows the gradients, or `None`.
    """

    # Names of what an epoch measures beside the loss, see `fresh_meter()`.
    extras = ()

    def __init__(
        self, model, loss, score_loss, optimizer, differentiate, fuse=None
    ):
        self.model = model
        self.loss = loss
        self.score_loss = score_loss
        self.differentiate = differentiate
        self.rule = optimizers.make(optimizer)
        self.clip_norm = optimizer.get("clip_norm")
        self.clip_value = optimizer.get("clip_value")
        self.ema = optimizer.get("ema")
        self.by_rows = [
            self.rule.rowwise and is_long(variable)
            for variable in model.trainable_variables
        ]
        # A long table that is frozen, or whose optimizer needs it whole, is
        # looked up as well, but not by rows.
        self.positions = {
            id(variable): position
            for position, variable in enumerate(model.trainable_variables)
            if self.by_rows[position]
        }
        # Rows of a table are no tensors, and few enough.
        if fuse and not any(self.by_rows):
            self._advance = fuse(self._advance)

    def initial_state(self):
        """The state before the first step, as tensors and arrays."""
        trainable = [v.value for v in self.model.trainable_variables]
        return {
            "trainable": trainable,
            "fixed": [v.value for v in self.model.non_trainable_variables],
            "slots": [self.rule.slots(value) for value in trainable],
            "average": trainable if self.ema else [],
            "count": np.int32(0),
            "meter": self.fresh_meter(),
        }

    def fresh_meter(self):
        """The meter at the start of an epoch."""
        n = len(self.model.trainable_variables)
        return fresh_meter(n, len(self.extras))

    def rates(self, rate):
        """The learning rate of each variable."""
        return [rate] * len(self.model.trainable_variables)

    def kept_weights(self, state):
        """The trainable weights to score and to keep."""
        return state["average"] if self.ema else state["trainable"]

    def score(self, state, batch):
        """Sum of the weighted losses of a batch, without training."""
        inputs, y, weights = batch
        output, _ = self.model.stateless_call(
            self.kept_weights(state), state["fixed"], inputs, training=False
        )
        losses = self.score_loss(y, ops.cast(output, "float32"))
        return ops.sum(losses * weights) + _nothing_of(inputs)

    def take(self, state, batches, rate, position):
        """Takes a step.

        Args:
            state: The state.
            batches: List of `(inputs, y, weights)`; their gradients make one
                step together.
            rate: Learning rate.
            position: Position of the step in its block.

        Returns:
            The next state. It is the same but for the meter's `fault` if the
            loss or a gradient is no finite number.
        """
        return self._advance(
            state, *self._gradients(state, batches), rate, position
        )

    def _advance(self, state, gradients, fixed, loss, rate, position):
        """The next state, given gradients, the changed `fixed` and the loss."""
        gradients, squares = _measured(gradients)
        total = ops.sum(squares)
        fine = ops.logical_and(ops.isfinite(total), ops.all(ops.isfinite(loss)))
        clip = self._clip(total)
        keep = functools.partial(_map_whole, functools.partial(ops.where, fine))
        count = state["count"] + 1
        step = ops.cast(count, "float32")
        wholes = [
            self._update(own, step, keep, whole, clip(gradient))
            for own, whole, gradient in zip(
                self.rates(rate), _wholes(state), gradients, strict=True
            )
        ]
        return {
            "trainable": [value for value, _, _ in wholes],
            "fixed": _keep_list(fine, fixed, state["fixed"]),
            "slots": [slots for _, slots, _ in wholes],
            "average": [average for _, _, average in wholes if self.ema],
            "count": ops.where(fine, count, state["count"]),
            "meter": _measure(state["meter"], loss, squares, fine, position),
        }

    def _gradients(self, state, batches):
        """Gradients, the changed `fixed`, and the sum of the losses."""
        rows = sum(ops.shape(y)[0] for _, y, _ in batches)
        fixed = state["fixed"]
        gradients, losses = None, []
        for batch in batches:
            found, fixed, loss = self._gradients_of(
                state["trainable"], fixed, batch, rows, len(batches)
            )
            losses.append(loss)
            gradients = (
                found if gradients is None else list(map(add, gradients, found))
            )
        return gradients, fixed, sum(losses[1:], losses[0])

    def _gradients_of(self, trainable, fixed, batch, rows, parts):
        inputs, y, weights = batch
        lookups = self._lookups(trainable, fixed, inputs)

        def objective(arguments):
            dense, offsets = arguments
            offsets = iter(offsets)

            def with_offset(table, ids):
                rows = ops.take(table, ids, axis=0)
                if id(table) not in self.positions:
                    return rows
                return rows + ops.cast(next(offsets), rows.dtype)

            with listening(with_offset):
                output, changed, penalties = self.model.stateless_call(
                    self._joined(trainable, dense),
                    fixed,
                    inputs,
                    training=True,
                    return_losses=True,
                )
            losses = self.loss(y, ops.cast(output, "float32")) * weights
            total = ops.sum(losses)
            value = total / ops.cast(rows, "float32") + sum(penalties) / parts
            return value, (total, changed)

        dense = [
            value
            for value, by_rows in zip(trainable, self.by_rows, strict=True)
            if not by_rows
        ]
        offsets = [offset for _, _, offset in lookups]
        (_, (total, changed)), (dense, offsets) = self.differentiate(
            objective, (dense, offsets)
        )
        gradients = self._joined([None] * len(trainable), dense)
        for (position, ids, _), values in zip(lookups, offsets, strict=True):
            values = ops.reshape(values, (-1, trainable[position].shape[1]))
            found = gradients[position]
            gradients[position] = (
                RowGradient(ids, values)
                if found is None
                else found.plus(ids, values)
            )
        return gradients, changed, total

    def _joined(self, values, dense):
        """Values, with those of all variables but the long tables replaced."""
        dense = iter(dense)
        return [
            value if by_rows else next(dense)
            for value, by_rows in zip(values, self.by_rows, strict=True)
        ]

    def _lookups(self, trainable, fixed, inputs):
        """Which rows of which long table the model is going to take."""
        if not any(self.by_rows):
            return []
        found = []

        def remember(table, ids):
            rows = ops.take(table, ids, axis=0)
            position = self.positions.get(id(table))
            if position is not None:
                flat = ops.cast(ops.reshape(ids, (-1,)), "int32")
                # float32 in mixed precision too, as gradients are.
                offset = ops.zeros_like(rows, dtype="float32")
                found.append((position, flat, offset))
            return rows

        with listening(remember):
            self.model.stateless_call(trainable, fixed, inputs, training=True)
        return found

    def _clip(self, total):
        """A function that clips one gradient."""
        if self.clip_norm:
            limit = float(self.clip_norm)
            factor = limit / ops.maximum(ops.sqrt(total), limit)
            return functools.partial(_map_values, lambda x: x * factor)
        if self.clip_value:
            limit = float(self.clip_value)
            return functools.partial(
                _map_values, lambda x: ops.clip(x, -limit, limit)
            )
        return lambda gradient: gradient

    def _update(self, rate, step, keep, whole, gradient):
        """One variable, its slots and its average after a step."""
        if not isinstance(gradient, RowGradient):
            return keep(self._formula(whole, gradient, rate, step), whole)
        ids = gradient.ids
        rows = _map_whole(lambda x: ops.take(x, ids, axis=0), whole)
        value, slots, average = self._formula(rows, gradient.values, rate, step)
        if self.ema:
            # A row that is seldom touched would keep its random start in the
            # average for good, so the rows of a long table are not averaged.
            average = value
        updated = keep((value, slots, average), rows)
        return _map_whole(
            lambda x, new: ops.scatter_update(x, ids[:, None], new),
            whole,
            updated,
        )

    def _formula(self, whole, gradient, rate, step):
        value, slots, average = whole
        value, slots = self.rule.update(value, gradient, slots, rate, step)
        if self.ema:
            # Follows fast at first, or it would be full of the random start.
            momentum = ops.minimum(self.ema, (1 + step) / (10 + step))
            average = average + (1 - momentum) * (value - average)
        return value, tuple(slots), average


def _nothing_of(inputs):
    """Zero, or NaN if an input is no number.

    Gradients tell of such an input; the ReLU of oneDNN does not, as it takes
    NaN for 0.
    """
    floats = [x for x in inputs.values() if "float" in str(x.dtype)]
    return sum((0 * ops.sum(x) for x in floats), 0.0)


def _wholes(state):
    """A tuple `(value, slots, average)` for each trainable variable."""
    averages = state["average"] or [None] * len(state["trainable"])
    return zip(state["trainable"], state["slots"], averages, strict=True)


def _map_whole(function, whole, *others):
    """Applies a function to a value, its slots and its average."""
    value, slots, average = zip(whole, *others, strict=True)
    return (
        function(*value),
        tuple(function(*each) for each in zip(*slots, strict=True)),
        None if average[0] is None else function(*average),
    )


def _map_values(function, gradient):
    if isinstance(gradient, RowGradient):
        return RowGradient(gradient.ids, function(gradient.values))
    return function(gradient)


def _keep_list(fine, new, old):
    """Old values where the step is not fine.

    What a step leaves alone is no new tensor: a table that is only looked up is
    not to be gone through as a whole.
    """
    return [
        a if a is b else ops.where(fine, a, b)
        for a, b in zip(new, old, strict=True)
    ]


def _measured(gradients):
    """Gradients ready for the update, and the sum of squares of each."""
    ready, squares = [], []
    for gradient in gradients:
        values = gradient
        if isinstance(gradient, RowGradient):
            gradient, values = gradient.gathered()
        ready.append(gradient)
        squares.append(_column_squares(values))
    # A sum over all elements adds one after the other; sums over rows add a
    # row at a time, and a product with zeros and ones does the rest.
    widths = [column.shape[0] for column in squares]
    owner = np.repeat(np.eye(len(widths), dtype=np.float32), widths, axis=0)
    return ready, ops.matmul(ops.concatenate(squares)[None], owner)[0]


def _column_squares(values):
    width = values.shape[-1] if len(values.shape) > 0 else 1
    return ops.sum(ops.square(ops.reshape(values, (-1, width))), axis=0)


def _measure(meter, loss, squares, fine, position):
    part = loss - meter["lost"]
    total = meter["loss"] + part
    lost = (total - meter["loss"]) - part
    return {
        "loss": ops.where(fine, total, meter["loss"]),
        "lost": ops.where(fine, lost, meter["lost"]),
        "gradients": ops.where(
            fine, meter["gradients"] + squares, meter["gradients"]
        ),
        "steps": meter["steps"] + ops.cast(fine, "int32"),
        "fault": ops.where(fine, NO_FAULT, position),
    }
