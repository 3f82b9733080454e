import keras
import numpy as np
import pytest
from keras import ops
from scipy import integrate
from scipy import stats

from deeply_backend.layers import coding


def test_divergence_is_the_integral_it_stands_for():
    means, log_variances = [0.0, 1.5, -0.4], [0.0, -1.2, 0.9]
    wanted = 0.0
    for mean, log_variance in zip(means, log_variances, strict=True):
        own = stats.norm(mean, np.exp(log_variance / 2))

        def density(x, own=own):
            return own.pdf(x) * (own.logpdf(x) - stats.norm.logpdf(x))

        wanted += integrate.quad(density, -15, 15)[0]
    found = coding.divergence(
        np.float32([means, [0, 0, 0]]), np.float32([log_variances, [0, 0, 0]])
    )
    np.testing.assert_allclose(
        ops.convert_to_numpy(found), [[wanted], [0]], rtol=1e-5, atol=1e-6
    )


def test_codes_are_drawn_from_the_distribution_given():
    layer = coding.Draw(seed=3)
    code = np.float32([[2.0, -1.0, np.log(0.25), np.log(4.0)]])
    drawn = ops.convert_to_numpy(layer(np.repeat(code, 20_000, axis=0)))
    np.testing.assert_allclose(drawn.mean(axis=0), [2, -1], atol=0.05)
    np.testing.assert_allclose(drawn.std(axis=0), [0.5, 2], rtol=0.03)
    assert abs(np.corrcoef(drawn.T)[0, 1]) < 0.03


def test_a_bound_is_error_and_weighed_divergence():
    code = np.float32([[1.0, 0.0, 0.0, 0.0]])
    found = coding.Bound(beta=4)([np.float32([[3.0]]), code])
    np.testing.assert_allclose(ops.convert_to_numpy(found), [[3 + 4 / 2]])


def test_a_share_is_hidden_and_only_while_training():
    layer = coding.Hide(0.3, empty=-1, seed=1)
    x = np.ones((200, 6, 5, 3), "float32")
    hidden = ops.convert_to_numpy(layer(x, training=True))
    # All channels of a pixel together.
    assert (hidden.min(axis=3) == hidden.max(axis=3)).all()
    assert np.mean(hidden == -1) == pytest.approx(0.3, abs=0.03)
    np.testing.assert_array_equal(ops.convert_to_numpy(layer(x)), x)
    codes = np.ones((500, 2), "int32")
    hidden = coding.Hide(0.5, seed=1)(codes, training=True)
    hidden = ops.convert_to_numpy(hidden)
    assert set(np.unique(hidden)) == {0, 1}


def test_plain_error_of_images_is_that_of_pixels_from_0_to_1():
    random = np.random.default_rng(2)
    true, made = random.uniform(size=(2, 4, 3, 3, 1)).astype("float32")
    found = coding.ImageError()([2 * true - 1, 2 * made - 1])
    wanted = np.square(true - made).mean(axis=(1, 2, 3))
    np.testing.assert_allclose(
        ops.convert_to_numpy(found)[:, 0], wanted, rtol=1e-4
    )


@pytest.mark.parametrize("sigma", [0.02, 0.15, 0.6])
def test_likelihood_of_images_is_that_of_256_shades(sigma):
    layer = coding.ImageError(likelihood=True)
    layer.build([(None, 2, 2, 1)] * 2)
    weight = (np.log(sigma * 255) - np.log(255)) / coding.GAIN
    layer.log_sigma.assign(weight)
    assert layer.sigma() == pytest.approx(sigma, rel=1e-4)
    true = np.float32([0.2, 0.4, 0.9, 0.5]).reshape(1, 2, 2, 1)
    made = np.float32([0.25, 0.3, 0.8, 0.5]).reshape(1, 2, 2, 1)
    # The probability of a shade is the density times its width.
    wanted = -np.sum(stats.norm(made, sigma).logpdf(true) + np.log(1 / 255))
    found = layer([2 * true - 1, 2 * made - 1])
    assert float(ops.convert_to_numpy(found)[0, 0]) == pytest.approx(
        wanted, rel=1e-4
    )


def table_error(likelihood=False):
    # Two numbers, the first with an indicator behind it; two categories.
    layer = coding.TableError([2, 0, 0], [2, 3], likelihood)
    rows = {
        "numeric": np.float32([[0.5, 0, 1.0], [0.0, 1, -2.0]]),
        "category": np.int32([[2, 1], [1, 0]]),
        "made": np.float32(
            [
                [0.2, -1.0, 1.5, 0.3, 0.9, 1.0, 0.0, -1.0],
                [0.7, 2.0, -1.0, 0.1, -0.4, 0.2, 0.3, 0.4],
            ]
        ),
    }
    return layer, rows


def test_error_of_a_table_goes_by_the_kind_of_its_columns():
    layer, rows = table_error()
    found = ops.convert_to_numpy(layer(rows))[:, 0]
    made = rows["made"].astype("float64")
    p = 1 / (1 + np.exp(-made[:, 1]))

    def cross(logits, own):
        return np.log(np.exp(logits).sum()) - logits[own]

    # A number that was missing costs nothing, nor does an unknown level.
    first = [0.3**2, 0.5**2, -np.log(1 - p[0])]
    first += [cross(made[0, 3:5], 1), cross(made[0, 5:8], 0)]
    second = [0, 1.0, -np.log(p[1]), cross(made[1, 3:5], 0), 0]
    np.testing.assert_allclose(
        found, [np.mean(first), np.mean(second)], rtol=1e-5
    )


def test_likelihood_of_a_table_has_a_sigma_a_column():
    layer, rows = table_error(likelihood=True)
    layer(rows)
    sigma = np.array([0.5, 0.1])
    layer.log_sigma.assign(np.log(sigma) / coding.GAIN)
    np.testing.assert_allclose(layer.sigma(), sigma, rtol=1e-4)
    both = ops.convert_to_numpy(layer(rows))[:, 0]
    # What is not a number costs the same as without a likelihood.
    plain, _ = table_error()
    rest = 5 * ops.convert_to_numpy(plain(rows))[:, 0]
    rest = rest - np.array([0.3**2 + 0.5**2, 1.0])
    grain = np.log(layer.GRAIN)
    first = stats.norm([0.2, 1.5], sigma).logpdf([0.5, 1.0]) + grain
    second = stats.norm(-1.0, 0.1).logpdf(-2.0) + grain
    wanted = rest - np.array([first.sum(), second])
    np.testing.assert_allclose(both, wanted, rtol=1e-4)


@pytest.mark.parametrize(
    "layer",
    [
        coding.Hide(0.2, -1),
        coding.Draw(seed=2),
        coding.Bound(3),
        coding.ImageError(True),
        coding.TableError([2, 0], [3], True),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_layers_are_rebuilt_from_their_config(layer):
    again = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(layer)
    )
    assert again.get_config() == layer.get_config()
