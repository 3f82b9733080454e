import numpy as np

from deeply_backend.data.rows import ALIGNMENT
from deeply_backend.data.rows import Rows
from deeply_backend.data.rows import aligned_empty
from deeply_backend.data.rows import as_inputs


def test_blocks_land_in_place_and_in_type():
    rows = Rows(5, {"numeric": 2, "category": 1})
    numeric = np.asfortranarray(np.arange(10.0).reshape(5, 2))
    codes = np.arange(5)[:, None]
    rows.write(3, {"numeric": numeric[3:].T, "category": codes[3:].T})
    rows.write(0, {"numeric": numeric[:3].T, "category": codes[:3].T})
    assert len(rows) == 5
    assert rows.inputs["numeric"].dtype == np.float32
    assert rows.inputs["numeric"].flags.c_contiguous
    assert rows.inputs["category"].dtype == np.int32
    np.testing.assert_array_equal(rows.inputs["numeric"], numeric)
    taken = rows.take(np.array([4, 0]))
    np.testing.assert_array_equal(taken["category"], [[4], [0]])


def test_a_kind_without_columns_is_absent():
    assert list(Rows(3, {"numeric": 0, "category": 2}).inputs) == ["category"]
    blocks = {"numeric": np.zeros((0, 3)), "category": np.ones((2, 3))}
    assert list(as_inputs(blocks)) == ["category"]


def test_the_buffer_is_a_copy_of_its_own():
    rows = Rows(2, {"numeric": 1})
    block = np.ones((1, 2))
    rows.write(0, {"numeric": block})
    block[:] = 7
    np.testing.assert_array_equal(rows.inputs["numeric"], [[1], [1]])


def test_arrays_are_aligned_for_the_backend():
    for shape in [(3, 5), (1, 1), (1001, 7)]:
        array = aligned_empty(shape, np.float32)
        assert array.shape == shape
        assert array.ctypes.data % ALIGNMENT == 0
        assert array.flags.c_contiguous
