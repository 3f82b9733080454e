"""Boosted trees as one would tune them: a random search, then all rows."""

import numpy as np

from deeply_backend.judge import baselines

# Trials of the search, the first with XGBoost's own settings.
TRIALS = 20

# Rounds of a trial end when held-out rows have not gained for so many.
MOST_ROUNDS = 2000
PATIENCE = 50

# With fewer rows a round is over before a second thread has woken up, and where
# cores are busy it is waited for: a search of 2 s took 146.
ROWS_FOR_THREADS = 5000


class TunedTrees:
    """XGBoost (Chen & Guestrin 2016) with the best settings of a search.

    Random search by Bergstra & Bengio (2012). Each trial has as many rounds as
    the loss of held-out rows wants; the best one is fitted again, with its
    rounds, to all rows.

    Args:
        classes: Number of classes that occur; 0 for a regression.
        seed: Integer. It decides what is tried, and what is drawn in fitting.
    """

    def __init__(self, classes, seed):
        self.classes = classes
        self.seed = seed

    def fit(self, x, y, sample_weight, held_out):
        """Fits to all rows, with the settings that held-out rows like best.

        Args:
            x: Encoded rows.
            y: Numbers, or class indices from 0.
            sample_weight: A number a row.
            held_out: Numbers of the rows, from 0, that judge a trial. Without
                any, XGBoost's defaults are fitted.
        """
        import xgboost

        self.threads = 1 if len(y) < ROWS_FOR_THREADS else 0

        def rows(at):
            return xgboost.DMatrix(x[at], y[at], weight=sample_weight[at])

        self.settings, self.rounds = {}, 100
        rest = np.setdiff1d(np.arange(len(y)), held_out)
        if 0 < len(rest) < len(y):
            self._search(rows(rest), rows(np.asarray(held_out, int)))
        self.booster = xgboost.train(
            self._all(self.settings), rows(slice(None)), self.rounds
        )
        return self

    def _search(self, train, held_out):
        import xgboost

        generator = np.random.default_rng(self.seed)
        tried = [{}] + [draw(generator) for _ in range(TRIALS - 1)]
        least = np.inf
        for settings in tried:
            booster = xgboost.train(
                self._all(settings),
                train,
                MOST_ROUNDS,
                evals=[(held_out, "held_out")],
                early_stopping_rounds=PATIENCE,
                verbose_eval=False,
            )
            if booster.best_score < least:
                least = booster.best_score
                self.settings = settings
                self.rounds = booster.best_iteration + 1

    def _all(self, settings):
        kind = min(self.classes, 3)
        task = {0: "regression", 2: "binary", 3: "multiclass"}[kind]
        fixed = {
            "objective": baselines.OBJECTIVES[task],
            "nthread": self.threads,
            "seed": self.seed,
        }
        if kind == 3:
            fixed["num_class"] = self.classes
        return {**fixed, **settings}

    def predict(self, x):
        """Values, or what `predict_proba()` makes probabilities of."""
        import xgboost

        return self.booster.predict(xgboost.DMatrix(x))

    def predict_proba(self, x):
        """Probabilities `(rows, classes)`."""
        prob = self.predict(x)
        return prob if prob.ndim == 2 else np.stack([1 - prob, prob], 1)


def draw(generator):
    """Settings of a trial: the ranges of Gorishniy et al. (2021), but narrower.

    With 20 trials, not 100, what is nearly always poor is not worth a trial.
    """

    def between(low, high):
        return float(np.exp(generator.uniform(np.log(low), np.log(high))))

    return {
        "eta": between(0.01, 0.3),
        "max_depth": int(generator.integers(3, 11)),
        "min_child_weight": between(1, 100),
        "subsample": generator.uniform(0.5, 1),
        "colsample_bytree": generator.uniform(0.5, 1),
        "gamma": between(1e-3, 1),
        "lambda": between(0.1, 10),
        "alpha": between(1e-3, 10),
    }
