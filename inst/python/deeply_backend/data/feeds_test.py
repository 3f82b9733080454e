import contextlib
import threading

import numpy as np
import pytest

from deeply_backend.data import feeds
from deeply_backend.data import windows
from deeply_backend.data.disk_rows import DiskRows
from deeply_backend.data.feeds import DiskFeed
from deeply_backend.data.feeds import MemoryFeed
from deeply_backend.data.rows import Rows

N, N_TRAIN = 230, 200
WIDTHS = {"numeric": 2, "category": 1, "y": 1, "weights": 1}


class Device:
    """Stands for the engine: data stays where it is."""

    score_rows = 12
    convolves = True

    def place(self, inputs, y, weights):
        return inputs, y, weights


def table():
    generator = np.random.default_rng(0)
    return {
        "numeric": generator.normal(size=(2, N)),
        "category": np.arange(N)[None],
        "y": generator.normal(size=(1, N)),
        "weights": generator.uniform(0, 2, (1, N)),
    }


@pytest.fixture
def both(tmp_path):
    """A function that makes both feeds, for a window."""
    in_memory, on_disk = Rows(N, WIDTHS), DiskRows(tmp_path / "r", N, WIDTHS)
    for rows in (in_memory, on_disk):
        rows.write(0, table())

    def make(window_rows, n_train=N_TRAIN):
        arguments = n_train, Device(), window_rows
        return MemoryFeed(in_memory, *arguments), DiskFeed(on_disk, *arguments)

    return make


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    """Windows mix pieces of eight rows, and scoring takes twelve at once."""
    defaults = (*windows.epoch_order.__defaults__[:-1], 8)
    monkeypatch.setattr(windows.epoch_order, "__defaults__", defaults)
    monkeypatch.setattr(feeds, "SUM_ROWS", 12)


def rows_at(data, index):
    inputs, y, weights = data
    return [inputs["numeric"][index], inputs["category"][index], y[index]] + [
        weights[index]
    ]


def joined(parts):
    return [np.concatenate(part) for part in zip(*parts, strict=True)]


def of_epoch(feed, epoch=1, step_rows=16):
    return joined(
        [
            rows_at(data, order)
            for data, order in feed.epoch(7, epoch, step_rows)
        ]
    )


def assert_same(got, expected):
    for a, b in zip(got, expected, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("step_rows", [1, 16, 24])
@pytest.mark.parametrize("window", [8, 24, 50, 64, 199, 200, 10**6])
def test_memory_and_disk_give_the_same_rows_in_the_same_order(
    both, window, step_rows
):
    memory, disk = both(max(window, step_rows))
    for epoch in (1, 2):
        assert_same(
            of_epoch(disk, epoch, step_rows), of_epoch(memory, epoch, step_rows)
        )


@pytest.mark.parametrize("window", [24, 50, 10**6])
def test_an_epoch_holds_each_training_row_once_in_an_order_of_its_own(
    both, window
):
    for feed in both(window):
        first, second = (of_epoch(feed, epoch)[1][:, 0] for epoch in (1, 2))
        for codes in (first, second):
            np.testing.assert_array_equal(np.sort(codes), np.arange(N_TRAIN))
        assert np.mean(first == second) < 0.2
        assert np.mean(first == np.arange(N_TRAIN)) < 0.2
        np.testing.assert_array_equal(of_epoch(feed)[1][:, 0], first)


@pytest.mark.parametrize("window", [24, 50])
def test_windows_hold_whole_steps_and_the_last_one_the_rest(both, window):
    _, disk = both(window)
    sizes = [len(order) for _, order in disk.epoch(7, 1, 16)]
    assert sum(sizes) == N_TRAIN
    assert all(size % 16 == 0 for size in sizes[:-1])
    assert sizes[-1] == N_TRAIN % 16


@pytest.mark.parametrize("window", [24, 50, 64, 10**6])
def test_compiled_code_sees_windows_of_one_shape(both, window):
    _, disk = both(window)
    shapes = {
        (data[0]["numeric"].shape, data[1].shape, data[2].shape)
        for data, _ in disk.epoch(7, 1, 16)
    }
    ((numeric, y, weights),) = shapes
    assert (numeric[0], *y) == (*y, *weights)
    assert y[0] <= min(window, N_TRAIN) + 16


def test_an_epoch_left_early_leaves_no_thread_behind(both):
    _, disk = both(24)
    before = threading.active_count()
    with contextlib.closing(disk.epoch(7, 1, 16)) as epoch:
        next(epoch)
    assert threading.active_count() == before


def test_validation_rows_come_once_and_in_order(both):
    for feed in both(24):
        pieces = list(feed.validation())
        assert [last - first for _, first, last in pieces] == [12, 12, 6]
        got = joined(
            [
                rows_at(data, np.arange(first, last))
                for data, first, last in pieces
            ]
        )
        np.testing.assert_array_equal(got[1][:, 0], np.arange(N_TRAIN, N))
        np.testing.assert_array_equal(
            got[2], table()["y"][0, N_TRAIN:].astype(np.float32)
        )


def test_without_validation_rows_there_is_nothing_to_score(both):
    for feed in both(24, n_train=N):
        assert list(feed.validation()) == []
        assert feed.weights()[1] == 0


def test_weights_are_summed_alike_and_right(both):
    memory, disk = both(24)
    assert memory.weights() == disk.weights()
    weights = table()["weights"][0].astype(np.float32).astype(float)
    assert memory.weights() == pytest.approx(
        (weights[:N_TRAIN].sum(), weights[N_TRAIN:].sum()), rel=1e-12
    )


def test_a_sample_is_of_training_rows_only(both):
    for feed in both(24, n_train=5):
        for n, expected in [(3, 3), (5, 5), (100, 5)]:
            sample = feed.sample(n)
            assert sample["category"][:, 0].tolist() == list(range(expected))
            assert sample["y"].shape == (expected,)


def test_a_row_in_memory_is_a_row_of_the_data_and_one_of_a_window_is_not(both):
    memory, disk = both(24)
    assert memory.names_rows
    assert not disk.names_rows
    (data, order), *_ = memory.epoch(7, 1, 16)
    np.testing.assert_array_equal(data[0]["category"][order, 0], order)
    (data, order), *_ = disk.epoch(7, 1, 16)
    assert (data[0]["category"][order, 0] != order).any()
