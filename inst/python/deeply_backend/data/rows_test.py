import numpy as np
import pytest

from deeply_backend.data.rows import ALIGNMENT
from deeply_backend.data.rows import Rows
from deeply_backend.data.rows import aligned_empty
from deeply_backend.data.rows import as_inputs
from deeply_backend.data.rows import split_inputs

WIDTHS = {"numeric": 2, "category": 1, "y": 1, "weights": 1}


def filled(n=5):
    """Rows in which each number says where it should be."""
    rows = Rows(n, WIDTHS)
    blocks = {
        "numeric": np.arange(2.0 * n).reshape(n, 2).T,
        "category": np.arange(n)[None],
        "y": 100 + np.arange(n)[None],
        "weights": 200.5 + np.arange(n)[None],
    }
    rows.write(0, blocks)
    return rows


def test_blocks_land_in_place_and_in_type():
    rows = Rows(5, {"numeric": 2, "category": 1})
    numeric = np.asfortranarray(np.arange(10.0).reshape(5, 2))
    codes = np.arange(5)[:, None]
    rows.write(3, {"numeric": numeric[3:].T, "category": codes[3:].T})
    rows.write(0, {"numeric": numeric[:3].T, "category": codes[:3].T})
    assert len(rows) == 5
    assert rows.arrays["numeric"].dtype == np.float32
    assert rows.arrays["numeric"].flags.c_contiguous
    assert rows.arrays["category"].dtype == np.int32
    np.testing.assert_array_equal(rows.arrays["numeric"], numeric)
    taken = rows.take(np.array([4, 0]))
    np.testing.assert_array_equal(taken["category"], [[4], [0]])


def test_a_kind_without_columns_is_absent():
    assert list(Rows(3, {"numeric": 0, "category": 2}).arrays) == ["category"]
    blocks = {"numeric": np.zeros((0, 3)), "category": np.ones((2, 3))}
    assert list(as_inputs(blocks)) == ["category"]
    rows = Rows(3, {"numeric": 0, "category": 2})
    rows.write(0, blocks)
    np.testing.assert_array_equal(rows.arrays["category"], np.ones((3, 2)))


def test_the_buffer_is_a_copy_of_its_own():
    rows = Rows(2, {"numeric": 1})
    block = np.ones((1, 2))
    rows.write(0, {"numeric": block})
    block[:] = 7
    np.testing.assert_array_equal(rows.arrays["numeric"], [[1], [1]])


@pytest.mark.parametrize(
    "get",
    [
        lambda rows: rows.read(1, 3),
        lambda rows: rows.read(1.0, 3.0),
        lambda rows: rows.take(np.array([1, 2, 3])),
    ],
)
def test_outcome_and_weights_are_vectors_and_inputs_tables(get):
    got = get(filled())
    assert list(got) == ["numeric", "category", "y", "weights"]
    np.testing.assert_array_equal(got["numeric"], [[2, 3], [4, 5], [6, 7]])
    np.testing.assert_array_equal(got["category"], [[1], [2], [3]])
    np.testing.assert_array_equal(got["y"], [101, 102, 103])
    np.testing.assert_array_equal(got["weights"], [201.5, 202.5, 203.5])
    for name in ("numeric", "y", "weights"):
        assert got[name].dtype == np.float32
        assert got[name].flags.c_contiguous


def test_several_outcomes_are_a_table():
    rows = Rows(4, {"numeric": 1, "y": 2, "weights": 1})
    y = np.arange(8.0).reshape(2, 4)
    rows.write(0, {"numeric": y[:1], "y": y, "weights": y[:1]})
    np.testing.assert_array_equal(rows.read(1, 2)["y"], [[1, 5], [2, 6]])
    np.testing.assert_array_equal(rows.take([3])["y"], [[3, 7]])
    assert rows.read(0, 4)["weights"].shape == (4,)


def test_rows_are_taken_in_the_order_given_and_as_often():
    taken = filled().take(np.int32([4, 0, 4]))
    np.testing.assert_array_equal(taken["y"], [104, 100, 104])
    np.testing.assert_array_equal(taken["numeric"][:, 0], [8, 0, 8])


def test_reading_costs_no_copy():
    rows = filled()
    for name, array in rows.read(1, 3).items():
        assert np.shares_memory(array, rows.arrays[name])


def test_a_closed_buffer_holds_nothing():
    rows = filled()
    rows.close()
    assert rows.arrays == {}


def test_what_is_read_splits_into_inputs_outcome_and_weights():
    arrays = filled().read(0, 5)
    inputs, y, weights = split_inputs(arrays)
    assert list(inputs) == ["numeric", "category"]
    assert y is arrays["y"]
    assert weights is arrays["weights"]


def test_arrays_are_aligned_for_the_backend():
    for shape in [(3, 5), (1, 1), (1001, 7)]:
        array = aligned_empty(shape, np.float32)
        assert array.shape == shape
        assert array.ctypes.data % ALIGNMENT == 0
        assert array.flags.c_contiguous
