"""Simple models on the windows of a forecaster: a line, and boosted trees."""

import numpy as np

from deeply_backend.judge.autoregression import fit_direct
from deeply_backend.judge.autoregression import predict_direct
from deeply_backend.models import forecaster

# Windows, and pairs of a window and a step ahead, that are learned from.
LINEAR_ROWS = 20_000
TREE_ROWS = 60_000


class Linear:
    """Ridge regression on all lags and what is known, all lags alike.

    Hoerl & Kennard (1970). The penalty is that of one row.

    Args:
        spec: Dict, see `forecaster.build()`.
        learned: What `fit()` gave, in this or another session.
    """

    def __init__(self, spec, learned=None):
        self.spec = spec
        self.learned = learned

    def fit(self, rows, n_train, seed):
        """Learns from the first windows.

        Args:
            rows: A `WindowRows`.
            n_train: How many of them, the first ones, to learn from.
            seed: Not asked.

        Returns:
            Coefficients `(ahead, d)`, see `fit_direct()`.
        """
        del seed
        front = _front(self.spec)
        seen, known, scales, y = _learned(front, rows, n_train, LINEAR_ROWS)
        shape = forecaster.window_penalties(self.spec, seen, known, decay=0)
        weights = scales[:, 1] ** 2
        self.learned = fit_direct(seen, known, y, weights, shape, penalty=1.0)
        return self.learned

    def predict(self, rows, first=0):
        """Forecasts `(windows, ahead)` of the windows from `first` on."""
        coefficients = np.asarray(self.learned).reshape(len(rows.ahead), -1)

        def predict(seen, known):
            return predict_direct(coefficients, seen, known)

        return _predicted(_front(self.spec), rows, first, predict)


class Trees:
    """One boosted model for all steps ahead, which are a column.

    Chen & Guestrin (2016), XGBoost: 300 trees of depth 4, rate 0.05.

    Args:
        spec: As for `Linear`.
        learned: As for `Linear`.
    """

    def __init__(self, spec, learned=None):
        self.spec = spec
        self.learned = learned

    def fit(self, rows, n_train, seed):
        """Learns from the first windows.

        Args:
            rows: As for `Linear.fit()`.
            n_train: As for `Linear.fit()`.
            seed: Integer.

        Returns:
            Bytes of a booster.
        """
        import xgboost

        front = _front(self.spec)
        ahead = len(rows.ahead)
        seen, known, scales, y = _learned(
            front, rows, n_train, max(1, TREE_ROWS // ahead)
        )
        x, y = _long(seen, known), y.reshape(-1)
        weights = np.repeat(scales[:, 1] ** 2, ahead)
        there = np.isfinite(y)
        booster = xgboost.train(
            {
                "objective": "reg:squarederror",
                "max_depth": 4,
                "eta": 0.05,
                "seed": seed,
                "max_bin": 64,
            },
            xgboost.QuantileDMatrix(
                x[there], y[there], weight=weights[there], max_bin=64
            ),
            num_boost_round=300,
        )
        # A bytearray is what R takes as raw bytes; bytes stay a pointer.
        self.learned = bytearray(booster.save_raw("ubj"))
        return self.learned

    def predict(self, rows, first=0):
        """Forecasts `(windows, ahead)` of the windows from `first` on."""
        import xgboost

        booster = xgboost.Booster()
        booster.load_model(bytearray(self.learned))

        def predict(seen, known):
            found = booster.predict(xgboost.DMatrix(_long(seen, known)))
            return found.reshape(len(seen), known.shape[1])

        return _predicted(_front(self.spec), rows, first, predict)


KINDS = {"linear": Linear, "trees": Trees}


def _front(spec):
    """The part of the network in front of its linear map, untrained."""
    return forecaster.front(forecaster.build({**spec, "cell": "linear"}))


def _learned(front, rows, n_train, most):
    n = min(most, n_train)
    some = rows.take(np.arange(n) * n_train // n)
    y = some.pop("y")
    del some["weights"]
    seen, known, scales = forecaster.linear_parts(front, some)
    return seen, known, scales, (y - scales[:, :1]) / scales[:, 1:2]


def _predicted(front, rows, n_train, predict):
    parts = [np.empty((0, len(rows.ahead)), np.float32)]
    for inputs, _ in rows.blocks(n_train):
        seen, known, scales = forecaster.linear_parts(front, inputs)
        found = predict(seen, known)
        parts.append(found * scales[:, 1:2] + scales[:, :1])
    return np.concatenate(parts)


def _long(seen, known):
    """A row a window and step ahead: what is seen, what is known, the step."""
    n, ahead, width = known.shape
    step = np.tile(np.arange(ahead, dtype=np.float32), n)[:, None]
    return np.c_[
        np.repeat(seen, ahead, axis=0), known.reshape(n * ahead, width), step
    ]
