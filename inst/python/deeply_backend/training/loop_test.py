import math

import numpy as np
import pytest

from deeply_backend.training import loop


class FakeEngine:
    """Scores as told; its weights are the number of the epoch."""

    def __init__(self, scores, losses=None):
        self.scores = iter(scores)
        self.losses = losses
        self.epoch = 0
        self.blocks = []
        self.model = self
        self.restored = None

    def steps(self, index, first, last):
        self.blocks.append((len(index), first, last))
        return float(last - first)

    def score(self, rows):
        self.epoch += 1
        return next(self.scores) * len(rows)

    def weights_now(self):
        return self.epoch

    def finish(self):
        pass

    def set_weights(self, weights):
        self.restored = weights


def train(scores, epochs=10, patience=2, on_epoch=lambda event: None):
    engine = FakeEngine(scores)
    plan = loop.Plan(epochs=epochs, batch_size=4, patience=patience, seed=1)
    history, best = loop.train(
        engine, np.ones(10), np.arange(8), np.arange(8, 10), plan, on_epoch
    )
    return engine, history, best


def test_stops_when_patience_runs_out_and_restores_the_best():
    engine, history, best = train([3, 1, 2, 2, 0])
    assert best == 2
    assert history["epoch"] == [1, 2, 3, 4]
    assert history["val_loss"] == [3, 1, 2, 2]
    assert engine.restored == 2


def test_infinite_patience_never_stops():
    _, history, best = train([1] + [2] * 9, patience=math.inf)
    assert len(history["epoch"]) == 10
    assert best == 1


def test_one_event_an_epoch():
    events = []
    train([2, 1, 3], epochs=3, on_epoch=events.append)
    assert [event["epoch"] for event in events] == [1, 2, 3]


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_loss_that_is_no_number_stops_the_run(bad):
    with pytest.raises(FloatingPointError, match="epoch 2"):
        train([1, bad])


@pytest.mark.parametrize("n", [1, 3, 4, 5, 8, 9])
def test_batches_hold_every_row_once(n):
    rows = np.arange(100, 100 + n, dtype="int32")
    parts = loop.batches(rows, 4, np.random.default_rng(0))
    assert sorted(np.concatenate([p.ravel() for p in parts])) == list(rows)
    assert all(part.shape[1] == 4 for part in parts[:-1])
    assert all(part.dtype == np.int32 for part in parts)


def test_every_step_is_taken_once_whatever_the_pace():
    engine = FakeEngine([])
    plan = loop.Plan(epochs=1, batch_size=2, patience=1, seed=0)
    pace = loop.Pace()
    rows = np.arange(101)
    total = loop.train_epoch(engine, rows, plan, np.random.default_rng(0), pace)
    assert total == 51
    full = [(first, last) for n, first, last in engine.blocks if n == 50]
    assert [first for first, _ in full[1:]] == [last for _, last in full[:-1]]


def test_pace_keeps_blocks_short():
    pace = loop.Pace()
    pace.update(1, 0.001)
    assert pace.steps == 8
    pace.update(8, 8 * 0.1)
    assert pace.steps == 4
    pace.update(4, 100)
    assert pace.steps == 1
