"""From the bytes of an image to what a borrowed network was trained on."""

import keras
from keras import ops

from deeply_backend.layers.pixels import Pixels


@keras.saving.register_keras_serializable(package="deeply")
class BorrowedPixels(Pixels):
    """Bytes scaled as somebody else has scaled them.

    Args:
        reverse: Whether channels come in the order blue, green, red.
        **kwargs: See `Pixels`.

    Input shape:
        `(batch, height * width * channels)` uint8.

    Output shape:
        `(batch, height, width, channels)` float.
    """

    def __init__(self, *args, reverse=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.reverse = bool(reverse)

    def call(self, inputs):
        """Scales, folds and turns the channels round."""
        x = super().call(inputs)
        return ops.flip(x, axis=-1) if self.reverse else x

    def get_config(self):
        """Returns what rebuilds the layer."""
        return {**super().get_config(), "reverse": self.reverse}
