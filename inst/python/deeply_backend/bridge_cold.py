"""The verbs for users and items that come later; see `bridge.py`."""

from deeply_backend.bridge_recommend import Opaque
from deeply_backend.models import cold
from deeply_backend.models.cold_baselines import Alike
from deeply_backend.models.cold_baselines import Chance
from deeply_backend.models.cold_choice import choose
from deeply_backend.models.feature_maps import unit_rows


def choose_features(scorer, pairs, item, alone, seed):
    """What features of items count; see `cold_choice.choose()`."""
    return choose(scorer.value, pairs.value, item, alone, int(seed))


def map_features(scorer, pairs, user, item, alone, chosen):
    """A handle of a scorer that places others by their features.

    Args:
        scorer: Handle of a `scorers.Towers`.
        pairs: Handle of the pairs it learned from.
        user: See `cold.mapped()`.
        item: See `cold.mapped()`.
        alone: See `cold.mapped()`.
        chosen: What `choose_features()` gave; `None`: nothing was chosen.
    """
    return Opaque(
        cold.mapped(
            scorer.value, pairs.value, user, item, alone, chosen or cold.CHOSEN
        )
    )


def with_new(model, user, item, only_new):
    """A handle of a `cold.ColdRecommender`."""
    return cold.ColdRecommender.of(model, user, item, only_new)


def by_chance(model, seed):
    """The same recommender as `with_new()` gave, in random order."""
    return model.scored_by(Chance(len(model.scorer.items), int(seed)))


def by_features(model, item, seed):
    """The same, but by how alike items are to what a user had.

    Args:
        model: What `with_new()` gave.
        item: Features of all its items, see `feature_maps.design()`.
        seed: Decides between equals.
    """
    return model.scored_by(Alike(unit_rows(item), int(seed)))
