"""Where a piecewise-linear function of a column may bend.

All is learned from the rows that are given, which must be training rows.
"""

import numpy as np
from sklearn import tree

# Values to learn from at most, of all columns together, and rows.
SAMPLE_VALUES = 10_000_000
FEWEST_ROWS = 10_000
MOST_ROWS = 100_000

# Rows of a leaf, so that a step between two knots is no accident.
LEAF_ROWS = 32

# By how many times a split must beat one of noise.
GAIN = 10

# A column whose values come so often each has a knot at every value.
VALUE_ROWS = 20

# Values of a column at most, and of all columns together.
MOST_VALUES = 256
ALL_VALUES = 8192


def sample_rows(columns):
    """How many rows to learn from: trees of many columns take time."""
    return int(np.clip(SAMPLE_VALUES // columns, FEWEST_ROWS, MOST_ROWS))


def learn(rows, flags, how, bins, classes):
    """Knots of each column.

    Args:
        rows: `(inputs, y, weights)` of training rows: `inputs["numeric"]`
            `(rows, columns)`, finite, and a number or class index a row, or
            several, whose trees then split for all of them.
        flags: For each column the position of the column that is 1 where it is
            missing, or -1; what is missing teaches nothing.
        how: "tree" (Gorishniy et al. 2022: where a decision tree of this column
            alone splits) or "quantile".
        bins: Pieces of a column at most.
        classes: Whether `y` has class indices.

    Returns:
        A list of increasing float32 arrays. The smallest and the largest value
        are knots, and every value of a column that has few: a number may stand
        for a case of its own, as a zero often does.
    """
    inputs, y, weights = rows
    numeric = inputs["numeric"]
    few = int(np.clip(ALL_VALUES // numeric.shape[1], 2, MOST_VALUES))
    kind = (
        tree.DecisionTreeClassifier if classes else tree.DecisionTreeRegressor
    )

    def splits(x, at):
        if how == "quantile":
            return np.quantile(x, np.linspace(0, 1, bins + 1))
        return tree_splits(kind, x, y[at], weights[at], bins)

    return [
        column_knots(x, at, splits, few) for x, at in _known(numeric, flags)
    ]


def _known(numeric, flags):
    """Yields the known values of each column, and their rows."""
    for x, flag in zip(numeric.T, flags, strict=True):
        at = slice(None) if flag < 0 else numeric[:, flag] == 0
        yield x[at], at


def column_knots(x, at, splits, few):
    """Knots of one column.

    Args:
        x: Its values.
        at: Their rows.
        splits: Function of both that says where to bend.
        few: How many values are few.
    """
    values = np.unique(x)
    if len(values) == 0:
        # Missing in every row of the sample.
        return np.zeros(1, np.float32)
    if len(values) <= min(few, max(2, len(x) / VALUE_ROWS)):
        return values
    return np.unique(np.float32([values[0], *splits(x, at), values[-1]]))


def tree_splits(kind, x, y, weights, bins):
    """Thresholds of a decision tree with a leaf a bin.

    Noise alone lowers the spread of `n` outcomes by about an `n`-th of it with
    each split, so a split has to do better than that.
    """
    shape = {"min_samples_leaf": LEAF_ROWS, "random_state": 0}
    stump = kind(max_depth=1, **shape).fit(x[:, None], y, weights)
    noise = stump.tree_.impurity[0] / len(x)
    grown = kind(
        max_leaf_nodes=bins, min_impurity_decrease=GAIN * noise, **shape
    ).fit(x[:, None], y, weights)
    return grown.tree_.threshold[grown.tree_.feature >= 0]
