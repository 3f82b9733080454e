"""How well an autoencoder gives rows back, beside the mean and PCA."""

import numpy as np
from sklearn.mixture import GaussianMixture
from sklearn.utils.extmath import randomized_svd
from threadpoolctl import threadpool_limits

# Rows that are looked at together.
BLOCK = 2_048

# Columns up to which PCA is computed from the covariances of all rows, and
# values of the rows that it is computed from beyond (128 MB).
MOST_COLUMNS = 1_500
MOST_VALUES = 2**25


def principal_axes(blocks, components):
    """Mean `(columns,)` and axes `(components, columns)` of the variation.

    Pearson (1901), On Lines and Planes of Closest Fit.

    Args:
        blocks: Function that yields rows `(some, columns)`, all of them each
            time it is called.
        components: How many axes; there are no more than columns.
    """
    n = total = scatter = 0
    for x in blocks():
        total, n = total + x.sum(axis=0, dtype=np.float64), n + len(x)
    mean = total / n
    # On one thread, as how many add up decides the last bits.
    with threadpool_limits(1, user_api="blas"):
        for x in blocks():
            centred = x - mean
            scatter = scatter + centred.T @ centred
        _, vectors = np.linalg.eigh(scatter)
    axes = vectors[:, ::-1][:, : int(components)].T
    return mean.astype(np.float32), axes.astype(np.float32)


def random_axes(x, components, seed):
    """As `principal_axes()`, of rows with many columns.

    Halko, Martinsson & Tropp (2011), Finding Structure with Randomness: random
    projections find the same axes but for rounding.
    """
    mean = x.mean(axis=0, dtype=np.float64).astype(np.float32)
    with threadpool_limits(1, user_api="blas"):
        _, _, axes = randomized_svd(
            x - mean,
            min(int(components), *x.shape),
            n_iter=4,
            random_state=int(seed),
        )
    return mean, axes.astype(np.float32)


def project(x, mean, axes):
    """Rows as the axes give them back."""
    return mean + ((x - mean) @ axes.T) @ axes


class Tally:
    """Sums up how rows come back, a block at a time.

    Args:
        flags: For each number the position of its indicator, from 1, or 0;
            `None` for images, all of whose pixels count.
        levels: Number of levels of each category.
    """

    def __init__(self, flags=None, levels=()):
        self.levels = [int(size) for size in levels]
        self.flags = None if flags is None else np.asarray(flags, int)
        self.squares = self.values = self.hits = self.cells = 0.0

    def add(self, true, made):
        """Counts rows `(rows, columns)`: numbers, then levels side by side."""
        n = true.shape[1] - sum(self.levels)
        numbers = np.square(true[:, :n].astype(np.float64) - made[:, :n])
        counts = np.ones(numbers.shape, bool)
        if self.flags is not None:
            for column, flag in enumerate(self.flags):
                if flag > 0:
                    counts[:, column] = true[:, flag - 1] == 0
                    counts[:, flag - 1] = False
        self.squares += float(numbers[counts].sum())
        self.values += float(counts.sum())
        for size in self.levels:
            own, said = true[:, n : n + size], made[:, n : n + size]
            known = own.any(axis=1)
            right = own.argmax(axis=1) == said.argmax(axis=1)
            self.hits += float((right & known).sum())
            self.cells += float(known.sum())
            n += size

    def result(self):
        """Dict of `rmse` and `accuracy`; NaN where there is no such column."""
        return {
            "rmse": np.sqrt(self.squares / self.values)
            if self.values
            else np.nan,
            "accuracy": self.hits / self.cells if self.cells else np.nan,
        }


def mixture(codes, most, seed):
    """A mixture of normal distributions that codes come from.

    Ghosh et al. (2020), From Variational to Deterministic Autoencoders: codes
    are not quite distributed as a variational autoencoder asks, and what is
    decoded from where none lies is not like what was learned from.

    Args:
        codes: `(rows, units)`.
        most: Number of components, fewer where codes are few.
        seed: Integer.

    Returns:
        Dict of `weights` `(components,)`, `means` `(components, units)` and
        `roots` `(components, units, units)`: lower triangles whose product with
        their transpose is the covariance.
    """
    codes = np.asarray(codes, np.float64)
    parts = int(min(most, max(1, len(codes) // (10 * codes.shape[1]))))
    spread = max(float(codes.var(axis=0).mean()), 1e-6)
    with threadpool_limits(1, user_api="blas"):
        found = GaussianMixture(
            parts, reg_covar=1e-3 * spread, random_state=int(seed), max_iter=60
        ).fit(codes)
        roots = np.linalg.cholesky(found.covariances_)
    return {"weights": found.weights_, "means": found.means_, "roots": roots}
