"""Users and items that came after a recommender was learned."""

import numpy as np
from scipy import sparse

from deeply_backend.data.interactions import parts_of
from deeply_backend.data.interactions import whole_of
from deeply_backend.models.feature_maps import FeatureMap
from deeply_backend.models.feature_maps import unit_rows
from deeply_backend.models.recommender import Recommender
from deeply_backend.models.scorers import KINDS
from deeply_backend.models.scorers import Towers
from deeply_backend.models.scorers import cosines

# The power of how many pairs a vector was learned from, that it counts.
TRUST = 0.25

# What it counts, beside the product of vectors, that the title of a new item is
# like those of what a user had: sequels share more than a map of words tells.
ALIKE = 3.0


class FeatureTowers:
    """Towers, and how others are placed by what is known of them.

    Args:
        towers: A `scorers.Towers`.
        maps: Dict of a `FeatureMap` for "user", "item", or both, to vectors,
            those of items with the bias behind them.
        titles: CSR `(items, words)` of length 1 or 0: those of the known items,
            if it counts how alike those of new ones are; else `None`.
    """

    kind = "feature_towers"

    def __init__(self, towers, maps, titles=None):
        self.towers, self.maps, self.titles = towers, maps, titles

    def scores(self, had, who=None):
        """Those of the towers."""
        return self.towers.scores(had, who)

    def likeness(self, items):
        """That of the towers."""
        return self.towers.likeness(items)

    def vectors(self):
        """Those of the towers."""
        return self.towers.vectors()

    def placed(self, side, known):
        """Vectors of new users, or of new items with their biases.

        Args:
            side: "user" or "item".
            known: See `feature_maps.design()`; `None`: there are none.
        """
        if known is None:
            width = self.towers.items.shape[1] + (side == "item")
            return np.zeros((0, width), np.float32)
        return self.maps[side].vectors(known)

    def arrays(self):
        """What `from_arrays()` needs."""
        parts = {side: part.arrays() for side, part in self.maps.items()}
        parts["towers"] = self.towers.arrays()
        if self.titles is not None:
            parts["titles"] = parts_of(self.titles)
        return {
            f"{owner}.{name}": values
            for owner, part in parts.items()
            for name, values in part.items()
        }

    @classmethod
    def from_arrays(cls, arrays):
        """Makes it of what `arrays()` gave."""
        parts = {}
        for name, values in arrays.items():
            owner, name = name.split(".", 1)
            parts.setdefault(owner, {})[name] = values
        towers = Towers.from_arrays(parts.pop("towers"))
        titles = parts.pop("titles", None)
        titles = None if titles is None else whole_of(titles)
        maps = {side: FeatureMap(**values) for side, values in parts.items()}
        return cls(towers, maps, titles)


KINDS[FeatureTowers.kind] = FeatureTowers


def mapped(towers, pairs, user=None, item=None, alone=False):
    """Towers whose vectors are explained by features.

    How many pairs a vector was learned from says how far it is to be trusted,
    but by its fourth root: what everyone has is not to explain all the rest.

    Args:
        towers: A `scorers.Towers`.
        pairs: CSR `(users, items)` it was learned from.
        user: What is known of users, see `feature_maps.design()`, with
            `known`, whether it is anything; `None`: nothing of anyone.
        item: The same of items.
        alone: Whether the features alone place the known too, and nothing but
            the maps counts.

    Returns:
        A `FeatureTowers`.
    """
    features = {"user": user, "item": item}
    features = {side: x for side, x in features.items() if x is not None}
    vectors = {
        "user": towers.users,
        "item": np.column_stack([towers.items, towers.item_bias]),
    }
    counts = {"user": pairs.getnnz(axis=1), "item": pairs.getnnz(axis=0)}
    maps = {
        side: FeatureMap.learned(
            known,
            vectors[side],
            counts[side] ** TRUST * np.ravel(known["known"]),
        )
        for side, known in features.items()
    }
    if alone:
        found = {s: maps[s].vectors(known) for s, known in features.items()}
        return FeatureTowers(_placed_anew(towers, {**vectors, **found}), maps)
    return FeatureTowers(towers, maps, _titles(item))


def _titles(item):
    """The words of items alone, or `None` if they have none."""
    if item is None or "words" not in item:
        return None
    return unit_rows({name: item[name] for name in ("words", "n")})


def _placed_anew(towers, vectors):
    """The same towers with other vectors, those of items with their bias."""
    changed = {
        "users": vectors["user"],
        "items": vectors["item"][:, :-1].copy(),
        "item_bias": vectors["item"][:, -1].copy(),
    }
    return Towers.from_arrays({**towers.arrays(), **changed})


class Widened:
    """A scorer of known users and items, and of some that are new.

    The new ones are counted behind the known ones.

    Args:
        scorer: A `FeatureTowers`.
        user, item: Features of the new ones, with `known`, or `None`.
    """

    def __init__(self, scorer, user=None, item=None):
        self.towers = scorer.towers
        self.users = scorer.placed("user", user)
        new = scorer.placed("item", item)
        self.items = np.concatenate([self.towers.items, new[:, :-1]])
        self.bias = np.concatenate([self.towers.item_bias, new[:, -1]])
        self.titles = None if item is None else scorer.titles
        self.new_titles = _titles(item)
        told = np.zeros(0, bool) if item is None else np.ravel(item["known"])
        self.untold = len(self.towers.items) + np.flatnonzero(~told)

    def scores(self, had, who):
        """Scores `(users, items)`, float32."""
        n_users, n_items = len(self.towers.users), len(self.towers.items)
        new = who >= n_users
        vectors = np.empty((len(who), self.items.shape[1]), np.float32)
        vectors[new] = self.users[who[new] - n_users]
        vectors[~new] = self.towers.user_vectors(
            had[~new][:, :n_items], who[~new]
        )
        found = vectors @ self.items.T + self.bias
        if self.titles is not None:
            found[:, n_items:] += ALIKE * self._alike(had[:, :n_items])
        # Of what nothing is known nothing speaks for: behind all others.
        last = found.min(axis=1, keepdims=True) - 1
        found[:, self.untold] = last - np.arange(len(self.untold))
        return found

    def _alike(self, had):
        """How alike new titles are to those users had, `(users, new items)`.

        Sums of cosines, by the root of how many there are, so that neither the
        many nor the few decide.
        """
        roots = np.sqrt(np.maximum(had.getnnz(axis=1), 1))
        had = sparse.diags(1 / roots) @ had @ self.titles
        return (had @ self.new_titles.T).toarray()

    def likeness(self, items):
        """Cosines of the items' vectors, `(len(items), items)`."""
        return cosines(self.items, items)


class ColdRecommender(Recommender):
    """Ranks items, some of which are new, for users, some of whom are new.

    Args:
        scorer: Of the known and the new, such as a `Widened`.
        pairs: CSR `(users, items)` of all of them: who had what.
        told: Which of the new users something is known of.
        old: How many items, the first ones, are not ranked.
    """

    def __init__(self, scorer, pairs, told, old):
        super().__init__(scorer, pairs)
        self.told, self.old = told, old

    @classmethod
    def of(cls, model, user=None, item=None, only_new=False):
        """Makes it of a `Recommender`.

        Args:
            model: The recommender.
            user: See `Widened`.
            item: See `Widened`.
            only_new: Whether the new items alone are ranked.
        """
        n_users, n_items = model.pairs.shape
        scorer = Widened(model.scorer, user, item)
        pairs = model.pairs.copy()
        pairs.resize((n_users + len(scorer.users), len(scorer.items)))
        told = np.zeros(0, bool) if user is None else np.ravel(user["known"])
        told = n_users + np.flatnonzero(told)
        return cls(scorer, pairs, told, n_items if only_new else 0)

    def scored_by(self, scorer):
        """The same with another scorer."""
        return ColdRecommender(scorer, self.pairs, self.told, self.old)

    def scores(self, had, who=None):
        """See `Recommender.scores()`; new users are known by their features."""
        who = np.full(had.shape[0], -1) if who is None else np.asarray(who)
        found = np.asarray(self.scorer.scores(had, who), np.float32)
        nothing = (np.diff(had.indptr) == 0) & ~np.isin(who, self.told)
        found[nothing] = self.popularity
        return found

    def _block(self, had, who):
        block = super()._block(had, who)

        def scores(first, last):
            found = block(first, last)
            found[:, : self.old] = -np.inf
            return found

        return scores
