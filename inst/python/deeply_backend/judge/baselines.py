"""The strong simple models: linear and gradient-boosted trees.

Both see the same encoded rows as the network. A fitted baseline is plain data
(coefficients, or the bytes of an XGBoost model), so that R can keep it.
"""

import importlib.util

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.linear_model import Ridge
from threadpoolctl import threadpool_limits

# Just enough ridge to make separable classes and repeated columns solvable.
RIDGE = 1.0


def design(inputs, levels):
    """Numbers and one-hot categories side by side, float32.

    Args:
        inputs: Dict of arrays as in `Rows.inputs`.
        levels: Number of levels of each category column; code 0 is unknown
            and gives zeros.
    """
    parts = [inputs["numeric"]] if "numeric" in inputs else []
    for column, size in enumerate(levels):
        eye = np.eye(size + 1, dtype=np.float32)[:, 1:]
        parts.append(eye[inputs["category"][:, column]])
    return np.concatenate(parts, axis=1) if len(parts) > 1 else parts[0]


def linear_model(task):
    """Linear or logistic regression with a faint ridge."""
    if task == "regression":
        return Ridge(alpha=RIDGE)
    return LogisticRegression(C=1 / RIDGE, max_iter=1000)


def fit_linear(x, y, weights, task, quantile_levels=()):
    """Fits `linear_model()`.

    Quantiles are the line, moved by those of its residuals.

    On one thread: how many add up decides the last bits, those when the solver
    stops, and then the third digit. A worker has fewer threads than a session.

    Returns:
        Dict of `coef` `(columns, outputs)` and `intercept` `(outputs,)`; of
        quantiles `coef` has one column for all.
    """
    if task == "binary" and np.ptp(y) == 0:
        return _always(y[0], len(y), x.shape[1])
    with threadpool_limits(1, user_api="blas"):
        model = linear_model(task).fit(x, y, sample_weight=weights)
    state = {
        "coef": np.atleast_2d(model.coef_).T.astype("float64"),
        "intercept": np.atleast_1d(model.intercept_).astype("float64"),
    }
    if len(quantile_levels) > 0:
        residuals = y - predict_linear(state, x)[:, 0]
        state["intercept"] = state["intercept"] + weighted_quantiles(
            residuals, weights, quantile_levels
        )
    return state


def weighted_quantiles(values, weights, levels):
    """The values below which shares of all weight lie, with lines between.

    A value stands in the middle of its weight (Hazen 1914).
    """
    order = np.argsort(values)
    weights = np.asarray(weights, "float64")[order]
    middle = (np.cumsum(weights) - weights / 2) / weights.sum()
    return np.interp(levels, middle, values[order])


def _always(label, n, columns):
    """A rare label may be the same in all rows, which gives nothing to fit.

    Laplace's rule of succession says how sure to be of the next row.
    """
    odds = np.log(n + 1) * (1 if label else -1)
    return {"coef": np.zeros((columns, 1)), "intercept": np.array([odds])}


def side_by_side(states):
    """The states of single outcomes as one that predicts them all."""
    if "model" in states[0]:
        return {
            f"model_{place}": state["model"]
            for place, state in enumerate(states, start=1)
        }
    return {
        key: np.concatenate([state[key] for state in states], axis=-1)
        for key in ("coef", "intercept")
    }


def predict_linear(state, x):
    """Outputs on the scale of the network's: logits or values."""
    return x @ np.asarray(state["coef"]) + np.asarray(state["intercept"])


OBJECTIVES = {
    "regression": "reg:squarederror",
    "binary": "binary:logistic",
    "multiclass": "multi:softprob",
}


def has_trees():
    """Whether the optional xgboost wheel is there."""
    return importlib.util.find_spec("xgboost") is not None


def fit_trees(x, y, weights, task, seed, quantile_levels=(), bins=256):
    """Fits XGBoost with its own defaults: 100 rounds, depth 6, rate 0.3.

    Chen & Guestrin (2016), XGBoost: A Scalable Tree Boosting System. For
    quantiles by the pinball loss.

    Args:
        x: `(rows, columns)`.
        y: Class indices or values `(rows,)`.
        weights: `(rows,)`.
        task: A key of `OBJECTIVES`.
        seed: Integer.
        quantile_levels: Numbers between 0 and 1, or none.
        bins: How many values of a column are told apart. Time and memory of
            many columns are in proportion to it.

    Returns:
        Dict with the model's bytes.
    """
    import xgboost

    parameters = {
        "objective": OBJECTIVES[task],
        "seed": int(seed),
        "max_bin": bins,
    }
    if task == "multiclass":
        parameters["num_class"] = int(y.max()) + 1
    if len(quantile_levels) > 0:
        parameters["objective"] = "reg:quantileerror"
        parameters["quantile_alpha"] = list(quantile_levels)
    booster = xgboost.train(
        parameters,
        # Of the values it keeps their bins alone, an eighth of the memory.
        xgboost.QuantileDMatrix(x, y, weight=weights, max_bin=bins),
        num_boost_round=100,
    )
    return {"model": bytearray(booster.save_raw("ubj"))}


def predict_trees(state, x):
    """Probabilities `(rows, classes)`, or values `(rows, outputs)`."""
    import xgboost

    data, parts = xgboost.DMatrix(x), []
    for model in state.values():
        booster = xgboost.Booster()
        booster.load_model(bytearray(model))
        parts.append(booster.predict(data).reshape(len(x), -1))
    return np.concatenate(parts, axis=1)
