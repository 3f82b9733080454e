"""Gradients of the few rows of a table that a batch touches."""

import dataclasses

from keras import ops


@dataclasses.dataclass
class RowGradient:
    """Gradient of some rows of a table.

    Args:
        ids: The rows, `(k,)` int32; one may occur several times.
        values: Its part of the gradient, `(k, dim)`.
    """

    ids: object
    values: object

    def plus(self, ids, values):
        """Adds parts for more rows."""
        return RowGradient(
            ops.concatenate([self.ids, ids]),
            ops.concatenate([self.values, values]),
        )

    def gathered(self):
        """Sums the parts of rows that occur more than once.

        The number of entries stays, as compiled code asks for: entries of the
        same row become equal, so it does not matter which is written last.

        Returns:
            A tuple of such a `RowGradient` and of the same sums `(k, dim)`
            with each row once and zeros behind them.
        """
        order = ops.argsort(self.ids)
        ids = ops.take(self.ids, order)
        values = ops.take(self.values, order, axis=0)
        starts = ops.cast(ids[1:] != ids[:-1], "int32")
        segment = ops.concatenate([ops.zeros_like(ids[:1]), ops.cumsum(starts)])
        # They are sorted, but Keras refuses to hear so of TensorFlow.
        sums = ops.segment_sum(values, segment, num_segments=ids.shape[0])
        whole = RowGradient(ids, ops.take(sums, segment, axis=0))
        return whole, sums


def add(left, right):
    """Adds two gradients of the same variable."""
    if isinstance(left, RowGradient):
        return left.plus(right.ids, right.values)
    return left + right
