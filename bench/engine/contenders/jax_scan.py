"""An epoch as one `jax.lax.scan`, written by hand."""

import functools

import jax
import jax.numpy as jnp
import numpy as np

RATE, BETA_1, BETA_2, EPSILON = 1e-3, 0.9, 0.999, 1e-7


class JaxScan:
    """Compiles an epoch; its state is donated, so weights are updated in place.

    Args:
        problem: An `Mlp`.
        host_order: Whether NumPy shuffles instead of JAX, which sorts.
    """

    def __init__(self, problem, host_order=False):
        self.data = jax.tree.map(jnp.asarray, problem.data()[0])
        self.problem = problem
        self.host_order = host_order
        self.generator = np.random.default_rng(0)
        self.key = jax.random.key(0)
        weights = [jnp.asarray(w) for w in problem.start_weights()]
        self.state = (
            weights,
            jax.tree.map(jnp.zeros_like, weights),
            jax.tree.map(jnp.zeros_like, weights),
            jnp.float32(0),
        )
        self.epoch = jax.jit(
            functools.partial(_epoch, problem), donate_argnums=0
        )

    def train(self, epochs):
        """Trains on; returns the mean loss of the last epoch."""
        for _ in range(epochs):
            self.state, loss = self.epoch(self.state, self.data, self._source())
        jax.block_until_ready(self.state)
        return float(loss)

    def _source(self):
        """The order of the rows, or the key to draw it from."""
        if self.host_order:
            return self.generator.permutation(self.problem.rows).astype("int32")
        self.key, key = jax.random.split(self.key)
        return key


def _epoch(problem, state, data, source):
    order = source
    if jnp.issubdtype(source.dtype, jax.dtypes.prng_key):
        order = jax.random.permutation(source, problem.rows)
    order = order.reshape(problem.steps, problem.batch)
    step = functools.partial(_step, problem, data)
    state, losses = jax.lax.scan(step, state, order)
    return state, losses.mean()


def _step(problem, data, state, rows):
    x, y = data
    loss, gradients = jax.value_and_grad(_loss)(
        state[0], problem.is_binary, x[rows], y[rows]
    )
    return _adam(state, gradients), loss


def _loss(weights, is_binary, x, y):
    *hidden, (kernel, bias) = zip(weights[::2], weights[1::2], strict=True)
    for hidden_kernel, hidden_bias in hidden:
        x = jax.nn.relu(x @ hidden_kernel + hidden_bias)
    output = x @ kernel + bias
    if is_binary:
        logit = output[:, 0]
        return jnp.mean(jax.nn.softplus(logit) - y * logit)
    log_prob = jax.nn.log_softmax(output)
    return -jnp.mean(jnp.take_along_axis(log_prob, y[:, None], axis=1))


def _adam(state, gradients):
    weights, means, squares, t = state
    t += 1
    rate = RATE * jnp.sqrt(1 - BETA_2**t) / (1 - BETA_1**t)
    means = jax.tree.map(
        lambda m, g: m + (1 - BETA_1) * (g - m), means, gradients
    )
    squares = jax.tree.map(
        lambda s, g: s + (1 - BETA_2) * (g * g - s), squares, gradients
    )
    weights = jax.tree.map(
        lambda w, m, s: w - rate * m / (jnp.sqrt(s) + EPSILON),
        weights,
        means,
        squares,
    )
    return weights, means, squares, t
