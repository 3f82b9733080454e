import keras
import numpy as np
import pytest
from scipy import special

from deeply_backend.layers.members import MemberDense
from deeply_backend.layers.members import MemberMean
from deeply_backend.layers.members import Members

ROWS = np.float32([[1, -2, 3], [0.5, 0, -1]])
LOGITS = np.float32([[[2, -1, 0.5], [0, 3, 1]], [[-40, 1, 60], [90, -90, 0]]])


def test_members_begin_as_signs_that_differ():
    keras.utils.set_random_seed(3)
    layer = Members(64)
    out = np.asarray(layer(ROWS))
    scale = np.asarray(layer.scale)
    assert set(np.unique(scale)) == {-1, 1}
    assert abs(scale.mean()) < 0.3
    np.testing.assert_array_equal(out, ROWS[:, None, :] * scale)


def test_each_member_has_a_dense_layer():
    layer = MemberDense(2)
    x = np.random.default_rng(1).normal(size=(5, 4, 3)).astype("float32")
    layer.build((None, 4, 3))
    layer.bias.assign(np.arange(8).reshape(4, 2))
    out = np.asarray(layer(x))
    for member in range(4):
        expected = x[:, member] @ np.asarray(layer.kernel)[member] + [
            2 * member,
            2 * member + 1,
        ]
        np.testing.assert_allclose(out[:, member], expected, rtol=1e-5)


def test_kernels_begin_as_wide_as_their_inputs_ask():
    layer = MemberDense(50)
    layer.build((None, 20, 64))
    kernel = np.asarray(layer.kernel)
    assert np.abs(kernel).max() <= 64**-0.5
    assert kernel.std() == pytest.approx((3 * 64) ** -0.5, rel=0.02)


def test_the_mean_is_of_probabilities():
    plain = LOGITS[:1]
    logit = np.asarray(MemberMean("logit")(plain))
    np.testing.assert_allclose(
        special.expit(logit), special.expit(plain).mean(axis=1), rtol=1e-6
    )
    log_prob = np.asarray(MemberMean("softmax")(plain))
    expected = special.softmax(plain, axis=-1).mean(axis=1)
    np.testing.assert_allclose(np.exp(log_prob), expected, rtol=1e-6)
    value = np.asarray(MemberMean("value")(LOGITS))
    np.testing.assert_allclose(value, LOGITS.mean(axis=1), rtol=1e-6)


@pytest.mark.parametrize("of", ["logit", "softmax"])
def test_logits_however_large_give_numbers(of):
    out = np.asarray(MemberMean(of)(LOGITS))
    assert np.isfinite(out).all()


def test_members_go_their_own_way_while_training():
    layer = MemberMean("logit")
    np.testing.assert_array_equal(layer(LOGITS, training=True), LOGITS)


def test_survives_saving(tmp_path):
    inputs = keras.Input((3,))
    x = MemberDense(2, keras.regularizers.L2(0.1))(Members(4)(inputs))
    model = keras.Model(inputs, MemberMean("softmax")(x))
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again(ROWS), model(ROWS))
    assert again.output_shape == (None, 2)
    assert len(again.losses) == 1
