"""Users and items that came after a recommender was learned."""

import numpy as np

from deeply_backend.models.cold_neighbours import Neighbours
from deeply_backend.models.feature_maps import FeatureMap
from deeply_backend.models.feature_maps import unit_rows
from deeply_backend.models.recommender import Recommender
from deeply_backend.models.scorers import KINDS
from deeply_backend.models.scorers import ItemVectors
from deeply_backend.models.scorers import Towers
from deeply_backend.models.towers import SIDES

# The power of how many pairs a vector was learned from, that it counts.
TRUST = 0.25

# The penalty of a map, and what neighbours count, where nothing is chosen.
CHOSEN = {"ridge": 0.5, "likeness": 3.0}


class FeatureTowers:
    """Towers, and how others are placed by what is known of them.

    Args:
        towers: A `scorers.Towers`.
        maps: Dict of a `FeatureMap` for "user", "item", or both, to vectors,
            those of items with the bias behind them.
        neighbours: `Neighbours` of new items, or `None`.
    """

    kind = "feature_towers"

    def __init__(self, towers, maps, neighbours=None):
        self.towers, self.maps, self.neighbours = towers, maps, neighbours

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
        if self.neighbours is not None:
            parts["neighbours"] = self.neighbours.arrays()
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
        neighbours = parts.pop("neighbours", None)
        if neighbours is not None:
            neighbours = Neighbours.from_arrays(neighbours)
        maps = {side: FeatureMap(**values) for side, values in parts.items()}
        return cls(towers, maps, neighbours)


KINDS[FeatureTowers.kind] = FeatureTowers


def mapped(towers, pairs, user=None, item=None, alone=False, chosen=CHOSEN):
    """Towers whose vectors are explained by features.

    Args:
        towers: A `scorers.Towers`.
        pairs: CSR `(users, items)` it was learned from.
        user: What is known of users, see `feature_maps.design()`, with
            `known`, whether it is anything; `None`: nothing of anyone.
        item: The same of items.
        alone: Whether the features alone place the known too, and nothing but
            the maps counts.
        chosen: What `choose()` gave.

    Returns:
        A `FeatureTowers`.
    """
    features = {"user": user, "item": item}
    penalties = {"user": CHOSEN["ridge"], "item": chosen["ridge"]}
    maps = {
        side: side_map(towers, pairs, side, known, penalties[side])
        for side, known in features.items()
        if known is not None
    }
    if alone:
        return FeatureTowers(_placed_anew(towers, maps, features), maps)
    if item is None or chosen["likeness"] == 0:
        return FeatureTowers(towers, maps)
    neighbours = Neighbours(unit_rows(item), chosen["likeness"])
    return FeatureTowers(towers, maps, neighbours)


def side_map(towers, pairs, side, known, penalty):
    """The `FeatureMap` of users or of items.

    How many pairs a vector was learned from says how far it is to be trusted,
    but by its fourth root: what everyone has is not to explain all the rest.
    """
    counts = pairs.getnnz(axis=1 if side == "user" else 0)
    trust = counts**TRUST * np.ravel(known["known"])
    return FeatureMap.learned(known, side_vectors(towers, side), trust, penalty)


def side_vectors(towers, side):
    """Vectors of users, or of items with their biases behind them."""
    if side == "user":
        return towers.users
    return np.column_stack([towers.items, towers.item_bias])


def _placed_anew(towers, maps, features):
    """The same towers with vectors by features alone, on sides with some."""
    users, items = (
        maps[side].vectors(features[side])
        if side in maps
        else side_vectors(towers, side)
        for side in SIDES
    )
    changed = {
        "users": users,
        "items": items[:, :-1].copy(),
        "item_bias": items[:, -1].copy(),
    }
    return Towers.from_arrays({**towers.arrays(), **changed})


class Widened(ItemVectors):
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
        self.neighbours = None if item is None else scorer.neighbours
        self.features = None if item is None else unit_rows(item)
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
        if self.neighbours is not None:
            found[:, n_items:] += self.neighbours.scores(
                had[:, :n_items], self.features
            )
        # Of what nothing is known nothing speaks for: behind all others.
        last = found.min(axis=1, keepdims=True) - 1
        found[:, self.untold] = last - np.arange(len(self.untold))
        return found


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
