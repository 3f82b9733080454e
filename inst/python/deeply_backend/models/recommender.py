"""A recommender: a scorer, and who had what when it learned."""

import io

import numpy as np

from deeply_backend.data.interactions import parts_of
from deeply_backend.data.interactions import whole_of
from deeply_backend.judge import ranking
from deeply_backend.models.item_models import popularity
from deeply_backend.models.scorers import named
from deeply_backend.models.scorers import scorer_of

# Users whose scores are held at once.
SCORED_USERS = 512


class Recommender:
    """Ranks items for users.

    Users who had nothing get what is most popular, whatever the scorer.

    Args:
        scorer: See `scorers.py`.
        pairs: CSR `(users, items)` of weights, or of ones: who had what.
    """

    def __init__(self, scorer, pairs):
        self.scorer, self.pairs = scorer, pairs
        self.popularity = popularity(pairs)

    def scores(self, had, who=None):
        """Scores `(users, items)`, float32, for rows like those of `pairs`.

        Args:
            had: CSR `(users, items)`.
            who: Which of the users of `pairs` they are, -1 for none of them;
                `None`: none is.
        """
        found = np.asarray(self.scorer.scores(had, who), np.float32)
        found[np.diff(had.indptr) == 0] = self.popularity
        return found

    def places(self, held, history=None):
        """Where held-out items of the users come; see `ranking.rank()`.

        Args:
            held: CSR `(users, items)` of what is to be found.
            history: CSR of what these users had, who are none of `pairs`;
                `None`: they are those of `pairs`.
        """
        asked = np.flatnonzero(np.diff(held.indptr))
        had = (self.pairs if history is None else history)[asked]
        who = asked if history is None else None
        return ranking.rank(self._block(had, who), had, held[asked])

    def best(self, had, n, exclude_seen=True, who=None):
        """The `n` best items for some users; see `ranking.best()`."""
        seen = had if exclude_seen else None
        return ranking.best(self._block(had, who), seen, had.shape, n)

    def scores_of(self, asked, row, items):
        """Scores of pairs: of the users `asked[row]`, for `items`."""
        found = np.empty(len(items), np.float32)
        order = np.argsort(row, kind="stable")
        bounds = np.searchsorted(row[order], np.arange(len(asked) + 1))
        for first in range(0, len(asked), SCORED_USERS):
            last = min(first + SCORED_USERS, len(asked))
            mine = order[bounds[first] : bounds[last]]
            some = asked[first:last]
            scores = self.scores(self.pairs[some], some)
            found[mine] = scores[row[mine] - first, items[mine]]
        return found

    def reasons(self, had, items):
        """Of what each user had, the item most like each of some items.

        Args:
            had: CSR `(users, items)`.
            items: int `(users, n)`; -1 is none.

        Returns:
            int `(users, n)`; -1 where nothing is like it.
        """
        found = np.full(items.shape, -1)
        asked = np.unique(items[items >= 0])
        likeness = self.scorer.likeness(asked)
        if likeness is None:
            return found
        for user, line in enumerate(items):
            own = had.indices[had.indptr[user] : had.indptr[user + 1]]
            places = np.searchsorted(asked, line[line >= 0])
            if len(own) == 0 or len(places) == 0:
                continue
            alike = likeness[places[:, None], own]
            best = alike.argmax(axis=1)
            speaks = alike[np.arange(len(best)), best] > 0
            found[user, : len(best)] = np.where(speaks, own[best], -1)
        return found

    def _block(self, had, who):
        who = np.full(had.shape[0], -1) if who is None else np.asarray(who)
        return lambda first, last: self.scores(had[first:last], who[first:last])

    def to_bytes(self):
        """Everything, for `from_bytes()`."""
        file = io.BytesIO()
        pairs = {f"pairs.{k}": v for k, v in parts_of(self.pairs).items()}
        np.savez(file, **pairs, **named("scorer", self.scorer))
        return bytearray(file.getbuffer())

    @classmethod
    def from_bytes(cls, data):
        """Revives what `to_bytes()` gave."""
        with np.load(io.BytesIO(bytes(data)), allow_pickle=False) as file:
            arrays = dict(file)
        pairs = {
            k.removeprefix("pairs."): arrays.pop(k)
            for k in list(arrays)
            if k.startswith("pairs.")
        }
        return cls(scorer_of("scorer", arrays), whole_of(pairs))
