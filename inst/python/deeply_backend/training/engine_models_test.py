import keras
import numpy as np
import pytest
from sklearn.metrics import log_loss

from deeply_backend.layers import lookup
from deeply_backend.layers.categories import EntityEmbedding
from deeply_backend.models.cnn import build as build_cnn
from deeply_backend.models.cnn_test import spec as cnn_spec
from deeply_backend.training import engine as engines
from deeply_backend.training import losses
from deeply_backend.training.engine_test import PLANS
from deeply_backend.training.engine_test import START
from deeply_backend.training.engine_test import WIDTH
from deeply_backend.training.engine_test import N
from deeply_backend.training.engine_test import index_of
from deeply_backend.training.engine_test import linear_model
from deeply_backend.training.engine_test import make_engine
from deeply_backend.training.engine_test import place
from deeply_backend.training.engine_test import problem
from deeply_backend.training.engine_test import rates_of


def test_penalties_are_part_of_the_objective():
    inputs = {"numeric": keras.Input((WIDTH,), name="numeric")}
    layer = keras.layers.Dense(
        1, use_bias=False, kernel_regularizer=keras.regularizers.L2(0.5)
    )
    model = keras.Model(inputs, layer(inputs["numeric"]))
    start = np.float32([[1.0], [2.0], [3.0]])
    model.set_weights([start])
    engine = make_engine(model)
    still = np.zeros((4, WIDTH), "float32")
    data = place(engine, still, np.zeros(4, "float32"), np.ones(4, "float32"))
    index = np.arange(4, dtype="int32")
    # Only the penalty has a gradient: w - 0.1 * 2 * 0.5 * w.
    engine.steps(data, index.reshape(1, 1, 4), np.float32([0.1]), 0, 1)
    (weights,), _ = engine.weights_now()
    np.testing.assert_allclose(weights, 0.9 * start, rtol=1e-6)
    # It counts once a step, however many parts that has.
    engine.steps(data, index.reshape(1, 2, 2), np.float32([0.1]), 0, 1)
    (weights,), _ = engine.weights_now()
    np.testing.assert_allclose(weights, 0.81 * start, rtol=1e-6)
    # And it is no part of the loss, which is of the rows alone.
    assert engine.meter()["loss"] == 0
    assert engine.score(data, 0, 4) == 0


@pytest.mark.parametrize("planned_steps", PLANS)
def test_the_sum_of_the_losses_keeps_its_digits(planned_steps):
    # From 2 ** 24 on, float32 cannot count by one.
    x = np.zeros((2, WIDTH), "float32")
    engine = make_engine(linear_model(), planned_steps=planned_steps)
    zeros = [np.zeros_like(w) for w in START]
    engine.restore({**engine.state(), "trainable": zeros})
    data = place(engine, x, np.ones(2, "float32"), np.float32([2**24, 1]))
    index = np.int32([0] + [1] * 1000).reshape(-1, 1, 1)
    engine.steps(data, index, rates_of(index, 0), 0, len(index))
    assert engine.meter()["loss"] == 2**24 + 1000


def test_what_helps_training_is_not_in_the_score():
    x, _, weights = problem()
    y = (x[:, 0] > 0).astype("float32")
    engine = engines.Engine(
        linear_model(),
        losses.smoothed(losses.binary_crossentropy, 0.2),
        {"name": "sgd"},
        losses.binary_crossentropy,
        planned_steps=1,
    )
    data, index = place(engine, x, y, weights), index_of(1, 1, N)
    logit = (x.astype("float64") @ START[0] + START[1])[:, 0]
    one = 1 / (1 + np.exp(-logit))
    plain = log_loss(y, one, sample_weight=weights, normalize=False)
    even = -np.sum(weights * (np.log(one) + np.log(1 - one))) / 2
    assert engine.score(data, 0, N) == pytest.approx(plain, rel=1e-5)
    engine.steps(data, index, rates_of(index, 0), 0, 1)
    smooth = 0.8 * plain + 0.2 * even
    assert engine.meter()["loss"] == pytest.approx(smooth, rel=1e-5)


@pytest.mark.parametrize("gamma", [0.5, 1, 2])
def test_focal_loss_learns_from_rows_it_is_sure_of(gamma):
    # Logits of 1e4: the cross-entropy is 0 to the last bit.
    x, _, weights = problem()
    x = np.float32(1e4) * x
    y = (x @ START[0] + START[1] > 0)[:, 0].astype("float32")
    focal = losses.focused(losses.binary_crossentropy, gamma)
    engine = engines.Engine(
        linear_model(), focal, {"name": "sgd"}, planned_steps=1
    )
    data, index = place(engine, x, y, weights), index_of(1, 1, N)
    assert engine.steps(data, index, rates_of(index), 0, 1) is None
    assert np.isfinite(engine.weights_now()[0][0]).all()


def test_statistics_of_batch_norm_follow_the_batches():
    inputs = {"numeric": keras.Input((WIDTH,), name="numeric")}
    x = keras.layers.BatchNormalization(momentum=0.9)(inputs["numeric"])
    engine = make_engine(keras.Model(inputs, keras.layers.Dense(1)(x)))
    x, y, weights = problem()
    index = index_of(2, 2, 6)
    engine.steps(place(engine, x, y, weights), index, rates_of(index), 0, 2)
    mean, variance = np.zeros(WIDTH), np.ones(WIDTH)
    # The parts of a step one after the other.
    for rows in index.reshape(4, 6):
        mean = 0.9 * mean + 0.1 * x[rows].mean(0)
        variance = 0.9 * variance + 0.1 * x[rows].var(0)
    _, fixed = engine.weights_now()
    np.testing.assert_allclose(fixed[0], mean, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(fixed[1], variance, rtol=1e-5, atol=1e-6)


def test_mixed_precision_keeps_exact_weights_and_learns():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        inputs = {"numeric": keras.Input((WIDTH,), name="numeric")}
        x = keras.layers.Dense(8, "tanh")(inputs["numeric"])
        x = keras.layers.BatchNormalization(momentum=0.9)(x)
        model = keras.Model(inputs, keras.layers.Dense(1)(x))
    finally:
        keras.config.set_dtype_policy(before)
    assert model.output.dtype == "bfloat16"
    engine = make_engine(model, "adam", ema=0.9, clip_norm=1.0)
    data = place(engine, *problem())
    index = np.tile(index_of(1, 2, 12), (100, 1, 1))
    start = engine.score(data, 0, N)
    assert engine.steps(data, index, rates_of(index, 0.02), 0, 100) is None
    assert engine.score(data, 0, N) < start / 2
    state = engine.state()
    for key in ["trainable", "slots", "average"]:
        for value in keras.tree.flatten(state[key]):
            assert value.dtype == np.float32
    # Weights with no more digits than bfloat16 has would end in zeros.
    assert np.any(state["trainable"][0].view("uint32") & 0xFFFF)


@pytest.mark.parametrize(
    ("planned_steps", "long_table", "jit"),
    [
        (engines.JIT_STEPS, 99, True),
        (engines.JIT_STEPS - 1, 99, False),
        (1, 3, True),
    ],
)
def test_what_is_worth_compiling_at_length_is(
    monkeypatch, planned_steps, long_table, jit
):
    asked = []

    def program(state, block, score, jit):
        asked.append(jit)

    monkeypatch.setattr(engines._backend, "Program", program)
    monkeypatch.setattr(lookup, "LONG_TABLE", long_table)
    inputs = {"category": keras.Input((1,), dtype="int32", name="category")}
    table = EntityEmbedding([3], [1])
    make_engine(
        keras.Model(inputs, table(inputs["category"])),
        planned_steps=planned_steps,
    )
    assert asked == [jit]


def convolved(planned_steps, y):
    """The state after three steps of a network for images."""
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (12, 120), np.uint8)
    keras.utils.set_random_seed(0)
    engine = engines.Engine(
        build_cnn(cnn_spec(form="pooled", outputs=1, output_bias=np.zeros(1))),
        losses.squared_error,
        {"name": "adamw", "ema": 0.9, "clip_norm": 1.0},
        planned_steps=planned_steps,
    )
    data = engine.place({"image": images}, y, np.ones(12, "float32"))
    index = np.arange(12, dtype="int32").reshape(3, 1, 4)
    fault = engine.steps(data, index, np.full(3, 0.01, "float32"), 0, 3)
    return fault, engine.state()


def test_a_long_run_of_a_network_for_images_takes_the_same_steps():
    y = np.linspace(-1, 1, 12, dtype="float32")
    _, short = convolved(1, y)
    fault, long = convolved(engines.JIT_STEPS, y)
    assert fault is None
    for ours, theirs in zip(
        keras.tree.flatten(long), keras.tree.flatten(short), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-5)


def test_and_it_stops_before_a_loss_that_is_no_number():
    y = np.zeros(12, "float32")
    y[5] = np.nan
    fault, state = convolved(engines.JIT_STEPS, y)
    assert fault == 1
    assert all(np.isfinite(x).all() for x in state["average"])


@pytest.mark.parametrize("n", [1, 2, 3, 17])
def test_predict_gives_a_row_a_row(n):
    x, _, _ = problem()
    model = linear_model()
    predict = engines.compile_predict(model)
    w, b = START
    np.testing.assert_allclose(
        predict({"numeric": x[:n]}), x[:n] @ w + b, rtol=1e-5
    )
