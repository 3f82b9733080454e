"""What networks of all kinds are made of."""

import keras
import numpy as np

# He et al. (2015) for the ReLU kinds, Klambauer et al. (2017) for SELU,
# Glorot & Bengio (2010) for what saturates.
INITIALIZERS = {
    "relu": "he_normal",
    "leaky_relu": "he_normal",
    "elu": "he_normal",
    "gelu": "he_normal",
    "silu": "he_normal",
    "selu": "lecun_normal",
}

# Ioffe & Szegedy (2015); Ba, Kiros & Hinton (2016).
NORMALIZATIONS = {
    "batch": keras.layers.BatchNormalization,
    "layer": keras.layers.LayerNormalization,
}


def activation(name, position):
    """An activation by its name, as the layer of a position."""
    label = f"{name}_{position}"
    if name == "leaky_relu":
        # Keras' own default slope is 0.3; the usual one is 0.01.
        return keras.layers.LeakyReLU(negative_slope=0.01, name=label)
    return keras.layers.Activation(name, name=label)


def penalty(spec):
    """The penalty on a layer's weights, or `None`."""
    if spec["l1"] == 0 and spec["l2"] == 0:
        return None
    return keras.regularizers.L1L2(l1=spec["l1"], l2=spec["l2"])


def output(spec):
    """The dense layer of the outputs."""
    return keras.layers.Dense(
        int(spec["outputs"]),
        kernel_initializer="glorot_uniform",
        kernel_regularizer=penalty(spec),
        name="output",
    )


def start_at_shares(layer, spec):
    """Starts an output layer at the class shares, the best constant guess.

    To find them would take the first hundred steps.
    """
    bias = np.float32(spec["output_bias"])
    layer.bias.assign(np.broadcast_to(bias.reshape(-1), layer.bias.shape))
