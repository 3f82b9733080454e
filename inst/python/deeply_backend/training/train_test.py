import itertools
import math
import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
import time

import keras
import numpy as np
import pytest

import deeply_backend
from deeply_backend.data.disk_rows import DiskRows
from deeply_backend.data.feeds import MemoryFeed
from deeply_backend.data.rows import Rows
from deeply_backend.models.mlp_test import spec
from deeply_backend.training import checkpoints
from deeply_backend.training import engine
from deeply_backend.training import loop
from deeply_backend.training import train
from deeply_backend.training.plan import Plan

N, N_TRAIN, BATCH = 200, 144, 24
STEPS = 6
WIDTHS = {"numeric": 3, "category": 2, "y": 1, "weights": 1}
ROW_BYTES = 4 * sum(WIDTHS.values())


def table(n=N, seed=0, binary=True):
    """Blocks as R sends them, of a problem that can be learned."""
    generator = np.random.default_rng(seed)
    numeric = generator.normal(size=(3, n))
    category = generator.integers(1, 3, (2, n))
    y = 2 * numeric[0] + category[0] - 1.5
    return {
        "numeric": numeric,
        "category": category,
        "y": ((y > 0) if binary else y)[None].astype(float),
        "weights": generator.uniform(0.5, 1.5, (1, n)),
    }


def rows_of(blocks, path=None):
    """Rows in memory, or in a file."""
    n = blocks["y"].shape[1]
    rows = Rows(n, WIDTHS) if path is None else DiskRows(path, n, WIDTHS)
    rows.write(0, blocks)
    return rows


def asked(**changes):
    """A spec; all that is random or remembers is in it."""
    return {
        "model": "mlp",
        "loss": "binary_crossentropy",
        "label_smoothing": 0.1,
        "focal_gamma": 0,
        "mixed_precision": False,
        "optimizer": {"name": "adam", "ema": 0.9, "clip_norm": 1.0},
        **spec(dropout=0.2, normalization="batch", output_bias=np.zeros(1)),
        **changes,
    }


def plain(**changes):
    """A spec without anything random."""
    return asked(
        **{
            "label_smoothing": 0,
            "optimizer": {"name": "adam"},
            "dropout": 0.0,
            "normalization": "none",
            **changes,
        }
    )


def plan_of(**changes):
    return Plan(
        **{
            "epochs": 4,
            "batch_size": BATCH,
            "patience": math.inf,
            "seed": 3,
            "learn_rate": 0.01,
            **changes,
        }
    )


def fitted(rows, on_event=None, asked=None, n_train=N_TRAIN, **plan):
    return train.train(
        asked or globals()["asked"](),
        rows,
        n_train,
        plan_of(**plan),
        on_event or (lambda event: None),
    )


def assert_same_fit(got, expected):
    """The same weights and history to the bit."""
    for name in set(loop.HISTORY) - {"seconds"}:
        np.testing.assert_array_equal(
            got["history"][name], expected["history"][name], err_msg=name
        )
    for name in ("best_epoch", "stopped", "findings"):
        assert got[name] == expected[name]
    for a, b in zip(
        got["model"].get_weights(), expected["model"].get_weights(), strict=True
    ):
        assert a.tobytes() == b.tobytes()


@pytest.fixture(scope="module")
def rows():
    return rows_of(table())


@pytest.fixture(scope="module")
def whole(rows):
    """A run that nobody interrupted."""
    return fitted(rows)


@pytest.fixture
def eager(monkeypatch):
    """Tells after every step."""
    monkeypatch.setattr(loop, "EVENT_SECONDS", 0)
    monkeypatch.setattr(loop, "BLOCK_SECONDS", 0)


# What a fit is ---------------------------------------------------------------


def test_a_fit_learns_and_says_how(whole):
    assert set(whole) == {
        "model",
        "history",
        "best_epoch",
        "stopped",
        "findings",
        "unsaved",
        "spoiled",
    }
    history = whole["history"]
    assert history["epoch"] == [1, 2, 3, 4]
    assert history["val_loss"][-1] < history["val_loss"][0]
    assert history["loss"][-1] < 0.9 * history["loss"][0]
    assert history["learn_rate"] == [np.float32(0.01)] * 4
    assert (whole["stopped"], whole["unsaved"]) == ("epochs", None)
    assert (whole["findings"], whole["spoiled"]) == ([], [])


def test_the_best_epochs_weights_are_those_in_the_model(rows, whole):
    model, held = whole["model"], rows.read(N_TRAIN, N - N_TRAIN)
    inputs = {k: held[k] for k in ("numeric", "category")}
    logit = np.asarray(model(inputs, training=False))[:, 0].astype(float)
    losses = np.logaddexp(0, logit) - held["y"] * logit
    mean = np.average(losses, weights=held["weights"])
    best = whole["history"]["val_loss"][whole["best_epoch"] - 1]
    assert mean == pytest.approx(best, rel=1e-5)
    assert best == min(whole["history"]["val_loss"])


def test_the_same_seed_gives_the_same_bits_and_another_one_others(rows, whole):
    random.seed(1)
    assert_same_fit(fitted(rows), whole)
    other = fitted(rows, seed=4)
    assert other["history"]["loss"] != whole["history"]["loss"]


# Leaving and taking up -------------------------------------------------------


@pytest.fixture(params=["memory", "disk"])
def source(request, rows, whole, tmp_path, monkeypatch):
    """Rows, and the run on them that nobody interrupted."""
    if request.param == "memory":
        return rows, whole
    # Four whole batches, and the rest goes into the next window.
    monkeypatch.setattr(train, "_window_rows", lambda *_: 100)
    on_disk = rows_of(table(), tmp_path / "rows")
    return on_disk, fitted(on_disk)


def test_a_run_left_and_taken_up_again_and_again_ends_with_the_same_bits(
    source, tmp_path, eager
):
    rows, expected = source
    folder = tmp_path / "run"
    folder.mkdir()
    plan = {"checkpoint": folder, "checkpoint_seconds": 0}
    # Within the first epoch, and at the end of the third.
    for stop in (STEPS - 2, 2 * STEPS + 2):
        events = itertools.count(1)
        left = fitted(
            rows,
            lambda event, events=events, stop=stop: next(events) == stop,
            resume=len(os.listdir(folder)) > 0,
            **plan,
        )
        assert left["stopped"] == "asked"
    assert len(left["history"]["epoch"]) == 3
    resumed = fitted(rows, resume=True, **plan)
    assert_same_fit(resumed, expected)
    seconds = resumed["history"]["seconds"]
    assert seconds[:3] == left["history"]["seconds"]
    assert seconds == sorted(seconds)


def test_a_finished_run_taken_up_again_stays_as_it_was(rows, whole, tmp_path):
    first = fitted(rows, checkpoint=tmp_path)
    assert_same_fit(first, whole)
    events = []
    again = fitted(rows, events.append, checkpoint=tmp_path, resume=True)
    assert_same_fit(again, whole)
    assert again["history"]["seconds"] == first["history"]["seconds"]
    assert events == []


def test_more_epochs_go_on_where_the_run_had_ended(rows, whole, tmp_path):
    fitted(rows, checkpoint=tmp_path, epochs=2)
    more = fitted(rows, checkpoint=tmp_path, epochs=4, resume=True)
    assert_same_fit(more, whole)


def test_patience_and_the_best_epoch_survive(rows, tmp_path):
    # Steps far too long: no epoch is better than the first.
    plan = {"patience": 3, "learn_rate": 0.5, "epochs": 40}
    expected = fitted(rows, **plan)
    assert expected["stopped"] == "patience"
    best = expected["best_epoch"]
    left = fitted(
        rows,
        lambda event: event["epoch"] == best + 2,
        checkpoint=tmp_path,
        **plan,
    )
    assert (left["stopped"], left["best_epoch"]) == ("asked", best)
    resumed = fitted(rows, checkpoint=tmp_path, resume=True, **plan)
    assert_same_fit(resumed, expected)
    assert resumed["history"]["epoch"][-1] == best + 3


def test_a_damaged_checkpoint_costs_steps_but_no_bits(rows, whole, tmp_path):
    fitted(rows, checkpoint=tmp_path, checkpoint_epochs=1, epochs=3)
    newest = sorted(os.listdir(tmp_path))[-1]
    (tmp_path / newest).write_bytes(b"PK")
    resumed = fitted(rows, checkpoint=tmp_path, resume=True)
    assert resumed["spoiled"] == [newest]
    assert_same_fit(resumed, whole)


def test_without_a_checkpoint_nothing_can_be_taken_up(rows, tmp_path):
    with pytest.raises(checkpoints.CheckpointError, match="no checkpoint in"):
        fitted(rows, checkpoint=tmp_path, resume=True)


KILLED_EPOCHS = 200
RUNNER = """
    import os
    import sys

    import deeply_backend

    folder, backend = sys.argv[1:]
    deeply_backend.start(backend)

    from deeply_backend.training import train_test

    train_test.fitted(
        train_test.rows_of(train_test.table()),
        lambda event: print(event["epoch"], flush=True),
        epochs=train_test.KILLED_EPOCHS,
        checkpoint=folder,
        checkpoint_epochs=1,
        resume=len(os.listdir(folder)) > 0,
    )
"""


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow" or os.name != "posix",
    reason="once is enough: nothing in it differs by backend",
)
def test_a_run_killed_at_any_moment_ends_with_the_same_bits(rows, tmp_path):
    command = [sys.executable, "-c", textwrap.dedent(RUNNER)]
    command += [tmp_path, keras.backend.backend()]
    root = os.path.dirname(os.path.dirname(deeply_backend.__file__))
    ends = [0]
    for _ in range(2):
        with subprocess.Popen(
            command, cwd=root, stdout=subprocess.PIPE, text=True
        ) as process:
            told = "".join(process.stdout.readline() for _ in range(3))
            time.sleep(random.uniform(0, 0.4))
            process.kill()
            told += process.stdout.read()
        assert process.returncode == -signal.SIGKILL
        # What comes behind the last end of a line was cut off.
        ends.append(int(told.rpartition("\n")[0].split()[-1]))
        assert ends[-2] < ends[-1] < KILLED_EPOCHS
    plan = {"epochs": KILLED_EPOCHS, "checkpoint": tmp_path, "resume": True}
    resumed = fitted(rows, **plan)
    assert resumed["spoiled"] == []
    assert_same_fit(resumed, fitted(rows, epochs=KILLED_EPOCHS))


# Being asked to stop ---------------------------------------------------------


@pytest.fixture
def listens_to_ctrl_c():
    """A job in a shell's background is started deaf to SIGINT."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("listens_to_ctrl_c")
def test_ctrl_c_ends_a_run_within_a_second_with_a_usable_model(rows):
    pressed = []

    def press():
        pressed.append(time.perf_counter())
        os.kill(os.getpid(), signal.SIGINT)

    timers = [threading.Timer(0.2, press)]

    def start(event):
        # Behind the compilation, which is no part of a usual wait.
        if event["epoch"] > 1 and timers:
            timers.pop().start()

    fit = fitted(rows, start, epochs=10**6)
    waited = time.perf_counter() - pressed[0]
    assert fit["stopped"] == "asked"
    assert waited < 1
    assert len(fit["history"]["epoch"]) >= 1
    held = rows.read(0, 5)
    inputs = {k: held[k] for k in ("numeric", "category")}
    assert np.isfinite(np.asarray(fit["model"](inputs))).all()
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(1)


# Memory and disk -------------------------------------------------------------


# Windows of one step or two, and of many.
@pytest.mark.parametrize(("window", "jit_steps"), [(30, 0), (100, 10**9)])
def test_numbers_agree_between_memory_and_disk(
    window, jit_steps, rows, tmp_path, monkeypatch
):
    monkeypatch.setattr(engine, "JIT_STEPS", jit_steps)
    monkeypatch.setattr(train, "_window_rows", lambda *_: window)
    monkeypatch.setattr(
        train,
        "MemoryFeed",
        lambda rows, n_train, engine, _: MemoryFeed(
            rows, n_train, engine, window
        ),
    )
    # Six full steps and one of the rows that are left.
    plan = {"epochs": 2, "n_train": 150}
    in_memory = fitted(rows, **plan)
    on_disk = fitted(rows_of(table(), tmp_path / "rows"), **plan)
    assert_same_fit(on_disk, in_memory)


def test_what_fits_into_a_window_is_trained_on_as_in_memory(whole, tmp_path):
    assert_same_fit(fitted(rows_of(table(), tmp_path / "rows")), whole)


def test_windows_hold_as_much_as_memory_allows(tmp_path, monkeypatch):
    rows = rows_of(table(), tmp_path / "rows")
    # Whole steps of 24 rows, and from there on whole pieces.
    for fit, window in [(1, 24), (100, 96), (4095, 4080), (10_000, 8192)]:
        monkeypatch.setattr(train, "WINDOW_BYTES", ROW_BYTES * fit)
        assert train._window_rows(rows, plan_of()) == window


def test_focus_is_scored_and_smoothing_is_not():
    loss, score = train.losses_of(plain(label_smoothing=0.3, focal_gamma=2))
    y, logit = np.float32([1, 0]), np.float32([[0.7], [1.9]])
    p = 1 / (1 + np.exp(np.float32([-0.7, 1.9])))
    np.testing.assert_allclose(
        score(y, logit), -((1 - p) ** 2) * np.log(p), 1e-5
    )
    smooth = -0.85 * np.log(p) - 0.15 * np.log(1 - p)
    np.testing.assert_allclose(loss(y, logit), (1 - p) ** 2 * smooth, 1e-5)
