import errno
import itertools
import math
import os

import numpy as np
import pytest

from deeply_backend.training import checkpoints
from deeply_backend.training import loop
from deeply_backend.training.checkpoints import CheckpointError
from deeply_backend.training.errors import FaultError
from deeply_backend.training.errors import OutOfMemoryError
from deeply_backend.training.loop_test import BATCH
from deeply_backend.training.loop_test import STEPS
from deeply_backend.training.loop_test import FakeEngine
from deeply_backend.training.loop_test import FakeFeed
from deeply_backend.training.loop_test import plan_of
from deeply_backend.training.loop_test import run_of
from deeply_backend.training.loop_test import train


@pytest.mark.parametrize("pace", [1, 100])
@pytest.mark.parametrize("step", [1, 2, 3])
def test_a_fault_names_its_step_and_leaves_the_best_weights(
    step, pace, monkeypatch
):
    monkeypatch.setattr(
        loop.Pace,
        "update",
        lambda self, *block: setattr(self, "steps", pace),
    )
    engine = FakeEngine([1, 2], fault_at=2 * STEPS + step - 1)
    run = run_of(engine)
    with pytest.raises(FaultError, match="epoch 3") as caught:
        run.train()
    fault = caught.value
    order = run.feed.order(1, 3)
    assert (fault.epoch, fault.step) == (3, step)
    assert fault.rows.tolist() == order[BATCH * (step - 1) :][:BATCH].tolist()
    assert fault.data == ("first window" if step == 1 else "second window")
    assert engine.kept == ["after", STEPS]
    assert run.untrained is None
    assert run.history["epoch"] == [1, 2]


def test_a_fault_in_the_first_epoch_leaves_the_weights_before_it():
    engine = FakeEngine(fault_at=1)
    run = run_of(engine)
    with pytest.raises(FaultError):
        run.train()
    assert engine.kept == ["after", 1]
    # Those of the model, before others were kept.
    assert run.untrained == ["before", None]


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_validation_loss_that_is_no_number_is_a_fault(bad):
    engine = FakeEngine([1, bad])
    with pytest.raises(FaultError, match="epoch 2") as caught:
        run_of(engine).train()
    fault = caught.value
    assert (fault.epoch, fault.step) == (2, None)
    assert fault.data == "validation"
    assert fault.rows.tolist() == [10, 11, 12]
    assert engine.kept == ["after", STEPS]


# Memory ----------------------------------------------------------------------


class ResourceExhaustedError(Exception):
    """Named as TensorFlow's."""


FULL = [
    MemoryError(),
    ResourceExhaustedError("OOM when allocating tensor"),
    RuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 8 bytes"),
]


@pytest.mark.parametrize("full", FULL)
@pytest.mark.parametrize(
    ("room", "fits"), [(99, 50), (50, 50), (49, 25), (3, 3), (2, 1), (0, 0)]
)
def test_a_full_device_is_told_with_the_batch_that_fits(full, room, fits):
    def allocate(shape):
        if shape[2] > room:
            raise full

    engine = FakeEngine()
    engine.before_steps = allocate
    feed = FakeFeed()
    feed.n_train, feed.n = 100, 105
    feed.order = lambda seed, epoch: np.arange(100)
    plan = plan_of(batch_size=100)
    with pytest.raises(OutOfMemoryError) as caught:
        loop.Run(engine, feed, plan, lambda event: None).train()
    assert caught.value.__cause__ is full
    assert str(caught.value) == (
        f"batch_size = {fits} would fit"
        if fits
        else "not even a batch of one row fits"
    )


def test_another_error_is_not_taken_for_a_full_device():
    def fail(shape):
        raise RuntimeError("INVALID_ARGUMENT: shapes differ")

    engine = FakeEngine()
    engine.before_steps = fail
    with pytest.raises(RuntimeError, match="shapes differ"):
        run_of(engine).train()


# Checkpoints -----------------------------------------------------------------


def numbers(folder):
    names = sorted(os.listdir(folder))
    return [int(name[11:23]) for name in names if name.endswith(".npz")]


def test_checkpoints_come_at_the_start_after_epochs_and_at_the_end(tmp_path):
    seen = []

    def look(event):
        seen.append(numbers(tmp_path))

    train(
        epochs=5,
        patience=math.inf,
        checkpoint=tmp_path,
        checkpoint_epochs=2,
        on_event=look,
    )
    assert seen == [[0], [0, 6], [0, 6], [6, 12], [6, 12]]
    assert numbers(tmp_path) == [12, 15]


def test_checkpoints_come_within_an_epoch_if_time_says_so(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(loop, "EVENT_SECONDS", 0)
    monkeypatch.setattr(loop, "BLOCK_SECONDS", 0)
    seen = []

    def look(event):
        seen.append(numbers(tmp_path)[-1])

    train(epochs=2, checkpoint=tmp_path, checkpoint_seconds=0, on_event=look)
    assert seen == [1, 2, 3, 4, 5, 6]


def test_a_folder_that_cannot_be_written_to_is_found_before_any_step(tmp_path):
    engine = FakeEngine()
    with pytest.raises(CheckpointError):
        run_of(engine, checkpoint=tmp_path / "missing").train()
    assert engine.taken == []


def test_a_new_run_does_not_mix_with_another_one(tmp_path):
    train(epochs=2, checkpoint=tmp_path)
    engine = FakeEngine()
    with pytest.raises(CheckpointError, match="another run"):
        run_of(engine, checkpoint=tmp_path).train()
    assert engine.taken == []
    assert numbers(tmp_path) == [0, 6]


def test_a_full_disk_does_not_end_a_run_but_is_told(tmp_path, monkeypatch):
    def fill_the_disk(event):
        def fail(number):
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(os, "fsync", fail)

    engine, run, reason = train(
        epochs=3,
        on_event=fill_the_disk,
        checkpoint=tmp_path,
        checkpoint_epochs=1,
    )
    assert reason == "epochs"
    assert "No space left on device" in run.unsaved
    assert len(engine.taken) == 3 * STEPS
    assert numbers(tmp_path) == [0, 3]


def test_a_disk_that_has_room_again_is_not_told(tmp_path, monkeypatch):
    # The file and then its folder, at the start and after epoch 1; the third.
    fsync, is_full = os.fsync, iter([False] * 4 + [True])

    def sometimes(number):
        if next(is_full, False):
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(number)

    monkeypatch.setattr(os, "fsync", sometimes)
    unsaved = []
    run = run_of(
        FakeEngine(),
        lambda event: unsaved.append(run.unsaved),
        epochs=3,
        checkpoint=tmp_path,
        checkpoint_epochs=1,
        patience=math.inf,
    )
    run.train()
    assert ["No space" in str(reason) for reason in unsaved] == [
        False,
        True,
        False,
    ]
    assert run.unsaved is None


def outcome(engine, run):
    # As text, in which NaN is NaN.
    history = str({k: v for k, v in run.history.items() if k != "seconds"})
    return engine.taken, history, run.best_epoch, engine.kept, run.epoch


@pytest.mark.parametrize("has_validation", [True, False])
def test_a_run_taken_up_at_any_block_ends_as_if_it_had_not_been_left(
    tmp_path, has_validation, monkeypatch
):
    monkeypatch.setattr(loop, "EVENT_SECONDS", 0)
    monkeypatch.setattr(loop, "BLOCK_SECONDS", 0)
    scores = [3, 1, 2, 0.5, 2, 2, 2, 2]
    told = {"scores": scores, "losses": scores}
    ask_rates = {
        "rates": lambda first, count, scores: (
            np.arange(first, first + count) + len(scores)
        ),
        "has_validation": has_validation,
    }
    whole = FakeEngine(**told)
    whole_run = run_of(whole, **ask_rates)
    assert whole_run.train() == "patience"
    expected = outcome(whole, whole_run)
    for stop in range(1, 6 * STEPS + 1):
        folder = tmp_path / str(stop)
        folder.mkdir()
        events = itertools.count(1)
        first = FakeEngine(**told)
        run_of(
            first,
            lambda event, events=events, stop=stop: next(events) == stop,
            checkpoint=folder,
            **ask_rates,
        ).train()
        assert len(first.taken) == stop
        second = FakeEngine(**told)
        run = run_of(second, checkpoint=folder, resume=True, **ask_rates)
        snapshot, _ = checkpoints.load(folder)
        run.restore(snapshot)
        assert run.train() == "patience"
        assert outcome(second, run) == expected
