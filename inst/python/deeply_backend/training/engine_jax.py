"""What the engine needs of JAX."""

import jax
import jax.numpy as jnp
import numpy as np


class Program:
    """A state on the device, and compiled functions that read and change it.

    Args:
        state: Nested dicts, lists and tuples of arrays.
        block: Function of `(state, *arguments)` that returns the next state.
        score: Function of `(state, *arguments)` that returns a number.
        jit: Not asked: JAX compiles in any case.
    """

    def __init__(self, state, block, score, jit):
        del jit
        # Copies, because the first block gives the memory of its state away.
        self._state = jax.tree.map(_committed, state)
        self._block = jax.jit(block, donate_argnums=0)
        self._score = jax.jit(score)

    def run(self, steps, *arguments):
        """Runs the block on an index of so many steps; the state changes."""
        del steps
        self._state = self._block(self._state, *arguments)

    def score(self, *arguments):
        """Runs the score; the state stays."""
        return float(self._score(self._state, *arguments))

    def read(self):
        """The state as NumPy arrays."""
        return jax.tree.map(np.array, self._state)

    def read_part(self, key, into=None):
        """One entry of the state as NumPy arrays, fresh or into old ones."""
        values = self._state[key]
        if into is None:
            return jax.tree.map(np.array, values)
        for array, value in zip(into, values, strict=True):
            np.copyto(array, np.asarray(value))
        return into

    def write(self, state):
        """Replaces entries of the state."""
        for key, value in state.items():
            self._state[key] = jax.tree.map(_committed, value)


def _committed(array):
    """A copy that is bound to the device, as results of compiled code are.

    JAX would compile once for free arrays and once more for bound ones.
    """
    return jax.device_put(jnp.array(array), jax.devices()[0])


def differentiate(f, arguments):
    """`((value, aux), gradients)` of `f(arguments)`."""
    return jax.value_and_grad(f, has_aux=True)(arguments)


def fuse(f):
    """Leaves a part of the block as it is: JAX compiles it with the rest."""
    return f


def compile_call(f):
    """Compiles a function of arrays, once for each shape of them."""
    return jax.jit(f)


def take(x, rows):
    """Rows of an array; the engine never asks for one that is not there."""
    return x.at[rows].get(mode="promise_in_bounds")


def as_number(value):
    """A number as an argument of a compiled function."""
    return value


def to_device(array):
    """An array where the device can use it, in place if possible.

    What comes by DLPack is not copied where it is aligned, see `ALIGNMENT`.
    """
    if devices() or not array.size:
        return jnp.asarray(array)
    return jnp.from_dlpack(np.ascontiguousarray(array))


def compile_predict(model):
    """Returns a function from a dict of arrays to an array of outputs.

    JAX compiles for each shape, so rows are padded to the next power of two:
    a few compilations serve every number of rows.
    """

    @jax.jit
    def run(trainable, fixed, inputs):
        output, _ = model.stateless_call(
            trainable, fixed, inputs, training=False
        )
        return output.astype("float32")

    def predict(inputs):
        n = len(next(iter(inputs.values())))
        padding = (1 << (n - 1).bit_length()) - n
        padded = {
            name: np.pad(x, [(0, padding)] + [(0, 0)] * (x.ndim - 1))
            for name, x in inputs.items()
        }
        # Anew each time: Keras' own `predict()` gives their memory away.
        trainable = [v.value for v in model.trainable_variables]
        fixed = [v.value for v in model.non_trainable_variables]
        return np.asarray(run(trainable, fixed, padded))[:n]

    return predict


def devices():
    """Names of the accelerators that JAX sees."""
    return [str(d) for d in jax.devices() if d.platform != "cpu"]


def version():
    """JAX's version."""
    return jax.__version__
