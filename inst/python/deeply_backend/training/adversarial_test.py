import functools

import keras
import numpy as np
import pytest
from keras import ops

from deeply_backend.data.rows import Rows
from deeply_backend.judge import frechet
from deeply_backend.models import gan
from deeply_backend.models.gan_test import DCGAN
from deeply_backend.models.gan_test import WASSERSTEIN
from deeply_backend.models.gan_test import batch
from deeply_backend.models.gan_test import spec
from deeply_backend.training import adversarial
from deeply_backend.training import engine as engines
from deeply_backend.training.plan import Plan
from deeply_backend.training.train import train

FORMS = {"resize": {}, "dcgan": DCGAN, "wasserstein": WASSERSTEIN}


def make_engine(asked, optimizer=None, seed=1):
    keras.utils.set_random_seed(seed)
    model = gan.build(asked)
    return engines.Engine(
        model,
        adversarial.discriminator_loss(asked),
        optimizer or {"name": "sgd"},
        planned_steps=1,
        make_step=functools.partial(adversarial.AdversarialStep, asked),
    )


def step_once(engine, inputs, rate=0.1):
    """How far each variable went, of the generator and the discriminator."""
    n = len(inputs["image"])
    data = engine.place(inputs, np.zeros(n, "float32"), np.ones(n, "float32"))
    before = engine.current_weights()[0]
    index = np.arange(n, dtype="int32").reshape(1, 1, n)
    engine.steps(data, index, np.float32([rate]), 0, 1)
    after = engine.current_weights()[0]
    moved = [b - a for a, b in zip(before, after, strict=True)]
    judges = engine.step.judges
    return (
        [x for x, j in zip(moved, judges, strict=True) if not j],
        [x for x, j in zip(moved, judges, strict=True) if j],
    )


def assert_same(one, other, **near):
    for a, b in zip(one, other, strict=True):
        np.testing.assert_allclose(a, b, **{"rtol": 1e-4, "atol": 1e-6, **near})


def test_each_network_learns_from_its_own_loss_alone(monkeypatch):
    loss, tricked, right = adversarial.GAMES["relativistic"]
    plain = step_once(make_engine(spec()), batch())
    # The generator's loss counts threefold: no step of the discriminator's
    # changes by a bit, and all steps of the generator's are three times as far.
    monkeypatch.setitem(
        adversarial.GAMES,
        "relativistic",
        (loss, lambda real, made: 3 * tricked(real, made), right),
    )
    generator, discriminator = step_once(make_engine(spec()), batch())
    assert_same(discriminator, plain[1], rtol=1e-6, atol=0)
    assert_same(generator, [3 * x for x in plain[0]])
    # And the other way round.
    monkeypatch.setitem(
        adversarial.GAMES,
        "relativistic",
        (lambda real, made: 2 * loss(real, made), tricked, right),
    )
    asked = spec(slope_penalty=2.0)
    generator, discriminator = step_once(make_engine(asked), batch())
    assert_same(generator, plain[0], rtol=1e-6, atol=0)
    assert_same(discriminator, [2 * x for x in plain[1]])
    # What is added to all that the discriminator says plays no part.
    assert discriminator[-1].shape == (1,)
    moved = generator + discriminator[:-1]
    assert all(np.abs(x).max() > 0 for x in moved)


def test_steps_go_down_the_gradients_of_the_two_losses():
    asked = spec(near=0, game="logistic", dropout=0)
    engine = make_engine(asked)
    values, fixed = (list(map(np.array, x)) for x in engine.current_weights())
    inputs = batch(4)
    n = len(values)

    def losses(changed):
        output, _ = engine.model.stateless_call(
            changed, fixed, inputs, training=True
        )
        real, made = np.asarray(output, "float64").reshape(2, -1)
        judge = np.mean(np.logaddexp(0, -real) + np.logaddexp(0, made))
        return np.mean(np.logaddexp(0, -made)), judge

    def slope(position, place, which):
        found = []
        # Small, as values have kinks where they are cut.
        for way in (-1, 1):
            changed = [np.array(x) for x in values]
            changed[position][place] += way * 2e-4
            found.append(losses(changed)[which])
        return (found[1] - found[0]) / 4e-4

    judges = engine.step.judges
    generator, discriminator = step_once(engine, inputs, rate=1)
    moved = {True: iter(discriminator), False: iter(generator)}
    for position in range(n):
        step = next(moved[judges[position]])
        place = np.unravel_index(np.abs(step).argmax(), step.shape)
        wanted = -slope(position, place, int(judges[position]))
        assert step[place] == pytest.approx(wanted, rel=0.02, abs=1e-3)


def test_the_two_time_scales_are_of_the_generator():
    plain = step_once(make_engine(spec()), batch())
    slow = step_once(make_engine(spec(two_times=0.25)), batch())
    assert_same(slow[0], [x / 4 for x in plain[0]])
    assert_same(slow[1], plain[1])


def test_what_slopes_cost_is_their_mean_square():
    # A discriminator that is linear has the same slope everywhere.
    said = np.float32([[1.0, 0.2], [-0.5, 0.1], [1.3, 0.0], [-0.4, 0.4]])
    loss = adversarial.discriminator_loss(spec(near=0.1, slope_penalty=3))
    rise = (said[2:] - said[:2]) / 0.1
    wanted = np.logaddexp(0, said[1] - said[0]) + 1.5 * (rise**2).sum(axis=0)
    found = ops.convert_to_numpy(loss(np.zeros(2), said.reshape(8, 1)))
    np.testing.assert_allclose(found, wanted, rtol=1e-5)


def test_what_is_misnamed_is_the_cross_entropy_of_the_classes():
    asked = spec(classes=3, naming=0.5, near=0, game="logistic")
    random = np.random.default_rng(6)
    output, y = random.normal(size=(4, 4)).astype("float32"), np.float32([2, 0])
    found = adversarial.discriminator_loss(asked)(y, output)
    said = output[:, 0].reshape(2, 2)
    names = np.exp(output[:2, 1:])
    names /= names.sum(axis=1, keepdims=True)
    wanted = np.logaddexp(0, -said[0]) + np.logaddexp(0, said[1])
    wanted -= 0.5 * np.log([names[0, 2], names[1, 0]])
    np.testing.assert_allclose(ops.convert_to_numpy(found), wanted, rtol=1e-5)


def test_a_generator_learns_to_be_called_by_its_class():
    inputs = batch(6, classes=3)
    moved = [
        step_once(make_engine(spec(classes=3, naming=weight)), inputs)[0]
        for weight in (0.0, 1.0)
    ]
    changed = [np.abs(a - b).max() for a, b in zip(*moved, strict=True)]
    assert min(changed) > 0


def test_slopes_are_to_be_one():
    asked = spec(**WASSERSTEIN)
    step = make_engine(asked).step
    # In place of the discriminator one that is linear, and so has one slope.
    weights = np.random.default_rng(7).normal(size=64).astype("float32")
    slope = np.sqrt(np.square(weights).sum())

    def linear(part, values, fixed, inputs):
        flat = ops.reshape(inputs["image"], (-1, 64))
        return ops.matmul(flat, weights[:, None]), fixed

    step._call = linear
    seen = np.random.default_rng(8).normal(size=(8, 8, 8, 1)).astype("float32")
    seen = {"image": ops.convert_to_tensor(seen)}
    cost = step._off_unit([], [], seen, np.zeros(4, "float32"))
    wanted = np.full(4, (slope - 1) ** 2)
    np.testing.assert_allclose(ops.convert_to_numpy(cost), wanted, rtol=1e-4)


@pytest.mark.parametrize(
    ("game", "wanted"),
    [
        # Of real 2, -1 and made -3, 1: formulas of the papers.
        ("logistic", (np.logaddexp(0, [-2, 1]) + np.logaddexp(0, [-3, 1]))),
        ("relativistic", np.logaddexp(0, [-5, 2])),
        ("wasserstein", np.array([-5, 2])),
    ],
)
def test_games_are_those_of_the_papers(game, wanted):
    loss, tricked, right = adversarial.GAMES[game]
    real, made = np.float32([2, -1]), np.float32([-3, 1])
    np.testing.assert_allclose(loss(real, made), wanted, rtol=1e-5)
    np.testing.assert_array_equal(right(real, made), [1, 0])
    # To trick is to make the discriminator's loss larger.
    higher = made + np.float32(0.5)
    rise = np.asarray(loss(real, higher)) - np.asarray(loss(real, made))
    fall = np.asarray(tricked(real, made)) - np.asarray(tricked(real, higher))
    assert (rise >= 0).all() and rise.max() > 0 and (fall > 0).all()


def bars(n=256, seed=3):
    """Images with a light left or a light right half."""
    random = np.random.default_rng(seed)
    x = np.full((n, 8, 8), 40.0)
    left = random.uniform(size=n) < 0.5
    x[left, :, :4], x[~left, :, 4:] = 210, 210
    x += random.normal(scale=8, size=x.shape)
    return np.clip(x, 0, 255).astype("uint8").reshape(n, 64)


def filled(x):
    rows = Rows(len(x), {"image": x.shape[1], "y": 1, "weights": 1})
    one = np.ones((1, len(x)))
    rows.write(0, {"image": x.T, "y": 0 * one, "weights": one})
    return rows


def plan(epochs=40, **changes):
    return Plan(
        epochs=epochs,
        batch_size=32,
        patience=np.inf,
        seed=4,
        learn_rate=0.003,
        **changes,
    )


def keep_last(model):
    return np.nan


def made_by(model, n=200):
    noise = np.random.default_rng(8).normal(size=(n, 3)).astype("float32")
    images = model.get_layer("generator")({"noise": noise})
    return ops.convert_to_numpy(images).reshape(n, -1)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_toy_images_are_learned(form):
    asked = spec(
        generator_filters=[16, 12], discriminator_filters=[16, 32], **form
    )
    asked["optimizer"] = {"name": "adam", "beta_1": 0.5, "ema": 0.99}
    x = bars()
    found = train(
        asked, filled(x), 256, plan(), lambda event: False, judge=keep_last
    )
    real = x / 127.5 - 1
    keras.utils.set_random_seed(4)
    before = frechet.frechet(made_by(gan.build(asked)), real)
    made = made_by(found["model"])
    assert frechet.frechet(made, real) < 0.2 * before
    # Both kinds, and hardly anything between them.
    halves = made.reshape(-1, 8, 2, 4).mean(axis=(1, 3))
    lead = halves[:, 0] - halves[:, 1]
    assert 0.25 < np.mean(lead > 0) < 0.75
    assert np.mean(np.abs(lead) > 0.6) > 0.65
    history = found["history"]
    assert len(history["generator_loss"]) == 40
    accuracy = np.array(history["discriminator_accuracy"])
    assert ((accuracy >= 0) & (accuracy <= 1)).all()


class Judge:
    """Remembers how often it was asked."""

    def __init__(self):
        self.asked = 0

    def __call__(self, model):
        self.asked += 1
        score = float(np.abs(made_by(model, 8)).mean())
        return {"val_loss": score, "diversity": float(self.asked)}

    def state(self):
        return self.asked

    def restore(self, asked):
        self.asked = asked


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_run_that_was_cut_short_ends_with_the_same_bits(form, tmp_path):
    asked = spec(shift=0.1, cover=0.2, **form)
    asked["optimizer"] = {"name": "adam", "beta_1": 0.5, "ema": 0.99}
    x = bars(96)
    whole = train(
        asked, filled(x), 96, plan(4), lambda event: False, judge=Judge()
    )
    where = {"checkpoint": str(tmp_path), "checkpoint_epochs": 1}
    train(
        asked,
        filled(x),
        96,
        plan(4, **where),
        lambda event: event["epoch"] == 2 and event["share"] == 1,
        judge=Judge(),
    )
    again = train(
        asked,
        filled(x),
        96,
        plan(4, resume=True, **where),
        lambda event: False,
        judge=Judge(),
    )
    for name in ("loss", "generator_loss", "val_loss", "diversity"):
        assert again["history"][name] == whole["history"][name]
    assert again["history"]["diversity"] == [1, 2, 3, 4]
    for one, other in zip(
        whole["model"].weights, again["model"].weights, strict=True
    ):
        np.testing.assert_array_equal(
            ops.convert_to_numpy(one), ops.convert_to_numpy(other)
        )


def test_findings_name_the_epoch_from_which_on():
    nan = float("nan")
    fine = {"discriminator_accuracy": [0.99, 0.7, 0.98, 0.8]}
    assert adversarial.examine(fine) == []
    strong = {"discriminator_accuracy": [0.7, 0.98, 0.99]}
    assert adversarial.examine(strong) == [
        {"kind": "too_strong", "epoch": 2, "value": 0.99}
    ]
    collapsed = {
        "discriminator_accuracy": [0.7] * 5,
        "diversity": [0.9, nan, 0.3, nan, 0.1],
    }
    assert adversarial.examine(collapsed) == [
        {"kind": "collapsed", "epoch": 3, "value": 0.1}
    ]
    assert adversarial.examine({**collapsed, "diversity": [nan] * 5}) == []
