import keras
import pytest

from deeply_backend.models import squeezenet


def test_has_the_layers_and_parameters_of_version_1_1():
    model = squeezenet.build(227, 227)
    convolutions = [x for x in model.layers if hasattr(x, "kernel_size")]
    assert len(convolutions) == 25
    # The authors' 1,235,496 without conv10: 512 x 1000 + 1000.
    assert model.count_params() == 1_235_496 - 513_000
    sides = {
        layer.name: layer.output.shape[1]
        for layer in model.layers
        if isinstance(layer, keras.layers.MaxPooling2D)
    }
    assert sides == {"pool1": 56, "pool3": 27, "pool5": 13}
    assert model.output.shape[1:] == (13, 13, 512)


def test_takes_any_size_if_none_is_said():
    assert squeezenet.build().input.shape[1:] == (None, None, 3)
    with pytest.raises(ValueError, match="negative"):
        squeezenet.build(16, 16)
