"""Several outcomes in one network: their losses, and training with them."""

import numpy as np
import pytest
from sklearn.metrics import log_loss
from sklearn.metrics import mean_squared_error

from deeply_backend.data.disk_rows import DiskRows
from deeply_backend.data.rows import Rows
from deeply_backend.training import losses
from deeply_backend.training import train
from deeply_backend.training import train_test
from deeply_backend.training.losses import of_each_outcome

N, WIDTHS = train_test.N, {**train_test.WIDTHS, "y": 2}


def drawn(n=50, k=3, seed=0):
    """Labels and logits of some outcomes."""
    generator = np.random.default_rng(seed)
    y = generator.integers(0, 2, (n, k)).astype("float32")
    return y, (2 * generator.normal(size=(n, k))).astype("float32")


def rows(path=None, binary=True):
    """Rows with a second outcome, that the other inputs decide."""
    blocks = train_test.table(binary=binary)
    other = blocks["category"][1] - 2 * blocks["numeric"][1]
    other = (other > 1.5) if binary else other
    blocks["y"] = np.stack([blocks["y"][0], other.astype(float)])
    filled = Rows(N, WIDTHS) if path is None else DiskRows(path, N, WIDTHS)
    filled.write(0, blocks)
    return filled


def test_squared_error_is_scikit_learns():
    y, output = drawn()
    ours = np.mean(of_each_outcome(losses.squared_error)(y, output))
    assert ours == pytest.approx(mean_squared_error(y, output), rel=1e-5)


def test_binary_crossentropy_is_the_mean_of_scikit_learns():
    y, logit = drawn()
    ours = of_each_outcome(losses.binary_crossentropy)(y, logit)
    assert ours.shape == (50,)
    one = 1 / (1 + np.exp(-logit.astype("float64")))
    theirs = [log_loss(y[:, j], one[:, j]) for j in range(3)]
    assert np.mean(ours) == pytest.approx(np.mean(theirs), rel=1e-5)


@pytest.mark.parametrize(("smoothing", "gamma"), [(0.2, 0), (0, 2), (0.1, 0.5)])
def test_smoothing_and_focus_hold_for_each_label(smoothing, gamma):
    y, logit = drawn()
    spec = train_test.plain(label_smoothing=smoothing, focal_gamma=gamma)
    for loss in train.losses_of(spec):
        each = [np.asarray(loss(y[:, j], logit[:, [j]])) for j in range(3)]
        np.testing.assert_allclose(
            loss(y, logit), np.mean(each, axis=0), rtol=1e-5
        )


def test_one_outcome_is_left_as_it_is():
    y, logits = drawn(k=4)
    index = y[:, 0]
    np.testing.assert_array_equal(
        of_each_outcome(losses.categorical_crossentropy)(index, logits),
        losses.categorical_crossentropy(index, logits),
    )


@pytest.mark.parametrize("loss", ["squared_error", "binary_crossentropy"])
def test_disk_and_memory_learn_the_same_of_several(tmp_path, loss):
    binary = loss == "binary_crossentropy"
    spec = train_test.plain(loss=loss, outputs=2, output_bias=np.zeros(2))
    fits = [
        train_test.fitted(data, asked=spec, epochs=15)
        for data in (rows(binary=binary), rows(tmp_path / "rows", binary))
    ]
    train_test.assert_same_fit(*fits)
    history = fits[0]["history"]
    assert history["loss"][-1] < 0.7 * history["loss"][0]


def test_the_loss_that_is_scored_is_the_mean_over_rows_and_outcomes():
    spec = train_test.plain(
        loss="squared_error", outputs=2, output_bias=np.zeros(2)
    )
    data = rows(binary=False)
    fit = train_test.fitted(data, asked=spec, epochs=1)
    held_out = data.read(train_test.N_TRAIN, N - train_test.N_TRAIN)
    inputs = {k: held_out[k] for k in ("numeric", "category")}
    output = np.asarray(fit["model"](inputs))
    expected = mean_squared_error(
        held_out["y"], output, sample_weight=held_out["weights"]
    )
    assert fit["history"]["val_loss"][0] == pytest.approx(expected, rel=1e-4)
