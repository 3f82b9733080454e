"""What two towers are made of: a vector a user, a vector an item, a score."""

import keras
import numpy as np
from keras import ops

from deeply_backend.layers.lookup import lookup
from deeply_backend.layers.lookup import mark_long
from deeply_backend.layers.negatives import draws

# The score of an item that was drawn, but is the one it was drawn against.
NEVER = -1e9


@keras.saving.register_keras_serializable(package="deeply")
class Column(keras.layers.Layer):
    """One column of the codes.

    Args:
        position: Which one, from 0.

    Input shape:
        `(batch, columns)`, int32.

    Output shape:
        `(batch,)`, int32.
    """

    def __init__(self, position, **kwargs):
        super().__init__(**kwargs)
        self.position = int(position)

    def call(self, codes):
        """Takes the column."""
        return codes[:, self.position]

    def get_config(self):
        """Returns what rebuilds the layer."""
        return {**super().get_config(), "position": self.position}


@keras.saving.register_keras_serializable(package="deeply")
class LevelVectors(keras.layers.Layer):
    """A learned vector a level, with its bias as the last number.

    Levels that nothing can be learned of, code 0 and those without a count,
    have zeros.

    Args:
        size: Number of levels.
        dim: Length of the vectors, without the bias.
        biases: Whether there are biases.
        l2: Penalty on the squares of what a batch looks up, in the mean over
            the batch; or `(levels, 2)`, of each level's vector and bias;
            `None`, where these are loaded.
        seen: For each level whether it occurs; `None`: all.

    Input shape:
        `(batch,)`, int32 codes.

    Output shape:
        `(batch, dim + biases)`.
    """

    def __init__(
        self,
        size,
        dim,
        biases=True,
        l2=0.0,
        seen=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.size, self.dim = int(size), int(dim)
        self.biases = bool(biases)
        self.l2 = float(l2) if np.isscalar(l2) else None
        self._penalties = l2
        seen = np.ones(self.size, bool) if seen is None else np.asarray(seen)
        self._seen = np.append(False, seen)

    def build(self, input_shape):
        """Creates the table; row 0 belongs to unknown levels."""
        self.table = mark_long(
            self.add_weight(
                name="table",
                shape=(self.size + 1, self.dim + self.biases),
                initializer=self._start,
            )
        )
        if self.l2 is None:
            self.penalties = self.add_weight(
                name="penalties",
                shape=(self.size + 1, 2),
                initializer=self._each_penalty,
                trainable=False,
                autocast=False,
            )

    def _each_penalty(self, shape, dtype):
        """Of each level, and none of those unknown."""
        found = np.zeros(shape, dtype)
        if self._penalties is not None:
            found[1:] = self._penalties
        return ops.convert_to_tensor(found)

    def _start(self, shape, dtype):
        """Small numbers, and no bias yet."""
        normal = keras.initializers.RandomNormal(stddev=0.1 * self.dim**-0.5)
        keep = np.outer(self._seen, np.arange(shape[1]) < self.dim)
        return normal(shape, dtype) * ops.cast(keep, dtype)

    def call(self, codes, training=False):
        """Looks up a batch of codes."""
        vectors = lookup(self.table, codes)
        if training and self.l2 != 0:
            self.add_loss(ops.mean(self._penalty(vectors, codes)))
        return vectors * ops.cast(codes > 0, vectors.dtype)[:, None]

    def _penalty(self, vectors, codes):
        """What each of the looked-up vectors costs."""
        squares = ops.square(ops.cast(vectors, "float32"))
        if self.l2 is not None:
            return self.l2 * ops.sum(squares, axis=1)
        own = ops.take(self.penalties, codes, axis=0)
        vector = ops.sum(squares[:, : self.dim], axis=1)
        return own[:, 0] * vector + own[:, 1] * ops.sum(
            squares[:, self.dim :], axis=1
        )

    def compute_output_shape(self, input_shape):
        """Returns the length of the vectors."""
        return (input_shape[0], self.dim + self.biases)

    def get_config(self):
        """Returns what rebuilds the layer, but for the weights."""
        return {
            **super().get_config(),
            "size": self.size,
            "dim": self.dim,
            "biases": self.biases,
            "l2": self.l2,
        }


@keras.saving.register_keras_serializable(package="deeply")
class Scores(keras.layers.Layer):
    """Scores of a user's item, and of the items drawn for all users.

    The dot product of the vectors plus the biases plus a mean; or what a head
    makes of the vectors in place of the dot product: He et al. (2017), Neural
    Collaborative Filtering.

    Args:
        dim: Length of the vectors, without the bias.
        n: How many items are drawn, see `negatives.draws()` for when.
        size: Number of items if what was drawn is to score less by the
            logarithm of how often it is, as a softmax over all items asks for,
            or 0: Bengio & Senecal (2008), Adaptive Importance Sampling to
            Accelerate Training of a Neural Probabilistic Language Model; Yi et
            al. (2019), Sampling-Bias-Corrected Neural Modeling for Large Corpus
            Item Recommendations.
        shares: With what probability each of these is drawn; `None`, where
            weights are loaded.
        start: The mean to begin with.
        head: `keras.Model` from `(pairs, 3 * dim)`, the vectors and their
            product, to `(pairs, 1)`; `None` for the dot product.

    Input shape:
        A list: vectors of the users `(batch, width)`, of the items, and codes
        of the items, those that are drawn behind the users' own.

    Output shape:
        `(batch, 1)`, or with what is drawn `(batch, 1 + n)`.
    """

    def __init__(
        self, dim, n=0, size=0, shares=None, start=0.0, head=None, **kwargs
    ):
        super().__init__(**kwargs)
        self.dim, self.n, self.size = int(dim), int(n), int(size)
        self.start = float(start)
        self.head = head
        self._shares = shares

    def build(self, input_shape):
        """Creates the mean of all, and what corrects for being drawn."""
        self.mean = self.add_weight(
            name="mean",
            shape=(1,),
            initializer=keras.initializers.Constant(self.start),
        )
        if self.size > 0:
            self.expected = self.add_weight(
                name="expected",
                shape=(self.size + 1,),
                initializer=self._log_expected,
                trainable=False,
                autocast=False,
            )

    def _log_expected(self, shape, dtype):
        """Logarithm of how often each item is drawn in a step."""
        logs = np.zeros(shape, dtype)
        if self._shares is not None:
            drawn = np.flatnonzero(self._shares)
            logs[1 + drawn] = np.log(self.n * np.asarray(self._shares)[drawn])
        return ops.convert_to_tensor(logs)

    def call(self, inputs, training=False):
        """Scores a batch."""
        users, items, codes = inputs
        if self.n == 0 or not draws(training):
            return self.mean + self._each(users, items)
        batch = ops.shape(users)[0]
        own = self._each(users, items[:batch])
        others = self._all(users, items[batch:])
        if self.size > 0:
            expected = ops.take(self.expected, codes[batch:])
            others = others - ops.cast(expected, others.dtype)
        same = codes[:batch, None] == codes[None, batch:]
        others = ops.where(same, ops.cast(NEVER, others.dtype), others)
        return self.mean + ops.concatenate([own, others], axis=1)

    def _each(self, users, items):
        """Scores `(batch, 1)` of each user with one item."""
        u, v = users[:, : self.dim], items[:, : self.dim]
        biases = users[:, self.dim :] + items[:, self.dim :]
        biases = ops.sum(biases, axis=1, keepdims=True)
        if self.head is None:
            return ops.sum(u * v, axis=1, keepdims=True) + biases
        return self.head(ops.concatenate([u, v, u * v], axis=1)) + biases

    def _all(self, users, items):
        """Scores `(batch, n)` of all users with all items."""
        u, v = users[:, : self.dim], items[:, : self.dim]
        biases = ops.sum(users[:, self.dim :], axis=1, keepdims=True)
        biases = biases + ops.sum(items[:, self.dim :], axis=1)[None]
        if self.head is None:
            return ops.matmul(u, ops.transpose(v)) + biases
        shape = (ops.shape(u)[0], self.n, self.dim)
        u = ops.broadcast_to(u[:, None], shape)
        v = ops.broadcast_to(v[None], shape)
        pairs = ops.reshape(
            ops.concatenate([u, v, u * v], axis=2), (-1, 3 * self.dim)
        )
        return ops.reshape(self.head(pairs), shape[:2]) + biases

    def compute_output_shape(self, input_shape):
        """Returns one score a user."""
        return (input_shape[0][0], 1)

    def get_config(self):
        """Returns what rebuilds the layer."""
        head = self.head and keras.saving.serialize_keras_object(self.head)
        return {
            **super().get_config(),
            "dim": self.dim,
            "n": self.n,
            "size": self.size,
            "start": self.start,
            "head": head,
        }

    @classmethod
    def from_config(cls, config):
        """Rebuilds the layer."""
        head = config.pop("head", None)
        head = head and keras.saving.deserialize_keras_object(head)
        return cls(head=head, **config)
