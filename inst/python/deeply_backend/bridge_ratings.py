"""The verbs for recommenders that learn ratings; see `bridge.py`."""

import numpy as np

from deeply_backend.bridge_recommend import Opaque
from deeply_backend.bridge_recommend import numbers_of
from deeply_backend.data import interactions as data
from deeply_backend.data.ratings import rating_rows as rows_of
from deeply_backend.data.ratings import scale_of
from deeply_backend.models import ratings
from deeply_backend.models.item_models import popularity
from deeply_backend.models.ratings import Rater
from deeply_backend.models.ratings import Ratings
from deeply_backend.models.ratings import Ridge

METHODS = {
    "mean": ratings.only_mean,
    "biases": ratings.biases,
}


def rated(users, items, values, n_users, n_items):
    """A handle for ratings of items by users, both from 0."""
    users, items, values = (np.atleast_1d(x) for x in (users, items, values))
    shape = int(n_users), int(n_items)
    users, items = users.astype(np.int64), items.astype(np.int64)
    return Opaque(data.matrix(users, items, values, shape))


def rating_rows(pairs, held):
    """Rows of ratings for a network.

    Returns:
        Dict of `rows`, a row buffer, how many to learn from and to judge, and
        `user_counts` and `item_counts`, how many ratings to learn from each
        has.
    """
    held = None if held is None else held.value
    rows, n_learned = rows_of(pairs.value, held)
    return {
        "rows": rows,
        "learned": n_learned,
        "judged": len(rows) - n_learned,
        "user_counts": numbers_of(pairs),
        "item_counts": popularity(pairs.value).astype("float64"),
    }


def simple_rater(method, pairs, options):
    """Learns to predict ratings without a network, by a key of `METHODS`.

    Args:
        method: The key.
        pairs: Handle of the ratings.
        options: Dict of arguments. An empty one comes from R as a list.
    """
    found = METHODS[method](pairs.value, **dict(options))
    return Rater(found, pairs.value)


def network_rater(live, ridge, pairs):
    """A `Rater` of a trained network.

    Args:
        live: The network.
        ridge: Fields of the `Ridge` of users.
        pairs: Handle of the ratings that it learned from.
    """
    ridge = Ridge(*(float(x) for x in ridge))
    scorer = Ratings.of(live.model, ridge, *scale_of(pairs.value))
    return Rater(scorer, pairs.value)


def load_rater(model):
    """Revives what `save_recommender()` gave of a `Rater`."""
    return Rater.from_bytes(model)


def predicted_ratings(model, users, items, history=None):
    """Ratings of pairs, from 0; -1: not known. See `Rater.ratings_of()`."""
    users, items = (
        np.atleast_1d(np.asarray(x, np.int64)) for x in (users, items)
    )
    history = None if history is None else history.value
    return model.ratings_of(users, items, history).astype("float64")


def try_biases(pairs, held, candidates):
    """Root mean squared error of biases on held-out ratings.

    Args:
        pairs: Handle of the ratings to learn from.
        held: Handle of those to be predicted.
        candidates: `(candidates, 2)`: penalties of users and of items.
    """
    asked = held.value.tocoo()
    found = []
    for user, item in np.atleast_2d(candidates):
        scorer = ratings.biases(pairs.value, float(user), float(item), 5)
        model = Rater(scorer, pairs.value)
        error = model.ratings_of(asked.row, asked.col) - asked.data
        found.append(np.sqrt(np.mean(np.square(error, dtype=np.float64))))
    return np.array(found)
