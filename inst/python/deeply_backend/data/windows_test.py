import itertools
import math
import threading
import time
import tracemalloc

import numpy as np
import pytest

from deeply_backend.data import pages
from deeply_backend.data.disk_rows import DiskRows
from deeply_backend.data.rows import Rows
from deeply_backend.data.windows import PIECE_ROWS
from deeply_backend.data.windows import epoch_order
from deeply_backend.data.windows import stream

SIZES = [1, 2, 63, 64, 65, 128, 129, 1000]


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("window, piece", [(64, 8), (64, 64), (60, 7), (5, 8)])
def test_an_epoch_holds_every_row_once(n, window, piece):
    for seed, epoch in itertools.product((0, 2**31 - 1), (1, 2)):
        parts = list(epoch_order(n, seed, epoch, window, piece))
        assert all(0 < len(part) <= window for part in parts)
        np.testing.assert_array_equal(
            np.sort(np.concatenate(parts)), np.arange(n)
        )
        assert all(part.dtype == np.int32 for part in parts)


def test_the_order_follows_from_seed_and_epoch_alone():
    def order(*args):
        return np.concatenate(list(epoch_order(1000, *args)))

    first = order(1, 7, 256, 16)
    np.testing.assert_array_equal(first, order(1, 7, 256, 16))
    for other in [(1, 8, 256, 16), (2, 7, 256, 16), (1, 7, 1000, 16)]:
        assert (first != order(*other)).mean() > 0.9


def test_rows_that_fit_are_shuffled_whole():
    (rows,) = epoch_order(1000, 1, 1, 1000)
    generator = np.random.default_rng([1, 1])
    np.testing.assert_array_equal(rows, generator.permutation(1000))


def test_more_rows_are_shuffled_in_pieces_from_everywhere():
    # 40 pieces of 16 in windows of 10 pieces.
    for window in epoch_order(640, 3, 1, 160, 16):
        assert len(window) == 160
        assert len(set(window // 16)) == 10
        assert np.ptp(window) > 320
        assert (np.diff(window) == 1).mean() < 0.05


def test_no_array_is_as_long_as_the_data():
    tracemalloc.start()
    n = 10**10
    first = next(iter(epoch_order(n, 1, 1, 2**18)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert first.dtype == np.int64
    assert len(first) == 2**18 // PIECE_ROWS * PIECE_ROWS
    assert peak < n / 100


def test_a_call_that_makes_no_sense_is_refused():
    for n, window, piece in [(0, 5, 5), (5, 0, 5), (5, 5, 0)]:
        with pytest.raises(ValueError, match="at least one row each"):
            next(epoch_order(n, 1, 1, window, piece))


def both(path, n, widths=None):
    widths = widths or {"numeric": 3, "category": 1, "y": 1}
    generator = np.random.default_rng(n)
    blocks = {
        name: generator.integers(0, 10**6, (width, n))
        for name, width in widths.items()
    }
    memory, disk = Rows(n, widths), DiskRows(path, n, widths)
    memory.write(0, blocks)
    disk.write(0, blocks)
    return memory, disk, blocks["y"][0]


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("batch", [1, 8, 10, 64, 100, 2000])
@pytest.mark.parametrize("numeric", [0, 3])
def test_disk_and_memory_give_the_same_rows(tmp_path, n, batch, numeric):
    widths = {"numeric": numeric, "category": 1, "y": 1}
    memory, disk, _ = both(tmp_path / "rows", n, widths)
    for epoch in (1, 2):
        got = list(stream(disk, epoch_order(n, 5, epoch, 64, 8), batch))
        order = np.concatenate(list(epoch_order(n, 5, epoch, 64, 8)))
        for name, array in memory.take(order).items():
            joined = np.concatenate([window[name] for window in got])
            assert joined.tobytes() == array.tobytes()
        sizes = [len(window["y"]) for window in got]
        assert all(size > 0 and size % batch == 0 for size in sizes[:-1])
        assert all(list(w) == [k for k in widths if widths[k]] for w in got)


def test_some_of_the_rows_can_be_streamed(tmp_path):
    _, disk, y = both(tmp_path / "rows", 300)
    some = np.flatnonzero(np.arange(300) % 3 > 0)
    order = [some[window] for window in epoch_order(200, 1, 1, 64, 8)]
    got = stream(disk, order, 10)
    joined = np.concatenate([window["y"] for window in got])
    np.testing.assert_array_equal(joined, y[np.concatenate(order)])
    assert list(stream(disk, [], 10)) == []


def readers():
    return [t for t in threading.enumerate() if t.name.startswith("deeply-")]


def test_an_early_stop_leaves_no_thread(tmp_path):
    _, disk, _ = both(tmp_path / "rows", 1000)
    windows = stream(disk, epoch_order(1000, 1, 1, 64, 8), 8)
    next(windows)
    assert len(readers()) == 1
    windows.close()
    assert readers() == []
    with pytest.raises(KeyboardInterrupt):
        for _ in stream(disk, epoch_order(1000, 1, 1, 64, 8), 8):
            raise KeyboardInterrupt
    assert readers() == []
    list(stream(disk, epoch_order(1000, 1, 1, 64, 8), 8))
    assert readers() == []


def test_an_error_in_the_reader_reaches_the_caller(tmp_path):
    _, disk, _ = both(tmp_path / "rows", 100)
    windows = stream(disk, [np.arange(64), np.arange(64, 101)], 8)
    assert len(next(windows)["y"]) == 64
    with pytest.raises(IndexError, match="rows 64 to 100 are not all in"):
        next(windows)
    assert readers() == []


class Slow:
    """Rows that take their time and remember when they were asked."""

    def __init__(self):
        self.asked = []

    def take(self, index, front):
        self.asked.append(int(index[0]))
        time.sleep(0.02)
        return {"y": np.asarray(index, np.float32)}


def test_one_window_is_read_ahead_and_no_more():
    rows = Slow()
    order = [np.array([k, k]) for k in range(5)]
    for k, window in enumerate(stream(rows, order, 2)):
        time.sleep(0.05)
        assert window["y"][0] == k
        assert rows.asked == list(range(min(k + 2, 5)))


def test_memory_holds_a_few_windows(tmp_path, monkeypatch):
    # What has pages of its own is not traced.
    monkeypatch.setattr(pages, "OWN_BYTES", math.inf)
    n, width, window_rows = 60_000, 64, 6_000
    _, disk, _ = both(
        tmp_path / "rows", n, {"numeric": width, "category": 1, "y": 1}
    )
    window_bytes = 4 * window_rows * (width + 2)
    order = epoch_order(n, 1, 1, window_rows, 500)
    tracemalloc.start()
    for window in stream(disk, order, 128):
        assert len(window["y"]) > 0
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # And what is read at once, 4 MiB and its like in the gathering.
    assert peak < 3.2 * window_bytes + 10 * 2**20
