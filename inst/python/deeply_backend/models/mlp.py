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
from deeply_backend.models import parts

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
    columns = []
    if "numeric" in inputs:
        columns.append(_numbers(inputs["numeric"], spec, sample))
    if "category" in inputs:
        if spec["encoding"] == "embedding":
            layer = EntityEmbedding(
                spec["levels"], spec["embedding_dims"], name="embedding"
            )
        else:
            layer = OneHot(spec["levels"], name="one_hot")
        columns.append(layer(inputs["category"]))
    if len(columns) == 1:
        return columns[0]
    return keras.layers.Concatenate(name="columns")(columns)


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
        kernel_initializer=parts.INITIALIZERS.get(
            spec["activation"], "glorot_uniform"
        ),
        kernel_regularizer=parts.penalty(spec),
        # Batch norm takes the mean away, and a bias with it.
        use_bias=spec["normalization"] != "batch",
        name=f"dense_{position}",
    )(x)
    if spec["normalization"] != "none":
        x = parts.NORMALIZATIONS[spec["normalization"]](
            name=f"{spec['normalization']}_norm_{position}"
        )(x)
    x = parts.activation(spec["activation"], position)(x)
    if spec["dropout"] > 0:
        x = Dropout(spec["dropout"], name=f"dropout_{position}")(x)
    return x


def _output(x, spec):
    """The outputs of the network, of its members as one."""
    if spec["members"] > 1:
        layer = MemberDense(
            int(spec["outputs"]),
            kernel_regularizer=parts.penalty(spec),
            name="output",
        )
        x = MemberMean(MEANS[spec["loss"]], name="mean")(layer(x))
    else:
        layer = parts.output(spec)
        x = layer(x)
    parts.start_at_shares(layer, spec)
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
