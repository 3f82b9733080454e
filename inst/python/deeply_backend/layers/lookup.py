"""Rows of an embedding table, by their number.

A gradient with respect to a whole table costs as much as the table is long,
however few of its rows a batch touches. So a layer looks its rows up here, and
while a network is trained the engine listens: it learns which rows were taken,
and differentiates with respect to those alone.
"""

import contextlib

from keras import ops

# A table longer than this is updated by the rows a batch touches, a shorter one
# as a whole, which is then cheaper.
LONG_TABLE = 4096

_listener = None


@contextlib.contextmanager
def listening(listener):
    """Sends every lookup to `listener(table, ids)` for a while.

    Args:
        listener: Function of a table (a Keras variable) and an integer tensor
            that returns the rows.
    """
    global _listener
    before, _listener = _listener, listener
    try:
        yield
    finally:
        _listener = before


def is_long(table):
    """Whether the engine updates this variable by rows."""
    return getattr(table, "by_rows", False)


def mark_long(table):
    """Marks an embedding table that is only read through `lookup()`.

    A penalty on the weights needs the whole table in every step.
    """
    table.by_rows = table.shape[0] > LONG_TABLE and table.regularizer is None
    return table


def lookup(table, ids):
    """Rows `ids` of an embedding table.

    Args:
        table: A Keras variable `(rows, dim)`.
        ids: Integer tensor of any shape.

    Returns:
        A tensor of the shape of `ids` with `dim` behind it.
    """
    if _listener is None or not is_long(table):
        return ops.take(table, ids, axis=0)
    return _listener(table, ids)
