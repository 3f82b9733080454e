"""A training step on images, beside plain Keras `fit` on the same network.

    python bench/images/step.py [--steps 60] [--rounds 5]

Both train `deep_cnn()`'s own network for 28 x 28 pixels, augmentation and all,
by AdamW, in this process and in turn. Keras is given what it needs and nothing
else; ours also shuffles, averages the weights, and measures gradients. Printed
are milliseconds a step of each round, and the ratio of the medians.
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

import keras  # noqa: E402
import numpy as np  # noqa: E402
from deeply_backend.models.cnn import build  # noqa: E402
from deeply_backend.training.engine import Engine  # noqa: E402
from deeply_backend.training.losses import categorical_crossentropy  # noqa: E402

BATCH = 128

SPEC = {
    "shape": [28, 28, 1],
    "mean": [0.3],
    "sd": [0.35],
    "augment": {"flip": True, "shift": 0.1},
    "mirrored": False,
    "form": "pooled",
    "filters": [32, 64, 128],
    "blocks": [1, 1, 1],
    "kernel_size": 3,
    "stem": 1,
    "residual": True,
    "activation": "relu",
    "normalization": "batch",
    "dropout": 0.1,
    "l1": 0.0,
    "l2": 0.0,
    "outputs": 10,
    "output_bias": np.zeros(10),
}


def images(steps):
    """So many batches of noise."""
    generator = np.random.default_rng(0)
    n = steps * BATCH
    x = generator.integers(0, 256, (n, 28 * 28), np.uint8)
    return x, generator.integers(0, 10, n).astype("float32")


def keras_fit(x, y):
    """A function that trains an epoch."""
    model = build(SPEC)
    model.compile(
        keras.optimizers.AdamW(0.001, weight_decay=0.02),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return lambda: model.fit({"image": x}, y, batch_size=BATCH, verbose=0)


def ours(x, y):
    """A function that trains an epoch."""
    engine = Engine(
        build(SPEC),
        categorical_crossentropy,
        {"name": "adamw", "weight_decay": 0.02, "ema": 0.995},
    )
    data = engine.place({"image": x}, y, np.ones(len(y), "float32"))
    steps = len(y) // BATCH
    rates = np.full(steps, 0.001, "float32")
    generator = np.random.default_rng(0)

    def epoch():
        order = generator.permutation(len(y)).astype("int32")
        index = order.reshape(steps, 1, BATCH)
        assert engine.steps(data, index, rates, 0, steps) is None

    return epoch


def main():
    """Trains in turn and prints what a step takes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    x, y = images(asked.steps)
    contenders = {"Keras fit": keras_fit(x, y), "deeply": ours(x, y)}
    times = {name: [] for name in contenders}
    for epoch in contenders.values():
        epoch()
    for _ in range(asked.rounds):
        for name, epoch in contenders.items():
            started = time.perf_counter()
            epoch()
            taken = (time.perf_counter() - started) / asked.steps
            times[name].append(1000 * taken)
    for name, taken in times.items():
        rounds = ", ".join(f"{value:.1f}" for value in taken)
        print(f"{name:10} {rounds} ms a step of {BATCH} images")
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    ratio = medians["deeply"] / medians["Keras fit"]
    rate = 1000 * BATCH / medians["deeply"]
    print(f"deeply / Keras fit: {ratio:.2f}; {rate:.0f} images a second")


if __name__ == "__main__":
    main()
