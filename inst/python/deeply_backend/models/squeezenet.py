"""SqueezeNet 1.1, for whoever has its weights in a file."""

import h5py
import keras

# Maps of each fire module, squeezed and expanded; a pooling before the third
# and the fifth.
FIRES = {
    2: (16, 64),
    3: (16, 64),
    4: (32, 128),
    5: (32, 128),
    6: (48, 192),
    7: (48, 192),
    8: (64, 256),
    9: (64, 256),
}
POOLED = (4, 6)


def build(height=None, width=None):
    """Builds the network without its top.

    Iandola et al. (2016), SqueezeNet: AlexNet-level accuracy with 50x fewer
    parameters and <0.5MB model size, arXiv:1602.07360; version 1.1 of the
    authors' repository.

    Args:
        height: In pixels, or `None` for any.
        width: Likewise.

    Input shape:
        `(batch, height, width, 3)`: blue, green and red minus their means over
        ImageNet.

    Output shape:
        `(batch, height / 16, width / 16, 512)`, about.

    Returns:
        A `keras.Model` with 25 convolutions and 722,496 parameters.
    """
    image = keras.Input((height, width, 3), name="image")
    x = _convolve(image, "conv1", 64, 3, strides=2, padding="valid")
    x = keras.layers.MaxPooling2D(3, strides=2, name="pool1")(x)
    for place, (squeezed, expanded) in FIRES.items():
        if place in POOLED:
            x = keras.layers.MaxPooling2D(
                3, strides=2, name=f"pool{place - 1}"
            )(x)
        x = _fire(x, f"fire{place}", squeezed, expanded)
    return keras.Model(image, x, name="squeezenet")


def _fire(x, name, squeezed, expanded):
    x = _convolve(x, f"{name}_squeeze1x1", squeezed, 1)
    sides = [
        _convolve(x, f"{name}_expand{size}x{size}", expanded, size)
        for size in (1, 3)
    ]
    return keras.layers.Concatenate(name=f"{name}_concat")(sides)


def _convolve(x, name, filters, size, **shape):
    return keras.layers.Conv2D(
        filters,
        size,
        activation="relu",
        name=name,
        **{"padding": "same", **shape},
    )(x)


def load_weights(model, path):
    """Takes the weights of keras-squeezenet's file for TensorFlow, no top.

    Raises:
        ValueError: If it is another file.
    """
    with h5py.File(path, "r") as file:
        for layer in model.layers:
            if not layer.weights:
                continue
            # Keras 2 wrote "fire2/squeeze1x1" where a name may have no slash.
            place = layer.name.replace("_", "/", 1)
            if place not in file:
                raise ValueError(f"there is no layer {place!r} in it")
            group = file[place]
            names = group.attrs["weight_names"]
            layer.set_weights([group[name][()] for name in names])
