"""How far made images are from true ones, by their features.

All functions take features `(images, features)` and compute in float64.
"""

import numpy as np

# Pairs that are held at once: 32 MB.
MOST_PAIRS = 2**22


def moments(x):
    """Mean `(features,)` and covariance `(features, features)`."""
    x = np.asarray(x, np.float64)
    return x.mean(axis=0), np.atleast_2d(np.cov(x, rowvar=False))


def frechet(x, y):
    """Squared Frechet distance between two Gaussians that fit the features.

    Dowson & Landau (1982), The Frechet Distance between Multivariate Normal
    Distributions; Heusel et al. (2017), GANs Trained by a Two Time-Scale Update
    Rule Converge to a Local Nash Equilibrium.
    """
    return frechet_of_moments(*moments(x), *moments(y))


def frechet_of_moments(mean_x, cov_x, mean_y, cov_y):
    """As `frechet()`, of means and covariances.

    The trace of the root of a product is that of a symmetric matrix with the
    same eigenvalues, which is never complex.
    """
    values, vectors = np.linalg.eigh(cov_x)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    inner = np.linalg.eigvalsh(root @ cov_y @ root)
    shared = np.sum(np.sqrt(np.maximum(inner, 0)))
    spread = np.trace(cov_x) + np.trace(cov_y) - 2 * shared
    return float(np.sum((mean_x - mean_y) ** 2) + max(spread, 0))


def kernel_distance(x, y, blocks=10, seed=0):
    """Squared kernel distance with its standard error over blocks.

    Binkowski et al. (2018), Demystifying MMD GANs: unbiased, with the kernel
    `(x y / features + 1)^3`.

    Args:
        x: Features.
        y: Those to compare with.
        blocks: Both are dealt into so many blocks, fewer if there would be less
            than ten rows in one.
        seed: Integer, for the dealing.

    Returns:
        `(distance, standard error)`; of one block the error is NaN.
    """
    n = min(len(x), len(y))
    blocks = max(1, min(blocks, n // 10))
    random = np.random.default_rng(seed)
    size = n // blocks
    mixed = [random.permutation(len(z))[: blocks * size] for z in (x, y)]
    found = [
        _block_distance(x[a], y[b])
        for a, b in zip(
            *(rows.reshape(blocks, size) for rows in mixed), strict=True
        )
    ]
    error = np.std(found, ddof=1) / np.sqrt(blocks) if blocks > 1 else np.nan
    return float(np.mean(found)), float(error)


def _block_distance(x, y):
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    n, m = len(x), len(y)

    def kernel(a, b):
        return (a @ b.T / a.shape[1] + 1) ** 3

    own_x, own_y = kernel(x, x), kernel(y, y)
    within = (own_x.sum() - np.trace(own_x)) / (n * (n - 1))
    within += (own_y.sum() - np.trace(own_y)) / (m * (m - 1))
    return within - 2 * kernel(x, y).mean()


def precision_recall(real, made, neighbours=3):
    """Which share of the made lies among the true ones, and the reverse.

    Kynkaanniemi et al. (2019), Improved Precision and Recall Metric for
    Assessing Generative Models: a row is among others if it is no farther from
    one of them than that is from its k-th neighbour.

    Returns:
        `(precision, recall)`.
    """
    return _covered(made, real, neighbours), _covered(real, made, neighbours)


def _covered(x, by, neighbours):
    radii = _radii(by, neighbours)
    inside = [
        (squares <= radii).any(axis=1) for squares in _squares_by_parts(x, by)
    ]
    return float(np.concatenate(inside).mean())


def _radii(x, neighbours):
    """Squared distance of each row to its k-th neighbour."""
    found = [
        # The row itself is the first.
        np.partition(squares, neighbours, axis=1)[:, neighbours]
        for squares in _squares_by_parts(x, x)
    ]
    return np.concatenate(found)


def nearest(x, among, few=1):
    """Distances `(rows, few)` to the nearest of others, and the nearest."""
    few = min(few, len(among))
    distances, rows = [], []
    for squares in _squares_by_parts(x, among):
        rows.append(squares.argmin(axis=1))
        near = np.partition(squares, few - 1, axis=1)[:, :few]
        distances.append(np.sort(near, axis=1))
    return np.sqrt(np.concatenate(distances)), np.concatenate(rows)


def diversity(x, pairs=20_000, seed=0):
    """Mean distance between two rows, over random pairs."""
    x = np.asarray(x, np.float64)
    random = np.random.default_rng(seed)
    first = random.integers(len(x), size=pairs)
    # Never a row and itself.
    other = (first + random.integers(1, len(x), size=pairs)) % len(x)
    total = 0.0
    for begin in range(0, pairs, 1000):
        some = slice(begin, begin + 1000)
        apart = x[first[some]] - x[other[some]]
        total += np.sqrt(np.square(apart).sum(axis=1)).sum()
    return float(total / pairs)


def _squares_by_parts(x, y):
    """Yields squared distances of some rows of `x` to all of `y`."""
    y = np.asarray(y, np.float32)
    of_y = np.square(y).sum(axis=1)
    most = max(1, MOST_PAIRS // len(y))
    for first in range(0, len(x), most):
        part = np.asarray(x[first : first + most], np.float32)
        squares = np.square(part).sum(axis=1)[:, None] + of_y - 2 * part @ y.T
        yield np.maximum(squares, 0)
