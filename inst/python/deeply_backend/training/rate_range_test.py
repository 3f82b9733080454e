import numpy as np
import pytest

from deeply_backend.training import rate_range
from deeply_backend.training import train
from deeply_backend.training.plan import Plan
from deeply_backend.training.train_test import ROW_BYTES
from deeply_backend.training.train_test import plain
from deeply_backend.training.train_test import plan_of
from deeply_backend.training.train_test import rows_of
from deeply_backend.training.train_test import table

N = 600
RATES = np.geomspace(1e-5, 1e3, 60)


def losses_of(rows=None, rates=RATES, asked=None, **plan):
    return train.range_test(
        asked or plain(loss="squared_error"),
        rows or rows_of(table(N, binary=False)),
        N,
        plan_of(**{"batch_size": 100, **plan}),
        rates,
    )


def test_losses_come_down_and_then_blow_up_and_the_test_ends():
    losses = losses_of()
    assert 30 < len(losses) < len(RATES)
    lowest = int(np.argmin(losses))
    # An epoch of steps without effect, to compare with.
    assert losses[lowest] < 0.5 * np.mean(losses[:6])
    assert 1e-3 < RATES[lowest] < 10
    assert losses[-1] > rate_range.BLOWN_UP * losses[0]
    assert all(x <= rate_range.BLOWN_UP * losses[0] for x in losses[:-1])


def test_rates_that_do_no_harm_are_all_tried():
    losses = losses_of(rates=np.full(20, 1e-6))
    assert len(losses) == 20
    # Three epochs and a bit: the same rows, in another order.
    assert np.mean(losses[:6]) == pytest.approx(np.mean(losses[6:12]), rel=1e-2)


def test_numbers_agree_between_memory_and_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(train, "WINDOW_BYTES", ROW_BYTES * N)
    on_disk = rows_of(table(N, binary=False), tmp_path / "rows")
    assert losses_of(on_disk) == losses_of()


class FakeRun:
    """Steps of two rows whose losses are told; weights of row i are i + 1."""

    def __init__(self, losses):
        self.engine = self.feed = self
        self.losses, self.rates = iter(losses), []
        self.plan = Plan(epochs=1, batch_size=2, patience=1, seed=0)

    def epoch(self, seed, epoch, step_rows):
        data = {}, np.zeros(5), np.arange(1.0, 6.0)
        yield data, np.arange(5, dtype=np.int32)

    def reset_meter(self):
        self.loss = 0.0

    def steps(self, data, index, rates, first, last):
        assert last == first + 1
        loss = next(self.losses)
        if not np.isfinite(loss):
            return first
        self.loss = loss * data[2][index[first].ravel()].sum()
        self.rates.append(rates[first])
        return None

    def meter(self):
        return {"loss": self.loss}


def test_losses_are_weighted_means_of_one_step_at_each_rate():
    run = FakeRun([1, 0.5, 0.25, 2, 3])
    rates = np.float32([1, 2, 3, 4, 5])
    assert rate_range.losses_at(run, rates) == [1, 0.5, 0.25, 2, 3]
    assert run.rates == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_step_that_is_no_number_is_no_loss_of_zero(bad):
    losses = rate_range.losses_at(FakeRun([1, 0.5, bad, 9]), np.ones(4))
    np.testing.assert_array_equal(losses, [1, 0.5, np.nan])


def test_the_first_loss_too_may_be_no_number():
    losses = rate_range.losses_at(FakeRun([np.nan, 1]), np.ones(4))
    np.testing.assert_array_equal(losses, [np.nan])
