"""The verbs for recommenders; see `bridge.py`."""

import numpy as np
from scipy import sparse

from deeply_backend.data import interactions as data
from deeply_backend.data.histories import history_rows as rows_of
from deeply_backend.data.histories import pair_rows as rows_of_pairs
from deeply_backend.judge.ranking import discounted_gain
from deeply_backend.models import item_models
from deeply_backend.models.factor_models import ials
from deeply_backend.models.recommender import Recommender
from deeply_backend.models.scorers import Blend
from deeply_backend.models.scorers import Factors
from deeply_backend.models.scorers import ItemWeights
from deeply_backend.models.scorers import scorer_of_network
from deeply_backend.models.user_vectors import alike
from deeply_backend.models.user_vectors import user_vectors


def _by_weights(learn):
    return lambda pairs, **options: ItemWeights(learn(pairs, **options))


def _linear(pairs, couples=0, **options):
    couples = item_models.frequent_couples(pairs, couples) if couples else None
    weights = item_models.linear_autoencoder(pairs, couples=couples, **options)
    return ItemWeights(weights, couples)


METHODS = {
    "popularity": _by_weights(item_models.popularity),
    "item_knn": _by_weights(item_models.item_knn),
    "ease": _linear,
    "ials": lambda pairs, **options: Factors(*ials(pairs, **options)),
}


class Opaque:
    """What R hands on without looking into it: a matrix would be converted."""

    def __init__(self, value):
        self.value = value


def interactions(users, items, n_users, n_items, weights=None):
    """A handle for pairs of users and items, both from 0.

    Args:
        users: Row of each pair.
        items: Column of each pair.
        n_users: Number of users.
        n_items: Number of items.
        weights: How much each pair counts; `None`: all alike.
    """
    shape = int(n_users), int(n_items)
    return Opaque(data.matrix(_ints(users), _ints(items), weights, shape))


def item_scorer(method, pairs, options):
    """Learns a scorer without a network, by a key of `METHODS`.

    Args:
        method: The key.
        pairs: Handle of the pairs.
        options: Dict of arguments. An empty one comes from R as a list.
    """
    return Opaque(METHODS[method](pairs.value, **dict(options)))


def network_scorer(live, pairs):
    """The scorer of a trained network, and of what pairs it learned."""
    return Opaque(scorer_of_network(live.model, pairs.value))


def ranking_judge(pairs, held):
    """Judges a network by how far held-out items are from the top.

    Args:
        pairs: Handle of the pairs it learns from.
        held: Handle of the pairs to be found.
    """

    def judge(model):
        ranked = Recommender(scorer_of_network(model), pairs.value)
        places = ranked.places(held.value)
        return 1 - discounted_gain(places, pairs.value.shape[1]).mean()

    return Opaque(judge)


def blend_scorers(first, second, share):
    """See `scorers.Blend`."""
    return Opaque(Blend(first.value, second.value, share))


def recommender(scorer, pairs):
    """A handle of a `Recommender`."""
    return Recommender(scorer.value, pairs.value)


def save_recommender(model):
    """A `Recommender` as bytes."""
    return model.to_bytes()


def load_recommender(model):
    """Revives what `save_recommender()` gave."""
    return Recommender.from_bytes(model)


def try_linear(pairs, held, candidates, most_items, k):
    """Mean NDCG at `k` of linear autoencoders on held-out items.

    Args:
        pairs: Handle of the pairs to learn from.
        held: Handle of the pairs to be found.
        candidates: `(candidates, 4)`: penalty, dropout, evenness, and number
            of couples of each.
        most_items: Only so many items, the most popular ones, take part: what
            is best for them is best for the others, and takes far less time.
        k: Length of the list.
    """
    items = _most_popular(pairs.value, int(most_items))
    pairs, held = pairs.value[:, items], held.value[:, items]
    found = []
    for penalty, dropout, evenness, couples in np.atleast_2d(candidates):
        scorer = _linear(
            pairs,
            int(couples),
            penalty=float(penalty),
            dropout=float(dropout),
            evenness=float(evenness),
        )
        places = Recommender(scorer, pairs).places(held)
        found.append(discounted_gain(places, int(k)).mean())
    return np.array(found)


def _most_popular(pairs, n):
    order = np.argsort(-item_models.popularity(pairs), kind="stable")
    return np.sort(order[:n])


def history_rows(pairs, seed):
    """Dict of `rows`, a row buffer of users, their number and `width`."""
    rows = rows_of(pairs.value, seed)
    width = rows.arrays["history"].shape[1]
    return {"rows": rows, "learned": len(rows), "width": width}


def pair_rows(pairs):
    """Dict of `rows`, a row buffer of pairs, and their number."""
    rows = rows_of_pairs(pairs.value)
    return {"rows": rows, "learned": len(rows)}


def places(model, held, history=None):
    """Where held-out items come, in the order of users and items, from 0.

    Args:
        model: A `Recommender`.
        held: Handle of the pairs to be found.
        history: Handle of what these users had, who are none that the model
            knows; `None`: they are its own.
    """
    history = None if history is None else history.value
    return model.places(held.value, history).astype("float64")


def pairs_of(model):
    """A handle of the pairs that a `Recommender` knows."""
    return Opaque(model.pairs)


def scorer_of(model):
    """A handle of the scorer of a `Recommender`."""
    return Opaque(model.scorer)


def best_items(model, users, n, exclude_seen, history=None):
    """Dict of `items` (from 0; -1: none left) and `scores`, `(users, n)`.

    Args:
        model: A `Recommender`.
        users: Rows of `history`; -1 is a user who had nothing.
        n: How many items each gets.
        exclude_seen: Whether what a user had is left out.
        history: Handle of the pairs of these users; `None`: those of `model`.
    """
    had = _had(model, users, history)
    who = _ints(users) if history is None else None
    items, scores = model.best(had, int(n), exclude_seen, who)
    return {"items": items.astype("int32"), "scores": scores.astype("float64")}


def pair_scores(model, users, items):
    """Scores of pairs of users and items, both from 0."""
    users, items = _ints(users), _ints(items)
    asked, row = np.unique(users, return_inverse=True)
    scores = model.scores_of(asked, row, items)
    return scores.astype("float64")


def are_had(model, users, items, history=None):
    """Whether pairs, both from 0, are among those of a `Recommender`.

    Args:
        model: The `Recommender`.
        users: Rows of `history`.
        items: As many items.
        history: Handle of pairs of other users, which are looked at instead.
    """
    users, items = _ints(users), _ints(items)
    if len(users) == 0:
        return np.zeros(0, bool)
    pairs = data.binary(model.pairs if history is None else history.value)
    return np.asarray(pairs[users, items]).reshape(-1) > 0


def numbers_of(pairs):
    """How many items each user has, of a handle of pairs."""
    return np.diff(pairs.value.indptr).astype("float64")


def item_vectors(model, items):
    """Vectors `(items, length)` of some items; `None` where there are none."""
    found = model.scorer.vectors()
    return None if found is None else found[_ints(items)].astype("float64")


def reasons(model, users, items, history=None):
    """Of what each user had, what is most like each item; -1: nothing.

    Args:
        model: A `Recommender`.
        users: As for `best_items()`.
        items: As `best_items()` gave them.
        history: As for `best_items()`.
    """
    found = model.reasons(_had(model, users, history), np.atleast_2d(items))
    return found.astype("int32")


def _had(model, users, history):
    pairs = model.pairs if history is None else history.value
    nothing = sparse.csr_matrix((1, pairs.shape[1]), dtype=pairs.dtype)
    return sparse.vstack([pairs, nothing], format="csr")[_ints(users)]


def alike_items(model, items, n):
    """Dict of `items` (from 0) and `likeness`, `(items, n)`, the likest first.

    `None` where items are not compared.
    """
    items = _ints(items)
    found = model.scorer.likeness(items)
    if found is None:
        return None
    found = np.array(found, np.float32)
    found[np.arange(len(items)), items] = -np.inf
    top = np.argsort(-found, axis=1, kind="stable")[:, : int(n)]
    return {
        "items": top.astype("int32"),
        "likeness": np.take_along_axis(found, top, axis=1).astype("float64"),
    }


def alike_users(model, users, n):
    """Dict of `users` (from 0) and `likeness`, `(users, n)`, likest first."""
    vectors = user_vectors(model.scorer, model.pairs)
    found, likeness = alike(vectors, _ints(users), int(n))
    return {"users": found, "likeness": likeness.astype("float64")}


def _ints(values):
    return np.atleast_1d(np.asarray(values, np.int64))
