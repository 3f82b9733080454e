"""Simple models on the windows of a forecaster: a line, and boosted trees."""

import numpy as np

from deeply_backend.judge.autoregression import fit_direct
from deeply_backend.judge.autoregression import predict_direct
from deeply_backend.models import forecaster

# Windows, and pairs of a window and a step ahead, that are learned from.
LINEAR_ROWS = 20_000
TREE_ROWS = 60_000


def linear(rows, n_train, spec, seed):
    """Ridge regression on all lags and what is known, all lags alike.

    Hoerl & Kennard (1970). The penalty is that of one row.

    Args:
        rows: A `WindowRows`.
        n_train: How many of them, the first ones, to learn from.
        spec: Dict, see `forecaster.build()`.
        seed: Not asked.

    Returns:
        Forecasts `(windows, ahead)` of all other windows, float32.
    """
    del seed
    front = _front(spec)
    seen, known, scales, y = _learned(front, rows, n_train, LINEAR_ROWS)
    shape = forecaster.window_penalties(spec, seen, known, decay=0)
    weights = scales[:, 1] ** 2
    found = fit_direct(seen, known, y, weights, shape, penalty=1.0)

    def predict(seen, known):
        return predict_direct(found, seen, known)

    return _predicted(front, rows, n_train, predict)


def trees(rows, n_train, spec, seed):
    """One boosted model for all steps ahead, which are a column.

    Chen & Guestrin (2016), XGBoost: 300 trees of depth 4, rate 0.05.

    Args:
        rows: As for `linear()`.
        n_train: As for `linear()`.
        spec: As for `linear()`.
        seed: Integer.
    """
    import xgboost

    front = _front(spec)
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

    def predict(seen, known):
        found = booster.predict(xgboost.DMatrix(_long(seen, known)))
        return found.reshape(len(seen), ahead)

    return _predicted(front, rows, n_train, predict)


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
