import functools

import keras
import numpy as np
import pytest

from deeply_backend.models import BUILDERS
from deeply_backend.models import mlp
from deeply_backend.models.cnn import build as build_cnn
from deeply_backend.models.cnn_test import spec as cnn_spec
from deeply_backend.training import convolutions
from deeply_backend.training import guards
from deeply_backend.training import losses
from deeply_backend.training.errors import FaultError
from deeply_backend.training.train_test import fitted
from deeply_backend.training.train_test import plain
from deeply_backend.training.train_test import rows_of
from deeply_backend.training.train_test import table

N, N_TRAIN = 6000, 5400


def found(
    change=lambda blocks: None, seed=0, path=None, n_train=N_TRAIN, **changes
):
    """Fits a table that is changed first, and gives all that was found."""
    plan = {"epochs": 3, "batch_size": 60, "learn_rate": 0.002}
    plan.update({k: changes.pop(k) for k in {*plan} & {*changes}})
    spec = plain(**changes)
    binary = spec["loss"] == "binary_crossentropy"
    blocks = table(N, seed, binary)
    change(blocks)
    rows = rows_of(blocks, path)
    fit = fitted(rows, asked=spec, n_train=n_train, seed=seed, **plan)
    assert (fit["stopped"] == "fault") == any(
        finding["kind"] == "no_number" for finding in fit["findings"]
    )
    for weights in fit["model"].get_weights():
        assert np.isfinite(weights).all()
    return fit["findings"]


# A run without faults --------------------------------------------------------


@pytest.mark.parametrize(
    ("activation", "hidden_units", "loss"),
    [
        ("relu", [32, 16, 16, 8], "squared_error"),
        ("tanh", [16, 16], "binary_crossentropy"),
        ("selu", [16, 16, 16], "binary_crossentropy"),
        ("gelu", [16], "squared_error"),
    ],
)
def test_in_a_healthy_run_nothing_is_found(activation, hidden_units, loss):
    for seed in (0, 1):
        assert not found(
            seed=seed,
            activation=activation,
            hidden_units=np.array(hidden_units),
            loss=loss,
        )


def test_before_the_first_epoch_nothing_can_be_said():
    history = {"loss": []}
    assert guards.examine(None, {}, history, [], (1.0, 1.0)) == []


# Learning rates --------------------------------------------------------------


@pytest.mark.parametrize("loss", ["binary_crossentropy", "squared_error"])
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_steps_far_too_long_are_named(optimizer, loss):
    (finding,) = found(
        optimizer={"name": optimizer},
        loss=loss,
        learn_rate=10.0,
        hidden_units=np.array([64, 32]),
    )
    if finding["kind"] == "no_number":
        assert finding["cause"] == "learn_rate"
        assert finding["phase"] in ("activation", "gradient")
        assert finding["scoring"] is False
    else:
        assert finding["kind"] == "diverged"
        assert finding["loss"] > finding["start"] > 0
        assert finding["epoch"] in (1, 2, 3)


def test_steps_without_effect_are_named():
    # All rows are in the sample that the start is judged by.
    (finding,) = found(learn_rate=1e-9, n_train=480)
    assert finding["kind"] == "stuck"
    # A network that knows nothing: the entropy of a coin, about.
    assert 0.5 < finding["start"] < 1.5


# Data ------------------------------------------------------------------------


def blow_up(blocks):
    blocks["numeric"][2] *= 1e8


@pytest.mark.parametrize(
    ("optimizer", "loss"),
    [
        ("adam", "binary_crossentropy"),
        ("adam", "squared_error"),
        ("sgd", "squared_error"),
    ],
)
def test_a_column_of_huge_numbers_is_named(optimizer, loss):
    (finding,) = found(blow_up, optimizer={"name": optimizer}, loss=loss)
    assert finding["kind"] in ("unscaled", "no_number")
    assert finding.get("cause", "unscaled") == "unscaled"
    assert finding["column"] == 2
    assert 1e8 < finding["value"] < 1e9


def missing_at(row, column=1, name="numeric", value=np.nan):
    def change(blocks):
        blocks[name][column, row] = value

    return change


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_missing_number_is_named_by_row_and_column(value):
    (finding,) = found(missing_at(5000, value=value))
    assert finding == {
        "kind": "no_number",
        "epoch": 1,
        "scoring": False,
        "phase": "input",
        "cause": "missing",
        "column": 1,
        "row": 5000,
    }


def test_a_missing_number_on_a_disk_is_named_by_its_column(tmp_path):
    (finding,) = found(missing_at(5000), path=tmp_path / "rows")
    assert finding == {
        "kind": "no_number",
        "epoch": 1,
        "scoring": False,
        "phase": "input",
        "cause": "missing",
        "column": 1,
    }


def test_a_missing_number_in_a_validation_row_is_named():
    (finding,) = found(missing_at(5990, column=0))
    assert finding["scoring"] is True
    assert (finding["kind"], finding["cause"]) == ("no_number", "missing")
    assert (finding["column"], finding["row"]) == (0, 5990)


@pytest.mark.parametrize(("row", "scoring"), [(5000, False), (5990, True)])
def test_a_missing_outcome_is_named(row, scoring):
    (finding,) = found(missing_at(row, 0, "y"))
    assert (finding["kind"], finding["cause"]) == ("no_number", "missing")
    assert finding["phase"] == "outcome"
    assert finding["scoring"] is scoring
    assert "column" not in finding


# Networks --------------------------------------------------------------------


def test_dead_units_are_named_by_their_layer(monkeypatch):
    def build(spec, sample):
        model = mlp.build(spec, sample)
        model.get_layer("dense_1").bias.assign(np.full(32, -1000.0))
        return model

    monkeypatch.setitem(BUILDERS, "dead", build)
    (finding,) = found(model="dead", hidden_units=np.array([32, 16]))
    assert finding == {"kind": "dead", "layer": "relu_1", "share": 1.0}


def test_saturated_units_are_named_by_their_layer(monkeypatch):
    def build(spec, sample):
        model = mlp.build(spec, sample)
        kernel = model.get_layer("dense_2").kernel
        kernel.assign(100 * np.asarray(kernel))
        return model

    monkeypatch.setitem(BUILDERS, "saturated", build)
    findings = found(
        model="saturated", activation="tanh", hidden_units=np.array([16, 16])
    )
    (finding,) = [x for x in findings if x["kind"] == "saturated"]
    assert finding["layer"] == "tanh_2"
    assert finding["share"] > 0.6


def test_gradients_that_vanish_are_named():
    findings = found(hidden_units=np.full(20, 16), activation="sigmoid")
    assert [finding["kind"] for finding in findings] == ["vanishing"]
    assert findings[0]["ratio"] < 1e-6


def network(n_hidden):
    """Layers of two units each."""
    inputs = {"numeric": keras.Input((2,), name="numeric")}
    x = inputs["numeric"]
    for _ in range(n_hidden):
        x = keras.layers.Dense(2)(x)
    return keras.Model(inputs, keras.layers.Dense(1)(x))


def gradients_of(first, last):
    """Squared norms for three layers: kernel and bias of each."""
    return [np.float32([4 * first**2, 9, 1, 9, 4 * last**2, 9, 5, 9])]


@pytest.mark.parametrize(
    ("first", "last", "kinds"),
    [
        (1, 1, []),
        (0.002, 1, []),
        (0.0005, 1, ["vanishing"]),
        (1, 0.0005, ["exploding"]),
        (1, 0, []),
    ],
)
def test_the_first_layer_is_compared_with_the_last_hidden_one(
    first, last, kinds
):
    inputs = {"numeric": np.zeros((4, 2), np.float32)}
    findings = guards.examine(
        network(3), inputs, {"loss": [0.5]}, gradients_of(first, last), (1, 0.5)
    )
    assert [finding["kind"] for finding in findings] == kinds
    if kinds:
        assert findings[0]["ratio"] == pytest.approx(first / last)


def test_a_layer_with_a_way_around_may_have_small_gradients():
    x = keras.Input((2,), name="numeric")
    first = keras.layers.Dense(2)(x)
    block = keras.layers.Dense(2)(keras.layers.Dense(2)(first))
    around = keras.layers.Add()([first, block])
    model = keras.Model({"numeric": x}, keras.layers.Dense(1)(around))
    inputs = {"numeric": np.zeros((4, 2), np.float32)}
    assert not guards.examine(
        model, inputs, {"loss": [0.5]}, gradients_of(1, 1e-9), (1, 0.5)
    )


def test_the_gravest_finding_hides_what_follows_from_it():
    history = {"loss": [0.5, 9.0, 0.6]}
    huge = {"numeric": np.float32([[1, 2], [3, 2e4]])}
    (finding,) = guards.examine(
        network(3), huge, history, gradients_of(1e-9, 1), (1, 0.5)
    )
    assert finding == {"kind": "unscaled", "column": 1, "value": 2e4}
    fine = {"numeric": np.ones((4, 2), np.float32)}
    (finding,) = guards.examine(
        network(3), fine, history, gradients_of(1e-9, 1), (1, 0.5)
    )
    assert finding == {"kind": "diverged", "epoch": 2, "loss": 9, "start": 1}


class FakeRun:
    """A run whose weights have grown too large; its best were zeros."""

    class feed:  # noqa: N801
        names_rows = True

    def __init__(self, model, grown):
        self.model, self.engine = model, self
        self.grown, self.untrained = grown, None
        self.best = [np.zeros(w.shape) for w in model.get_weights()]

    def rows_of(self, data, rows):
        return {k: x[rows] for k, x in data[0].items()}, data[1][rows]

    def current_weights(self):
        return self.grown

    def keep(self, weights):
        self.model.set_weights(weights)

    def keep_best(self):
        self.model.set_weights(self.best)


@pytest.mark.parametrize(
    ("layer", "phase"), [(0, "activation"), (1, "activation"), (2, "gradient")]
)
def test_a_fault_is_looked_for_in_the_weights_before_its_step(layer, phase):
    model = network(2)
    run = FakeRun(model, [np.ones(w.shape) for w in model.get_weights()])
    names = [x.name for x in model.layers[1:]]
    if phase == "activation":
        run.grown[2 * layer][:] = 3e38
    rows = np.int32([4, 2])
    data = {"numeric": np.ones((5, 2), np.float32)}, np.zeros(5), np.ones(5)
    finding = guards.explain_fault(run, FaultError(data, rows, 7, 3))
    assert finding == {
        "kind": "no_number",
        "epoch": 7,
        "scoring": False,
        "phase": phase,
        "layer": names[layer],
        "cause": "learn_rate",
    }
    for weights in model.get_weights():
        assert not weights.any()


@pytest.mark.parametrize("best", [0, 3e38])
def test_weights_that_give_no_numbers_are_not_kept(best):
    model = network(2)
    run = FakeRun(model, [np.full(w.shape, 3e38) for w in model.get_weights()])
    run.untrained = [np.full(w.shape, 0.5) for w in model.get_weights()]
    run.best = [np.full(w.shape, best) for w in model.get_weights()]
    data = {"numeric": np.ones((5, 2), np.float32)}, np.zeros(5), np.ones(5)
    rows = np.int32([4, 2])
    finding = guards.explain_fault(run, FaultError(data, rows, 1, 3))
    assert finding.get("untrained", False) == (best > 0)
    for weights in model.get_weights():
        assert np.all(weights == (0.5 if best > 0 else 0))


@pytest.mark.parametrize(
    ("losses", "end", "kinds"),
    [
        ([0.9, 0.5], 0.5, []),
        ([1.9, 0.5], 0.5, []),
        ([2.1, 0.5], 0.5, ["diverged"]),
        # It came down again, but not to where it began.
        ([1.3, 1.2], 1.2, ["diverged"]),
        # A few rows with huge losses are not in the sample.
        ([5.0, 4.0], 0.5, []),
        ([1.3, 1.05], 1.05, ["stuck"]),
        ([1.0, 0.9995], 0.9995, ["stuck"]),
        ([1.0, 0.99], 0.99, []),
    ],
)
def test_a_loss_is_judged_by_where_it_began(losses, end, kinds):
    inputs = {"numeric": np.ones((4, 2), np.float32)}
    findings = guards.examine(
        network(1), inputs, {"loss": losses}, [np.ones(4)], (1.0, end)
    )
    assert [finding["kind"] for finding in findings] == kinds


def test_a_mean_loss_is_weighted():
    model = network(0)
    model.set_weights([np.zeros((2, 1)), np.array([2.0])])
    sample = (
        {"numeric": np.zeros((2, 2), np.float32)},
        np.float32([0, 5]),
        np.float32([3, 1]),
    )
    loss = guards.mean_loss(model, lambda y, out: (y - out[:, 0]) ** 2, sample)
    assert loss == pytest.approx((3 * 4 + 1 * 9) / 4)


def test_units_are_judged_by_all_rows_few_at_a_time(monkeypatch):
    model = build_cnn(cnn_spec(hidden_units=np.array([], int)))
    kernel, bias = model.get_layer("conv_1").get_weights()
    # Of the four units two are dead, and one is in half of the images.
    bias[:2], kernel[..., 2], kernel[..., 3] = -1e3, 0.5, 0.5
    model.get_layer("conv_1").set_weights([kernel, bias])
    images = np.repeat(np.uint8([0, 255]), 3)[:, None].repeat(120, axis=1)
    whole = guards._units(model, {"image": images})
    assert [x["layer"] for x in whole if x["kind"] == "dead"][:1]
    monkeypatch.setattr(convolutions, "MOST_VALUES", 1)
    assert guards._units(model, {"image": images}) == whole
    loss = functools.partial(
        guards.mean_loss,
        model,
        losses.categorical_crossentropy,
        ({"image": images}, np.zeros(6, "float32"), np.ones(6, "float32")),
    )
    by_row = loss()
    monkeypatch.undo()
    assert loss() == pytest.approx(by_row, rel=1e-5)
