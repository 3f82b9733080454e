"""Update formulas of the optimizers, as pure functions of plain tensors.

Why not `keras.optimizers`: those own their state as variables and update whole
variables only. The engine carries its state as plain tensors through one
compiled loop, and applies the same formula to a whole variable and to the few
rows of an embedding table that a batch touched. The names, defaults and numbers
are those of Keras 3; the tests compare the two.

A formula is written on `keras.ops` alone, so TensorFlow graphs, XLA and JAX all
trace it. It runs every step, so scalars are folded before they meet a tensor.
"""

from dataclasses import dataclass
from dataclasses import fields

from keras import ops


@dataclass(frozen=True, kw_only=True)
class Optimizer:
    """What all optimizers share: options, weight decay, a pure update.

    Args:
        weight_decay: Share of a value that a step of rate 1 takes away, apart
            from the gradient. Loshchilov & Hutter (2019), Decoupled Weight
            Decay Regularization.
    """

    weight_decay: float = 0.0

    # Whether the update of a row needs nothing but that row. Not an option:
    # without an annotation it is no field.
    rowwise = True

    def slots(self, value):
        """Initial state for `value`, a tuple of float32 tensors.

        The slots of a row-wise optimizer have the shape of `value`, so the
        same rows can be taken of both. No two slots share memory: JAX refuses
        to be given the same buffer twice.
        """
        return ()

    def update(self, value, gradient, slots, rate, step):
        """Takes one step.

        Args:
            value: The variable, or some rows of it, float32.
            gradient: Gradient of the objective, of the same shape.
            slots: State as `slots()` or the last update gave it.
            rate: Learning rate, float32 scalar.
            step: Number of this update, from 1, float32 scalar.

        Returns:
            The new value and the new slots.
        """
        if self.weight_decay:
            # Decay comes first, as in Keras: a formula that looks at the value
            # sees the decayed one. Not `value * (1 - rate * weight_decay)`:
            # beside 1, float32 rounds a decay of 4e-7 (AdamW at rate 1e-4) by
            # 4 %, for every value alike.
            value = value - value * (rate * self.weight_decay)
        return self._formula(value, gradient, slots, rate, step)

    def _formula(self, value, gradient, slots, rate, step):
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class SGD(Optimizer):
    """Stochastic gradient descent, plain or with momentum.

    Polyak (1964), Some Methods of Speeding up the Convergence of Iteration
    Methods; Sutskever et al. (2013), On the Importance of Initialization and
    Momentum in Deep Learning, for Nesterov's form.

    Args:
        momentum: Share of the last step that is taken again; 0 needs no slot.
        nesterov: Whether the gradient counts as taken after that step.
    """

    momentum: float = 0.0
    nesterov: bool = False

    def slots(self, value):
        """The last step, if there is momentum."""
        return (_zeros(value),) if self.momentum else ()

    def _formula(self, value, gradient, slots, rate, step):
        descent = rate * gradient
        if not self.momentum:
            return value - descent, ()
        velocity = self.momentum * slots[0] - descent
        move = velocity
        if self.nesterov:
            move = self.momentum * velocity - descent
        return value + move, (velocity,)


@dataclass(frozen=True, kw_only=True)
class Adagrad(Optimizer):
    """Each element's rate falls with the squared gradients it has seen.

    Duchi, Hazan & Singer (2011), Adaptive Subgradient Methods for Online
    Learning and Stochastic Optimization.

    Args:
        initial_accumulator: Where the sum of squared gradients starts.
        epsilon: Added to that sum under the root.
    """

    initial_accumulator: float = 0.1
    epsilon: float = 1e-7

    def slots(self, value):
        """The sum of squared gradients."""
        start = self.initial_accumulator
        return (ops.full_like(value, start, dtype="float32"),)

    def _formula(self, value, gradient, slots, rate, step):
        total = slots[0] + ops.square(gradient)
        move = rate * gradient * ops.rsqrt(total + self.epsilon)
        return value - move, (total,)


@dataclass(frozen=True, kw_only=True)
class RMSprop(Optimizer):
    """Divides the gradient by the root of its recent mean square.

    Tieleman & Hinton (2012), Neural Networks for Machine Learning, lecture 6.5.

    Args:
        rho: Share of the mean square that a step keeps.
        momentum: Share of the last step that is taken again; 0 needs no slot.
        epsilon: Added to the mean square under the root.
    """

    rho: float = 0.9
    momentum: float = 0.0
    epsilon: float = 1e-7

    def slots(self, value):
        """The mean square and, if there is momentum, the last step."""
        return tuple(_zeros(value) for _ in range(2 if self.momentum else 1))

    def _formula(self, value, gradient, slots, rate, step):
        square = _blend(slots[0], ops.square(gradient), 1 - self.rho)
        move = rate * gradient * ops.rsqrt(square + self.epsilon)
        if not self.momentum:
            return value - move, (square,)
        move = self.momentum * slots[1] + move
        return value - move, (square, move)


@dataclass(frozen=True, kw_only=True)
class Adam(Optimizer):
    """Running means of the gradient and its square, corrected for their start.

    Kingma & Ba (2015), Adam: A Method for Stochastic Optimization.

    Args:
        beta_1: Share of the mean gradient that a step keeps.
        beta_2: Share of the mean squared gradient that a step keeps.
        epsilon: The paper's "epsilon hat": added to the root before the
            correction.
    """

    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7

    def slots(self, value):
        """The mean gradient and the mean squared gradient."""
        return _zeros(value), _zeros(value)

    def _formula(self, value, gradient, slots, rate, step):
        mean = _blend(slots[0], gradient, 1 - self.beta_1)
        square = _blend(slots[1], ops.square(gradient), 1 - self.beta_2)
        # Both corrections in one scalar, as the paper's section 2 ends.
        correction = ops.sqrt(1 - ops.power(self.beta_2, step))
        rate = rate * correction / (1 - ops.power(self.beta_1, step))
        move = rate * mean / (ops.sqrt(square) + self.epsilon)
        return value - move, (mean, square)


@dataclass(frozen=True, kw_only=True)
class AdamW(Adam):
    """Adam with weight decay.

    Loshchilov & Hutter (2019), Decoupled Weight Decay Regularization.

    Args:
        weight_decay: As for all optimizers, but not 0 unless asked for.
    """

    weight_decay: float = 0.004


@dataclass(frozen=True, kw_only=True)
class Lion(Optimizer):
    """Steps of one size, in the direction of the sign of a mean gradient.

    Chen et al. (2023), Symbolic Discovery of Optimization Algorithms.

    Args:
        beta_1: Share of the old mean in the mean whose sign is taken.
        beta_2: Share of the old mean in the mean that is kept.
    """

    beta_1: float = 0.9
    beta_2: float = 0.99

    def slots(self, value):
        """The mean gradient."""
        return (_zeros(value),)

    def _formula(self, value, gradient, slots, rate, step):
        direction = ops.sign(_blend(slots[0], gradient, 1 - self.beta_1))
        mean = _blend(slots[0], gradient, 1 - self.beta_2)
        return value - rate * direction, (mean,)


@dataclass(frozen=True, kw_only=True)
class Adafactor(Optimizer):
    """Adam's second moment kept as one mean a row and one a column.

    Shazeer & Stern (2018), Adafactor: Adaptive Learning Rates with Sublinear
    Memory Cost. The rate is relative to the size of the values, and a step's
    root mean square is clipped: both need the whole variable, so this is the
    one optimizer that cannot update rows alone.

    Args:
        beta_2_decay: How fast the means come to remember: step `t` keeps
            `1 - t ** beta_2_decay` of them.
        epsilon_1: Added to the squared gradients.
        epsilon_2: Least size of the values that a rate is relative to.
        clip_threshold: Largest root mean square of a step of rate 1.
        relative_step: Whether the rate is at most `1 / sqrt(step)`. Keras
            caps it either way; here the schedule has the last word unless
            this is asked for.
    """

    beta_2_decay: float = -0.8
    epsilon_1: float = 1e-30
    epsilon_2: float = 1e-3
    clip_threshold: float = 1.0
    relative_step: bool = False

    rowwise = False

    def slots(self, value):
        """Mean squares of rows and columns; of elements below 2 dimensions."""
        shape = tuple(value.shape)
        if len(shape) < 2:
            return (_zeros(value),)
        columns = (*shape[:-2], shape[-1])
        return ops.zeros(shape[:-1], "float32"), ops.zeros(columns, "float32")

    def _formula(self, value, gradient, slots, rate, step):
        if self.relative_step:
            rate = ops.minimum(rate, ops.rsqrt(step))
        slots = self._means(gradient, slots, ops.power(step, self.beta_2_decay))
        move = self._scaled(gradient, slots)
        clip = ops.maximum(1.0, _root_mean_square(move) / self.clip_threshold)
        size = ops.maximum(self.epsilon_2, _root_mean_square(value))
        return value - (rate * size / clip) * move, slots

    def _means(self, gradient, slots, share):
        square = ops.square(gradient) + self.epsilon_1
        if len(slots) == 1:
            return (_blend(slots[0], square, share),)
        return (
            _blend(slots[0], ops.mean(square, axis=-1), share),
            _blend(slots[1], ops.mean(square, axis=-2), share),
        )

    @staticmethod
    def _scaled(gradient, slots):
        if len(slots) == 1:
            return gradient * ops.rsqrt(slots[0])
        # Never as one product of rows and columns: where a dead input meets a
        # dead unit that is epsilon_1 squared, which float32 rounds to 0.
        rows, columns = slots
        mean = ops.mean(rows, axis=-1, keepdims=True)
        rows = ops.expand_dims(ops.sqrt(mean) * ops.rsqrt(rows), -1)
        return gradient * rows * ops.expand_dims(ops.rsqrt(columns), -2)


OPTIMIZERS = {
    "sgd": SGD,
    "adagrad": Adagrad,
    "rmsprop": RMSprop,
    "adam": Adam,
    "adamw": AdamW,
    "lion": Lion,
    "adafactor": Adafactor,
}


def make(spec):
    """Returns the optimizer that a dict describes.

    Args:
        spec: `name` and any options of that optimizer. Other keys belong to
            the engine and are left alone; `None` stands for the default.
    """
    name = spec["name"]
    if name not in OPTIMIZERS:
        known = ", ".join(OPTIMIZERS)
        raise ValueError(f"Unknown optimizer {name!r}. Known: {known}.")
    optimizer = OPTIMIZERS[name]
    options = {field.name for field in fields(optimizer)}
    return optimizer(
        **{k: v for k, v in spec.items() if k in options and v is not None}
    )


def _zeros(value):
    return ops.zeros_like(value, dtype="float32")


def _blend(old, new, share):
    """`(1 - share) * old + share * new`."""
    return old + (new - old) * share


def _root_mean_square(x):
    return ops.sqrt(ops.mean(ops.square(x)))
