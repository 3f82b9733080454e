"""New items by how alike their features are to those of what a user had."""

import numpy as np
from scipy import sparse

from deeply_backend.data.interactions import binary
from deeply_backend.data.interactions import parts_of
from deeply_backend.data.interactions import whole_of


class Neighbours:
    """What likeness adds to the scores of new items.

    Sequels share more than a map from features to vectors tells.

    Args:
        features: CSR `(items, columns)` of the known items, rows of length 1 or
            0.
        weight: What a cosine counts.
    """

    def __init__(self, features, weight):
        self.features, self.weight = features, float(weight)

    def scores(self, had, new):
        """Scores `(users, new items)`, float32.

        Args:
            had: CSR `(users, items)`.
            new: Features of the new items, as those of the known.
        """
        return self.weight * likeness(had, self.features, new)

    def arrays(self):
        """What `from_arrays()` needs."""
        return {"weight": np.float64(self.weight), **parts_of(self.features)}

    @classmethod
    def from_arrays(cls, arrays):
        """Makes it of what `arrays()` gave."""
        arrays = dict(arrays)
        weight = arrays.pop("weight")
        return cls(whole_of(arrays), weight)


def likeness(had, known, new):
    """How alike new items are to those that users had, `(users, new items)`.

    Sums of cosines, by the root of how many there are, so that neither the many
    nor the few decide.
    """
    roots = np.sqrt(np.maximum(had.getnnz(axis=1), 1))
    had = sparse.diags(1 / roots) @ binary(had) @ known
    return (had @ new.T).toarray().astype(np.float32)
