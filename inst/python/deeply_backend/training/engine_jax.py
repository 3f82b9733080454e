"""The engine on JAX: blocks of steps as one compiled loop."""

import jax
import jax.numpy as jnp
import numpy as np


class Engine:
    """Trains a Keras model on data that lives on the device.

    The state is kept as plain arrays while training runs and goes back into
    the model with `finish()`.
    """

    def __init__(self, model, loss, optimizer, inputs, y, weights):
        self.model = model
        self.loss = loss
        self.optimizer = optimizer
        self.data = (
            {k: jnp.asarray(v) for k, v in inputs.items()},
            jnp.asarray(y),
            jnp.asarray(weights),
        )
        optimizer.build(model.trainable_variables)
        self.state = tuple(
            [jnp.array(variable.value) for variable in group]
            for group in self._variables()
        )
        self._steps = jax.jit(self._run_steps, donate_argnums=0)
        self._score = jax.jit(self._run_score)

    def steps(self, index, first, last):
        """Takes the steps; returns the sum of the weighted losses."""
        self.state, total = self._steps(
            self.state, self.data, index, first, last
        )
        return float(total)

    def score(self, rows):
        """Sum of the weighted losses over `rows`, without training."""
        trainable, non_trainable, _ = self.state
        return float(self._score(trainable, non_trainable, self.data, rows))

    def finish(self):
        """Leaves the trained weights in the model."""
        for group, values in zip(self._variables(), self.state, strict=True):
            for variable, value in zip(group, values, strict=True):
                variable.assign(value)

    def weights_now(self):
        """The model's weights as a list of arrays."""
        self.finish()
        return self.model.get_weights()

    def _variables(self):
        return (
            self.model.trainable_variables,
            self.model.non_trainable_variables,
            self.optimizer.variables,
        )

    @staticmethod
    def _batch(data, rows):
        inputs, y, weights = data
        return {k: v[rows] for k, v in inputs.items()}, y[rows], weights[rows]

    def _objective(self, trainable, non_trainable, data, rows):
        inputs, y, weights = self._batch(data, rows)
        output, non_trainable, penalties = self.model.stateless_call(
            trainable, non_trainable, inputs, training=True, return_losses=True
        )
        losses = self.loss(y, output) * weights
        return jnp.mean(losses) + sum(penalties), (
            jnp.sum(losses),
            non_trainable,
        )

    def _run_steps(self, state, data, index, first, last):
        gradient = jax.value_and_grad(self._objective, has_aux=True)

        def step(position, carry):
            (trainable, non_trainable, optimizer), total = carry
            (_, (loss, non_trainable)), gradients = gradient(
                trainable, non_trainable, data, index[position]
            )
            trainable, optimizer = self.optimizer.stateless_apply(
                optimizer, gradients, trainable
            )
            return (trainable, non_trainable, optimizer), total + loss

        return jax.lax.fori_loop(first, last, step, (state, jnp.float32(0.0)))

    def _run_score(self, trainable, non_trainable, data, rows):
        inputs, y, weights = self._batch(data, rows)
        output, _ = self.model.stateless_call(
            trainable, non_trainable, inputs, training=False
        )
        return jnp.sum(self.loss(y, output) * weights)


def compile_predict(model):
    """Returns a function from a dict of arrays to an array of outputs.

    JAX compiles for each shape, so rows are padded to the next power of two:
    a few compilations serve every number of rows.
    """
    trainable = [v.value for v in model.trainable_variables]
    non_trainable = [v.value for v in model.non_trainable_variables]

    @jax.jit
    def run(trainable, non_trainable, inputs):
        output, _ = model.stateless_call(
            trainable, non_trainable, inputs, training=False
        )
        return output

    def predict(inputs):
        n = len(next(iter(inputs.values())))
        padding = (1 << (n - 1).bit_length()) - n
        padded = {
            name: np.pad(x, [(0, padding)] + [(0, 0)] * (x.ndim - 1))
            for name, x in inputs.items()
        }
        return np.asarray(run(trainable, non_trainable, padded))[:n]

    return predict


def devices():
    """Names of the accelerators that JAX sees."""
    return [str(d) for d in jax.devices() if d.platform != "cpu"]


def version():
    """JAX's version."""
    return jax.__version__
