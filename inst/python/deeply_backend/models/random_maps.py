"""A network that nobody trained, whose maps tell images apart all the same."""

import keras
import numpy as np

FILTERS = (32, 64, 128)


def build(shape, seed):
    """Convolutions with random weights; what a map is on average, and at most.

    Saxe et al. (2011), On Random Weights and Unsupervised Feature Learning.
    The weights come from NumPy, so that a seed means the same everywhere.

    Args:
        shape: Height, width, channels.
        seed: Integer.

    Input shape:
        A dict: `image` `(batch, height * width * channels)` uint8.

    Output shape:
        `(batch, 448)` float32.

    Returns:
        A `keras.Model`.
    """
    random = np.random.default_rng(seed)
    image = keras.Input((int(np.prod(shape)),), dtype="uint8", name="image")
    x = keras.layers.Rescaling(1 / 127.5, -1, name="scaled")(image)
    x = keras.layers.Reshape(shape, name="pixels")(x)
    found, layers = [], []
    for stage, filters in enumerate(FILTERS, start=1):
        layer = keras.layers.Conv2D(
            filters,
            3,
            strides=min(stage, 2),
            padding="same",
            activation="relu",
            name=f"conv_{stage}",
        )
        x = layer(x)
        layers.append(layer)
        found += [
            keras.layers.GlobalAveragePooling2D(name=f"mean_{stage}")(x),
            keras.layers.GlobalMaxPooling2D(name=f"max_{stage}")(x),
        ]
    for layer in layers:
        size = layer.kernel.shape
        scale = np.sqrt(2 / np.prod(size[:3]))
        bias = 0.1 * random.normal(size=size[3])
        layer.set_weights([scale * random.normal(size=size), bias])
    features = keras.layers.Concatenate(name="features")(found)
    return keras.Model({"image": image}, features, name="random_maps")
