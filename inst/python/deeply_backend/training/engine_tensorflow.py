"""The engine on TensorFlow: blocks of steps as one compiled graph."""

import tensorflow as tf

# Compiling one function a model is meant here, and warned of by TensorFlow.
tf.get_logger().setLevel("ERROR")


class Engine:
    """Trains a Keras model on data that lives on the device.

    Gathering the batch, forward, backward and update run inside one compiled
    call for a whole block of steps, so Python costs nothing a step.

    Args:
        model: A built `keras.Model` that takes a dict of inputs.
        loss: Function of `(y, output)` that gives one value a row.
        optimizer: A `keras.optimizers.Optimizer`.
        inputs: Dict of arrays, rows first.
        y: 1-D float32 array.
        weights: 1-D float32 array with mean 1 over the training rows.
    """

    def __init__(self, model, loss, optimizer, inputs, y, weights):
        self.model = model
        self.loss = loss
        self.optimizer = optimizer
        self.inputs = {k: tf.convert_to_tensor(v) for k, v in inputs.items()}
        self.y = tf.convert_to_tensor(y)
        self.weights = tf.convert_to_tensor(weights)
        optimizer.build(model.trainable_variables)
        self._steps = tf.function(
            self._run_steps,
            input_signature=[
                tf.TensorSpec([None, None], tf.int32),
                tf.TensorSpec([], tf.int32),
                tf.TensorSpec([], tf.int32),
            ],
        )
        self._score = tf.function(
            self._run_score,
            input_signature=[tf.TensorSpec([None], tf.int32)],
        )

    def steps(self, index, first, last):
        """Takes the optimizer steps `first` to `last - 1`.

        Args:
            index: `(steps, batch)` int32 array of row numbers.
            first: First step.
            last: One past the last step.

        Returns:
            Sum of the weighted losses over the rows seen, as a float.
        """
        return float(self._steps(index, first, last))

    def score(self, rows):
        """Sum of the weighted losses over `rows`, without training."""
        return float(self._score(rows))

    def finish(self):
        """Leaves the trained weights in the model."""

    def weights_now(self):
        """The model's weights as a list of arrays."""
        return self.model.get_weights()

    def _batch(self, rows):
        inputs = {k: tf.gather(v, rows) for k, v in self.inputs.items()}
        return inputs, tf.gather(self.y, rows), tf.gather(self.weights, rows)

    def _run_steps(self, index, first, last):
        total = tf.constant(0.0)
        for step in tf.range(first, last):
            total += self._run_step(index[step])
        return total

    def _run_step(self, rows):
        inputs, y, weights = self._batch(rows)
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

    def _run_score(self, rows):
        inputs, y, weights = self._batch(rows)
        output = self.model(inputs, training=False)
        return tf.reduce_sum(self.loss(y, output) * weights)


def compile_predict(model):
    """Returns a function from a dict of arrays to an array of outputs."""
    signature = {
        name: tf.TensorSpec([None, *tensor.shape[1:]], tensor.dtype)
        for name, tensor in model.input.items()
    }
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
