import keras
import numpy as np
import pytest
from sklearn.metrics import log_loss
from sklearn.metrics import mean_pinball_loss

from deeply_backend.training import losses


def test_squared_error():
    value = losses.squared_error(np.float32([1, 2]), np.float32([[3], [2]]))
    np.testing.assert_allclose(np.asarray(value), [4, 0])


@pytest.mark.parametrize("seed", range(5))
def test_binary_crossentropy_is_scikit_learns(seed):
    generator = np.random.default_rng(seed)
    logit = generator.normal(size=50).astype("float32")
    y = generator.integers(0, 2, 50).astype("float32")
    ours = np.mean(losses.binary_crossentropy(y, logit[:, None]))
    theirs = log_loss(y, 1 / (1 + np.exp(-logit.astype("float64"))))
    assert ours == pytest.approx(theirs, rel=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_categorical_crossentropy_is_scikit_learns(seed):
    generator = np.random.default_rng(seed)
    logits = generator.normal(size=(50, 4)).astype("float32")
    y = np.concatenate([np.arange(4), generator.integers(0, 4, 46)])
    ours = np.mean(losses.categorical_crossentropy(y.astype("float32"), logits))
    exp = np.exp(logits.astype("float64"))
    theirs = log_loss(y, exp / exp.sum(1, keepdims=True))
    assert ours == pytest.approx(theirs, rel=1e-5)


def test_huge_logits_stay_finite():
    logit = np.float32([[1e4], [-1e4]])
    value = losses.binary_crossentropy(np.float32([0, 1]), logit)
    np.testing.assert_allclose(np.asarray(value), [1e4, 1e4])
    logits = np.float32([[1e4, -1e4]])
    value = losses.categorical_crossentropy(np.float32([1]), logits)
    np.testing.assert_allclose(np.asarray(value), [2e4])


def smoothed_truth(y, classes, smoothing):
    """Each row's label with `smoothing / classes` for every class."""
    return np.eye(classes)[y] * (1 - smoothing) + smoothing / classes


def expected_log_loss(truth, probability):
    """Mean of scikit-learn's log loss if labels were drawn from `truth`.

    `log_loss()` takes no shares as labels, so each row comes once for each
    class, with the share as its weight.
    """
    n, classes = truth.shape
    return log_loss(
        np.tile(np.arange(classes), n),
        probability.repeat(classes, axis=0),
        sample_weight=truth.ravel(),
    )


@pytest.mark.parametrize("smoothing", [0.05, 0.3, 0.9])
def test_smoothed_binary_crossentropy_is_scikit_learns(smoothing):
    generator = np.random.default_rng(0)
    logit = generator.normal(size=50).astype("float32")
    y = generator.integers(0, 2, 50)
    loss = losses.smoothed(losses.binary_crossentropy, smoothing)
    ours = np.mean(loss(y.astype("float32"), logit[:, None]))
    one = 1 / (1 + np.exp(-logit.astype("float64")))
    theirs = expected_log_loss(
        smoothed_truth(y, 2, smoothing), np.stack([1 - one, one], axis=1)
    )
    assert ours == pytest.approx(theirs, rel=1e-5)


@pytest.mark.parametrize("smoothing", [0.05, 0.3, 0.9])
def test_smoothed_categorical_crossentropy_is_scikit_learns(smoothing):
    generator = np.random.default_rng(0)
    logits = generator.normal(size=(50, 4)).astype("float32")
    y = generator.integers(0, 4, 50)
    loss = losses.smoothed(losses.categorical_crossentropy, smoothing)
    ours = np.mean(loss(y.astype("float32"), logits))
    exp = np.exp(logits.astype("float64"))
    theirs = expected_log_loss(
        smoothed_truth(y, 4, smoothing), exp / exp.sum(1, keepdims=True)
    )
    assert ours == pytest.approx(theirs, rel=1e-5)


def test_two_classes_are_smoothed_alike_by_either_loss():
    generator = np.random.default_rng(0)
    logit = generator.normal(size=20).astype("float32")
    y = generator.integers(0, 2, 20).astype("float32")
    two = np.stack([np.zeros_like(logit), logit], axis=1)
    np.testing.assert_allclose(
        losses.smoothed(losses.binary_crossentropy, 0.2)(y, logit[:, None]),
        losses.smoothed(losses.categorical_crossentropy, 0.2)(y, two),
        rtol=1e-5,
    )


def test_smoothing_is_a_value_a_row():
    y, logits = np.float32([0, 1, 2]), np.zeros((3, 4), "float32")
    smooth = losses.smoothed(losses.categorical_crossentropy, 0.1)
    np.testing.assert_allclose(smooth(y, logits), [np.log(4)] * 3, rtol=1e-6)


@pytest.mark.parametrize("loss", losses.LOSSES.values())
def test_no_smoothing_is_the_loss_itself(loss):
    assert losses.smoothed(loss, 0) is loss
    assert losses.smoothed(loss, 0.0) is loss


def test_squared_error_has_no_labels_to_smooth():
    with pytest.raises(ValueError, match="squared_error"):
        losses.smoothed(losses.squared_error, 0.1)


def test_smoothed_huge_logits_stay_finite():
    logit = np.float32([[1e4], [-1e4]])
    value = losses.smoothed(losses.binary_crossentropy, 0.2)(
        np.float32([0, 1]), logit
    )
    np.testing.assert_allclose(np.asarray(value), [9e3, 9e3])
    value = losses.smoothed(losses.categorical_crossentropy, 0.2)(
        np.float32([1]), np.float32([[1e4, -1e4]])
    )
    np.testing.assert_allclose(np.asarray(value), [1.8e4])


@pytest.mark.parametrize("gamma", [0.5, 1, 2, 5])
def test_focused_binary_crossentropy_is_keras(gamma):
    generator = np.random.default_rng(1)
    logit = 3 * generator.normal(size=(50, 1)).astype("float32")
    y = generator.integers(0, 2, 50).astype("float32")
    ours = losses.focused(losses.binary_crossentropy, gamma)(y, logit)
    theirs = keras.losses.BinaryFocalCrossentropy(
        gamma=gamma, from_logits=True, reduction=None
    )(y[:, None], logit)
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("gamma", [0.5, 1, 2, 5])
def test_focused_categorical_crossentropy_is_the_formula(gamma):
    generator = np.random.default_rng(1)
    logits = generator.normal(size=(50, 4)).astype("float32")
    y = generator.integers(0, 4, 50)
    exp = np.exp(logits.astype("float64"))
    p = (exp / exp.sum(1, keepdims=True))[np.arange(50), y]
    ours = losses.focused(losses.categorical_crossentropy, gamma)(
        y.astype("float32"), logits
    )
    np.testing.assert_allclose(ours, -((1 - p) ** gamma) * np.log(p), rtol=1e-4)


def test_focus_goes_by_the_label_that_is_not_smoothed():
    logit = np.float32([[0.7], [-1.9]])
    y = np.float32([1, 1])
    smooth = losses.smoothed(losses.binary_crossentropy, 0.2)
    both = losses.focused(smooth, 2, losses.binary_crossentropy)(y, logit)
    p = 1 / (1 + np.exp(-logit[:, 0]))
    np.testing.assert_allclose(
        both, (1 - p) ** 2 * np.asarray(smooth(y, logit)), rtol=1e-5
    )


@pytest.mark.parametrize("loss", losses.LOSSES.values())
def test_no_focus_is_the_loss_itself(loss):
    assert losses.focused(loss, 0) is loss


def test_squared_error_has_no_probability_to_focus_by():
    with pytest.raises(ValueError, match="squared_error"):
        losses.focused(losses.squared_error, 2)


def test_focused_huge_logits_stay_finite():
    loss = losses.focused(losses.binary_crossentropy, 2)
    value = loss(np.float32([0, 1, 1]), np.float32([[1e4], [-1e4], [1e4]]))
    np.testing.assert_allclose(value, [1e4, 1e4, 0], atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_pinball_is_scikit_learns(seed):
    generator = np.random.default_rng(seed)
    levels = [0.05, 0.3, 0.5, 0.9]
    y = generator.normal(size=50).astype("float32")
    output = generator.normal(size=(50, 4)).astype("float32")
    ours = np.mean(losses.pinball(levels)(y, output))
    theirs = np.mean(
        [
            mean_pinball_loss(y, output[:, i], alpha=level)
            for i, level in enumerate(levels)
        ]
    )
    assert ours == pytest.approx(theirs, rel=1e-5)


def test_pinball_is_a_value_a_row():
    value = losses.pinball([0.1, 0.8])(
        np.float32([1, 4]), np.float32([[0, 3], [4, 4]])
    )
    np.testing.assert_allclose(value, [(0.1 + 0.4) / 2, 0], rtol=1e-6)


def test_a_spec_names_its_loss():
    named = {"loss": "binary_crossentropy"}
    assert losses.loss_of(named) is losses.binary_crossentropy
    quantiles = losses.loss_of({"loss": "pinball", "quantile_levels": [0.25]})
    np.testing.assert_allclose(
        quantiles(np.float32([2]), np.float32([[0]])), [0.5]
    )
    with pytest.raises(ValueError, match="pinball_loss has none"):
        losses.smoothed(quantiles, 0.1)
    with pytest.raises(ValueError, match="pinball_loss has none"):
        losses.focused(quantiles, 2)


@pytest.mark.parametrize("name", sorted(losses.LOSSES))
def test_members_have_the_mean_of_their_losses(name):
    generator = np.random.default_rng(8)
    loss = losses.LOSSES[name]
    y = generator.integers(0, 2, 6).astype("float32")
    outputs = generator.normal(size=(6, 4, 3)).astype("float32")
    expected = np.mean(
        [np.asarray(loss(y, outputs[:, member])) for member in range(4)], axis=0
    )
    by_member = losses.by_member(loss)
    np.testing.assert_allclose(by_member(y, outputs), expected, rtol=1e-5)
    np.testing.assert_array_equal(
        by_member(y, outputs[:, 0]), loss(y, outputs[:, 0])
    )


RANKING = {
    "bpr": lambda own, others: np.mean(
        np.log1p(np.exp(others - own[:, None])), axis=1
    ),
    "sampled_softmax": lambda own, others: (
        np.log(np.exp(own) + np.exp(others).sum(axis=1)) - own
    ),
}


@pytest.mark.parametrize("name", RANKING)
def test_ranking_losses_are_their_formulas(name):
    scores = np.random.default_rng(0).normal(size=(7, 5)).astype("float32")
    y = np.ones(7, "float32")
    found = np.asarray(losses.ITEM_LOSSES[name](y, scores))
    expected = RANKING[name](scores[:, 0].astype(float), scores[:, 1:])
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    # One that never can be ahead costs nothing, but in the mean.
    with_never = np.append(scores, np.full((7, 1), -1e9, "float32"), axis=1)
    share = 4 / 5 if name == "bpr" else 1
    np.testing.assert_allclose(
        np.asarray(losses.ITEM_LOSSES[name](y, with_never)),
        share * expected,
        rtol=1e-5,
    )


@pytest.mark.parametrize("name", RANKING)
def test_ranking_losses_of_huge_scores_are_finite(name):
    loss = losses.ITEM_LOSSES[name]
    scores = np.float32([[1e4, -1e4], [-1e4, 1e4], [0, -1e9]])
    found = np.asarray(loss(np.ones(3, "float32"), scores))
    np.testing.assert_allclose(found, [0, 2e4, 0])
