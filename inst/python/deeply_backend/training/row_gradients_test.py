import keras
import numpy as np
import pytest
from keras import ops

from deeply_backend.training.row_gradients import RowGradient
from deeply_backend.training.row_gradients import add

ROWS, DIM = 9, 3


def whole(ids, values):
    """The gradient of the whole table."""
    table = np.zeros((ROWS, DIM))
    np.add.at(table, ids, values)
    return table


def gathered(ids, values):
    """Runs `gathered()`; gives ids, values and each row's sum once."""
    gradient = RowGradient(
        ops.convert_to_tensor(ids), ops.convert_to_tensor(values)
    )
    gradient, once = gradient.gathered()
    return [np.asarray(x) for x in (gradient.ids, gradient.values, once)]


def check(ids, values):
    ids, values = np.asarray(ids, "int32"), np.asarray(values, "float32")
    expected = whole(ids, values)
    rows, sums, once = gathered(ids, values)
    assert len(rows) == len(ids)
    assert set(rows) == set(ids)
    np.testing.assert_allclose(sums, expected[rows], rtol=1e-5, atol=1e-6)
    known = np.unique(ids)
    assert once.shape == values.shape
    np.testing.assert_allclose(
        once[: len(known)], expected[known], rtol=1e-5, atol=1e-6
    )
    np.testing.assert_array_equal(once[len(known) :], 0)
    for row in set(rows):
        # Else the row would depend on which entry is written last.
        same = sums[rows == row]
        np.testing.assert_array_equal(same, same[:1].repeat(len(same), 0))


@pytest.mark.parametrize("seed", range(20))
def test_rows_that_repeat_get_the_sum_of_their_parts(seed):
    generator = np.random.default_rng(seed)
    # From one row again and again to a few of all of them.
    ids = generator.integers(0, generator.integers(1, ROWS + 1), 12)
    check(ids, generator.normal(size=(12, DIM)))


@pytest.mark.parametrize(
    "ids",
    [[4], [4, 4, 4, 4], [0, 8, 0, 8], [8, 0, 3, 4], [8, 8, 1, 1]],
    ids=str,
)
def test_few_rows_at_the_edges(ids):
    generator = np.random.default_rng(0)
    check(ids, generator.normal(size=(len(ids), DIM)))


def test_parts_that_cancel_count_nothing():
    values = np.float32([[3, -4, 0], [-3, 4, 0]])
    _, sums, once = gathered(np.int32([5, 5]), values)
    np.testing.assert_array_equal(sums, np.zeros((2, 3)))
    np.testing.assert_array_equal(once, np.zeros((2, 3)))


def test_compiled_code_sums_as_eager_code_does():
    generator = np.random.default_rng(3)
    ids = generator.integers(0, 4, 12).astype("int32")
    values = generator.normal(size=(12, DIM)).astype("float32")

    def run(ids, values):
        gradient, once = RowGradient(ids, values).gathered()
        return gradient.ids, gradient.values, once

    for ours, expected in zip(
        compiled(run)(ids, values), gathered(ids, values), strict=True
    ):
        np.testing.assert_allclose(np.asarray(ours), expected, rtol=1e-6)


def compiled(function):
    """What the engine makes of a function that updates rows."""
    if keras.backend.backend() == "jax":
        import jax

        return jax.jit(function)
    import tensorflow as tf

    return tf.function(function, jit_compile=True)


def test_add_joins_the_rows_of_two_batches():
    generator = np.random.default_rng(1)
    ids = [np.int32([1, 7]), np.int32([7, 0, 7])]
    values = [generator.normal(size=(len(i), DIM)) for i in ids]
    values = [v.astype("float32") for v in values]
    both = add(*[RowGradient(i, v) for i, v in zip(ids, values, strict=True)])
    np.testing.assert_allclose(
        whole(np.asarray(both.ids), np.asarray(both.values)),
        whole(ids[0], values[0]) + whole(ids[1], values[1]),
        rtol=1e-6,
    )


def test_add_adds_gradients_of_whole_variables():
    np.testing.assert_array_equal(
        add(np.float32([1, 2]), np.float32([3, 5])), [4, 7]
    )
