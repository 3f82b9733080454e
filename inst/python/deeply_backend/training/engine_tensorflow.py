"""The engine on TensorFlow: blocks of steps as one compiled graph."""

import tensorflow as tf

from deeply_backend.data.rows import ALIGNMENT

# Compiling one function a model is meant here, and warned of by TensorFlow.
tf.get_logger().setLevel("ERROR")


def _resident(array):
    """The array as a tensor, where it lies if possible.

    `tf.convert_to_tensor()` needs twice the array's memory beside it. DLPack
    needs none, but an array off TensorFlow's alignment would crash R.
    """
    in_place = array.size and array.flags.c_contiguous
    if devices() or not in_place or array.ctypes.data % ALIGNMENT:
        return tf.convert_to_tensor(array)
    return tf.experimental.dlpack.from_dlpack(array.__dlpack__())


class Engine:
    """Trains a Keras model on data that lives on the device.

    Gathering the batch, forward, backward and update run inside one compiled
    call for a whole block of steps, so Python costs nothing a step.
    """

    def __init__(self, model, loss, optimizer, inputs, y, weights):
        self.model = model
        self.loss = loss
        self.optimizer = optimizer
        # Handed to each call instead of captured: Keras keeps traced graphs
        # alive, and a captured table would never be freed.
        self.data = (
            {k: _resident(v) for k, v in inputs.items()},
            tf.convert_to_tensor(y),
            tf.convert_to_tensor(weights),
        )
        optimizer.build(model.trainable_variables)
        data = tf.nest.map_structure(_any_rows, self.data)
        number = tf.TensorSpec([], tf.int32)
        self._steps = tf.function(
            self._run_steps,
            input_signature=[
                data,
                tf.TensorSpec([None, None], tf.int32),
                number,
                number,
            ],
        )
        self._score = tf.function(
            self._run_score,
            input_signature=[data, tf.TensorSpec([None], tf.int32)],
        )

    def steps(self, index, first, last):
        """Takes the steps; returns the sum of the weighted losses."""
        return float(self._steps(self.data, index, first, last))

    def score(self, rows):
        """Sum of the weighted losses over `rows`, without training."""
        return float(self._score(self.data, rows))

    def finish(self):
        """Leaves the trained weights in the model."""

    def weights_now(self):
        """The model's weights as a list of arrays."""
        return self.model.get_weights()

    @staticmethod
    def _batch(data, rows):
        return tf.nest.map_structure(lambda x: tf.gather(x, rows), data)

    def _run_steps(self, data, index, first, last):
        total = tf.constant(0.0)
        for step in tf.range(first, last):
            total += self._run_step(data, index[step])
        return total

    def _run_step(self, data, rows):
        inputs, y, weights = self._batch(data, rows)
        with tf.GradientTape() as tape:
            output = self.model(inputs, training=True)
            losses = self.loss(y, output) * weights
            objective = tf.reduce_mean(losses)
            if self.model.losses:
                objective += tf.add_n(self.model.losses)
        variables = self.model.trainable_variables
        gradients = tape.gradient(objective, variables)
        self.optimizer.apply(gradients, variables)
        return tf.reduce_sum(losses)

    def _run_score(self, data, rows):
        inputs, y, weights = self._batch(data, rows)
        output = self.model(inputs, training=False)
        return tf.reduce_sum(self.loss(y, output) * weights)


def _any_rows(tensor):
    return tf.TensorSpec([None, *tensor.shape[1:]], tensor.dtype)


def compile_predict(model):
    """Returns a function from a dict of arrays to an array of outputs."""
    signature = tf.nest.map_structure(_any_rows, model.input)
    predict = tf.function(
        lambda inputs: model(inputs, training=False),
        input_signature=[signature],
    )
    return lambda inputs: predict(inputs).numpy()


def devices():
    """Names of the accelerators that TensorFlow sees."""
    return [device.name for device in tf.config.list_physical_devices("GPU")]


def version():
    """TensorFlow's version."""
    return tf.__version__
