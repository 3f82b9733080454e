"""The matrix products of a step and nothing else: what arithmetic costs."""

import numpy as np


class Matmul:
    """Takes the products of every step on arrays that lie ready.

    Args:
        problem: Anything with `steps` and `products()`.
        library: "numpy", "torch" or "jax".
    """

    def __init__(self, problem, library):
        generator = np.random.default_rng(0)
        pairs = [
            (
                generator.normal(size=(n, k)).astype("float32"),
                generator.normal(size=(k, m)).astype("float32"),
            )
            for n, k, m in problem.products()
        ]
        self.steps = problem.steps
        self.run = LIBRARIES[library](pairs)

    def train(self, epochs):
        """Takes the products of `epochs` epochs; there is no loss."""
        for _ in range(epochs):
            for _ in range(self.steps):
                self.run()
        return None


def _numpy(pairs):
    triples = [(a, b, a @ b) for a, b in pairs]

    def run():
        for a, b, out in triples:
            np.matmul(a, b, out=out)

    return run


def _torch(pairs):
    import torch

    triples = [
        (torch.from_numpy(a), torch.from_numpy(b), torch.from_numpy(a @ b))
        for a, b in pairs
    ]

    def run():
        for a, b, out in triples:
            torch.mm(a, b, out=out)

    return run


def _jax(pairs):
    import jax

    pairs = jax.tree.map(jax.numpy.asarray, pairs)
    products = jax.jit(lambda pairs: [a @ b for a, b in pairs])
    return lambda: jax.block_until_ready(products(pairs))


LIBRARIES = {"numpy": _numpy, "torch": _torch, "jax": _jax}
