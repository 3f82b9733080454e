import keras
import numpy as np
import pytest
from sklearn.decomposition import PCA

from deeply_backend import bridge
from deeply_backend import bridge_coder
from deeply_backend.data.rows import Rows
from deeply_backend.models import coder
from deeply_backend.models import stored
from deeply_backend.training.plan import Plan
from deeply_backend.training.train import train

COMMON = {
    "model": "coder",
    "loss": "own",
    "mixed_precision": False,
    "label_smoothing": 0,
    "focal_gamma": 0,
    "optimizer": {"name": "adam"},
    "code_units": 3,
    "variational": False,
    "beta": 1.0,
    "noise": 0,
}


def of_images(**changes):
    return {
        **COMMON,
        "shape": [16, 12, 1],
        "encoder_filters": [4],
        "generator_filters": [4, 3],
        **changes,
    }


def of_table(**changes):
    return {
        **COMMON,
        "n_numeric": 4,
        "flags": [2, 0, 0, 0],
        "levels": [2, 3],
        "hidden_units": [8, 6],
        "activation": "relu",
        **changes,
    }


def images(n=5, pixels=192, seed=1):
    random = np.random.default_rng(seed)
    return {"image": random.integers(0, 256, (n, pixels)).astype("uint8")}


def table(n=5, seed=1):
    random = np.random.default_rng(seed)
    numeric = random.normal(size=(n, 4)).astype("float32")
    numeric[:, 1] = random.uniform(size=n) < 0.3
    levels = [random.integers(0, size + 1, n) for size in (2, 3)]
    return {"numeric": numeric, "category": np.stack(levels, 1).astype("int32")}


KINDS = pytest.mark.parametrize(
    ("spec", "rows"),
    [(of_images, images), (of_table, table)],
    ids=["images", "table"],
)


@KINDS
@pytest.mark.parametrize("variational", [False, True])
def test_a_model_gives_what_each_row_costs_and_lasts(spec, rows, variational):
    model = coder.build(spec(variational=variational, noise=0.2))
    assert model.output.shape == (None, 1)
    code = model.get_layer("encoder").output
    assert code.shape == (None, 6 if variational else 3)
    again = stored.from_bytes(stored.to_bytes(model))
    costs = [bridge_coder.Coder(m).cost(rows()) for m in (model, again)]
    np.testing.assert_array_equal(*costs)
    assert costs[0].shape == (5,) and (costs[0] > 0).all()
    # A row costs the same by itself.
    alone = {k: x[2:3] for k, x in rows().items()}
    cost = bridge_coder.Coder(model).cost(alone)
    np.testing.assert_allclose(cost, costs[0][2:3], rtol=1e-4)


@pytest.mark.parametrize("shape", [(28, 28, 1), (17, 50, 3), (128, 16, 1)])
def test_images_come_back_in_their_shape(shape):
    asked = of_images(
        shape=shape, encoder_filters=[4, 5, 6], generator_filters=[6, 5, 4, 3]
    )
    model = coder.build(asked)
    assert model.get_layer("generator").output.shape == (None, *shape)


def test_the_bound_is_that_of_its_parts():
    model = coder.build(of_table(variational=True))
    coded, rows = bridge_coder.Coder(model), table(7)
    found = keras.ops.convert_to_numpy(model.get_layer("encoder")(rows))
    mean, log_variance = found[:, :3], found[:, 3:]
    divergence = (mean**2 + np.exp(log_variance) - 1 - log_variance) / 2
    noise = np.random.default_rng(1).normal(size=(4, 3))
    errors = []
    for draw in np.concatenate([noise, -noise]):
        code = mean + np.exp(log_variance / 2) * draw.astype("float32")
        made = model.get_layer("generator")({"noise": code})
        error = model.get_layer("error")({**rows, "made": made})
        errors.append(keras.ops.convert_to_numpy(error)[:, 0])
    wanted = np.mean(errors, axis=0) + divergence.sum(axis=1)
    np.testing.assert_allclose(coded.cost(rows), wanted, rtol=1e-4)


def filled(inputs):
    n = len(next(iter(inputs.values())))
    widths = {k: x.shape[1] for k, x in inputs.items()}
    rows = Rows(n, {**widths, "y": 1, "weights": 1})
    one = np.ones((1, n))
    blocks = {k: x.T for k, x in inputs.items()}
    rows.write(0, {**blocks, "y": 0 * one, "weights": one})
    return rows


def plan(epochs, **changes):
    asked = {"batch_size": 32, "patience": np.inf, "seed": 4}
    return Plan(epochs=epochs, learn_rate=0.003, **{**asked, **changes})


def test_a_linear_autoencoder_comes_near_to_pca():
    random = np.random.default_rng(2)
    x = random.normal(size=(600, 4)) @ random.normal(size=(4, 10))
    x = (x + 0.3 * random.normal(size=x.shape)).astype("float32")
    asked = of_table(
        n_numeric=10,
        flags=[0] * 10,
        levels=[],
        hidden_units=[],
        activation="linear",
    )
    found = train(
        asked, filled({"numeric": x}), 500, plan(200), lambda e: False
    )
    coded = bridge_coder.Coder(found["model"])
    inputs = {"numeric": x[:500]}
    back = coded.decode(coded.codes(inputs))
    pca = PCA(3).fit(x[:500])
    best = pca.inverse_transform(pca.transform(x[:500]))
    errors = [np.square(x[:500] - made).mean() for made in (back, best)]
    # No linear map of three numbers is better than PCA.
    assert errors[1] * 0.9999 < errors[0] < errors[1] * 1.03
    assert found["findings"] == []


def test_sigma_becomes_that_of_what_is_left():
    random = np.random.default_rng(3)
    x = random.normal(size=(800, 1)) @ np.ones((1, 6))
    x = (x + 0.2 * random.normal(size=x.shape)).astype("float32")
    asked = of_table(
        n_numeric=6,
        flags=[0] * 6,
        levels=[],
        hidden_units=[16],
        variational=True,
        code_units=1,
    )
    found = train(asked, filled({"numeric": x}), 800, plan(80), lambda e: False)
    sigma = found["model"].get_layer("error").sigma()
    np.testing.assert_allclose(sigma, 0.2, rtol=0.15)
    assert found["findings"] == []


@KINDS
def test_a_run_that_was_cut_short_ends_with_the_same_bits(spec, rows, tmp_path):
    asked, x = spec(variational=True, noise=0.1), rows(96)
    where = {"checkpoint": str(tmp_path), "checkpoint_epochs": 1}
    whole = train(asked, filled(x), 80, plan(4), lambda event: False)
    train(
        asked,
        filled(x),
        80,
        plan(4, **where),
        lambda event: event["epoch"] == 2 and event["share"] == 1,
    )
    again = train(
        asked,
        filled(x),
        80,
        plan(4, resume=True, **where),
        lambda event: False,
    )
    for name in ("loss", "val_loss"):
        assert again["history"][name] == whole["history"][name]
    for one, other in zip(
        whole["model"].weights, again["model"].weights, strict=True
    ):
        np.testing.assert_array_equal(
            keras.ops.convert_to_numpy(one), keras.ops.convert_to_numpy(other)
        )


def test_the_mean_is_judged_as_the_formula_says():
    x = table(60)
    data = filled(x)
    handle = bridge.Live(coder.build(of_table()))
    columns = {"levels": [2, 3], "flags": [2, 0, 0, 0]}
    learned = bridge_coder.coder_axes(data, 40, 2, columns, 1)
    found = bridge_coder.coder_judge_rows(
        handle, data, 40, 20, learned, columns
    )
    numeric, known = x["numeric"], x["numeric"][40:, 1] == 0
    off = numeric[40:] - numeric[:40].mean(axis=0)
    squares = np.concatenate([off[known, 0], off[:, 2], off[:, 3]]) ** 2
    assert found["mean"]["rmse"] == pytest.approx(np.sqrt(squares.mean()))
    hits = []
    for column, size in enumerate((2, 3)):
        counts = np.bincount(x["category"][:40, column], minlength=size + 1)
        own = x["category"][40:, column]
        hits.append((own == counts[1:].argmax() + 1)[own > 0])
    assert found["mean"]["accuracy"] == pytest.approx(
        np.concatenate(hits).mean()
    )
