import keras
import numpy as np
import pytest
from keras import ops

from deeply_backend.layers import lookup as lookups
from deeply_backend.layers.lookup import is_long
from deeply_backend.layers.lookup import listening
from deeply_backend.layers.lookup import lookup
from deeply_backend.layers.lookup import mark_long

VALUES = np.arange(15, dtype="float32").reshape(5, 3)


@pytest.fixture
def table(monkeypatch):
    """A table just long enough to be updated by rows."""
    monkeypatch.setattr(lookups, "LONG_TABLE", 4)
    return mark_long(keras.Variable(VALUES))


@pytest.mark.parametrize("shape", [(2,), (2, 4), (1, 2, 3)], ids=str)
def test_rows_come_in_the_shape_of_their_numbers(table, shape):
    ids = np.random.default_rng(0).integers(0, 5, shape).astype("int32")
    np.testing.assert_array_equal(np.asarray(lookup(table, ids)), VALUES[ids])


def test_a_listener_is_told_and_gives_the_rows(table):
    told = []

    def listener(table, ids):
        told.append((table, ids))
        return ops.take(table, ids, axis=0) + 100

    ids = np.int32([3, 0, 3])
    with listening(listener):
        rows = lookup(table, ids)
    np.testing.assert_array_equal(np.asarray(rows), VALUES[ids] + 100)
    assert len(told) == 1
    assert told[0][0] is table
    assert told[0][1] is ids


def test_a_short_table_is_no_listeners_business(monkeypatch):
    monkeypatch.setattr(lookups, "LONG_TABLE", 5)
    table = mark_long(keras.Variable(VALUES))
    with listening(lambda table, ids: pytest.fail("was told")):
        lookup(table, np.int32([1]))


def test_a_table_is_long_from_one_row_above_the_limit_on(monkeypatch):
    monkeypatch.setattr(lookups, "LONG_TABLE", 5)
    assert not is_long(mark_long(keras.Variable(np.zeros((5, 2)))))
    assert is_long(mark_long(keras.Variable(np.zeros((6, 2)))))


def test_a_variable_that_nobody_marked_is_not_long():
    # It may be read without lookup(), so its rows say nothing of its gradient.
    size = lookups.LONG_TABLE + 1
    assert not is_long(keras.Variable(np.zeros((size, 1), "float32")))


def test_listeners_nest_and_none_stays_behind(table):
    def adding(amount):
        return lambda table, ids: ops.take(table, ids, axis=0) + amount

    def first():
        return float(lookup(table, np.int32([0]))[0, 0])

    with listening(adding(1)):
        with listening(adding(2)):
            assert first() == 2
        with listening(None):
            assert first() == 0
        assert first() == 1
    assert first() == 0


def test_no_listener_stays_behind_an_error(table):
    with pytest.raises(RuntimeError), listening(lambda table, ids: None):
        raise RuntimeError
    assert lookup(table, np.int32([1])) is not None
