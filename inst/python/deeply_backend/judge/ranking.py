"""Where held-out items come when all items are ranked for each user."""

import concurrent.futures
import os

import numpy as np

# Scores that are held at once, by each thread.
MOST_SCORES = 2**22


def rank(score, seen, held):
    """Places of held-out items among all that a user has not had.

    Args:
        score: Function of a first and a last row that gives `(rows, items)`.
        seen: CSR `(users, items)`: what is left out of each ranking.
        held: CSR `(users, items)`: the items to be found.

    Returns:
        int32, as many as `held` has entries and in their order: how many items
        have a greater score.
    """
    places = np.empty(held.nnz, np.int32)

    def fill(first, last):
        scores = _unseen(score(first, last), seen, first, last)
        for row in range(first, last):
            mine = slice(held.indptr[row], held.indptr[row + 1])
            line = scores[row - first]
            own = line[held.indices[mine]]
            places[mine] = (line[None] > own[:, None]).sum(axis=1)

    _each_block(fill, held.shape)
    return places


def discounted_gain(places, k):
    """Discounted gain of each place (from 0) in a list of `k`, at most 1.

    Järvelin & Kekäläinen (2002), Cumulated Gain-based Evaluation of IR
    Techniques. Of one held-out item a user it is the NDCG.
    """
    return np.where(places < k, 1 / np.log2(places + 2.0), 0.0)


def best(score, seen, shape, n):
    """The items with the highest scores, the best first.

    Args:
        score: As for `rank()`.
        seen: CSR of what is left out, or `None`.
        shape: Numbers of users and items.
        n: How many items a user gets.

    Returns:
        Two arrays `(users, n)`: items (int32; -1 where there are no more) and
        their scores (float32).
    """
    n_users, n_items = shape
    n = min(n, n_items)
    items = np.empty((n_users, n), np.int32)
    values = np.empty((n_users, n), np.float32)

    def fill(first, last):
        scores = _unseen(score(first, last), seen, first, last)
        top = np.argpartition(-scores, n - 1, axis=1)[:, :n]
        top.sort(axis=1)
        found = np.take_along_axis(scores, top, axis=1)
        # Of equal scores the first item comes first.
        order = np.argsort(-found, axis=1, kind="stable")
        values[first:last] = np.take_along_axis(found, order, axis=1)
        items[first:last] = np.take_along_axis(top, order, axis=1)

    _each_block(fill, shape)
    items[np.isneginf(values)] = -1
    return items, values


def _unseen(scores, seen, first, last):
    if seen is not None:
        some = seen[first:last]
        rows = np.repeat(np.arange(last - first), np.diff(some.indptr))
        scores[rows, some.indices] = -np.inf
    return scores


def _each_block(function, shape):
    """Calls `function(first, last)` for blocks of rows, in threads."""
    n_users, n_items = shape
    rows = max(1, MOST_SCORES // max(1, n_items))
    firsts = range(0, n_users, rows)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        done = pool.map(lambda f: function(f, min(f + rows, n_users)), firsts)
        for _ in done:
            pass
