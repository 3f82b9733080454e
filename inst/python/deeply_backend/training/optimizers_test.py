from dataclasses import asdict

import keras
import numpy as np
import pytest
from keras import ops

from deeply_backend.training import optimizers

STEPS = 20
SHAPES = [(6, 4), (5,)]

# Every option at a value that shows: large epsilons, a decay worth a digit.
SPECS = {
    "sgd": {"name": "sgd"},
    "sgd, decay": {"name": "sgd", "weight_decay": 0.3},
    "momentum": {"name": "sgd", "momentum": 0.8, "weight_decay": 0.3},
    "nesterov": {"name": "sgd", "momentum": 0.8, "nesterov": True},
    "adagrad": {
        "name": "adagrad",
        "initial_accumulator": 0.3,
        "epsilon": 0.02,
        "weight_decay": 0.3,
    },
    "rmsprop": {
        "name": "rmsprop",
        "rho": 0.7,
        "epsilon": 0.02,
        "weight_decay": 0.3,
    },
    "rmsprop, momentum": {"name": "rmsprop", "momentum": 0.8},
    "adam": {"name": "adam", "beta_1": 0.8, "beta_2": 0.95, "epsilon": 0.02},
    "adamw": {"name": "adamw", "weight_decay": 0.3},
    "lion": {
        "name": "lion",
        "beta_1": 0.8,
        "beta_2": 0.95,
        "weight_decay": 0.3,
    },
    "adafactor": {"name": "adafactor", "weight_decay": 0.3},
    "adafactor, options": {
        "name": "adafactor",
        "beta_2_decay": -0.6,
        "epsilon_1": 0.02,
        "epsilon_2": 2.0,
        "clip_threshold": 0.5,
    },
    "adafactor, relative": {"name": "adafactor", "relative_step": True},
}
# At this rate the cap of relative_step, 1 / sqrt(step), is met at step 12.
RATES = {"adafactor, relative": 0.3}

DEFAULTS = [{"name": name} for name in optimizers.OPTIMIZERS]
ROWWISE = [spec for spec in SPECS.values() if spec["name"] != "adafactor"]


def rate_of(case):
    return RATES.get(case, 0.05)


def problem(shape, steps=STEPS, seed=0):
    generator = np.random.default_rng(seed)
    value = generator.normal(size=shape).astype("float32")
    # Elements of unlike size, so that no formula is a mere rescaling.
    size = np.exp(generator.normal(size=shape))
    gradients = generator.normal(size=(steps, *shape)) * size
    return value, gradients.astype("float32")


def updates(spec, value, gradients, rate):
    """The optimizer's value after the steps."""
    optimizer = optimizers.make(spec)
    value = ops.convert_to_tensor(value)
    slots = optimizer.slots(value)
    rate = ops.convert_to_tensor(rate, "float32")
    for t, gradient in enumerate(gradients, start=1):
        gradient = ops.convert_to_tensor(gradient)
        step = ops.convert_to_tensor(t, "float32")
        value, slots = optimizer.update(value, gradient, slots, rate, step)
    return np.asarray(value)


# The papers' formulas, in float64. Each takes the decayed value, the gradient,
# a dict to keep its state in, the rate, the step and the options.


def paper_sgd(x, g, state, rate, t, momentum=0.0, nesterov=False):
    v = state["v"] = momentum * state.get("v", 0) - rate * g
    return x + (momentum * v - rate * g if nesterov else v)


def paper_adagrad(x, g, state, rate, t, initial_accumulator=0.1, epsilon=1e-7):
    seen = state.setdefault("seen", [])
    seen.append(g)
    total = initial_accumulator + np.sum(np.square(seen), axis=0)
    return x - rate * g / np.sqrt(total + epsilon)


def paper_rmsprop(x, g, state, rate, t, rho=0.9, momentum=0.0, epsilon=1e-7):
    r = state["r"] = rho * state.get("r", 0) + (1 - rho) * g**2
    step = rate * g / np.sqrt(r + epsilon)
    m = state["m"] = momentum * state.get("m", 0) + step
    return x - m


def paper_adam(x, g, state, rate, t, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    m = state["m"] = beta_1 * state.get("m", 0) + (1 - beta_1) * g
    v = state["v"] = beta_2 * state.get("v", 0) + (1 - beta_2) * g**2
    m_hat, v_hat = m / (1 - beta_1**t), v / (1 - beta_2**t)
    # Algorithm 1's epsilon is epsilon hat over the root of v's correction.
    return x - rate * m_hat / (
        np.sqrt(v_hat) + epsilon / (1 - beta_2**t) ** 0.5
    )


def paper_lion(x, g, state, rate, t, beta_1=0.9, beta_2=0.99):
    m = state.get("m", 0)
    state["m"] = beta_2 * m + (1 - beta_2) * g
    return x - rate * np.sign(beta_1 * m + (1 - beta_1) * g)


def paper_adafactor(
    x,
    g,
    state,
    rate,
    t,
    beta_2_decay=-0.8,
    epsilon_1=1e-30,
    epsilon_2=1e-3,
    clip_threshold=1.0,
    relative_step=False,
):
    """Algorithms 4 and 5: sums, where the optimizer takes means."""
    beta, square = 1 - t**beta_2_decay, g**2 + epsilon_1
    if g.ndim == 2:
        ones_n, ones_m = np.ones(g.shape[0]), np.ones(g.shape[1])
        r = beta * state.get("r", 0) + (1 - beta) * square @ ones_m
        c = beta * state.get("c", 0) + (1 - beta) * ones_n @ square
        state.update(r=r, c=c)
        v = np.outer(r, c) / (ones_n @ r)
    else:
        v = state["v"] = beta * state.get("v", 0) + (1 - beta) * square
    u = g / np.sqrt(v)
    u = u / max(1, np.sqrt(np.mean(u**2)) / clip_threshold)
    rho = min(rate, t**-0.5) if relative_step else rate
    return x - max(epsilon_2, np.sqrt(np.mean(x**2))) * rho * u


PAPERS = {
    "sgd": (paper_sgd, 0.0),
    "adagrad": (paper_adagrad, 0.0),
    "rmsprop": (paper_rmsprop, 0.0),
    "adam": (paper_adam, 0.0),
    "adamw": (paper_adam, 0.004),
    "lion": (paper_lion, 0.0),
    "adafactor": (paper_adafactor, 0.0),
}


def paper(spec, value, gradients, rate):
    options = dict(spec)
    formula, decay = PAPERS[options.pop("name")]
    decay = options.pop("weight_decay", decay)
    x, state = value.astype("float64"), {}
    for t, g in enumerate(gradients.astype("float64"), start=1):
        x = formula(x - rate * decay * x, g, state, rate, t, **options)
    return x


def kerases(spec, values, gradients, rate):
    """What Keras makes of the same variables and gradients."""
    options = dict(spec)
    if "initial_accumulator" in options:
        start = options.pop("initial_accumulator")
        options["initial_accumulator_value"] = start
    optimizer = keras.optimizers.get(
        {
            "class_name": options.pop("name"),
            "config": {"learning_rate": rate, **options},
        }
    )
    variables = [keras.Variable(value) for value in values]
    for step in zip(*gradients, strict=True):
        step = [ops.convert_to_tensor(gradient) for gradient in step]
        optimizer.apply(step, variables)
    return [ops.convert_to_numpy(variable) for variable in variables]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("case", SPECS)
def test_options_do_what_the_paper_says(case, shape):
    value, gradients = problem(shape)
    rate = rate_of(case)
    ours = updates(SPECS[case], value, gradients, rate)
    expected = paper(SPECS[case], value, gradients, rate)
    np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("spec", DEFAULTS, ids=lambda spec: spec["name"])
def test_defaults_do_what_the_paper_says(spec, shape):
    value, gradients = problem(shape)
    ours = updates(spec, value, gradients, 0.05)
    expected = paper(spec, value, gradients, 0.05)
    np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("case", SPECS)
def test_options_do_what_keras_does(case):
    compare_with_keras(SPECS[case], rate_of(case))


@pytest.mark.parametrize("spec", DEFAULTS, ids=lambda spec: spec["name"])
def test_defaults_do_what_keras_does(spec):
    compare_with_keras(spec, 0.05)


@pytest.mark.parametrize("name", optimizers.OPTIMIZERS)
def test_defaults_are_those_of_keras(name):
    # Some are too small to show in the numbers above.
    ours = asdict(optimizers.make({"name": name}))
    theirs = keras.optimizers.get(name).get_config()
    theirs["weight_decay"] = theirs["weight_decay"] or 0.0
    theirs["initial_accumulator"] = theirs.get("initial_accumulator_value")
    # The one default that differs; Adafactor's docstring says why.
    theirs["relative_step"] = False
    assert ours == {option: theirs[option] for option in ours}


def compare_with_keras(spec, rate, shapes=SHAPES):
    values, gradients = zip(*[problem(shape) for shape in shapes], strict=True)
    expected = kerases(spec, values, gradients, rate)
    for value, gradient, theirs in zip(
        values, gradients, expected, strict=True
    ):
        ours = updates(spec, value, gradient, rate)
        np.testing.assert_allclose(ours, theirs, rtol=2e-6, atol=2e-6)


def test_adafactor_factors_the_last_two_of_more_dimensions():
    compare_with_keras({"name": "adafactor"}, 0.05, [(3, 4, 5), (2, 3, 4, 5)])
    first, second = optimizers.make({"name": "adafactor"}).slots(
        np.zeros((3, 4, 5), "float32")
    )
    assert tuple(first.shape) == (3, 4)
    assert tuple(second.shape) == (3, 5)


def test_adafactor_takes_the_rate_it_is_given_unless_asked_to_cap_it():
    value, gradients = problem((6, 4))
    free, capped = (
        updates(
            {"name": "adafactor", "relative_step": relative},
            value,
            gradients,
            0.3,
        )
        for relative in (False, True)
    )
    assert np.max(np.abs(free - capped)) > 1e-3


@pytest.mark.parametrize("size", [1, 1e5])
def test_adafactor_bears_a_dead_input_that_meets_a_dead_unit(size):
    value, gradients = problem((6, 4))
    gradients *= np.float32(size)
    gradients[:, 2, :] = 0
    gradients[:, :, 1] = 0
    # Keras makes every value NaN here.
    ours = updates({"name": "adafactor"}, value, gradients, 0.05)
    assert np.all(np.isfinite(ours))
    np.testing.assert_array_equal(ours[2], value[2])
    np.testing.assert_array_equal(ours[:, 1], value[:, 1])
    assert np.all(ours[0, [0, 2, 3]] != value[0, [0, 2, 3]])


def test_a_small_decay_is_not_rounded_beside_1():
    value = np.random.default_rng(0).normal(size=10_000).astype("float32")
    still = np.zeros((1, 10_000), "float32")
    ours = updates({"name": "sgd", "weight_decay": 0.004}, value, still, 1e-4)
    # In float32 1 - 4e-7 is 1 - 4.17e-7.
    shrunk = np.sum((value.astype("float64") - ours) * np.sign(value))
    assert shrunk / np.sum(np.abs(value)) == pytest.approx(4e-7, rel=0.01)


@pytest.mark.parametrize("spec", ROWWISE, ids=lambda spec: str(spec))
def test_all_rows_at_once_are_each_row_alone(spec):
    assert optimizers.make(spec).rowwise
    value, gradients = problem((7, 3))
    together = updates(spec, value, gradients, 0.05)
    alone = [
        updates(spec, value[[row]], gradients[:, [row]], 0.05)
        for row in range(len(value))
    ]
    alone = np.concatenate(alone)
    np.testing.assert_allclose(together, alone, rtol=1e-6, atol=1e-6)


def test_adafactor_needs_the_whole_table_and_says_so():
    spec = {"name": "adafactor"}
    assert not optimizers.make(spec).rowwise
    value, gradients = problem((7, 3))
    together = updates(spec, value, gradients, 0.05)
    alone = updates(spec, value[[0]], gradients[:, [0]], 0.05)
    assert np.max(np.abs(together[0] - alone[0])) > 1e-3


@pytest.mark.parametrize("spec", ROWWISE, ids=lambda spec: str(spec))
def test_slots_of_a_rowwise_optimizer_have_the_shape_of_the_value(spec):
    value = keras.Variable(np.zeros((7, 3), "float32"))
    for slot in optimizers.make(spec).slots(value):
        assert tuple(slot.shape) == (7, 3)
        assert keras.backend.standardize_dtype(slot.dtype) == "float32"


def test_slots_are_no_more_than_needed():
    numbers = {
        case: len(optimizers.make(spec).slots(np.zeros((7, 3), "float32")))
        for case, spec in SPECS.items()
    }
    assert numbers == {
        "sgd": 0,
        "sgd, decay": 0,
        "momentum": 1,
        "nesterov": 1,
        "adagrad": 1,
        "rmsprop": 1,
        "rmsprop, momentum": 2,
        "adam": 2,
        "adamw": 2,
        "lion": 1,
        "adafactor": 2,
        "adafactor, options": 2,
        "adafactor, relative": 2,
    }


def test_keys_of_the_engine_are_ignored_and_none_is_the_default():
    spec = {"name": "adamw", "clip_norm": 1.0, "ema": 0.99, "beta_1": 0.5}
    made = optimizers.make({**spec, "weight_decay": None})
    assert made == optimizers.AdamW(beta_1=0.5)
    assert made.weight_decay == 0.004


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="adm") as error:
        optimizers.make({"name": "adm"})
    for name in optimizers.OPTIMIZERS:
        assert name in str(error.value)


def compilers():
    """Ways to compile a function on the running backend."""
    if keras.backend.backend() == "jax":
        import jax

        return {"jit": jax.jit}
    import tensorflow as tf

    return {
        "graph": tf.function,
        "xla": lambda run: tf.function(run, jit_compile=True),
    }


@pytest.mark.parametrize("how", compilers())
@pytest.mark.parametrize("case", SPECS)
def test_a_compiled_loop_gives_what_eager_steps_give(case, how):
    value, gradients = problem((6, 4))
    optimizer = optimizers.make(SPECS[case])
    calls = []

    def run(value, gradients, rate):
        calls.append(1)

        def body(i, state):
            value, slots = state
            step = ops.cast(i + 1, "float32")
            gradient = ops.take(gradients, i, axis=0)
            return optimizer.update(value, gradient, slots, rate, step)

        start = (value, optimizer.slots(value))
        return ops.fori_loop(0, STEPS, body, start)[0]

    compiled = compilers()[how](run)
    arguments = [
        ops.convert_to_tensor(x, "float32")
        for x in (value, gradients, rate_of(case))
    ]
    compiled(*arguments)
    result = np.asarray(compiled(*arguments))
    # Traced once: the second call is the compiled code's alone.
    assert len(calls) == 1
    eager = updates(SPECS[case], value, gradients, rate_of(case))
    np.testing.assert_allclose(result, eager, rtol=1e-6, atol=1e-6)
