import keras
import pytest

from deeply_backend.models.cnn import build
from deeply_backend.models.cnn_test import spec
from deeply_backend.models.mlp import build as build_mlp
from deeply_backend.models.mlp_test import spec as mlp_spec
from deeply_backend.training import convolutions


def test_a_network_for_tables_takes_all_rows_at_once():
    model = build_mlp(mlp_spec())
    assert not convolutions.convolves(model)
    assert convolutions.rows_at_once(model, 65_536) == 65_536


@pytest.mark.parametrize("nested", [False, True])
def test_a_network_for_images_takes_what_its_largest_layer_allows(nested):
    model = build(spec(filters=[40, 6]))
    if nested:
        image = keras.Input((120,), dtype="uint8")
        model = keras.Model(image, model({"image": image}))
    assert convolutions.convolves(model)
    # 12 x 10 pixels, 40 maps.
    most = convolutions.MOST_VALUES // 4800
    assert convolutions.rows_at_once(model, 65_536) == most
    assert convolutions.rows_at_once(model, 7) == 7
    # All layers hold more than the largest alone.
    assert convolutions.rows_at_once(model, 65_536, held=True) < most
