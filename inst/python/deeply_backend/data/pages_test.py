import sys

import numpy as np
import pytest

from deeply_backend.data.pages import BIG_BYTES
from deeply_backend.data.pages import ask_for_pages


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
