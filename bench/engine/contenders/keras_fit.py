"""`model.fit()` as Keras users call it."""

import keras

# Never reached: everyone trains the same number of epochs.
PATIENCE = 1_000


class _Fit:
    """Calls `fit()` again and again, each call going on from the last."""

    def __init__(self):
        self.epochs = 0

    def train(self, epochs):
        """Trains on; one call of `fit()`, so its set-up counts once."""
        history = self.model.fit(
            initial_epoch=self.epochs,
            epochs=self.epochs + epochs,
            verbose=0,
            **self.arguments,
        )
        self.epochs += epochs
        return history.history["loss"][-1]


class KerasFit(_Fit):
    """An MLP with a metric, validation rows and early stopping.

    Args:
        problem: An `Mlp`.
        steps_per_execution: Keras' own remedy against the cost of a step.
    """

    def __init__(self, problem, steps_per_execution=1):
        super().__init__()
        (x, y), validation = problem.data()
        self.model = _mlp(problem)
        self.model.compile(
            optimizer=keras.optimizers.Adam(1e-3),
            loss=_loss(problem),
            metrics=["accuracy"],
            steps_per_execution=steps_per_execution,
        )
        self.arguments = {
            "x": x,
            "y": y,
            "batch_size": problem.batch,
            "validation_data": validation,
            "callbacks": [keras.callbacks.EarlyStopping(patience=PATIENCE)],
        }


class KerasEmbedding(_Fit):
    """`layers.Embedding`, where Adam updates every row of the table."""

    def __init__(self, problem):
        super().__init__()
        x, y = problem.data()
        self.model = keras.Sequential(
            [
                keras.Input((1,), dtype="int32"),
                keras.layers.Embedding(problem.levels, problem.width),
                keras.layers.Flatten(),
                keras.layers.Dense(1),
            ]
        )
        self.model.compile(
            optimizer=keras.optimizers.Adam(1e-3),
            loss=keras.losses.BinaryCrossentropy(from_logits=True),
        )
        self.arguments = {"x": x, "y": y, "batch_size": problem.batch}


def _mlp(problem):
    *hidden, outputs = problem.widths[1:]
    model = keras.Sequential(
        [
            keras.Input((problem.widths[0],)),
            *(keras.layers.Dense(units, "relu") for units in hidden),
            keras.layers.Dense(outputs),
        ]
    )
    model.set_weights(problem.start_weights())
    return model


def _loss(problem):
    if problem.is_binary:
        return keras.losses.BinaryCrossentropy(from_logits=True)
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)
