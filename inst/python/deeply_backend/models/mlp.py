"""The multilayer perceptron for tables."""

import keras
import numpy as np

from deeply_backend.layers import knots
from deeply_backend.layers.categories import EntityEmbedding
from deeply_backend.layers.categories import OneHot
from deeply_backend.layers.dropout import Dropout
from deeply_backend.layers.members import MemberDense
from deeply_backend.layers.members import MemberMean
from deeply_backend.layers.members import Members
from deeply_backend.layers.numbers import Periodic
from deeply_backend.layers.numbers import PiecewiseLinear
from deeply_backend.layers.numbers import RandomFourier

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

# What the members' predictions are averaged as, by loss.
MEANS = {
    "squared_error": "value",
    "pinball": "value",
    "binary_crossentropy": "logit",
    "categorical_crossentropy": "softmax",
}


def _inputs(spec):
    """One Keras input for each kind of column that the table has."""
    inputs = {}
    if spec["n_numeric"] > 0:
        inputs["numeric"] = keras.Input((spec["n_numeric"],), name="numeric")
    if len(spec["levels"]) > 0:
        inputs["category"] = keras.Input(
            (len(spec["levels"]),), dtype="int32", name="category"
        )
    return inputs


def _encode(inputs, spec, sample):
    """All columns of a row as one vector."""
    parts = []
    if "numeric" in inputs:
        parts.append(_numbers(inputs["numeric"], spec, sample))
    if "category" in inputs:
        if spec["encoding"] == "embedding":
            layer = EntityEmbedding(
                spec["levels"], spec["embedding_dims"], name="embedding"
            )
        else:
            layer = OneHot(spec["levels"], name="one_hot")
        parts.append(layer(inputs["category"]))
    if len(parts) == 1:
        return parts[0]
    return keras.layers.Concatenate(name="columns")(parts)


def _numbers(x, spec, sample):
    """The numbers as they are, a vector each, or one of all."""
    how = spec["numeric_embedding"]
    if how == "none":
        return x
    if how == "fourier":
        return RandomFourier(spec["fourier"], name="numbers")(x)
    dim = spec["numeric_dim"]
    if how == "periodic":
        return Periodic(spec["n_numeric"], dim, name="numbers")(x)
    # R counts from 1.
    flags = [int(flag) - 1 for flag in np.atleast_1d(spec["flags"])]
    found = knots.learn(
        sample(knots.sample_rows(spec["n_numeric"])),
        flags,
        how,
        int(spec["bins"]),
        classes=MEANS[spec["loss"]] != "value",
    )
    return PiecewiseLinear(found, dim, flags, name="numbers")(x)


def _hidden(x, spec, position, units):
    """Dense, then normalisation, activation and dropout as asked."""
    x = keras.layers.Dense(
        units,
        kernel_initializer=INITIALIZERS.get(
            spec["activation"], "glorot_uniform"
        ),
        kernel_regularizer=_penalty(spec),
        # Batch norm takes the mean away, and a bias with it.
        use_bias=spec["normalization"] != "batch",
        name=f"dense_{position}",
    )(x)
    if spec["normalization"] != "none":
        x = NORMALIZATIONS[spec["normalization"]](
            name=f"{spec['normalization']}_norm_{position}"
        )(x)
    x = _activation(spec["activation"], position)(x)
    if spec["dropout"] > 0:
        x = Dropout(spec["dropout"], name=f"dropout_{position}")(x)
    return x


def _activation(name, position):
    label = f"{name}_{position}"
    if name == "leaky_relu":
        # Keras' own default slope is 0.3; the usual one is 0.01.
        return keras.layers.LeakyReLU(negative_slope=0.01, name=label)
    return keras.layers.Activation(name, name=label)


def _penalty(spec):
    if spec["l1"] == 0 and spec["l2"] == 0:
        return None
    return keras.regularizers.L1L2(l1=spec["l1"], l2=spec["l2"])


def _output(x, spec):
    """The outputs of the network, of its members as one."""
    units, bias = int(spec["outputs"]), np.float32(spec["output_bias"])
    if spec["members"] > 1:
        layer = MemberDense(
            units, kernel_regularizer=_penalty(spec), name="output"
        )
        x = MemberMean(MEANS[spec["loss"]], name="mean")(layer(x))
    else:
        layer = keras.layers.Dense(
            units,
            kernel_initializer="glorot_uniform",
            kernel_regularizer=_penalty(spec),
            name="output",
        )
        x = layer(x)
    # Start at the class shares, the best constant guess, instead of finding
    # them with the first hundred steps.
    layer.bias.assign(np.broadcast_to(bias.reshape(-1), layer.bias.shape))
    return x


def build(spec, sample=None):
    """Builds the network for a table.

    Args:
        spec: Dict with `n_numeric`, `flags` (for each number the position of
            its indicator, from 1, or 0), `numeric_embedding` ("none", "tree",
            "quantile", "periodic" or "fourier"), `numeric_dim`, `bins`,
            `fourier` (cycles per unit); `levels` (a count a column), `encoding`
            ("onehot" or "embedding"), `embedding_dims`; `members`,
            `hidden_units`, `activation`, `dropout`, `normalization` ("none",
            "batch" or "layer"), `l1`, `l2`, `loss`, `outputs` and `output_bias`
            (the logits of the class shares, zeros, or the quantiles of the
            outcome).
        sample: Function of a number of rows that gives as many training rows,
            `(inputs, y, weights)`, at most. Knots are learned from them.

    Input shape:
        A dict: `numeric` `(batch, n_numeric)` float32 and `category`
        `(batch, len(levels))` int32; a kind without columns is absent.

    Output shape:
        `(batch, outputs)`, float32: logits, or standardised values. While
        training, of more than one member `(batch, members, outputs)`.

    Returns:
        A `keras.Model`.
    """
    inputs = _inputs(spec)
    x = _encode(inputs, spec, sample)
    if spec["members"] > 1:
        x = Members(spec["members"], name="members")(x)
    for position, units in enumerate(spec["hidden_units"], start=1):
        x = _hidden(x, spec, position, int(units))
    return keras.Model(inputs, _output(x, spec), name="mlp")
