import keras
import numpy as np
import pytest
from keras import ops

from deeply_backend.layers import lookup as lookups
from deeply_backend.layers.categories import EntityEmbedding
from deeply_backend.layers.lookup import is_long
from deeply_backend.layers.lookup import lookup
from deeply_backend.layers.lookup import mark_long
from deeply_backend.training.engine import Engine
from deeply_backend.training.losses import squared_error
from deeply_backend.training.step_test import assert_close
from deeply_backend.training.step_test import assert_same_bits
from deeply_backend.training.step_test import backend
from deeply_backend.training.step_test import make_step
from deeply_backend.training.step_test import run

LEVELS = 20


def category_batches(steps, parts=1, seed=0, columns=2, rows=6):
    """Codes that repeat within a batch, some of them of unknown levels."""
    generator = np.random.default_rng(seed)

    def batch():
        codes = generator.integers(0, 8, (rows, columns)).astype("int32")
        # One level only here, one twice, one unknown: in every batch.
        codes[:4, 0] = [9 + generator.integers(0, 3), 3, 3, 0]
        y = generator.normal(size=rows).astype("float32")
        weights = generator.uniform(0.5, 1.5, rows).astype("float32")
        return {"category": codes}, y, weights

    return [[batch() for _ in range(parts)] for _ in range(steps)]


def category_input(columns=2):
    return {"category": keras.Input((columns,), dtype="int32", name="category")}


def embedding_model():
    """Two tables, and dense layers behind them in the weights."""
    keras.utils.set_random_seed(0)
    inputs = category_input()
    x = EntityEmbedding([LEVELS, 12], [3, 2])(inputs["category"])
    x = keras.layers.Dense(4, "tanh")(x)
    return keras.Model(inputs, keras.layers.Dense(1)(x))


def table_model():
    """One value a level: the gradient of a row is a sum of residuals."""
    keras.utils.set_random_seed(0)
    inputs = category_input(1)
    return keras.Model(
        inputs, EntityEmbedding([LEVELS], [1])(inputs["category"])
    )


class Pairs(keras.layers.Layer):
    """Products of the vectors of two levels, found by three lookups."""

    def build(self, input_shape):
        self.table = mark_long(self.add_weight(shape=(LEVELS, 4), name="table"))

    def call(self, codes):
        both = lookup(self.table, codes)
        first = lookup(self.table, codes[:, 0])
        second = lookup(self.table, codes[:, 1])
        pairs = ops.sum(first * second, axis=-1, keepdims=True)
        return pairs + ops.sum(both, axis=(1, 2))[:, None]


def pairs_model():
    keras.utils.set_random_seed(0)
    inputs = category_input()
    return keras.Model(inputs, Pairs()(inputs["category"]))


@pytest.fixture
def build(monkeypatch):
    """Builds a model whose tables are long above some number of rows."""

    def build(make, long_table=5):
        monkeypatch.setattr(lookups, "LONG_TABLE", long_table)
        return make()

    return build


DENSE = LEVELS + 1


@pytest.mark.parametrize(
    ("options", "parts", "long_table"),
    [
        ({}, 1, 15),
        ({"clip_norm": 0.3}, 2, 5),
        ({"clip_value": 0.1}, 2, 15),
    ],
    ids=str,
)
def test_row_updates_are_the_dense_updates(build, options, parts, long_table):
    batches, optimizer = category_batches(4, parts), {"name": "sgd", **options}
    by_rows = make_step(build(embedding_model, long_table), optimizer)
    dense = make_step(build(embedding_model, DENSE), optimizer)
    # The second table has 13 rows.
    assert sum(by_rows.by_rows) == (2 if long_table == 5 else 1)
    assert not any(dense.by_rows)
    ours, expected = run(by_rows, batches), run(dense, batches)
    assert_close(ours["trainable"], expected["trainable"])
    # The norms too, in which each row counts once.
    assert_close(ours["meter"], expected["meter"], 1e-5)
    # Were the limits not met, they would show nothing.
    squares = ours["meter"]["gradients"] / 4
    sizes = [value.size for value in ours["trainable"]]
    assert np.sum(squares) > options.get("clip_norm", 0) ** 2
    assert np.max(squares / sizes) > options.get("clip_value", 0) ** 2


def test_lookups_of_the_same_table_add_up(build):
    batches, optimizer = category_batches(3, 2), {"name": "sgd", "ema": 0.9}
    by_rows = make_step(build(pairs_model), optimizer)
    assert by_rows.by_rows == [True]
    ours = run(by_rows, batches, 0.02)
    expected = run(
        make_step(build(pairs_model, DENSE), optimizer), batches, 0.02
    )
    assert_close(ours["trainable"], expected["trainable"])
    assert_close(ours["meter"], expected["meter"], 1e-5)


@pytest.mark.parametrize("long_table", [5, DENSE], ids=["rows", "whole"])
def test_parts_of_a_repeated_row_are_summed_before_they_are_squared(
    build, long_table
):
    # TensorFlow gives the gradient of a looked-up table as parts of rows.
    model = build(table_model, long_table)
    model.set_weights([np.zeros((LEVELS + 1, 1), "float32")])
    batch = (
        {"category": np.int32([[1], [1], [2], [3]])},
        np.float32([1, 2, 3, 4]),
        np.ones(4, "float32"),
    )
    step = make_step(model, {"name": "adagrad", "clip_value": 1.6})
    state = run(step, [[batch]])
    # Rows 1 and 2: 2 * 3 / 4, unclipped; row 3: 2 * 4 / 4, clipped.
    g = np.float64([0, 1.5, 1.5, 1.6])
    assert state["meter"]["gradients"] == pytest.approx(1.5**2 * 2 + 4)
    slot = state["slots"][0][0][:4, 0]
    assert_close(slot, 0.1 + g**2)
    assert_close(state["trainable"][0][:4, 0], 0.1 * g / np.sqrt(0.1 + g**2))


def numpy_adam_by_rows(start, batches, rate, limit):
    """Adam on the rows of a one-column table that each step touches."""
    x = start.astype("float64")
    m, v = np.zeros_like(x), np.zeros_like(x)
    touched_ever = set()
    for t, parts in enumerate(batches, 1):
        codes = np.concatenate([i["category"][:, 0] for i, _, _ in parts])
        y = np.concatenate([y for _, y, _ in parts])
        weights = np.concatenate([weights for _, _, weights in parts])
        residual = 2 * weights * (x[codes] * (codes > 0) - y) / len(y)
        g = np.zeros_like(x)
        np.add.at(g, codes, residual * (codes > 0))
        g *= min(1, limit / np.linalg.norm(g))
        rows = np.unique(codes)
        touched_ever.update(rows)
        m[rows] = 0.9 * m[rows] + 0.1 * g[rows]
        v[rows] = 0.99 * v[rows] + 0.01 * g[rows] ** 2
        m_hat, v_hat = m[rows] / (1 - 0.9**t), v[rows] / (1 - 0.99**t)
        x[rows] -= rate * m_hat / (np.sqrt(v_hat) + 1e-12)
    return x, m, v, sorted(touched_ever)


@pytest.fixture(scope="module")
def adam_by_rows():
    """A compiled engine with all that can be asked of it, and its data."""
    batches = category_batches(4, parts=2, columns=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lookups, "LONG_TABLE", 5)
        model = table_model()
    spec = {"name": "adam", "beta_2": 0.99, "epsilon": 1e-12}
    engine = Engine(
        model,
        squared_error,
        {**spec, "ema": 0.9, "clip_norm": 0.5},
        # Even a short run is compiled, or the table would be copied.
        planned_steps=1,
    )
    rows = [batch for parts in batches for batch in parts]
    data = engine.place(
        {"category": np.concatenate([i["category"] for i, _, _ in rows])},
        np.concatenate([y for _, y, _ in rows]),
        np.concatenate([weights for _, _, weights in rows]),
    )
    index = np.arange(4 * 2 * 6, dtype="int32").reshape(4, 2, 6)
    return engine, engine.state(), data, index, batches


def test_touched_rows_follow_adams_formula_and_others_keep_their_bits(
    adam_by_rows,
):
    engine, start, data, index, batches = adam_by_rows
    assert engine.step.by_rows == [True]
    engine.restore(start)
    engine.steps(data, index, np.full(4, 0.05, "float32"), 0, 4)
    state = engine.state()
    table = start["trainable"][0]
    x, m, v, touched = numpy_adam_by_rows(table[:, 0], batches, 0.05, limit=0.5)
    # The rows of a long table are not averaged.
    ours = [state["trainable"][0], *state["slots"][0], state["average"][0]]
    for a, b in zip(ours, [x, m, v, x], strict=True):
        assert_close(a[:, 0], b, 2e-6)
    others = np.setdiff1d(np.arange(LEVELS + 1), touched)
    assert len(others) > 5
    np.testing.assert_array_equal(ours[0][others], table[others])
    np.testing.assert_array_equal(ours[1][others], 0)
    np.testing.assert_array_equal(ours[2][others], 0)
    np.testing.assert_array_equal(ours[3][others], table[others])
    known = np.setdiff1d(touched, [0])
    assert np.all(np.abs(ours[0] - table)[known] > 1e-3)


def test_an_unknown_level_has_no_gradient(adam_by_rows):
    engine, start, data, index, batches = adam_by_rows
    assert all(
        0 in inputs["category"] for inputs, _, _ in sum(batches, start=[])
    )
    engine.restore(start)
    engine.steps(data, index, np.full(4, 0.05, "float32"), 0, 4)
    state = engine.state()
    for a, b in zip(
        [state["trainable"][0], *state["slots"][0], state["average"][0]],
        [start["trainable"][0], *start["slots"][0], start["average"][0]],
        strict=True,
    ):
        np.testing.assert_array_equal(a[0], b[0])


def test_rows_go_on_from_a_saved_state(adam_by_rows):
    engine, start, data, index, _ = adam_by_rows
    rates = np.full(4, 0.05, "float32")
    engine.restore(start)
    engine.steps(data, index, rates, 0, 4)
    expected = engine.state()
    engine.restore(start)
    engine.steps(data, index, rates, 0, 1)
    saved = engine.state()
    engine.steps(data, index, rates, 1, 3)
    engine.restore(saved)
    engine.steps(data, index, rates, 1, 4)
    assert_same_bits(engine.state(), expected)


def test_rows_of_a_step_that_is_no_number_keep_their_bits(adam_by_rows):
    engine, start, data, index, _ = adam_by_rows
    rates = np.full(4, 0.05, "float32")
    engine.restore(start)
    engine.steps(data, index, rates, 0, 2)
    expected = engine.state()
    inputs, y, weights = data
    y = ops.convert_to_numpy(y).copy()
    y[index[2, 1, 0]] = np.nan
    engine.restore(start)
    broken = inputs, backend.to_device(y), weights
    assert engine.steps(broken, index, rates, 0, 4) == 2
    after = engine.state()
    assert after["meter"].pop("fault") == 2
    expected["meter"].pop("fault")
    assert_same_bits(after, expected)


@pytest.mark.parametrize(
    "optimizer",
    [
        {"name": "sgd", "momentum": 0.9},
        {"name": "rmsprop", "momentum": 0.5},
        {"name": "adamw"},
        {"name": "lion"},
    ],
    ids=lambda spec: spec["name"],
)
def test_rows_that_no_batch_touches_keep_still(build, optimizer):
    step = make_step(build(table_model), {**optimizer, "ema": 0.9})
    start, state = run(step, []), run(step, category_batches(2, columns=1))
    for part in ["trainable", "slots", "average"]:
        for before, after in zip(
            keras.tree.flatten(start[part]),
            keras.tree.flatten(state[part]),
            strict=True,
        ):
            moved = np.any(after != before, axis=1)
            assert moved[3]
            # 8 levels and 3 more are all that ever occur in a batch.
            assert not np.any(moved[12:])


def test_adafactor_needs_the_whole_table(build):
    batches, optimizer = category_batches(2, columns=1), {"name": "adafactor"}
    long_table = make_step(build(table_model), optimizer)
    assert is_long(long_table.model.trainable_variables[0])
    assert long_table.by_rows == [False]
    ours = run(long_table, batches)
    expected = run(make_step(build(table_model, DENSE), optimizer), batches)
    assert_close(ours["trainable"], expected["trainable"])
    assert_close(ours["slots"], expected["slots"])


def test_a_frozen_long_table_stays_as_it_is(build):
    def frozen_and_free():
        keras.utils.set_random_seed(0)
        inputs = category_input()
        frozen = EntityEmbedding([LEVELS, 12], [3, 2])(inputs["category"])
        free = EntityEmbedding([LEVELS, 12], [3, 2])(inputs["category"])
        x = keras.layers.Concatenate()([frozen, free])
        model = keras.Model(inputs, keras.layers.Dense(1)(x))
        model.layers[1].trainable = False
        return model

    model = build(frozen_and_free)
    batches, optimizer = category_batches(2), {"name": "sgd"}
    ours = run(make_step(model, optimizer), batches)
    dense = make_step(build(frozen_and_free, DENSE), optimizer)
    expected = run(dense, batches)
    assert len(model.non_trainable_variables) == 2
    assert_close(ours["trainable"], expected["trainable"])
    start = [ops.convert_to_numpy(v) for v in model.non_trainable_variables]
    assert_same_bits(ours["fixed"], start)


class Vectors(keras.layers.Layer):
    """The sum of a level's vector, in whatever precision the policy asks."""

    def build(self, input_shape):
        self.table = mark_long(self.add_weight(shape=(LEVELS, 4), name="table"))

    def call(self, codes):
        return ops.sum(lookup(self.table, codes[:, 0]), -1, keepdims=True)


def test_rows_keep_their_digits_in_mixed_precision(build):
    def mixed():
        keras.utils.set_random_seed(0)
        inputs = category_input()
        vectors = Vectors(dtype="mixed_bfloat16")
        return keras.Model(inputs, vectors(inputs["category"]))

    optimizer = {"name": "adam", "ema": 0.9, "clip_norm": 0.1}
    batches = category_batches(2, 2)
    ours = run(make_step(build(mixed), optimizer), batches)
    expected = run(make_step(build(mixed, DENSE), optimizer), batches)
    for part in ["trainable", "slots", "average"]:
        for value in keras.tree.flatten(ours[part]):
            assert value.dtype == np.float32
    # As near as the 8 digits of bfloat16's gradients allow.
    touched = np.any(ours["slots"][0][0] != 0, axis=1)
    assert np.sum(touched) > 4
    assert_close(ours["slots"][0][0], expected["slots"][0][0], 1e-2)
