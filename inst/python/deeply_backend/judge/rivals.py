"""Rivals of a network: what else could be fitted to the same encoded rows.

A baseline is kept in a fit; a rival only has to predict once, so that it is
fitted, timed, asked and forgotten in one go. What has one number to choose
(penalty, neighbours, pruning) chooses it by cross-validation on its own rows;
what has many (`tuned_trees.py`) by rows that are held out.
"""

import pickle
import time

import joblib
import numpy as np
from sklearn import dummy
from sklearn import ensemble
from sklearn import linear_model
from sklearn import model_selection
from sklearn import neighbors
from sklearn import neural_network
from sklearn import tree
from sklearn.utils import validation
from threadpoolctl import threadpool_limits

from deeply_backend.judge import baselines
from deeply_backend.judge import tuned_trees

INNER_FOLDS = 3

# L2 penalties from next to none to nearly all.
PENALTIES = np.logspace(-2, 4, 7)


def trivial(y, classes, seed):
    """The mean, or the class shares."""
    return dummy.DummyClassifier() if classes else dummy.DummyRegressor()


def linear(y, classes, seed):
    """The same as the baseline."""
    return baselines.linear_model("classes" if classes else "regression")


def ridge(y, classes, seed):
    """Hoerl & Kennard (1970), Ridge Regression: the penalty is chosen.

    By leave-one-out for numbers, where that costs one fit.
    """
    if not classes:
        return linear_model.RidgeCV(PENALTIES)
    model = linear(y, classes, seed)
    return search(model, {"C": 1 / PENALTIES}, y, classes, seed)


def knn(y, classes, seed):
    """Cover & Hart (1967), Nearest Neighbor Pattern Classification."""
    kinds = (neighbors.KNeighborsRegressor, neighbors.KNeighborsClassifier)
    # A third of the rows are held out, and neighbours must be there.
    most = max(1, 2 * len(y) // 3 - 1)
    grid = [k for k in (1, 5, 15, 45, 135) if k <= most]
    model = kinds[classes > 0](n_neighbors=min(15, most))
    return search(model, {"n_neighbors": grid}, y, classes, seed)


def decision_tree(y, classes, seed):
    """Breiman et al. (1984), CART: grown, then pruned by its complexity."""
    kinds = (tree.DecisionTreeRegressor, tree.DecisionTreeClassifier)
    model = kinds[classes > 0](
        min_samples_leaf=5, ccp_alpha=0.001, random_state=seed
    )
    grid = {"ccp_alpha": [0, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1]}
    return search(model, grid, y, classes, seed)


def forest(y, classes, seed):
    """Breiman (2001), Random Forests: 200 trees.

    Leaves of some rows, as shares of single rows are poor probabilities
    (Malley et al. 2012, Probability Machines).
    """
    if classes:
        return ensemble.RandomForestClassifier(
            200, min_samples_split=10, max_features="sqrt", random_state=seed
        )
    return ensemble.RandomForestRegressor(
        200, min_samples_leaf=5, max_features=1 / 3, random_state=seed
    )


def boosted_trees(y, classes, seed):
    """The same as the baseline, or scikit-learn's where XGBoost is not."""
    if not baselines.has_trees():
        kinds = (
            ensemble.HistGradientBoostingRegressor,
            ensemble.HistGradientBoostingClassifier,
        )
        return kinds[classes > 0](random_state=seed)
    import xgboost

    kinds = (xgboost.XGBRegressor, xgboost.XGBClassifier)
    return kinds[classes > 0](random_state=seed)


def searched_trees(y, classes, seed):
    """XGBoost with settings of its own for these rows."""
    return tuned_trees.TunedTrees(classes and len(np.unique(y)), seed)


def mlp(y, classes, seed):
    """scikit-learn's multilayer perceptron: its defaults, but stopped early.

    One layer of 100 units (ReLU; Adam, at most 200 epochs). It holds a tenth
    out by itself, if that is two rows and can have one of each class.
    """
    most = np.ceil(len(y) / 10)
    early = most >= 2
    if classes:
        counts = np.unique(y, return_counts=True)[1]
        early = early and counts.min() >= 2 and most >= len(counts)
    kinds = (neural_network.MLPRegressor, neural_network.MLPClassifier)
    return kinds[classes > 0](early_stopping=bool(early), random_state=seed)


RIVALS = {
    "trivial": trivial,
    "linear": linear,
    "ridge": ridge,
    "knn": knn,
    "tree": decision_tree,
    "forest": forest,
    "trees": boosted_trees,
    "tuned_trees": searched_trees,
    "mlp": mlp,
}


def inner_folds(y, classes, seed):
    """Folds within the training rows, or `None` where a class has one row."""
    if not classes:
        n = min(INNER_FOLDS, len(y))
        return model_selection.KFold(n, shuffle=True, random_state=seed)
    n = min(INNER_FOLDS, np.unique(y, return_counts=True)[1].min())
    if n < 2:
        return None
    return model_selection.StratifiedKFold(n, shuffle=True, random_state=seed)


def search(model, grid, y, classes, seed):
    """A model that chooses from a grid; where it cannot, the model itself."""
    folds = inner_folds(y, classes, seed)
    if folds is None:
        return model
    scoring = closeness if classes else "neg_mean_squared_error"
    return model_selection.GridSearchCV(model, grid, cv=folds, scoring=scoring)


def closeness(model, x, y, sample_weight=None):
    """Minus the Brier score (1950), over all classes.

    Log loss would choose by single rows: a pure leaf that errs once costs 36.
    """
    hit = y[:, None] == model.classes_
    scores = np.sum((model.predict_proba(x) - hit) ** 2, 1)
    return -np.average(scores, weights=sample_weight)


def fit_arguments(kind, model, weights, held_out):
    """What a rival takes beside the rows and their outcome."""
    # scikit-learn's perceptron takes weights from 1.7 on.
    weighted = kind != "knn" and (
        kind != "mlp" or validation.has_fit_parameter(model, "sample_weight")
    )
    taken = {"sample_weight": weights} if weighted else {}
    if kind == "tuned_trees":
        taken["held_out"] = held_out
    return taken


def compete(kind, x, y, weights, x_new, classes, seed, held_out=()):
    """Fits a rival to some rows and predicts others.

    Args:
        kind: A name in `RIVALS`.
        x: Encoded rows, as `baselines.design()` gives them.
        y: Numbers, or class indices from 0.
        weights: A number a row. Nearest neighbours do not look at it.
        x_new: Encoded rows to predict.
        classes: Number of classes; 0 for a regression.
        seed: Integer.
        held_out: Numbers of the rows, from 0, that judge the trials of
            `tuned_trees`. Others draw what they need.

    Returns:
        Dict of `predicted`: values `(rows, 1)`, probabilities of the event
        `(rows, 1)` or of all classes `(rows, classes)`; `fit_seconds`,
        `predict_seconds` and `bytes` (of the fitted model, pickled).
    """
    present, y = np.unique(y, return_inverse=True) if classes else (None, y)
    model = RIVALS[kind](y, classes, seed)
    taken = fit_arguments(kind, model, weights, held_out)
    # As for the baselines; and BLAS with threads of its own may hang in others.
    with threadpool_limits(1, user_api="blas"):
        started = time.perf_counter()
        with joblib.parallel_backend("threading", n_jobs=-1):
            model.fit(x, y, **taken)
        fitted = time.perf_counter()
        # On one core, as a sum in the order in which threads end differs in
        # its last bits.
        answer = model.predict_proba(x_new) if classes else model.predict(x_new)
        ended = time.perf_counter()
    return {
        "predicted": outputs(answer, present, classes),
        "fit_seconds": fitted - started,
        "predict_seconds": ended - fitted,
        "bytes": len(pickle.dumps(model)),
    }


def outputs(answer, present, classes):
    """Predictions as R takes them; a class without a row has no chance."""
    if not classes:
        return np.reshape(answer, (-1, 1)).astype("float64")
    prob = np.zeros((len(answer), classes))
    prob[:, present.astype(int)] = answer
    return prob[:, 1:] if classes == 2 else prob
