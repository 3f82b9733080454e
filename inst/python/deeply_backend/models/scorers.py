"""What a recommender scores items by, as plain arrays.

A scorer gives each item a score for any rows of who had what, so it serves
users that were not there when it learned; one that has learned vectors of users
is also told who they are. Each says how alike items are, and becomes arrays and
is made of them again, without Keras.
"""

import dataclasses

import numpy as np
from scipy import sparse

from deeply_backend.data.interactions import binary
from deeply_backend.data.interactions import parts_of
from deeply_backend.data.interactions import whole_of
from deeply_backend.models import factor_models
from deeply_backend.models.heads import head_layers
from deeply_backend.models.heads import head_scores
from deeply_backend.models.item_models import with_couples
from deeply_backend.models.newcomers import newcomer_map
from deeply_backend.models.newcomers import newcomer_vectors
from deeply_backend.models.tower_vectors import tower_vectors
from deeply_backend.models.towers import SIDES

SMALLEST = 1e-12


class ItemWeights:
    """Scores by weights between items, or by one weight an item for all users.

    Args:
        weights: float32 `(items,)` or `(items, items)`, dense or CSR: row the
            item that speaks, column the one that is spoken for.
        couples: int `(2, n)` of items that speak together too, of which dense
            weights have a row each behind those of the items; `None`: none do.
    """

    kind = "items"

    def __init__(self, weights, couples=None):
        if weights.ndim == 2 and not sparse.issparse(weights):
            # Kept in half of the bytes, and used as they are kept: no place in
            # a ranking is worth the other half. Row by row, or each product
            # with them would turn all of them first.
            weights = weights.astype(np.float16)
            weights = weights.astype(np.float32, order="C")
        self.weights, self.couples = weights, couples

    def scores(self, had, who=None):
        """Scores `(users, items)`.

        Args:
            had: CSR `(users, items)`.
            who: The users' numbers, from 0 and -1 for one not known; `None`:
                none is.
        """
        if self.weights.ndim == 1:
            return np.tile(self.weights, (had.shape[0], 1))
        had = binary(had)
        if self.couples is not None:
            had = with_couples(had, self.couples)
        found = had @ self.weights
        return found.toarray() if sparse.issparse(found) else found

    def likeness(self, items):
        """How alike all items are to some, `(len(items), items)`.

        `None` where items are not compared.
        """
        if self.weights.ndim == 1:
            return None
        found = self.weights[items]
        if sparse.issparse(found):
            return found.toarray()
        n_items = self.weights.shape[1]
        return (found + self.weights[:n_items, items].T) / 2

    def vectors(self):
        """None: items have weights between them, and no vectors."""
        return None

    def arrays(self):
        """What `from_arrays()` needs."""
        if sparse.issparse(self.weights):
            return parts_of(self.weights)
        half = np.float16 if self.weights.ndim == 2 else np.float32
        found = {"weights": self.weights.astype(half)}
        if self.couples is not None:
            found["couples"] = self.couples
        return found

    @classmethod
    def from_arrays(cls, arrays):
        """Makes it of what `arrays()` gave."""
        if "weights" in arrays:
            return cls(**arrays)
        return cls(whole_of(arrays))


class ItemVectors:
    """What all have in common that have learned a vector for each item."""

    def vectors(self):
        """Those of the items, `(items, length)`."""
        return self.items

    def likeness(self, items):
        """Cosines of the items' vectors, `(len(items), items)`."""
        return cosines(self.vectors(), items)


class Autoencoder(ItemVectors):
    """Scores by a network of one hidden layer; see `models/autoencoder.py`.

    Args:
        kernel: float32 `(items, units)`.
        bias: float32 `(units,)`.
        out_kernel: float32 `(units, items)`.
        out_bias: float32 `(items,)`.
    """

    kind = "autoencoder"

    def __init__(self, kernel, bias, out_kernel, out_bias):
        self.kernel, self.bias = kernel, bias
        self.out_kernel, self.out_bias = out_kernel, out_bias

    @classmethod
    def of(cls, model):
        """Takes the weights of a Keras model."""
        hidden, out = model.get_layer("hidden"), model.get_layer("output")
        return cls(
            *(np.asarray(w) for w in (*hidden.weights, *out.weights)),
        )

    def hidden(self, had):
        """What the network makes of what users had, `(users, units)`."""
        lengths = np.sqrt(np.maximum(np.diff(had.indptr), 1))
        scaled = sparse.diags((1 / lengths).astype(np.float32)) @ had
        return np.tanh(scaled @ self.kernel + self.bias)

    def scores(self, had, who=None):
        """Logarithms of probabilities `(users, items)`, float32."""
        logits = self.hidden(had) @ self.out_kernel + self.out_bias
        logits -= logits.max(axis=1, keepdims=True)
        logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True))
        return logits

    def vectors(self):
        """By which the network takes the items in, `(items, units)`."""
        return self.kernel

    def arrays(self):
        """What `from_arrays()` needs."""
        return {
            "kernel": self.kernel,
            "bias": self.bias,
            "out_kernel": self.out_kernel,
            "out_bias": self.out_bias,
        }

    @classmethod
    def from_arrays(cls, arrays):
        """Makes it of what `arrays()` gave."""
        return cls(**arrays)


class Factors(ItemVectors):
    """Scores by factors of items; those of users are found from what they had.

    Args:
        items: float32 `(items, factors)`.
        weighting: The `factor_models.Weighting` they were learned with.
    """

    kind = "factors"

    def __init__(self, items, weighting):
        self.items, self.weighting = items, weighting

    def scores(self, had, who=None):
        """Scores `(users, items)`, float32."""
        users = factor_models.fold_in(had, self.items, self.weighting)
        return users @ self.items.T

    def arrays(self):
        """What `from_arrays()` needs."""
        return {
            "items": self.items,
            **{
                name: np.float64(value)
                for name, value in dataclasses.asdict(self.weighting).items()
            },
        }

    @classmethod
    def from_arrays(cls, arrays):
        """Makes it of what `arrays()` gave."""
        weighting = {
            field.name: float(arrays[field.name])
            for field in dataclasses.fields(factor_models.Weighting)
        }
        return cls(arrays["items"], factor_models.Weighting(**weighting))


class Towers(ItemVectors):
    """Scores by vectors of users and items and the items' biases.

    By their dot product, or what a network makes of them.

    Args:
        users: float32 `(users, dim)`.
        items: float32 `(items, dim)`.
        item_bias: float32 `(items,)`.
        newcomers: How the vectors of users not known are found, see
            `newcomers.newcomer_map()`; `None`: none is asked for.
        head: The layers of the network, see `heads.head_layers()`.
    """

    kind = "towers"

    def __init__(self, users, items, item_bias, newcomers=None, head=None):
        self.users, self.items, self.item_bias = users, items, item_bias
        self.newcomers, self.head = newcomers, head

    @classmethod
    def of(cls, model, pairs=None):
        """Takes the vectors of a trained model of `models.towers`.

        Args:
            model: The model.
            pairs: CSR of what it learned from, if there will be new users.
        """
        dim = model.get_layer("output").dim
        users, items = (tower_vectors(model, side) for side in SIDES)
        biased = items.shape[1] > dim
        bias = items[:, dim] if biased else np.zeros(len(items), np.float32)
        found = cls(
            users[:, :dim].copy(),
            items[:, :dim].copy(),
            bias.copy(),
            head=head_layers(model),
        )
        if pairs is not None:
            found.newcomers = newcomer_map(pairs, found.users, found.items)
        return found

    def user_vectors(self, had, who=None):
        """Vectors of users `(users, dim)`; see `ItemWeights.scores()`."""
        who = np.full(had.shape[0], -1) if who is None else np.asarray(who)
        users = self.users[who]
        new = who < 0
        if new.any():
            users[new] = newcomer_vectors(had[new], self.items, self.newcomers)
        return users

    def scores(self, had, who=None):
        """Scores `(users, items)`; see `ItemWeights.scores()`."""
        users = self.user_vectors(had, who)
        if self.head is None:
            return users @ self.items.T + self.item_bias
        return head_scores(users, self.items, self.head) + self.item_bias

    def arrays(self):
        """What `from_arrays()` needs."""
        return {
            "users": self.users,
            "items": self.items,
            "item_bias": self.item_bias,
            "newcomers": self.newcomers,
            **{
                f"{name}_{i}": values
                for i, layer in enumerate(self.head or [])
                for name, values in zip(("kernel", "bias"), layer, strict=True)
                if values is not None
            },
        }

    @classmethod
    def from_arrays(cls, arrays):
        """Makes it of what `arrays()` gave."""
        n = sum(name.startswith("kernel_") for name in arrays)
        head = [
            (arrays.pop(f"kernel_{i}"), arrays.pop(f"bias_{i}", None))
            for i in range(n)
        ]
        return cls(**arrays, head=head or None)


class Blend:
    """Scores of one scorer plus a share of those of another.

    Args:
        first: A scorer.
        second: Another one.
        share: What a score of the second counts.
    """

    kind = "blend"

    def __init__(self, first, second, share):
        self.first, self.second, self.share = first, second, float(share)

    def scores(self, had, who=None):
        """Scores `(users, items)`."""
        found = np.array(self.first.scores(had, who), np.float32)
        found += self.share * self.second.scores(had, who)
        return found

    def likeness(self, items):
        """That of the first scorer."""
        return self.first.likeness(items)

    def vectors(self):
        """Those of the second scorer."""
        return self.second.vectors()

    def arrays(self):
        """What `from_arrays()` needs."""
        return {
            "share": np.float64(self.share),
            **named("first", self.first),
            **named("second", self.second),
        }

    @classmethod
    def from_arrays(cls, arrays):
        """Makes it of what `arrays()` gave."""
        return cls(
            scorer_of("first", arrays),
            scorer_of("second", arrays),
            arrays["share"],
        )


KINDS = {
    cls.kind: cls for cls in (ItemWeights, Autoencoder, Factors, Towers, Blend)
}


def cosines(vectors, items):
    """Cosines between some of the vectors and all, `(len(items), all)`."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors = vectors / np.maximum(lengths, SMALLEST)
    return vectors[items] @ vectors.T


def scorer_of_network(model, pairs=None):
    """The scorer of a trained Keras model; see `Towers.of()`."""
    if model.name == "towers":
        return Towers.of(model, pairs)
    return Autoencoder.of(model)


def named(name, scorer):
    """The arrays of a scorer under names of their own, for `scorer_of()`."""
    named = {f"{name}.{k}": v for k, v in scorer.arrays().items()}
    return {f"{name}.kind": np.array(scorer.kind), **named}


def scorer_of(name, arrays):
    """The scorer of which `named()` gave the arrays, maybe among others."""
    start = f"{name}."
    mine = {
        k.removeprefix(start): v
        for k, v in arrays.items()
        if k.startswith(start)
    }
    return KINDS[str(mine.pop("kind"))].from_arrays(mine)
