"""deeply's own engine, with all that a fit of ours does each epoch.

Validation rows are scored, losses and gradient norms kept, the best weights
kept and a callback called, as in `bridge.fit()`.
"""

import math
import pathlib
import sys

import numpy as np

HOUSE = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(HOUSE / "inst" / "python"))

import keras  # noqa: E402
from deeply_backend.data.feeds import MemoryFeed  # noqa: E402
from deeply_backend.data.rows import Rows  # noqa: E402
from deeply_backend.layers.categories import EntityEmbedding  # noqa: E402
from deeply_backend.training.engine import Engine  # noqa: E402
from deeply_backend.training.loop import Run  # noqa: E402
from deeply_backend.training.losses import LOSSES  # noqa: E402
from deeply_backend.training.plan import Plan  # noqa: E402


class _Training:
    """One training run, which goes on each time it is asked to.

    Args:
        problem: What to train.
        model: A built `keras.Model`.
        blocks: The rows as R sends them, see `Rows.write()`.
        n_train: How many of them, the first ones, to train on.
        loss: A key of `LOSSES`.
    """

    def __init__(self, problem, model, blocks, n_train, loss):
        n = blocks["y"].shape[1]
        blocks["weights"] = np.ones((1, n))
        rows = Rows(n, {name: len(block) for name, block in blocks.items()})
        rows.write(0, blocks)
        engine = Engine(model, LOSSES[loss], {"name": "adam"})
        self.plan = Plan(
            epochs=0,
            batch_size=problem.batch,
            patience=math.inf,
            seed=0,
            learn_rate=1e-3,
        )
        self.events = []
        self.run = Run(
            engine,
            MemoryFeed(rows, n_train, engine, window_rows=n_train),
            self.plan,
            self.events.append,
        )

    def train(self, epochs):
        """Trains on; returns the mean loss of the last epoch."""
        self.plan.epochs += epochs
        self.run.train()
        return self.events[-1]["loss"]


class OurMlp(_Training):
    """A network of dense layers, as `deep_mlp()` builds for numbers alone."""

    def __init__(self, problem):
        (x, y), (x_new, y_new) = problem.data()
        *hidden, outputs = problem.widths[1:]
        table = keras.Input((problem.widths[0],), name="numeric")
        output = table
        for units in hidden:
            output = keras.layers.Dense(units, "relu")(output)
        output = keras.layers.Dense(outputs)(output)
        model = keras.Model({"numeric": table}, output)
        model.set_weights(problem.start_weights())
        blocks = {
            "numeric": np.concatenate([x, x_new]).T,
            "y": np.concatenate([y, y_new])[None],
        }
        kind = "binary" if problem.is_binary else "categorical"
        super().__init__(problem, model, blocks, len(y), f"{kind}_crossentropy")


class OurEmbedding(_Training):
    """Our embedding layer and a logit."""

    def __init__(self, problem):
        codes, y = problem.data()
        category = keras.Input((1,), dtype="int32", name="category")
        vectors = EntityEmbedding([problem.levels], [problem.width])(category)
        model = keras.Model(
            {"category": category}, keras.layers.Dense(1)(vectors)
        )
        # Ours keeps code 0 for levels that are new.
        blocks = {"category": codes.T + 1, "y": y[None]}
        super().__init__(problem, model, blocks, len(y), "binary_crossentropy")
