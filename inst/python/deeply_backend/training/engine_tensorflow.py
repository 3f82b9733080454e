"""What the engine needs of TensorFlow."""

import numpy as np
import tensorflow as tf

from deeply_backend.data.pages import gather_pages
from deeply_backend.data.rows import ALIGNMENT

# Compiling one function a model is meant here, and warned of by TensorFlow.
tf.get_logger().setLevel("ERROR")


class Program:
    """A state on the device, and compiled functions that read and change it.

    Args:
        state: Nested dicts, lists and tuples of arrays.
        block: Function of `(state, *arguments)` that returns the next state.
        score: Function of `(state, *arguments)` that returns a number.
        jit: Whether XLA compiles the block. It halves the time of a step and
            takes about half a second for each shape.
    """

    def __init__(self, state, block, score, jit):
        self._variables = tf.nest.map_structure(_variable, state)

        def run_block(*arguments):
            new = block(self._values(), *arguments)
            tf.nest.map_structure(
                lambda variable, value: variable.assign(value),
                self._variables,
                new,
            )

        self._block = tf.function(run_block, jit_compile=jit, autograph=False)
        self._short = tf.function(run_block, autograph=False)
        self._score = tf.function(
            lambda *arguments: score(self._values(), *arguments),
            autograph=False,
        )

    def run(self, steps, *arguments):
        """Runs the block on an index of so many steps; the state changes.

        The last batch of an epoch is of a size of its own, and one step is not
        worth compiling for.
        """
        (self._block if steps > 1 else self._short)(*arguments)

    def score(self, *arguments):
        """Runs the score; the state stays."""
        return float(self._score(*arguments))

    def read(self):
        """The state as NumPy arrays."""
        return tf.nest.map_structure(lambda v: v.numpy(), self._variables)

    def read_part(self, key, into=None):
        """One entry of the state as NumPy arrays, fresh or into old ones."""
        values = self._variables[key]
        if into is None:
            return tf.nest.map_structure(lambda v: np.array(v), values)
        for array, variable in zip(into, values, strict=True):
            np.copyto(array, np.asarray(variable.read_value()))
        return into

    def write(self, state):
        """Replaces entries of the state."""
        for key, value in state.items():
            tf.nest.map_structure(
                lambda variable, new: variable.assign(new),
                self._variables[key],
                value,
            )

    def _values(self):
        return tf.nest.map_structure(tf.convert_to_tensor, self._variables)


def _variable(value):
    """A variable, which is changed where it lies."""
    # Shared with the model it would move in the first block.
    variable = tf.Variable(np.asarray(value))
    if not devices():
        gather_pages(np.asarray(variable.read_value()))
    return variable


def differentiate(f, arguments):
    """`((value, aux), gradients)` of `f(arguments)`."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(arguments)
        value, aux = f(arguments)
    gradients = tape.gradient(
        value, arguments, unconnected_gradients=tf.UnconnectedGradients.ZERO
    )
    # A table's gradient comes as parts of its rows, and the squares of parts
    # are not the square of their sum. This sums them.
    return (value, aux), tf.nest.map_structure(tf.convert_to_tensor, gradients)


def fuse(f):
    """Compiles by XLA what is called in a block that is not."""
    return tf.function(f, jit_compile=True, autograph=False)


def compile_call(f):
    """Compiles a function of arrays, once for each shape of them."""
    return tf.function(f, autograph=False)


def take(x, rows):
    """Rows of an array."""
    return tf.gather(x, rows)


def as_number(value):
    """A number as an argument of a compiled function."""
    return tf.constant(value)


def to_device(array):
    """An array where the device can use it, in place if possible.

    `tf.convert_to_tensor()` needs twice the array's memory beside it. DLPack
    needs none, but an array off TensorFlow's alignment would crash R.
    """
    in_place = array.size and array.flags.c_contiguous
    if devices() or not in_place or array.ctypes.data % ALIGNMENT:
        return tf.convert_to_tensor(array)
    return tf.experimental.dlpack.from_dlpack(array.__dlpack__())


def compile_predict(model):
    """Returns a function from a dict of arrays to an array of outputs."""
    signature = tf.nest.map_structure(
        lambda tensor: tf.TensorSpec([None, *tensor.shape[1:]], tensor.dtype),
        model.input,
    )
    predict = tf.function(
        lambda inputs: tf.cast(model(inputs, training=False), tf.float32),
        input_signature=[signature],
    )
    return lambda inputs: predict(inputs).numpy()


def devices():
    """Names of the accelerators that TensorFlow sees."""
    return [device.name for device in tf.config.list_physical_devices("GPU")]


def version():
    """TensorFlow's version."""
    return tf.__version__
