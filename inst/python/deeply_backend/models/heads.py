"""The network in place of a dot product, on vectors of users and items."""

import keras
import numpy as np

# Numbers that are held at once, a unit of a user and an item each.
MOST_VALUES = 2**23


def head_layers(model):
    """Kernels and biases of the head of a model of `models.towers`.

    Returns:
        A list of `(kernel, bias)`, that of the score last and without a bias;
        `None` where vectors are multiplied.
    """
    head = model.get_layer("output").head
    if head is None:
        return None
    dense = [x for x in head.layers if isinstance(x, keras.layers.Dense)]
    weights = [[np.asarray(w) for w in layer.weights] for layer in dense]
    return [*map(tuple, weights[:-1]), (weights[-1][0], None)]


def head_scores(users, items, layers):
    """Scores `(users, items)`, float32.

    He et al. (2017), Neural Collaborative Filtering. The first layer sees a
    user's vector, an item's, and their product. What it makes of the first two
    is the same for all pairs of the user and of the item.

    Args:
        users: float32 `(users, dim)`.
        items: float32 `(items, dim)`.
        layers: What `head_layers()` gave.
    """
    (kernel, bias), *rest = layers
    of_user, of_item, of_both = np.split(kernel, 3)
    by_item = items @ of_item + bias
    some = max(1, MOST_VALUES // (len(items) * len(bias)))
    found = np.empty((len(users), len(items)), np.float32)
    for first in range(0, len(users), some):
        block = users[first : first + some]
        x = items @ (block[:, :, None] * of_both)
        x += (block @ of_user)[:, None] + by_item
        for kernel, bias in rest:
            x = np.maximum(x, 0) @ kernel
            if bias is not None:
                x += bias
        found[first : first + some] = x[:, :, 0]
    return found
