import os

import pytest

from deeply_backend.training.tensorboard import logged

tensorflow = pytest.importorskip("tensorflow")


class FakeRun:
    """Remembers its events, and answers as told."""

    def __init__(self, answer=None):
        self.events, self.answer = [], answer
        self.on_event = self.report

    def report(self, event):
        self.events.append(event)
        return self.answer


def finished(epoch, **values):
    return {
        "epoch": epoch,
        "share": 1.0,
        "loss": 1 / epoch,
        "val_loss": 2 / epoch,
        "learn_rate": 0.5,
        "grad_norm": 4.0,
        "seconds": 0.1,
        **values,
    }


def scalars(folder):
    """`{name: {step: value}}` of the event files of a folder."""
    found = {}
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        for record in tensorflow.data.TFRecordDataset(path):
            event = tensorflow.compat.v1.Event.FromString(record.numpy())
            for value in event.summary.value:
                steps = found.setdefault(value.tag, {})
                steps[event.step] = value.simple_value
    return found


def test_the_log_holds_what_each_epoch_measured(tmp_path):
    folder, run = tmp_path / "deep" / "log", FakeRun()
    with logged(run, str(folder)):
        run.on_event({"epoch": 1, "share": 0.5, "seconds": 0.0})
        run.on_event(finished(1))
        run.on_event(finished(2))
    assert scalars(folder) == {
        "loss": {1: 1, 2: 0.5},
        "val_loss": {1: 2, 2: 1},
        "learn_rate": {1: 0.5, 2: 0.5},
        "grad_norm": {1: 4, 2: 4},
    }
    assert [event["share"] for event in run.events] == [0.5, 1, 1]


def test_the_log_can_be_read_while_the_run_goes_on(tmp_path):
    run = FakeRun()
    with logged(run, str(tmp_path)):
        run.on_event(finished(1))
        assert scalars(tmp_path)["loss"] == {1: 1}


@pytest.mark.parametrize("answer", [True, None])
def test_the_answer_is_passed_on_and_the_run_left_as_it_was(tmp_path, answer):
    run = FakeRun(answer)
    before = run.on_event
    with pytest.raises(ZeroDivisionError), logged(run, str(tmp_path)):
        assert run.on_event(finished(1)) is answer
        raise ZeroDivisionError
    assert run.on_event == before


def test_without_a_folder_there_is_no_log():
    run = FakeRun()
    before = run.on_event
    with logged(run, None):
        assert run.on_event == before
