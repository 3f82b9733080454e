import keras
import numpy as np
import pytest

from deeply_backend.training import engine as engines
from deeply_backend.training.losses import squared_error
from deeply_backend.training.optimizers import OPTIMIZERS

N, WIDTH = 24, 3
START = [np.float32([[0.1], [0.2], [-0.3]]), np.float32([0.05])]

# JAX compiles in any case.
ON_JAX = keras.backend.backend() == "jax"
PLANS = [engines.JIT_STEPS] if ON_JAX else [1, engines.JIT_STEPS]


def problem(seed=0):
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(N, WIDTH)).astype("float32")
    y = (x @ [1.0, -2.0, 0.5] + 0.3).astype("float32")
    weights = generator.uniform(0.5, 1.5, N).astype("float32")
    return x, y, weights


def index_of(*shape, seed=1):
    """Rows in a random order, `(steps, parts, batch)`."""
    order = np.random.default_rng(seed).permutation(N)
    return order[: np.prod(shape)].reshape(shape).astype("int32")


def rates_of(index, rate=0.1):
    return np.full(len(index), rate, "float32")


def linear_model():
    inputs = {"numeric": keras.Input((WIDTH,), name="numeric")}
    model = keras.Model(inputs, keras.layers.Dense(1)(inputs["numeric"]))
    model.set_weights(START)
    return model


def network(seed=0):
    """A network that draws numbers and whose fixed variables change."""
    keras.utils.set_random_seed(seed)
    inputs = {"numeric": keras.Input((WIDTH,), name="numeric")}
    x = keras.layers.BatchNormalization(momentum=0.9)(inputs["numeric"])
    x = keras.layers.Dropout(0.3)(x)
    return keras.Model(inputs, keras.layers.Dense(1)(x))


def make_engine(model, optimizer="sgd", planned_steps=1, **options):
    return engines.Engine(
        model,
        squared_error,
        {"name": optimizer, **options},
        planned_steps=planned_steps,
    )


def place(engine, x, y, weights):
    return engine.place({"numeric": x}, y, weights)


class Bench:
    """One engine for many tests, at its start in each: compiling takes long."""

    def __init__(self, engine):
        self.engine = engine
        self.start = engine.state()

    def fresh(self):
        self.engine.restore(self.start)
        return self.engine


@pytest.fixture(scope="module")
def linear_bench():
    return Bench(make_engine(linear_model()))


@pytest.fixture
def linear(linear_bench):
    """Weighted least squares by SGD."""
    return linear_bench.fresh()


@pytest.fixture(scope="module", params=PLANS)
def network_plan(request):
    return request.param


@pytest.fixture(scope="module")
def network_bench(network_plan):
    return Bench(make_engine(network(), "adam", network_plan, ema=0.9))


@pytest.fixture
def trained(network_bench):
    """A network with all that changes besides weights."""
    return network_bench.fresh()


def left_in(model):
    return tuple(
        [keras.ops.convert_to_numpy(variable) for variable in variables]
        for variables in (
            model.trainable_variables,
            model.non_trainable_variables,
        )
    )


def assert_same_bits(ours, theirs):
    keras.tree.assert_same_structure(ours, theirs)
    for a, b in zip(
        keras.tree.flatten(ours), keras.tree.flatten(theirs), strict=True
    ):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)


def numpy_steps(data, index, rates):
    """Weighted least squares by SGD, written out."""
    x, y, weights = (a.astype("float64") for a in data)
    w, b = START[0][:, 0].astype("float64"), float(START[1][0])
    total, squares = 0.0, []
    for rows, rate in zip(index.reshape(len(index), -1), rates, strict=True):
        error = x[rows] @ w + b - y[rows]
        total += np.sum(weights[rows] * error**2)
        slope = 2 * weights[rows] * error / len(rows)
        squares.append([np.sum((x[rows].T @ slope) ** 2), slope.sum() ** 2])
        w, b = w - rate * x[rows].T @ slope, b - rate * slope.sum()
    return w, b, {"loss": total, "gradients": np.mean(squares, axis=0)}


def check_against_numpy(engine, data, index, rates):
    w, b, expected = numpy_steps(data, index, rates)
    (kernel, bias), fixed = engine.weights_now()
    assert fixed == []
    np.testing.assert_allclose(kernel[:, 0], w, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(bias[0], b, rtol=1e-4, atol=1e-6)
    meter = engine.meter()
    assert meter["loss"] == pytest.approx(expected["loss"], rel=1e-4)
    np.testing.assert_allclose(
        meter["gradients"], expected["gradients"], rtol=1e-4
    )


# Steps -----------------------------------------------------------------------


@pytest.mark.parametrize("planned_steps", PLANS)
def test_steps_are_those_of_a_loop_written_by_hand(planned_steps):
    data, index = problem(), index_of(6, 1, 4)
    # A rate of its own for each step.
    rates = np.linspace(0.2, 0.02, 6, dtype="float32")
    engine = make_engine(linear_model(), planned_steps=planned_steps)
    assert engine.steps(place(engine, *data), index, rates, 0, 6) is None
    check_against_numpy(engine, data, index, rates)


@pytest.mark.parametrize("seed", range(5))
def test_and_so_they_are_on_any_data(linear, seed):
    data, index = problem(seed), index_of(6, 1, 4, seed=seed)
    rates = np.random.default_rng(seed).uniform(0, 0.2, 6).astype("float32")
    linear.steps(place(linear, *data), index, rates, 0, 6)
    check_against_numpy(linear, data, index, rates)


def test_a_short_batch_is_a_batch(linear):
    data, index = problem(), index_of(1, 1, 5)
    linear.steps(place(linear, *data), index, rates_of(index), 0, 1)
    check_against_numpy(linear, data, index, rates_of(index))


def test_gradients_of_parts_make_one_step_together(linear, linear_bench):
    data, index = problem(), index_of(2, 3, 4)
    linear.steps(place(linear, *data), index, rates_of(index), 0, 2)
    in_parts = linear.state()
    check_against_numpy(linear, data, index, rates_of(index))
    linear_bench.fresh()
    whole = index.reshape(2, 1, 12)
    linear.steps(place(linear, *data), whole, rates_of(whole), 0, 2)
    at_once = linear.state()
    assert in_parts["count"] == at_once["count"] == 2
    for key in ["trainable", "meter"]:
        for a, b in zip(
            keras.tree.flatten(in_parts[key]),
            keras.tree.flatten(at_once[key]),
            strict=True,
        ):
            np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("shape", [(4, 1, 4), (2, 2, 4)], ids=str)
def test_blocks_may_be_cut_anywhere(trained, network_bench, shape):
    data, index = place(trained, *problem()), index_of(*shape)
    steps = len(index)
    trained.steps(data, index, rates_of(index), 0, steps)
    at_once = trained.state()
    for cuts in [range(steps + 1), [0, 1, steps], [0, 0, steps - 1, steps]]:
        network_bench.fresh()
        for first, last in zip(cuts[:-1], cuts[1:], strict=True):
            trained.steps(data, index, rates_of(index), first, last)
        assert_same_bits(trained.state(), at_once)


# The meter and the score -----------------------------------------------------


def test_an_epochs_meter_starts_anew(linear):
    data, index = problem(), index_of(6, 1, 4)
    placed = place(linear, *data)
    linear.steps(placed, index, rates_of(index), 0, 4)
    before = linear.meter()
    linear.reset_meter()
    assert linear.meter()["loss"] == 0
    np.testing.assert_array_equal(linear.meter()["gradients"], [0, 0])
    linear.steps(placed, index, rates_of(index), 4, 6)
    expected = numpy_steps(data, index, rates_of(index))[2]
    total = before["loss"] + linear.meter()["loss"]
    assert total == pytest.approx(expected["loss"], rel=1e-4)
    # The steps themselves went on.
    assert linear.state()["count"] == 6


def test_score_changes_nothing_and_is_the_weighted_sum(linear):
    x, y, weights = problem()
    before = linear.state()
    kernel, bias = START
    error = x[2:9] @ kernel[:, 0] + bias[0] - y[2:9]
    expected = np.sum(weights[2:9] * error**2)
    score = linear.score(place(linear, x, y, weights), 2, 9)
    assert score == pytest.approx(expected, rel=1e-5)
    assert_same_bits(linear.state(), before)


def test_scoring_drops_nothing_and_normalises_as_predicting_does(trained):
    x, y, weights = problem()
    data, index = place(trained, x, y, weights), index_of(4, 1, 4)
    trained.steps(data, index, rates_of(index), 0, 4)
    before = trained.state()
    score = trained.score(data, 0, N)
    assert trained.score(data, 0, N) == score
    assert_same_bits(trained.state(), before)
    trained.keep(trained.weights_now())
    output = engines.compile_predict(trained.model)({"numeric": x})
    expected = np.sum(weights * (output[:, 0] - y) ** 2)
    assert score == pytest.approx(expected, rel=1e-5)


# Faults ----------------------------------------------------------------------


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("shape", [(4, 1, 4), (2, 2, 4)], ids=str)
def test_a_step_whose_loss_is_no_number_is_not_taken(
    trained, network_bench, shape, bad
):
    x, y, weights = problem()
    index = index_of(*shape)
    fault = len(index) - 2
    trained.steps(
        place(trained, x, y, weights), index, rates_of(index), 0, fault
    )
    expected = trained.state()
    # The last row of the step, so of its last part.
    y[index[fault, -1, -1]] = bad
    network_bench.fresh()
    data = place(trained, x, y, weights)
    # The position is that in the index, wherever the block begins.
    cut = fault // 2
    assert trained.steps(data, index, rates_of(index), 0, cut) is None
    found = trained.steps(data, index, rates_of(index), cut, len(index))
    assert found == fault
    after = trained.state()
    assert after["meter"].pop("fault") == fault
    assert expected["meter"].pop("fault") == -1
    # Weights, slots, average, statistics, random states, count and meter.
    assert_same_bits(after, expected)


def test_training_goes_on_after_a_fault_if_told_to(trained):
    x, y, weights = problem()
    index = index_of(4, 1, 4)
    y[index[1, 0, 0]] = np.nan
    data = place(trained, x, y, weights)
    assert trained.steps(data, index, rates_of(index), 0, 4) == 1
    trained.reset_meter()
    assert trained.steps(data, index, rates_of(index), 2, 4) is None
    assert trained.state()["count"] == 3


# What training carries along -------------------------------------------------


def test_the_average_is_what_is_scored_and_kept(trained):
    x, y, weights = problem()
    data, index = place(trained, x, y, weights), index_of(4, 1, 4)
    trained.steps(data, index, rates_of(index), 0, 4)
    state = trained.state()
    average, fixed = trained.weights_now()
    current, same_fixed = trained.current_weights()
    assert_same_bits(average, state["average"])
    assert_same_bits(current, state["trainable"])
    assert_same_bits(fixed, state["fixed"])
    assert_same_bits(same_fixed, fixed)
    assert np.max(np.abs(average[0] - current[0])) > 1e-3
    for weights in [trained.weights_now(), trained.current_weights()]:
        trained.keep(weights)
        assert_same_bits(left_in(trained.model), weights)


def test_weights_can_be_read_into_the_memory_of_earlier_ones(trained):
    data, index = place(trained, *problem()), index_of(4, 1, 4)
    old = trained.weights_now()
    trained.steps(data, index, rates_of(index), 0, 4)
    expected = trained.weights_now()
    assert np.any(old[0][0] != expected[0][0])
    arrays = keras.tree.flatten(old)
    again = trained.weights_now(old)
    assert_same_bits(again, expected)
    for array, same in zip(keras.tree.flatten(again), arrays, strict=True):
        assert array is same


def test_keep_leaves_what_it_is_given_and_the_run_goes_on(linear):
    data, index = problem(), index_of(6, 1, 4)
    placed = place(linear, *data)
    linear.steps(placed, index, rates_of(index), 0, 3)
    linear.keep(([w + 1 for w in START], []))
    assert_same_bits(linear.model.get_weights(), [w + 1 for w in START])
    linear.steps(placed, index, rates_of(index), 3, 6)
    check_against_numpy(linear, data, index, rates_of(index))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_run_goes_on_from_its_state_as_if_nothing_happened(optimizer):
    engine = make_engine(
        network(), optimizer, ema=0.9, momentum=0.8, beta_2=0.9
    )
    data, index = place(engine, *problem()), index_of(6, 1, 4)
    rates = rates_of(index, 0.01)
    engine.steps(data, index, rates, 0, 3)
    saved = engine.state()
    engine.steps(data, index, rates, 3, 6)
    expected = engine.state()
    engine.restore(saved)
    assert_same_bits(engine.state(), saved)
    engine.steps(data, index, rates, 3, 6)
    assert_same_bits(engine.state(), expected)
    # The steps changed all there is to change.
    for part in ["trainable", "fixed", "slots", "average"]:
        for before, after in zip(
            keras.tree.flatten(saved[part]),
            keras.tree.flatten(expected[part]),
            strict=True,
        ):
            assert np.any(before != after), part


def test_a_run_goes_on_in_another_engine(trained, network_plan):
    data, index = place(trained, *problem()), index_of(4, 1, 4)
    trained.steps(data, index, rates_of(index), 0, 2)
    saved = trained.state()
    trained.steps(data, index, rates_of(index), 2, 4)
    # Other weights and random numbers, until it is told.
    model = network(seed=1)
    another = make_engine(model, "adam", network_plan, ema=0.9)
    another.restore(saved)
    data = place(another, *problem())
    another.steps(data, index, rates_of(index), 2, 4)
    assert_same_bits(another.state(), trained.state())


def test_a_saved_state_does_not_change_with_the_engine(linear):
    data, index = place(linear, *problem()), index_of(6, 1, 4)
    saved, kept = linear.state(), linear.weights_now()
    copies = keras.tree.map_structure(np.copy, [saved, kept])
    linear.steps(data, index, rates_of(index), 0, 6)
    assert_same_bits([saved, kept], copies)


# Predicting ------------------------------------------------------------------
