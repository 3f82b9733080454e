"""From what is known of a user or an item to its vector.

Gantner et al. (2010), Learning Attribute-to-Feature Mappings for Cold-Start
Recommendations: vectors are learned from who had what alone, and then those of
the known are explained by their features, so that later ones are placed too.
"""

import numpy as np
from scipy import sparse
from sklearn.linear_model import Ridge

# Columns up to which the ridge is solved at once, and not step by step.
MOST_COLUMNS = 2048


class FeatureMap:
    """Vectors as a sum over features, in plain arrays.

    Args:
        bias: float32 `(width,)`.
        weights: float32 `(columns of design(), width)`.
    """

    def __init__(self, bias, weights):
        self.bias, self.weights = bias, weights

    @classmethod
    def learned(cls, known, vectors, counts, penalty=0.5):
        """The ridge regression of vectors on features.

        Args:
            known: See `design()`.
            vectors: `(n, width)`.
            counts: How much each counts.
            penalty: Of the squares, in rows that count as the mean does.
        """
        used = np.flatnonzero(np.asarray(counts) > 0)
        x, counts = design(known)[used], np.asarray(counts)[used]
        steps = x.shape[1] > MOST_COLUMNS
        ridge = Ridge(penalty, solver="sparse_cg" if steps else "cholesky")
        x = x if steps else x.toarray()
        ridge.fit(x, vectors[used], counts / counts.mean())
        weights = np.reshape(ridge.coef_, (vectors.shape[1], -1)).T
        return cls(
            ridge.intercept_.astype(np.float32), weights.astype(np.float32)
        )

    def vectors(self, known):
        """Vectors `(n, width)`, float32, of what `design()` calls `known`."""
        return (design(known) @ self.weights + self.bias).astype(np.float32)

    def arrays(self):
        """What `FeatureMap(**arrays)` is made of again."""
        return {"bias": self.bias, "weights": self.weights}


def unit_rows(known):
    """`design()` with rows of length 1, or 0 where nothing is known."""
    found = design(known)
    lengths = np.sqrt(found.multiply(found).sum(axis=1)).A1
    inverse = sparse.diags(1 / np.where(lengths > 0, lengths, 1))
    return sparse.csr_matrix(inverse @ found, dtype=np.float32)


def design(known):
    """What is known of users or items as a CSR matrix.

    Args:
        known: Dict of some of `numeric` `(n, columns)`; `category`
            `(n, columns)`, codes from 1, or 0 for no known level, and `sizes`,
            how many levels each has; and `words`, a dict of `row` and `word`
            (both from 0), `value` and `size`, the number of words; and of `n`.
    """
    n = int(known["n"])
    parts = []
    if "numeric" in known:
        parts.append(sparse.csr_matrix(np.asarray(known["numeric"], float)))
    if "category" in known:
        codes = np.asarray(known["category"], np.int64)
        sizes = np.atleast_1d(known["sizes"]).astype(np.int64)
        firsts = np.cumsum(sizes) - sizes
        row, column = np.nonzero(codes)
        at = firsts[column] + codes[row, column] - 1
        ones = np.ones(len(row))
        parts.append(sparse.csr_matrix((ones, (row, at)), (n, sizes.sum())))
    if "words" in known:
        words = known["words"]
        row, word = (
            np.atleast_1d(words[name]).astype(np.int64)
            for name in ("row", "word")
        )
        values = np.atleast_1d(words["value"]).astype(float)
        shape = n, int(words["size"])
        parts.append(sparse.csr_matrix((values, (row, word)), shape))
    return sparse.hstack(parts, format="csr")
