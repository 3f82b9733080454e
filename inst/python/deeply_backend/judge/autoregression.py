"""Direct linear autoregression: a ridge regression for each step ahead.

Hoerl & Kennard (1970), Ridge Regression, with the prior of Litterman (1986),
Forecasting with Bayesian Vector Autoregressions: the further back a value lies,
the nearer to zero is its coefficient.
"""

import numpy as np

# Penalties that are tried, a value of the window each time.
PENALTIES = 10.0 ** np.arange(-1, 4.5, 0.5)

# Share of the rows that the penalty is chosen on, the last ones.
HELD = 0.2

CHUNK_ROWS = 2048


class Sums:
    """Sums of products of rows, which is all that a ridge regression needs.

    Args:
        x: float32 `(rows, seen)`.
        known: float32 `(rows, ahead, known)`.
        y: float32 `(rows, ahead)`; NaN: not known.
        weights: `(rows,)`.
    """

    def __init__(self, x, known, y, weights):
        d, (n, ahead) = x.shape[1] + known.shape[2] + 1, y.shape
        self.products = np.zeros((ahead, d, d))
        self.with_y = np.zeros((ahead, d))
        shared = np.zeros((x.shape[1] + 1,) * 2)
        for first in range(0, n, CHUNK_ROWS):
            some = slice(first, first + CHUNK_ROWS)
            w = weights[some].astype(np.float64)
            seen = np.c_[np.ones(len(w)), x[some].astype(np.float64)]
            shared += (seen * w[:, None]).T @ seen
            for step in range(ahead):
                self._add(step, seen, known[some, step], y[some, step], w)
        m = len(shared)
        # The largest block is the same for all steps but for missing targets,
        # whose part was taken off.
        self.products[:, :m, :m] += shared

    def _add(self, step, seen, known, y, w):
        m, there = seen.shape[1], np.isfinite(y)
        gone = seen[~there]
        total = self.products[step]
        total[:m, :m] -= (gone * w[~there, None]).T @ gone
        seen, known, w = seen[there], known[there].astype(float), w[there, None]
        across = (seen * w).T @ known
        total[:m, m:] += across
        total[m:, :m] += across.T
        total[m:, m:] += (known * w).T @ known
        y = y[there].astype(float) * w[:, 0]
        self.with_y[step, :m] += seen.T @ y
        self.with_y[step, m:] += known.T @ y

    def __add__(self, other):
        both = object.__new__(Sums)
        both.products = self.products + other.products
        both.with_y = self.with_y + other.with_y
        return both

    def solve(self, step, penalties):
        """Coefficients: the constant, of what is seen, of what is known.

        Args:
            step: Which step ahead.
            penalties: `(d,)`, of columns on a scale of 1; 0 for the constant.
        """
        products = self.products[step]
        n = max(products[0, 0], 1e-12)
        mean = products[0] / n
        spread = np.sqrt(np.maximum(np.diag(products) / n - mean**2, 0))
        fixed = spread < 1e-6
        spread[fixed] = 1.0
        # About the means, so that the constant is free.
        centred = products - n * np.outer(mean, mean)
        centred = centred / np.outer(spread, spread)
        with_y = (self.with_y[step] - mean * self.with_y[step, 0]) / spread
        centred[fixed] = centred[:, fixed] = 0
        with_y[fixed] = 0
        centred[np.diag_indices_from(centred)] += penalties + fixed + 1e-8
        found = np.linalg.solve(centred, with_y) / spread
        found[0] = 0
        found[0] = self.with_y[step, 0] / n - mean @ found
        return found


def penalty_shape(lags, extra, known, decay):
    """How much each column is penalised, in units of the penalty.

    Args:
        lags: How far back each seen value of a window lies, from 1.
        extra: Number of columns behind the window.
        known: Number of columns that are known ahead.
        decay: Power of the lag.
    """
    seen = np.asarray(lags, float) ** decay
    return np.r_[0.0, seen, np.ones(extra + known)]


def fit_direct(x, known, y, weights, shape, penalty=None):
    """Coefficients `(ahead, d)` of a ridge regression for each step ahead.

    Args:
        x: What is seen, as for `Sums`.
        known: What is known ahead, as for `Sums`.
        y: What comes, as for `Sums`.
        weights: Of the rows.
        shape: See `penalty_shape()`.
        penalty: `None`: the one that is best for the last of the rows, which
            are then learned from too.
    """
    ahead = y.shape[1]
    if penalty is not None or len(x) < 30:
        sums, chosen = Sums(x, known, y, weights), [penalty or 1.0] * ahead
    else:
        cut = int(len(x) * (1 - HELD))
        parts = [slice(0, cut), slice(cut, len(x))]
        first, last = (Sums(x[p], known[p], y[p], weights[p]) for p in parts)
        chosen = [_best(first, last, step, shape) for step in range(ahead)]
        sums = first + last
    return np.stack(
        [sums.solve(step, each * shape) for step, each in enumerate(chosen)]
    )


def _best(first, last, step, shape):
    """The penalty of least squared error of the held-out rows."""
    errors = []
    for penalty in PENALTIES:
        b = first.solve(step, penalty * shape)
        errors.append(b @ last.products[step] @ b - 2 * b @ last.with_y[step])
    return PENALTIES[int(np.argmin(errors))]


def predict_direct(coefficients, x, known):
    """Forecasts `(rows, ahead)`."""
    m = x.shape[1] + 1
    found = x @ coefficients[:, 1:m].T.astype(np.float32)
    beside = np.einsum(
        "nhk,hk->nh", known, coefficients[:, m:].astype(np.float32)
    )
    return found + beside + coefficients[:, 0].astype(np.float32)
