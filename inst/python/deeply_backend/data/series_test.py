import keras
import numpy as np
import pytest

from deeply_backend.data.rows import split_inputs
from deeply_backend.data.series import Panel
from deeply_backend.data.series import WindowRows
from deeply_backend.training.engine import Engine

AHEAD = [1, 3]


def panel(times=10, series=2, seed=0):
    random = np.random.default_rng(seed)
    target = random.normal(size=times)
    target[4] = np.nan
    return Panel(
        random.normal(size=(times, 2)),
        target,
        np.arange(times)[:, None] % 7,
        random.normal(size=(times, 1)),
        random.normal(size=(series, 3)),
        np.eye(4)[:series],
    )


def windows(**changes):
    return WindowRows(panel(**changes), [0, 5, 2], [0, 1, 0], 2, AHEAD)


def test_a_window_is_what_it_sees_and_what_comes():
    rows = windows()
    arrays = rows.panel.arrays
    found = rows.take([2, 1])
    for row, (start, series) in enumerate([(2, 0), (5, 1)]):
        coming = [start + 2, start + 4]
        np.testing.assert_array_equal(
            found["window"][row], arrays["past"][start : start + 2]
        )
        for name, source in [
            ("codes", "codes"),
            ("known", "known"),
            ("y", "target"),
        ]:
            np.testing.assert_array_equal(
                found[name][row], arrays[source][coming]
            )
        for name in ("static", "how"):
            np.testing.assert_array_equal(
                found[name][row], arrays[name][series]
            )
    assert len(rows) == 3
    assert list(rows.read(0, 2)) == list(found)
    assert rows.read(1, 2, ["weights"]) == {"weights": pytest.approx([1, 1])}


def test_the_engine_cuts_the_same_windows():
    rows = windows()
    inputs = {"window": keras.Input((2, 2), name="window")}
    model = keras.Model(inputs, keras.layers.Flatten()(inputs["window"]))
    rule = {"name": "sgd"}
    engine = Engine(model, lambda y, o: o[:, 0], rule, gather=rows.gather)
    data = engine.place(*split_inputs(rows.whole()))
    found, y = engine.rows_of(data, [1, 2])
    expected = rows.take([1, 2])
    np.testing.assert_array_equal(y, expected["y"])
    for name, values in found.items():
        np.testing.assert_array_equal(values, expected[name])


def test_what_has_no_columns_is_left_out():
    nothing = np.zeros((9, 0))
    bare = Panel(
        np.ones(9)[:, None],
        np.ones(9),
        nothing,
        nothing,
        np.zeros((1, 0)),
        np.zeros((1, 4)),
    )
    rows = WindowRows(bare, [0], [0], 3, [1])
    assert set(rows.take([0])) == {"window", "how", "y", "weights"}


def test_blocks_are_all_windows(monkeypatch):
    monkeypatch.setattr("deeply_backend.data.series.MOST_VALUES", 10)
    rows = windows()
    blocks = list(rows.blocks(1))
    assert len(blocks) == 2
    np.testing.assert_array_equal(
        np.concatenate([y for _, y in blocks]), rows.take([1, 2])["y"]
    )


def test_memory_does_not_grow_with_the_lookback():
    sizes = [
        sum(
            x.nbytes
            for x in WindowRows(panel(), [0, 1], [0, 0], lookback, [1])
            .whole()
            .values()
        )
        for lookback in (1, 6)
    ]
    assert sizes[0] == sizes[1]
