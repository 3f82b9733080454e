import keras
import numpy as np
import pytest

from deeply_backend import bridge
from deeply_backend.models import mlp_test
from deeply_backend.models.mlp import build


def spec(**changes):
    layers = {"hidden_units": np.array([16, 8]), "dropout": 0.2}
    return mlp_test.spec(**{**layers, **changes})


@pytest.fixture(autouse=True)
def same_weights():
    keras.utils.set_random_seed(5)


BASELINE = {
    "numeric": np.array([0.1, -0.2, 0.3]),
    "shares": np.array([0.4, 0.3, 0.2, 0.1, 0.75, 0.25]),
}


def block(n=5, seed=3):
    generator = np.random.default_rng(seed)
    return {
        "numeric": generator.normal(size=(3, n)),
        # Code 0 is a level that was not known.
        "category": np.array([[0, 1, 2, 3, 4][:n], [1, 2, 0, 1, 2][:n]]),
    }


def explain(changes, rows, output=0):
    live = bridge.Live(build(spec(**changes)))
    outputs = np.full(rows["numeric"].shape[1], output)
    return live, bridge.attributions(live, rows, BASELINE, outputs)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"activation": "tanh"},
        {"encoding": "embedding"},
        {"normalization": "batch"},
        {"normalization": "layer"},
        {"outputs": 3, "output_bias": np.array([0.1, 0.2, -0.3])},
    ],
    ids=str,
)
def test_parts_add_up_to_the_change_of_the_output(changes):
    rows = block()
    output = 2 if "outputs" in changes else 0
    live, found = explain(changes, rows, output)
    expected = bridge.predict(live, rows)[:, output]
    np.testing.assert_allclose(found["value"], expected, rtol=1e-5, atol=1e-6)
    assert found["parts"].shape == (5, 5)
    # The baseline is the same for all rows.
    assert np.ptp(found["start"]) < 1e-6
    change = found["value"] - found["start"]
    gap = np.abs(found["parts"].sum(axis=1) - change)
    assert np.all(gap <= 1e-4 * np.maximum(1, np.abs(change)))
    assert np.all(np.abs(found["parts"]).max(axis=0) > 0)


@pytest.mark.parametrize("levels", [[4, 2], []], ids=str)
@pytest.mark.parametrize("members", [1, 4])
def test_waves_of_all_numbers_are_shared_among_the_numbers(levels, members):
    rows = block()
    rows = rows if levels else {"numeric": rows["numeric"]}
    shares = BASELINE["shares"] if levels else np.array([])
    live = bridge.Live(
        build(
            spec(
                numeric_embedding="fourier",
                fourier=1.0,
                levels=np.array(levels, int),
                members=members,
                # Without kinks few steps will do.
                activation="tanh",
            )
        )
    )
    baseline = {**BASELINE, "shares": shares}
    found = bridge.attributions(live, rows, baseline, np.zeros(5))
    assert found["parts"].shape == (5, 3 + len(levels))
    expected = bridge.predict(live, rows)[:, 0]
    np.testing.assert_allclose(found["value"], expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(
        found["parts"].sum(axis=1), found["value"] - found["start"], atol=2e-4
    )
    assert np.all(np.abs(found["parts"]).max(axis=0) > 1e-3)


@pytest.mark.parametrize("encoding", ["onehot", "embedding"])
def test_a_linear_network_gives_weight_times_distance(encoding):
    rows = block()
    changes = {"activation": "linear", "encoding": encoding}
    live, found = explain(changes, rows)
    model = live.model
    weights = np.eye(9 if encoding == "onehot" else 7)
    for name in ["dense_1", "dense_2", "output"]:
        weights = weights @ np.asarray(model.get_layer(name).kernel)
    weights = weights[:, 0]
    if encoding == "onehot":
        vectors = [np.eye(4), np.eye(2)]
    else:
        vectors = [bridge.vectors(live, column) for column in range(2)]
    shares = np.split(BASELINE["shares"], [4])
    parts = [(rows["numeric"].T - BASELINE["numeric"]) * weights[:3]]
    first = 3
    for column, table in enumerate(vectors):
        # Row 0 of the table is the level that was not known.
        known = np.vstack([np.zeros(table.shape[1]), table])
        away = known[rows["category"][column]] - shares[column] @ table
        last = first + table.shape[1]
        parts.append((away @ weights[first:last])[:, None])
        first = last
    np.testing.assert_allclose(
        found["parts"], np.concatenate(parts, axis=1), rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({"n_numeric": 0}, ["category"]),
        ({"levels": np.array([], int)}, ["numeric"]),
    ],
)
def test_a_kind_of_column_may_be_absent(changes, kept):
    rows = {k: v if k in kept else v[:0] for k, v in block().items()}
    live = bridge.Live(build(spec(**changes)))
    baseline = {
        "numeric": BASELINE["numeric"] if "numeric" in kept else np.array([]),
        "shares": BASELINE["shares"] if "category" in kept else np.array([]),
    }
    found = bridge.attributions(live, rows, baseline, np.zeros(5))
    assert found["parts"].shape == (5, 3 if "numeric" in kept else 2)
    np.testing.assert_allclose(
        found["parts"].sum(axis=1),
        found["value"] - found["start"],
        rtol=1e-4,
        atol=1e-4,
    )


def test_a_row_that_is_the_baseline_has_nothing_to_explain():
    rows = {"numeric": BASELINE["numeric"][:, None]}
    live = bridge.Live(build(spec(levels=np.array([], int))))
    baseline = {"numeric": BASELINE["numeric"], "shares": np.array([])}
    found = bridge.attributions(live, rows, baseline, 0)
    np.testing.assert_allclose(found["parts"], 0, atol=1e-7)
    np.testing.assert_allclose(found["value"], found["start"], rtol=1e-6)


def test_a_map_keeps_groups_together():
    generator = np.random.default_rng(1)
    centers = np.repeat(np.eye(3, 5) * 20, 8, axis=0)
    points = centers + generator.normal(size=centers.shape)
    places = bridge.tsne(points, 4)
    assert places.shape == (24, 2)
    np.testing.assert_array_equal(places, bridge.tsne(points, 4))
    gaps = np.linalg.norm(places[:, None] - places[None], axis=-1)
    np.fill_diagonal(gaps, np.inf)
    np.testing.assert_array_equal(gaps.argmin(axis=1) // 8, np.arange(24) // 8)
