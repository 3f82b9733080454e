"""Factors of users and items, found by alternating least squares.

Hu, Koren & Volinsky (2008), Collaborative Filtering for Implicit Feedback
Datasets. Rendle et al. (2022), Revisiting the Performance of iALS on Item
Recommendation Benchmarks, for the weights and the penalty: the least of

    sum over pairs of weight * (1 - u v)**2
    + unobserved * sum over all users and items of (u v)**2
    + penalty * sum over u of strength(u) |u|**2, and over v likewise

with `strength` the weight of all terms that a user or an item is in, were that
of each pair 1, to the power of `frequency`. Given the items each user is a
least-squares problem, and the other way round, so users that come later are
found as those before were.
"""

import dataclasses

import numpy as np
import threadpoolctl

# Numbers that are held at once while rows are solved.
MOST_VALUES = 2**22


@dataclasses.dataclass(frozen=True)
class Weighting:
    """What pairs, their absence and large factors count.

    Args:
        penalty: Of the squared factors.
        unobserved: Weight of every user and item, whether a pair or not.
        frequency: From 0, where the penalty is the same for all users and
            items, to 1, where it grows as their weights do.
    """

    penalty: float
    unobserved: float
    frequency: float

    def ridge(self, n_pairs, n_others):
        """The penalty of a user that has `n_pairs` of `n_others` items."""
        strength = n_pairs + self.unobserved * n_others
        return self.penalty * strength**self.frequency


def ials(
    pairs,
    factors=64,
    penalty=0.01,
    unobserved=0.1,
    frequency=1.0,
    iterations=10,
    seed=0,
):
    """Factors of items.

    Args:
        pairs: CSR `(users, items)` of the weights of pairs, 1 on average.
        factors: How many numbers a user and an item have.
        penalty: See `Weighting`, as for the next two.
        unobserved: Weight of what is no pair.
        frequency: How the penalty grows with the weights.
        iterations: How often users and items are solved in turn.
        seed: Of the first factors.

    Returns:
        Factors `(items, factors)`, float32, and the `Weighting` by which
        `fold_in()` finds the users that belong to them.
    """
    weighting = Weighting(penalty, unobserved, frequency)
    generator = np.random.default_rng(seed)
    items = generator.normal(
        scale=0.1 / np.sqrt(factors), size=(pairs.shape[1], factors)
    ).astype(np.float32)
    turned = pairs.T.tocsr()
    for _ in range(iterations):
        users = fold_in(pairs, items, weighting)
        items = fold_in(turned, users, weighting)
    return items, weighting


def fold_in(pairs, factors, weighting):
    """The rows that fit best what they have had of given columns.

    Args:
        pairs: CSR `(rows, columns)` of the weights of pairs.
        factors: float32 `(columns, factors)`.
        weighting: A `Weighting`.

    Returns:
        float32 `(rows, factors)`; zeros for a row that has had nothing.
    """
    found = np.zeros((pairs.shape[0], factors.shape[1]), np.float32)
    # Many small systems: threads would spend their time on waiting.
    with threadpoolctl.threadpool_limits(1, "blas"):
        _fill(found, pairs, factors, weighting)
    return found


def _fill(found, pairs, factors, weighting):
    """Solves all rows, those with as many pairs together.

    They have the same penalty, and fill arrays without gaps.
    """
    everything = weighting.unobserved * (factors.T @ factors)
    counts = np.diff(pairs.indptr)
    order = np.argsort(counts, kind="stable")
    sizes, starts = np.unique(counts[order], return_index=True)
    for size, rows in zip(sizes, np.split(order, starts)[1:], strict=True):
        if size > 0:
            ridge = weighting.ridge(size, pairs.shape[1])
            base = everything + ridge * np.eye(len(everything))
            for some in _blocks(rows, size, factors.shape[1]):
                entries = pairs.indptr[some][:, None] + np.arange(size)
                found[some] = _solve(
                    base, factors, pairs.indices[entries], pairs.data[entries]
                )


def _blocks(rows, size, width):
    """Rows in blocks whose arrays hold at most `MOST_VALUES` each."""
    most = max(1, MOST_VALUES // (max(size, width) * width))
    return np.split(rows, np.arange(most, len(rows), most))


def _solve(base, factors, columns, weights):
    """Solves rows that have as many pairs each.

    The least squares are `(base + V'WV) u = V'W 1`. Of fewer pairs than factors
    the inverse of the base is one for all rows, and what is left has the size
    of the pairs: `u = base^-1 V' (W^-1 + V base^-1 V')^-1 1`.

    Args:
        base: `(factors, factors)`.
        factors: `(columns, factors)`.
        columns: Which columns the pairs are with, `(rows, pairs)`.
        weights: Of these pairs, the diagonal of W.
    """
    chosen = factors[columns]
    turned = chosen.transpose(0, 2, 1)
    if columns.shape[1] < len(base):
        spread = chosen @ np.linalg.inv(base).astype(np.float32)
        inner = spread @ turned
        diagonal = np.arange(columns.shape[1])
        inner[:, diagonal, diagonal] += 1 / weights
        ones = np.ones((*columns.shape, 1), np.float32)
        shares = np.linalg.solve(inner, ones)
        return (spread.transpose(0, 2, 1) @ shares)[:, :, 0]
    gram = base.astype(np.float32) + turned @ (weights[:, :, None] * chosen)
    aim = turned @ weights[:, :, None]
    return np.linalg.solve(gram, aim)[:, :, 0]
