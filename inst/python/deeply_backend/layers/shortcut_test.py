import numpy as np

from deeply_backend.layers.shortcut import Shortcut


def test_every_other_pixel_and_maps_of_zeros():
    x = np.random.default_rng(0).normal(size=(2, 5, 4, 3)).astype("float32")
    layer = Shortcut(7, strides=2)
    found = np.asarray(layer(x))
    assert found.shape == layer.compute_output_shape(x.shape)
    np.testing.assert_array_equal(found[..., :3], x[:, ::2, ::2])
    assert not found[..., 3:].any()
