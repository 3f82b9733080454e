"""What convolutions ask of the engine: few rows at once, no XLA on a CPU."""

import math

import keras

# Values that the largest layer, or all, may hold at once: 64 MB.
MOST_VALUES = 2**24


def layers_of(model):
    """All layers of a model, those of models inside it too."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from layers_of(layer)
        else:
            yield layer


def convolves(model):
    """Whether a model has convolutions."""
    return any(hasattr(layer, "kernel_size") for layer in layers_of(model))


def sees_windows(model):
    """Whether a row of a model has several times of a series."""
    inputs = keras.tree.flatten(model.input)
    return any(len(tensor.shape) > 2 for tensor in inputs)


def rows_at_once(model, most, held=False):
    """How many rows to send through a model at once, at most `most`.

    The layers of a network for images hold some thousand times what a row of a
    table has.

    Args:
        model: A `keras.Model`.
        most: Largest number of rows.
        held: Whether what all layers give is there at once, as it is where
            nothing is compiled.
    """
    if not convolves(model) and not sees_windows(model):
        return most
    sizes = [
        math.prod(tensor.shape[1:])
        for layer in layers_of(model)
        for tensor in keras.tree.flatten(layer.output)
    ]
    values = sum(sizes) if held else max(sizes)
    return max(1, min(most, MOST_VALUES // values))
