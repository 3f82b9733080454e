"""Epochs, early stopping, checkpoints: the same loop for every model."""

import math
import time

import numpy as np

from deeply_backend.training import checkpoints
from deeply_backend.training.errors import AskedError
from deeply_backend.training.errors import FaultError
from deeply_backend.training.errors import OutOfMemoryError
from deeply_backend.training.errors import is_out_of_memory
from deeply_backend.training.interrupts import Interrupts
from deeply_backend.training.plan import batches
from deeply_backend.training.plan import step_shapes

# A compiled call is deaf to Ctrl-C, so no block of steps is longer than this.
BLOCK_SECONDS = 0.4
# How often somebody who waits wants to see that something moves.
EVENT_SECONDS = 0.25


HISTORY = ("epoch", "loss", "val_loss", "learn_rate", "grad_norm", "seconds")

# What a checkpoint holds of a run, beside the state of the engine.
KEPT = (
    "epoch",
    "done",
    "history",
    "gradients",
    "best_epoch",
    "best_score",
    "best_weights",
)


class Pace:
    """Finds how many steps fit into a block."""

    def __init__(self):
        self.steps = 1

    def update(self, steps, seconds):
        """Learns from a block; grows at most eightfold at a time."""
        fit = int(BLOCK_SECONDS * steps / max(seconds, 1e-6))
        self.steps = max(1, min(fit, 8 * self.steps))


class Run:
    """A training run, which can be left and taken up again.

    Args:
        engine: An `Engine`.
        feed: A `MemoryFeed` or `DiskFeed`.
        plan: A `Plan`.
        on_event: Called a few times a second with a dict: `epoch`, `share` of
            it that is done, `seconds`, and at its end what the history holds.
            A true answer ends the run.
        judge: Called with the model at the end of each epoch, in place of a
            look at validation rows: gives what is to be least, or a dict of it
            (`val_loss`) and of what else the history is to hold. With methods
            `state()` and `restore()` it is part of a checkpoint.
    """

    def __init__(self, engine, feed, plan, on_event, judge=None):
        self.engine, self.feed, self.plan = engine, feed, plan
        self.on_event, self.judge = on_event, judge
        self._judge_learns = hasattr(judge, "restore")
        self.epoch, self.done = 1, 0
        self.history = {name: [] for name in HISTORY}
        self.gradients = []
        self.best_epoch, self.best_score = 0, math.inf
        self.best_weights = None
        # Those from before the first step, after a fault without a best epoch.
        self.untrained = None
        self.earlier = 0.0
        # Why the last checkpoint could not be written.
        self.unsaved = None
        self._shapes = list(step_shapes(feed.n_train, plan))
        self.epoch_steps = sum(steps for steps, _, _ in self._shapes)
        self.train_weight, self.validation_weight = feed.weights()
        # Rows without any weight decide nothing.
        self.watches = judge is not None or self.validation_weight > 0
        self._pace = Pace()
        self._saved = self._said = 0.0

    def train(self):
        """Trains until epochs or patience run out, or somebody asks to stop.

        Leaves the best weights in the model.

        Returns:
            Why it ended: "epochs", "patience" or "asked".

        Raises:
            FaultError: If a loss or gradient is no number; the weights of the
                best epoch, or those before the fault, are in the model.
            CheckpointError: If the first checkpoint cannot be written, or the
                folder of a new run holds some already.
        """
        self._started = time.perf_counter()
        if self.plan.checkpoint is not None and not self.plan.resume:
            checkpoints.check_new(self.plan.checkpoint)
        # A folder that cannot be written to is found before the work is done.
        self._save(or_else_go_on=False)
        try:
            with Interrupts() as self._interrupts:
                reason = self._train_epochs()
            self._save()
        except FaultError:
            if self.best_weights is None:
                self.untrained = self.engine.model_weights()
            raise
        finally:
            self.keep_best()
        return reason

    def keep_best(self):
        """Leaves the best weights so far in the model."""
        self.engine.keep(self.best_weights or self.engine.weights_now())

    def _train_epochs(self):
        try:
            while self.epoch <= self.plan.epochs:
                if self._idle() >= self.plan.patience:
                    return "patience"
                self._train_epoch()
                self._close_epoch()
        except AskedError:
            return "asked"
        return "epochs"

    def seconds(self):
        """Seconds of training, those before a checkpoint included."""
        return self.earlier + time.perf_counter() - self._started

    def _idle(self):
        """Epochs since the best one."""
        return self.epoch - 1 - self.best_epoch

    def _rates(self):
        """The learning rate of each step of the epoch."""
        plan, n = self.plan, self.epoch_steps
        if plan.rates is None:
            return np.full(n, plan.learn_rate, np.float32)
        first = (self.epoch - 1) * n
        scores = np.asarray(self._scores(), np.float64)
        return np.asarray(plan.rates(first, n, scores), np.float32).reshape(n)

    def _train_epoch(self):
        if self.done == 0:
            self.engine.reset_meter()
        rates, step = self._rates(), 0
        self._rate = float(rates[-1])
        windows = self.feed.epoch(
            self.plan.seed, self.epoch, self.plan.step_rows
        )
        for data, order in windows:
            for index in batches(order, self.plan):
                part = rates[step : step + len(index)]
                self._train_part(data, index, part, step)
                step += len(index)

    def _train_part(self, data, index, rates, before):
        """Takes the steps of an index; `before` of the epoch came earlier."""
        # A run that was taken up again has some of them behind it.
        first = max(0, self.done - before)
        while first < len(index):
            last = min(first + self._pace.steps, len(index))
            started = time.perf_counter()
            fault = self._steps(data, *self._paired(index, rates), first, last)
            self._pace.update(last - first, time.perf_counter() - started)
            if fault is not None:
                rows = index[fault].ravel()
                raise FaultError(data, rows, self.epoch, before + fault + 1)
            self.done, first = before + last, last
            self._look_up()

    def _paired(self, index, rates):
        """Puts a step that is never taken behind a full one without others.

        Such a step of a short window would be compiled by itself, and round
        otherwise than among the steps of a longer window, or of memory.
        """
        steps, *full = self._shapes[0]
        if len(index) > 1 or steps == 1 or list(index.shape[1:]) != full:
            return index, rates
        return np.repeat(index, 2, axis=0), np.repeat(rates, 2)

    def _steps(self, *block):
        try:
            return self.engine.steps(*block)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            raise OutOfMemoryError(self._fitting_batch(block)) from error

    def _fitting_batch(self, block):
        """The largest half, quarter, ... of the batch that has room."""
        data, index, rates, _, _ = block
        batch = index.shape[2] // 2
        while batch > 0:
            try:
                self.engine.steps(data, index[:, :, :batch], rates, 0, 1)
                return batch
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
            batch //= 2
        return 0

    def _look_up(self):
        """Between two blocks: is somebody waiting, is a checkpoint due?"""
        if self._interrupts.asked:
            raise AskedError
        now = self.seconds()
        if now - self._saved >= self.plan.checkpoint_seconds:
            self._save()
        if self.done < self.epoch_steps and now - self._said >= EVENT_SECONDS:
            self._say({"share": self.done / self.epoch_steps}, self.epoch)

    def _say(self, event, epoch):
        self._said = self.seconds()
        if self.on_event({"epoch": epoch, "seconds": self._said, **event}):
            raise AskedError

    def _close_epoch(self):
        meter = self.engine.meter()
        loss = meter["loss"] / self.train_weight
        judged = self._validate()
        self.gradients.append(meter["gradients"])
        values = {
            "epoch": self.epoch,
            "loss": loss,
            **judged,
            "learn_rate": self._rate,
            "grad_norm": math.sqrt(float(np.sum(meter["gradients"]))),
            "seconds": self.seconds(),
        }
        for name, value in meter["extras"].items():
            values[name] = value / self.train_weight
        for name, value in values.items():
            self.history.setdefault(name, []).append(value)
        self._remember_best(self._scores()[-1])
        self.epoch, self.done = self.epoch + 1, 0
        if values["epoch"] % self.plan.checkpoint_epochs == 0:
            self._save()
        self._say({**values, "share": 1.0}, values["epoch"])

    def _validate(self):
        """Dict of `val_loss`: over the validation rows; NaN without any."""
        if self.judge is not None:
            self.engine.keep(self.engine.weights_now())
            found = self.judge(self.engine.model)
            return found if isinstance(found, dict) else {"val_loss": found}
        total = 0.0
        for data, first, last in self.feed.validation():
            part = self.engine.score(data, first, last)
            if not math.isfinite(part):
                rows = np.arange(first, last, dtype=np.int32)
                raise FaultError(data, rows, self.epoch, None)
            total += part
        mean = total / self.validation_weight if self.watches else math.nan
        return {"val_loss": mean}

    def _scores(self):
        """What decides which epoch was best, for each epoch so far."""
        return self.history["val_loss" if self.watches else "loss"]

    def _remember_best(self, score):
        if score < self.best_score:
            self.best_epoch, self.best_score = self.epoch, score
            self.best_weights = self.engine.weights_now(self.best_weights)

    def remember_start(self):
        """Lets the weights before the first step be the best ones.

        For what was fitted before: it is to end no worse.
        """
        if self.watches:
            self.best_score = self._validate()["val_loss"]
            self.best_weights = self.engine.weights_now()

    def _save(self, or_else_go_on=True):
        """Writes a checkpoint; a full disk does not end a run of days."""
        if self.plan.checkpoint is None:
            return
        steps = (self.epoch - 1) * self.epoch_steps + self.done
        try:
            checkpoints.save(self.plan.checkpoint, steps, self.snapshot())
            self.unsaved = None
        except checkpoints.CheckpointError as error:
            if not or_else_go_on:
                raise
            self.unsaved = str(error)
        self._saved = self.seconds()

    def snapshot(self):
        """Everything that the run needs to go on in another process."""
        return {
            "engine": self.engine.state(),
            "seconds": self.seconds(),
            "judge": self.judge.state() if self._judge_learns else None,
            **{name: getattr(self, name) for name in KEPT},
        }

    def restore(self, snapshot):
        """Goes on from a snapshot."""
        self.engine.restore(snapshot["engine"])
        self.earlier = snapshot["seconds"]
        if self._judge_learns:
            self.judge.restore(snapshot["judge"])
        for name in KEPT:
            setattr(self, name, snapshot[name])
