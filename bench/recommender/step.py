"""What a step of two towers costs as the catalogue grows.

    python bench/recommender/step.py [--steps 300] [--rounds 5]

A batch looks up its own users and items and those that are drawn beside them,
so a step need not cost more where there are more. Users are drawn evenly, items
with the long tail that catalogues have. The last two lines of each loss have
as many users as items, and leave out what it costs that rows are in no cache:
long tables of which few rows are had. All are trained in this process and in
turn. Printed are microseconds a step of each round, and the median as a ratio
to the first.
"""

import argparse
import pathlib
import statistics
import sys
import time

ROOT = pathlib.Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "inst" / "python"))

import deeply_backend  # noqa: E402

deeply_backend.start("tensorflow")

import numpy as np  # noqa: E402
from deeply_backend.models.towers import build  # noqa: E402
from deeply_backend.training.engine import Engine  # noqa: E402
from deeply_backend.training.losses import ITEM_LOSSES  # noqa: E402

# Users, items, and how many of each are had at most.
SIZES = (
    (10_000, 10_000, 10_000),
    (10_000, 100_000, 100_000),
    (10_000, 1_000_000, 1_000_000),
    (1_000_000, 1_000_000, 1_000_000),
    (1_000_000, 1_000_000, 10_000),
)
BATCH = 512


def item_counts(size, had):
    """How many pairs each item has; none behind the first `had`."""
    counts = np.zeros(size)
    counts[:had] = np.random.default_rng(0).pareto(1.0, had).astype(int) + 1
    return counts


def spec(n_users, counts, loss):
    """What makes the network."""
    return {
        "levels": [n_users, len(counts)],
        "user_counts": np.ones(n_users),
        "item_counts": counts,
        "dim": 64,
        "biases": True,
        "l2": 0.1,
        "dropout": 0.0,
        "hidden_units": [],
        "activation": "relu",
        "loss": loss,
        "output_bias": [0.0],
        "negatives": 512,
        "negative_power": 0.75,
    }


def trained(n_users, n_items, had, loss, steps):
    """A function that takes so many steps."""
    counts = item_counts(n_items, had)
    model = build(spec(n_users, counts, loss))
    engine = Engine(model, ITEM_LOSSES[loss], {"name": "adam"})
    generator = np.random.default_rng(1)
    n = steps * BATCH
    users = generator.integers(0, min(had, n_users), n)
    items = generator.choice(n_items, n, p=counts / counts.sum())
    codes = np.stack([users, items], axis=1).astype("int32") + 1
    ones = np.ones(n, "float32")
    data = engine.place({"category": codes}, ones, ones)
    index = np.arange(n, dtype="int32").reshape(steps, 1, BATCH)
    rates = np.full(steps, 0.003, "float32")
    assert sum(engine.step.by_rows) == 2

    def block():
        assert engine.steps(data, index, rates, 0, steps) is None

    return block


def measure(loss, asked):
    """Microseconds a step of each round, by size."""
    blocks = {size: trained(*size, loss, asked.steps) for size in SIZES}
    times = {size: [] for size in SIZES}
    for block in blocks.values():
        block()
    for _ in range(asked.rounds):
        for size, block in blocks.items():
            started = time.perf_counter()
            block()
            taken = time.perf_counter() - started
            times[size].append(1e6 * taken / asked.steps)
    return times


def main():
    """Trains in turn and prints what a step takes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    for loss in ("sampled_softmax", "bpr"):
        times = measure(loss, asked)
        first = statistics.median(times[SIZES[0]])
        for (n_users, n_items, had), taken in times.items():
            rounds = ", ".join(f"{value:.0f}" for value in taken)
            ratio = statistics.median(taken) / first
            what = f"{n_users:9,} users {n_items:9,} items {had:9,} had"
            print(f"{loss:16}{what}: {rounds} us; {ratio:.2f}")


if __name__ == "__main__":
    main()
