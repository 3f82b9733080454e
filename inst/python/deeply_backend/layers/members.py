"""Many networks in one: members that share their weights.

Gorishniy, Kotelnikov & Babenko (2025), TabM: Advancing Tabular Deep Learning
with Parameter-Efficient Ensembling. ICLR. Its "mini" form: each member weighs
the inputs of the first layer in a way of its own (Wen, Tran & Ba 2020,
BatchEnsemble), has an output of its own, and shares all between them.
"""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="deeply")
class Members(keras.layers.Layer):
    """A copy of a row for each member, its columns weighed by that member.

    The weights begin as random signs, so that members differ from the start.

    Args:
        members: Their number.

    Input shape:
        `(batch, width)`.

    Output shape:
        `(batch, members, width)`.
    """

    def __init__(self, members, **kwargs):
        super().__init__(**kwargs)
        self.members = int(members)

    def build(self, input_shape):
        """Creates a weight for each member and column."""
        self.scale = self.add_weight(
            name="scale",
            shape=(self.members, input_shape[-1]),
            initializer=RandomSigns(),
        )

    def call(self, inputs):
        """Weighs a batch."""
        return inputs[:, None, :] * self.scale

    def compute_output_shape(self, input_shape):
        """Returns the shape with the members in it."""
        return (input_shape[0], self.members, input_shape[1])

    def get_config(self):
        """Returns what rebuilds the layer."""
        return {**super().get_config(), "members": self.members}


@keras.saving.register_keras_serializable(package="deeply")
class RandomSigns(keras.initializers.Initializer):
    """Minus one or one, each half of the time."""

    def __call__(self, shape, dtype=None):
        """Draws them."""
        return ops.sign(keras.random.uniform(shape, -1, 1, dtype))


@keras.saving.register_keras_serializable(package="deeply")
class MemberDense(keras.layers.Layer):
    """A dense layer for each member, of weights of its own.

    Args:
        units: Outputs of each member.
        kernel_regularizer: As in `keras.layers.Dense`.

    Input shape:
        `(batch, members, width)`.

    Output shape:
        `(batch, members, units)`.
    """

    def __init__(self, units, kernel_regularizer=None, **kwargs):
        super().__init__(**kwargs)
        self.units = int(units)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)

    def build(self, input_shape):
        """Creates a kernel and a bias for each member."""
        _, members, width = input_shape
        self.kernel = self.add_weight(
            name="kernel",
            shape=(members, width, self.units),
            # Uniform within 1 / sqrt(width). Keras takes the members for a
            # part of the width.
            initializer=keras.initializers.VarianceScaling(
                members / 3, mode="fan_in", distribution="uniform"
            ),
            regularizer=self.kernel_regularizer,
        )
        self.bias = self.add_weight(
            name="bias", shape=(members, self.units), initializer="zeros"
        )

    def call(self, inputs):
        """Applies each member's kernel."""
        return ops.einsum("bmi,mio->bmo", inputs, self.kernel) + self.bias

    def compute_output_shape(self, input_shape):
        """Returns the shape with the units in it."""
        return (*input_shape[:2], self.units)

    def get_config(self):
        """Returns what rebuilds the layer."""
        return {
            **super().get_config(),
            "units": self.units,
            "kernel_regularizer": keras.regularizers.serialize(
                self.kernel_regularizer
            ),
        }


def mean_logit(logits):
    """The logit of the mean of probabilities, over axis 1.

    Of `log(mean(p)) - log(mean(1 - p))` the means' divisors cancel, and
    logarithms of sums of exponentials never round a probability to 0 or 1.
    """
    up = ops.logsumexp(ops.log_sigmoid(logits), axis=1)
    return up - ops.logsumexp(ops.log_sigmoid(-logits), axis=1)


def mean_log_softmax(logits):
    """The logarithm of the mean of probabilities, over axis 1."""
    total = ops.logsumexp(ops.log_softmax(logits, axis=-1), axis=1)
    return total - ops.log(ops.cast(ops.shape(logits)[1], total.dtype))


MEANS = {
    "value": lambda outputs: ops.mean(outputs, axis=1),
    "logit": mean_logit,
    "softmax": mean_log_softmax,
}


@keras.saving.register_keras_serializable(package="deeply")
class MemberMean(keras.layers.Layer):
    """What the members say together: the mean of their predictions.

    While training each member is on its own, so their outputs pass unchanged,
    and the loss is the mean of their losses.

    Args:
        of: What is averaged: "value" (outputs), "logit" (probabilities of
            events, given as logits) or "softmax" (of classes, given as logits).

    Input shape:
        `(batch, members, outputs)`.

    Output shape:
        `(batch, outputs)`, on the scale of the inputs.
    """

    def __init__(self, of, **kwargs):
        super().__init__(**kwargs)
        self.of = of

    def call(self, inputs, training=False):
        """Averages, but not while training."""
        return inputs if training else MEANS[self.of](inputs)

    def compute_output_shape(self, input_shape):
        """Returns the shape without the members."""
        return (input_shape[0], input_shape[2])

    def get_config(self):
        """Returns what rebuilds the layer."""
        return {**super().get_config(), "of": self.of}
