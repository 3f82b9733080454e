import numpy as np
import pytest
from sklearn.metrics import log_loss

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
