"""A training step of both networks, beside a hand-written TensorFlow loop.

    python bench/gan/step.py [--architecture auto] [--steps 60] [--rounds 5]

Both train the two networks of `deep_gan()` for Fashion-MNIST (28 x 28, ten
classes), in this process and in turn. The loop is what its author would write:
one `tf.function` a step with two tapes, Keras' Adam, batches from `tf.data`.
Ours also averages the generator's weights and measures gradients. Printed are
milliseconds a step of each round, and ours in images a second as a share of
the loop's.
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

import functools  # noqa: E402

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from deeply_backend.models import gan  # noqa: E402
from deeply_backend.training import adversarial  # noqa: E402
from deeply_backend.training.engine import Engine  # noqa: E402

BATCH = 64
UNITS = 64
CLASSES = 10

# As `gan_architectures` in R/fit-gan.R has them.
COMMON = {
    "shape": [28, 28, 1],
    "noise_units": UNITS,
    "classes": CLASSES,
    "shift": 0,
    "cover": 0,
    "two_times": 1.0,
    "unit_slope": 0.0,
}
SPECS = {
    "auto": {
        **COMMON,
        "forms": {"makes": "dcgan", "judges": "dcgan"},
        "generator_filters": [64, 32],
        "discriminator_filters": [32, 64],
        "dropout": 0.3,
        "game": "relativistic",
        "near": 0,
        "slope_penalty": 0,
        "naming": 0.5,
    },
    "dcgan": {
        **COMMON,
        "forms": {"makes": "dcgan", "judges": "dcgan"},
        "generator_filters": [64, 32],
        "discriminator_filters": [32, 64],
        "dropout": 0.3,
        "game": "logistic",
        "near": 0,
        "slope_penalty": 0,
        "naming": 0,
    },
}


def images(steps):
    """So many batches of noise, with classes."""
    generator = np.random.default_rng(0)
    n = steps * BATCH
    x = generator.integers(0, 256, (n, 28 * 28), np.uint8)
    return x, generator.integers(0, CLASSES, n).astype("int32")


def make_losses(spec):
    """The discriminator's loss and the generator's, as one writes them."""
    naming = spec["naming"]
    crossentropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def judge(said, y):
        real, made = said[0][:, 0], said[1][:, 0]
        if spec["game"] == "logistic":
            return tf.reduce_mean(tf.nn.softplus(-real) + tf.nn.softplus(made))
        loss = tf.reduce_mean(tf.nn.softplus(made - real))
        return loss + naming * crossentropy(y, said[0][:, 1:])

    def trick(said, y):
        real, made = said[0][:, 0], said[1][:, 0]
        if spec["game"] == "logistic":
            return tf.reduce_mean(tf.nn.softplus(-made))
        loss = tf.reduce_mean(tf.nn.softplus(real - made))
        return loss + naming * crossentropy(y, said[1][:, 1:])

    return judge, trick


def hand_written(spec, x, y):
    """A function that trains an epoch."""
    model = gan.build(spec)
    generator = model.get_layer("generator")
    discriminator = model.get_layer("discriminator")
    optimizers = [keras.optimizers.Adam(0.001, beta_1=0.5) for _ in range(2)]
    judge, trick = make_losses(spec)

    @tf.function
    def step(x, y):
        category = y[:, None]
        real = tf.reshape(tf.cast(x, tf.float32), (-1, 28, 28, 1)) / 127.5 - 1
        noise = tf.random.normal((BATCH, UNITS))
        with tf.GradientTape() as made_tape, tf.GradientTape() as judge_tape:
            made = generator(
                {"noise": noise, "category": category}, training=True
            )
            said = [
                discriminator(
                    {"image": look, "category": category}, training=True
                )
                for look in (real, made)
            ]
            judge_loss, made_loss = judge(said, y), trick(said, y)
        pairs = (
            (judge_tape, judge_loss, discriminator, optimizers[0]),
            (made_tape, made_loss, generator, optimizers[1]),
        )
        for tape, loss, network, optimizer in pairs:
            values = network.trainable_variables
            gradients = tape.gradient(loss, values)
            optimizer.apply_gradients(zip(gradients, values, strict=True))

    rows = tf.data.Dataset.from_tensor_slices((x, y))
    rows = rows.shuffle(len(y), seed=0).batch(BATCH).prefetch(2)

    def epoch():
        for batch in rows:
            step(*batch)

    return epoch


def ours(spec, x, y):
    """A function that trains an epoch."""
    engine = Engine(
        gan.build(spec),
        adversarial.discriminator_loss(spec),
        {"name": "adam", "beta_1": 0.5, "ema": 0.999},
        make_step=functools.partial(adversarial.AdversarialStep, spec),
    )
    inputs = {"image": x, "category": y[:, None]}
    one = np.ones(len(y), "float32")
    data = engine.place(inputs, y.astype("float32"), one)
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
    parser.add_argument("--architecture", choices=SPECS, default="auto")
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    spec = SPECS[asked.architecture]
    x, y = images(asked.steps)
    contenders = {
        "hand-written": hand_written(spec, x, y),
        "deeply": ours(spec, x, y),
    }
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
        print(f"{name:12} {rounds} ms a step of {BATCH} images")
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    share = medians["hand-written"] / medians["deeply"]
    rate = 1000 * BATCH / medians["deeply"]
    print(f"images a second, of the loop's: {share:.2f}; {rate:.0f} a second")


if __name__ == "__main__":
    main()
