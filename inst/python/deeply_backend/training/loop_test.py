import itertools
import math
import os
import signal

import numpy as np
import pytest

from deeply_backend.training import loop
from deeply_backend.training.plan import Plan
from deeply_backend.training.plan import batches

# Ten rows in steps of four: two of four and one of two rows.
N_TRAIN, BATCH, STEPS = 10, 4, 3
TRAIN_WEIGHT, VALIDATION_WEIGHT = 20.0, 5.0


class FakeFeed:
    """Two windows an epoch; validation rows in two pieces, if there are any."""

    n_train = N_TRAIN

    def __init__(self, has_validation=True):
        self.n = N_TRAIN + 5 * has_validation

    def weights(self):
        return TRAIN_WEIGHT, VALIDATION_WEIGHT * (self.n > N_TRAIN)

    def order(self, seed, epoch):
        return np.random.default_rng([seed, epoch]).permutation(N_TRAIN)

    def epoch(self, seed, epoch, step_rows):
        order = self.order(seed, epoch).astype(np.int32)
        yield "first window", order[:step_rows]
        yield "second window", order[step_rows:]

    def validation(self):
        if self.n > N_TRAIN:
            yield "validation", N_TRAIN, N_TRAIN + 3
            yield "validation", N_TRAIN + 3, N_TRAIN + 5


class FakeEngine:
    """Measures what it is told; its weights are the steps taken so far."""

    def __init__(self, scores=(), losses=(), fault_at=None):
        self.scores, self.losses, self.fault_at = scores, losses, fault_at
        self.epoch, self.taken = 0, []
        self.calls = 0
        self.kept = None
        # Called before a block with the shape of its steps.
        self.before_steps = lambda shape: None

    def steps(self, data, index, rates, first, last):
        self.before_steps(index.shape)
        self.calls += 1
        for step in range(first, last):
            if len(self.taken) == self.fault_at:
                return step
            rows = tuple(index[step].ravel().tolist())
            self.taken.append((data, rows, float(rates[step])))
        return None

    def score(self, data, first, last):
        score = dict(enumerate(self.scores, 1)).get(self.epoch, 1.0)
        return score * VALIDATION_WEIGHT * (last - first) / 5

    def reset_meter(self):
        self.epoch += 1

    def meter(self):
        loss = dict(enumerate(self.losses, 1)).get(self.epoch, 1.0)
        return {
            "loss": loss * TRAIN_WEIGHT,
            "extras": {"beside": 2 * loss * TRAIN_WEIGHT},
            "gradients": np.float32([9, 16]),
        }

    def model_weights(self):
        return ["before", self.kept]

    def weights_now(self, into=None):
        # As the engine may, it writes over what it is given back.
        weights = [] if into is None else into
        weights[:] = ["after", len(self.taken)]
        return weights

    def keep(self, weights):
        self.kept = weights

    @property
    def model(self):
        return self.kept

    def state(self):
        return {"epoch": self.epoch, "taken": list(self.taken)}

    def restore(self, state):
        self.epoch, self.taken = state["epoch"], list(state["taken"])


def plan_of(**changes):
    numbers = {"epochs": 10, "batch_size": BATCH, "patience": 2, "seed": 1}
    return Plan(**{**numbers, **changes})


def run_of(engine, on_event=None, has_validation=True, judge=None, **changes):
    return loop.Run(
        engine,
        FakeFeed(has_validation),
        plan_of(**changes),
        on_event or (lambda event: None),
        judge,
    )


def train(scores=(), on_event=None, has_validation=True, losses=(), **changes):
    engine = FakeEngine(scores, losses)
    run = run_of(engine, on_event, has_validation, **changes)
    return engine, run, run.train()


# Epochs and patience ---------------------------------------------------------


def test_stops_when_patience_runs_out_and_leaves_the_best_weights():
    engine, run, reason = train([3, 1, 2, 2, 0])
    assert reason == "patience"
    assert run.best_epoch == 2
    assert run.history["epoch"] == [1, 2, 3, 4]
    assert run.history["val_loss"] == [3, 1, 2, 2]
    assert engine.kept == ["after", 2 * STEPS]


def test_an_equal_score_is_no_better_one():
    _, run, _ = train([1, 1, 1, 1])
    assert run.best_epoch == 1
    assert len(run.history["epoch"]) == 3


def test_infinite_patience_never_stops():
    engine, run, reason = train([1] + [2] * 9, patience=math.inf)
    assert reason == "epochs"
    assert len(run.history["epoch"]) == 10
    assert run.best_epoch == 1
    assert engine.kept == ["after", STEPS]


def test_without_validation_rows_the_training_loss_decides():
    engine, run, reason = train(losses=[3, 1, 2, 2, 0], has_validation=False)
    assert (reason, run.best_epoch) == ("patience", 2)
    assert run.history["loss"] == [3, 1, 2, 2]
    assert run.history["beside"] == [6, 2, 4, 4]
    assert all(math.isnan(score) for score in run.history["val_loss"])
    assert engine.kept == ["after", 2 * STEPS]


def test_validation_rows_without_any_weight_decide_nothing(monkeypatch):
    weights = (TRAIN_WEIGHT, 0.0)
    monkeypatch.setattr(FakeFeed, "weights", lambda feed: weights)
    _, run, _ = train([3, 1, 2], losses=[1, 2, 3], epochs=3)
    assert np.isnan(run.history["val_loss"]).all()
    assert run.best_epoch == 1


def test_a_judge_stands_in_for_validation_rows():
    judged, scores = [], iter([3, 1, 2, 2, 0])

    def judge(model):
        judged.append(model)
        return next(scores)

    engine = FakeEngine([], [4, 3, 2, 1])
    run = run_of(engine, has_validation=False, judge=judge)
    assert run.train() == "patience"
    assert run.best_epoch == 2
    assert run.history["val_loss"] == [3, 1, 2, 2]
    # Each epoch's weights were in the model that was judged.
    assert judged == [["after", (i + 1) * STEPS] for i in range(4)]


def test_with_validation_rows_the_training_loss_does_not_count():
    _, run, _ = train([3, 1, 2, 2], losses=[4, 3, 2, 1])
    assert run.best_epoch == 2


def test_losses_are_weighted_means_and_the_gradient_a_norm():
    _, run, _ = train([0.5, 0.25], losses=[0.75, 0.125], epochs=2)
    assert run.history["loss"] == [0.75, 0.125]
    assert run.history["val_loss"] == [0.5, 0.25]
    assert run.history["grad_norm"] == [5, 5]
    np.testing.assert_array_equal(run.gradients, [[9, 16], [9, 16]])


# Events ----------------------------------------------------------------------


def test_a_finished_epoch_is_one_event_with_all_that_is_known():
    events = []
    _, run, _ = train([2, 1, 3], on_event=events.append, epochs=3)
    assert [event["share"] for event in events] == [1, 1, 1]
    for i, event in enumerate(events):
        assert set(event) == {*loop.HISTORY, "beside", "share"}
        for name in set(loop.HISTORY) - {"seconds"}:
            assert event[name] == run.history[name][i]
    assert run.history["seconds"] == sorted(run.history["seconds"])


def test_who_waits_sees_that_something_moves(monkeypatch):
    monkeypatch.setattr(loop, "EVENT_SECONDS", 0)
    monkeypatch.setattr(loop, "BLOCK_SECONDS", 0)
    events = []
    train(epochs=2, on_event=events.append)
    assert [(event["epoch"], event["share"]) for event in events] == [
        (epoch, share)
        for epoch in (1, 2)
        for share in (1 / STEPS, 2 / STEPS, 1)
    ]
    for event in events:
        assert event["seconds"] >= 0
        assert ("loss" in event) == (event["share"] == 1)


def test_an_answer_ends_the_run_after_the_epoch():
    engine, run, reason = train(
        [2, 1, 3], on_event=lambda event: event["epoch"] == 3
    )
    assert reason == "asked"
    assert run.history["epoch"] == [1, 2, 3]
    assert engine.kept == ["after", 2 * STEPS]


def test_an_answer_ends_the_run_within_an_epoch(monkeypatch):
    monkeypatch.setattr(loop, "EVENT_SECONDS", 0)
    monkeypatch.setattr(loop, "BLOCK_SECONDS", 0)
    engine, run, reason = train(
        on_event=lambda event: (event["epoch"], event["share"]) > (1, 1)
    )
    assert reason == "asked"
    assert run.history["epoch"] == [1]
    assert len(engine.taken) == STEPS + 1
    assert engine.kept == ["after", STEPS]


def test_who_asks_within_the_first_epoch_keeps_its_steps(monkeypatch):
    monkeypatch.setattr(loop, "EVENT_SECONDS", 0)
    engine, run, reason = train(on_event=lambda event: True)
    assert (reason, run.best_epoch) == ("asked", 0)
    assert engine.kept == ["after", 1]


def test_an_error_in_the_callback_is_passed_on_and_the_best_is_kept():
    def fail(event):
        if event["epoch"] == 3:
            raise ZeroDivisionError

    engine = FakeEngine([1, 2, 3])
    with pytest.raises(ZeroDivisionError):
        run_of(engine, fail).train()
    assert engine.kept == ["after", STEPS]


def test_ctrl_c_ends_the_run_after_the_block():
    def press(shape):
        if len(engine.taken) == STEPS + 1:
            os.kill(os.getpid(), signal.SIGINT)

    engine = FakeEngine([1])
    engine.before_steps = press
    assert run_of(engine).train() == "asked"
    assert len(engine.taken) == STEPS + 2
    assert engine.kept == ["after", STEPS]


# Steps -----------------------------------------------------------------------


@pytest.mark.parametrize("accumulate", [1, 2, 5])
@pytest.mark.parametrize("pace", [[1], [2], [7], [1, 3, 2]])
def test_every_step_is_taken_once_whatever_the_pace(
    pace, accumulate, monkeypatch
):
    paces = itertools.cycle(pace)
    monkeypatch.setattr(
        loop.Pace,
        "update",
        lambda self, steps, seconds: setattr(self, "steps", next(paces)),
    )
    plan = plan_of(epochs=3, accumulate=accumulate, batch_size=2)
    engine = FakeEngine()
    feed = FakeFeed()
    loop.Run(engine, feed, plan, lambda event: None).train()
    expected = [
        (data, tuple(rows.ravel()), np.float32(plan.learn_rate))
        for epoch in (1, 2, 3)
        for data, order in feed.epoch(plan.seed, epoch, plan.step_rows)
        for index in batches(order, plan)
        for rows in index
    ]
    assert engine.taken == expected


def test_pace_keeps_blocks_short():
    pace = loop.Pace()
    pace.update(1, 0.001)
    assert pace.steps == 8
    pace.update(8, 8 * 0.1)
    assert pace.steps == 4
    pace.update(4, 100)
    assert pace.steps == 1
    pace.update(1, 0)
    assert pace.steps == 8


def test_few_calls_take_many_fast_steps():
    # 1, 8, 64, 512 steps and the rest.
    engine = FakeEngine()
    index = np.zeros((1000, 1, 1), np.int32)
    run = run_of(engine)
    run.epoch_steps = 1000
    run._started = math.inf
    run._interrupts = loop.Interrupts()
    run._train_part("data", index, np.zeros(1000), 0)
    assert len(engine.taken) == 1000
    assert engine.calls <= 6


# Learning rates --------------------------------------------------------------


def test_a_constant_rate_is_that_of_every_step():
    engine, run, _ = train(epochs=2, learn_rate=0.5)
    assert [rate for _, _, rate in engine.taken] == [0.5] * 2 * STEPS
    assert run.history["learn_rate"] == [0.5, 0.5]


def test_rates_are_asked_for_an_epoch_at_a_time_with_the_scores_so_far():
    asked = []

    def rates(first, count, scores):
        asked.append((first, count, scores.tolist()))
        assert scores.dtype == np.float64
        return (1 + first + np.arange(count)) / 64

    engine, run, _ = train([0.5, 0.25, 0.125], epochs=3, rates=rates)
    assert asked == [(0, 3, []), (3, 3, [0.5]), (6, 3, [0.5, 0.25])]
    assert [64 * rate for _, _, rate in engine.taken] == list(range(1, 10))
    assert run.history["learn_rate"] == [3 / 64, 6 / 64, 9 / 64]


def test_without_validation_rows_rates_see_the_training_losses():
    asked = []

    def rates(first, count, scores):
        asked.append(scores.tolist())
        return np.ones((count, 1))

    train(losses=[3, 2], epochs=2, rates=rates, has_validation=False)
    assert asked == [[], [3]]


# Faults ----------------------------------------------------------------------
