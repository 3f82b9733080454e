import math

import keras
import numpy as np
import pytest

from deeply_backend.data.rows import Rows
from deeply_backend.layers import lookup as lookups
from deeply_backend.models import stored
from deeply_backend.models.towers import RANKING
from deeply_backend.models.towers import build
from deeply_backend.training import train
from deeply_backend.training.losses import ITEM_LOSSES
from deeply_backend.training.losses import LOSSES
from deeply_backend.training.plan import Plan
from deeply_backend.training.step_test import assert_close
from deeply_backend.training.step_test import make_step
from deeply_backend.training.step_test import on_device
from deeply_backend.training.step_test import run


def spec(n_users=30, n_items=20, **changes):
    """A spec of the simplest kind: a dot product for ratings."""
    return {
        "model": "towers",
        "loss": "squared_error",
        "label_smoothing": 0,
        "focal_gamma": 0,
        "mixed_precision": False,
        "optimizer": {"name": "adam"},
        "levels": np.array([n_users, n_items]),
        "user_counts": np.ones(n_users),
        "item_counts": np.ones(n_items),
        "dim": 4,
        "biases": True,
        "l2": 0.0,
        "dropout": 0.0,
        "hidden_units": [],
        "activation": "relu",
        "output_bias": np.array([0.25]),
        "negatives": 7,
        "negative_power": 0.0,
        **changes,
    }


def counted(pairs, **changes):
    """A spec for a CSR matrix of pairs."""
    counts = {
        "user_counts": np.diff(pairs.indptr),
        "item_counts": np.diff(pairs.tocsc().indptr),
    }
    return spec(*pairs.shape, **counts, **changes)


def fitted(asked, users, items, y=None, epochs=15, rate=0.02, seed=1):
    """A model trained on pairs, users and items counted from 0."""
    n = len(users)
    rows = Rows(n, {"category": 2, "y": 1, "weights": 1})
    y = np.ones(n) if y is None else y
    codes = np.stack([users, items]) + 1
    rows.write(0, {"category": codes, "y": y[None], "weights": np.ones((1, n))})
    plan = Plan(
        epochs=epochs,
        batch_size=128,
        patience=math.inf,
        seed=seed,
        learn_rate=rate,
    )
    return train.train(asked, rows, n, plan, lambda event: None)


def codes(n=50, n_users=30, n_items=20, seed=0):
    generator = np.random.default_rng(seed)
    columns = [generator.integers(0, k + 1, n) for k in (n_users, n_items)]
    return {"category": np.stack(columns, axis=1).astype("int32")}


# A mean, and 31 users and 21 items, those not known included.
@pytest.mark.parametrize(
    ("changes", "parameters"),
    [
        ({"biases": False}, 52 * 4 + 1),
        ({}, 52 * 5 + 1),
        ({"hidden_units": [8]}, 52 * 5 + 1 + 12 * 8 + 8 + 8),
    ],
    ids=str,
)
def test_parameters_are_what_the_towers_need(changes, parameters):
    model = build(spec(**changes))
    trained = sum(np.prod(v.shape) for v in model.trainable_variables)
    assert trained == parameters


def test_nothing_known_scores_the_mean():
    model = build(spec())
    unknown = {"category": np.zeros((3, 2), "int32")}
    np.testing.assert_allclose(np.asarray(model(unknown)), 0.25)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"loss": "sampled_softmax", "dropout": 0.1},
        {"loss": "bpr", "hidden_units": [6]},
    ],
    ids=["plain", "drawn", "head"],
)
def test_bytes_give_back_the_same_model(changes):
    model = build(spec(**changes))
    again = stored.from_bytes(stored.to_bytes(model))
    np.testing.assert_array_equal(
        np.asarray(model(codes())), np.asarray(again(codes()))
    )
    assert again(codes(), training=True).shape[1] == (
        8 if changes.get("loss") in RANKING else 1
    )


def batches(steps=3, rows=6):
    generator = np.random.default_rng(0)
    return [
        [
            (
                codes(rows, seed=step),
                generator.normal(size=rows).astype("float32"),
                generator.uniform(0.5, 1.5, rows).astype("float32"),
            )
        ]
        for step in range(steps)
    ]


@pytest.mark.parametrize("loss", ["squared_error", "bpr", "sampled_softmax"])
@pytest.mark.parametrize("extra", ["plain", "head"])
def test_row_updates_are_the_dense_updates(monkeypatch, loss, extra):
    changes = {
        "plain": {"l2": 0.1},
        "head": {"hidden_units": [6]},
    }[extra]

    def step(long_table):
        monkeypatch.setattr(lookups, "LONG_TABLE", long_table)
        keras.utils.set_random_seed(0)
        model = build(spec(loss=loss, **changes))
        return make_step(
            model, {"name": "sgd"}, {**LOSSES, **ITEM_LOSSES}[loss]
        )

    by_rows, dense = step(15), step(100)
    tables = [v.name == "table" for v in by_rows.model.trainable_variables]
    assert by_rows.by_rows == tables
    assert sum(tables) == 2
    assert not any(dense.by_rows)
    ours, theirs = run(by_rows, batches()), run(dense, batches())
    assert_close(ours["trainable"], theirs["trainable"], 1e-5)
    assert np.isfinite(ours["meter"]["loss"])
    # Users, items, and items that were drawn alone have moved.
    start = by_rows.initial_state()["trainable"]
    for position in np.flatnonzero(tables):
        before = np.asarray(start[position])
        after = ours["trainable"][position]
        assert np.any(after != before, axis=1).sum() > 6


def test_tables_that_do_not_learn_are_not_gone_through():
    asked = spec(loss="sampled_softmax")
    loss = ITEM_LOSSES["sampled_softmax"]
    step = make_step(build(asked), {"name": "sgd"}, loss)
    state = on_device(step.initial_state())
    rate = np.float32(0.1)
    after = step.take(state, *on_device([batches(1)[0], rate, np.int32(0)]))
    kept = {
        variable.name
        for variable, old, new in zip(
            step.model.non_trainable_variables,
            state["fixed"],
            after["fixed"],
            strict=True,
        )
        if new is old
    }
    # Not a copy, nor a choice between two that are the same.
    assert kept >= {"alias", "expected", "threshold"}


def ratings(n_users=150, n_items=80, n=6000, seed=0):
    """Ratings by biases and tastes, with noise of standard deviation 0.3."""
    generator = np.random.default_rng(seed)
    users = generator.integers(0, n_users, n)
    items = generator.integers(0, n_items, n)
    u, v = (generator.normal(size=(k, 2)) for k in (n_users, n_items))
    a, b = (generator.normal(size=k) for k in (n_users, n_items))
    y = a[users] + b[items] + np.sum(u[users] * v[items], axis=1)
    y += generator.normal(scale=0.3, size=n)
    return users, items, y / y.std()


@pytest.mark.parametrize("hidden_units", [[], [32]], ids=["dot", "head"])
def test_ratings_are_explained_beyond_users_and_items_alone(hidden_units):
    users, items, y = ratings()
    old = np.arange(5000)
    asked = spec(
        150, 80, hidden_units=hidden_units, l2=1e-3, output_bias=np.zeros(1)
    )
    got = fitted(asked, users[old], items[old], y[old], epochs=40)
    new = np.stack([users, items], axis=1)[5000:] + 1
    found = np.asarray(got["model"]({"category": new.astype("int32")}))[:, 0]
    error = np.mean((found - y[5000:]) ** 2)
    # Users and items alone, by least squares.
    n_all = 150 + 80
    design = np.zeros((6000, n_all))
    design[np.arange(6000), users] = design[np.arange(6000), 150 + items] = 1
    alone, *_ = np.linalg.lstsq(design[old], y[old], rcond=None)
    error_alone = np.mean((design[5000:] @ alone - y[5000:]) ** 2)
    assert error < 0.5 * error_alone
