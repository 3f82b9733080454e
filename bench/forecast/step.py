"""A training step of an LSTM on windows, beside plain Keras `fit` and PyTorch.

    python bench/forecast/step.py [--steps 100] [--rounds 5] [--lookback 24]

All train the same LSTM of 32 units and a dense head of 24 steps ahead by Adam
and squared error, on windows of one series, in this process and in turn. Keras
and PyTorch (if it is installed) are given windows that were cut before; ours
cuts them inside the step from the series, which needs `lookback` times less
memory, shuffles, and measures gradients. Printed are milliseconds a step of
each round, and the ratios of the medians. Let nothing else run.
"""

import argparse
import importlib.util
import os
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
from deeply_backend.data.series import Panel  # noqa: E402
from deeply_backend.data.series import WindowRows  # noqa: E402
from deeply_backend.training.engine import Engine  # noqa: E402

BATCH, UNITS, AHEAD = 128, 32, 24


def network(lookback):
    """An LSTM and a dense layer for all steps ahead."""
    window = keras.Input((lookback, 1), name="window")
    how = keras.Input((4,), name="how")
    x = keras.layers.LSTM(UNITS)(window)
    x = keras.layers.Dense(AHEAD)(x)
    return keras.Model({"window": window, "how": how}, x)


def windows(steps, lookback):
    """So many batches of windows of a random series, as `WindowRows`."""
    n = steps * BATCH + lookback + AHEAD
    series = np.random.default_rng(0).normal(size=n).cumsum() / np.sqrt(n)
    none = np.zeros((n, 0))
    panel = Panel(
        series[:, None], series, none, none, np.zeros((1, 0)), np.zeros((1, 4))
    )
    starts = np.arange(steps * BATCH)
    ahead = np.arange(1, AHEAD + 1)
    return WindowRows(panel, starts, np.zeros_like(starts), lookback, ahead)


def keras_fit(rows, lookback):
    """A function that trains an epoch."""
    model = network(lookback)
    model.compile(keras.optimizers.Adam(0.001), "mse")
    x = rows.take(np.arange(len(rows)))
    y = x.pop("y")
    del x["weights"]
    return lambda: model.fit(x, y, batch_size=BATCH, verbose=0)


def squared_error(y, output):
    """The mean over the steps ahead, one value a row."""
    return keras.ops.mean(keras.ops.square(y - output), axis=1)


def ours(rows, lookback):
    """A function that trains an epoch."""
    engine = Engine(
        network(lookback), squared_error, {"name": "adam"}, gather=rows.gather
    )
    whole = rows.whole()
    data = engine.place(whole, whole.pop("y"), whole.pop("weights"))
    steps = len(rows) // BATCH
    rates = np.full(steps, 0.001, "float32")
    generator = np.random.default_rng(0)

    def epoch():
        order = generator.permutation(len(rows)).astype("int32")
        index = order.reshape(steps, 1, BATCH)
        assert engine.steps(data, index, rates, 0, steps) is None

    return epoch


def torch_loop(rows, lookback):
    """A function that trains an epoch."""
    import torch
    from torch import nn

    torch.set_num_threads(len(os.sched_getaffinity(0)))
    x = rows.take(np.arange(len(rows)))
    y, x = torch.from_numpy(x["y"]), torch.from_numpy(x["window"])
    lstm = nn.LSTM(1, UNITS, batch_first=True)
    head = nn.Linear(UNITS, AHEAD)
    parameters = [*lstm.parameters(), *head.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=0.001)

    def epoch():
        for some in torch.randperm(len(x)).split(BATCH):
            _, (state, _) = lstm(x[some])
            loss = nn.functional.mse_loss(head(state[0]), y[some])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    return epoch


def main():
    """Trains in turn and prints what a step takes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--lookback", type=int, default=24)
    asked = parser.parse_args()
    rows = windows(asked.steps, asked.lookback)
    makers = {"Keras fit": keras_fit, "deeply": ours}
    if importlib.util.find_spec("torch"):
        makers["PyTorch"] = torch_loop
    contenders = {k: make(rows, asked.lookback) for k, make in makers.items()}
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
        rounds = ", ".join(f"{value:.2f}" for value in taken)
        print(f"{name:10} {rounds} ms a step of {BATCH} windows")
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    for name, median in medians.items():
        if name != "deeply":
            print(f"deeply / {name}: {medians['deeply'] / median:.2f}")


if __name__ == "__main__":
    main()
