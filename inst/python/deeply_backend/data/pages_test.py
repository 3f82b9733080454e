import mmap
import sys

import numpy as np
import pytest

from deeply_backend.data.pages import BIG_BYTES
from deeply_backend.data.pages import ask_for_pages
from deeply_backend.data.pages import fresh
from deeply_backend.data.pages import gather_pages


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


def big_page_bytes(memory):
    """Of the mapping that an array lies in, what lies in big pages."""
    inside = False
    with open("/proc/self/smaps") as file:
        for line in file:
            name, *rest = line.split()
            if "-" in name:
                first, last = (int(part, 16) for part in name.split("-"))
                inside = first <= memory.ctypes.data < last
            elif inside and name == "AnonHugePages:":
                return 1024 * int(rest[0])
    return 0


@pytest.mark.skipif(sys.platform != "linux", reason="Linux only")
def test_a_big_array_moves_to_big_pages_and_contents_stay():
    small = mmap.mmap(-1, 4 * BIG_BYTES, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    small.madvise(mmap.MADV_NOHUGEPAGE)
    memory = np.frombuffer(small, np.uint8)
    memory[:] = np.arange(4 * BIG_BYTES, dtype=np.uint8)
    assert big_page_bytes(memory) == 0
    small.madvise(mmap.MADV_HUGEPAGE)
    gather_pages(memory)
    assert (memory[:-1] + np.uint8(1) == memory[1:]).all()
    if big_page_bytes(memory) == 0:
        pytest.skip("this kernel is older than 6.1, or has no big pages left")


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
