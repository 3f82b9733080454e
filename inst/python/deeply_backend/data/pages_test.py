import sys

import numpy as np
import pytest

from deeply_backend.data.pages import BIG_BYTES
from deeply_backend.data.pages import ask_for_pages
from deeply_backend.data.pages import fresh


def resident_bytes():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


@pytest.mark.skipif(sys.platform != "linux", reason="Linux only")
def test_pages_come_without_a_touch_and_contents_stay():
    memory = np.empty(4 * BIG_BYTES, np.uint8)
    memory[:1000] = 7
    before = resident_bytes()
    ask_for_pages(memory).join()
    came = resident_bytes() - before
    if came == 0:
        pytest.skip("this kernel is older than 5.14")
    assert came > 3 * BIG_BYTES
    assert (memory[:1000] == 7).all()


def test_a_small_array_is_left_alone():
    assert ask_for_pages(np.empty(1000, np.uint8)) is None


@pytest.mark.skipif(sys.platform != "linux", reason="Linux only")
def test_fresh_memory_goes_back_with_its_last_array():
    before, size = resident_bytes(), 2**23
    arrays = [fresh(size) for _ in range(16)]
    small = [fresh(1000) for _ in range(16)]
    for array in (*arrays, *small):
        array[:] = 7
    views = [array[::2] for array in arrays]
    del arrays, array
    assert resident_bytes() - before > 15 * size
    assert all((view == 7).all() for view in views)
    del views
    assert resident_bytes() - before < size
    assert [len(array) for array in small] == [1000] * 16
