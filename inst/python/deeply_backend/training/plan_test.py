import itertools
import math

import numpy as np
import pytest

from deeply_backend.training.plan import Plan
from deeply_backend.training.plan import batches
from deeply_backend.training.plan import step_shapes


def plan_of(batch_size, accumulate=1):
    return Plan(
        epochs=1,
        batch_size=batch_size,
        patience=1,
        seed=0,
        accumulate=accumulate,
    )


@pytest.mark.parametrize("batch_size", [1, 2, 3, 8, 50])
@pytest.mark.parametrize("accumulate", [1, 2, 3, 7])
def test_every_row_is_in_one_step_whatever_the_plan(batch_size, accumulate):
    plan = plan_of(batch_size, accumulate)
    for n in range(1, 60):
        order = np.arange(100, 100 + n, dtype=np.int32)[::-1]
        parts = list(batches(order, plan))
        rows = np.concatenate([part.ravel() for part in parts])
        np.testing.assert_array_equal(rows, order)
        assert all(part.dtype == np.int32 for part in parts)
        assert [part.shape for part in parts] == list(step_shapes(n, plan))


@pytest.mark.parametrize("batch_size", [1, 2, 3, 8, 50])
@pytest.mark.parametrize("accumulate", [1, 2, 3, 7])
def test_full_steps_come_first_and_what_is_left_is_one_step_or_two(
    batch_size, accumulate
):
    plan = plan_of(batch_size, accumulate)
    full = batch_size * accumulate
    for n in range(1, 60):
        shapes = list(step_shapes(n, plan))
        sizes = list(
            itertools.chain(*([p * b] * s for s, p, b in shapes)),
        )
        assert sizes[: n // full] == [full] * (n // full)
        rest = n % full
        left = [rest - rest % batch_size, rest % batch_size]
        assert sizes[n // full :] == [size for size in left if size > 0]


@pytest.mark.parametrize("n", [1, 3, 4, 5, 8, 9, 101])
def test_without_accumulation_the_steps_are_those_of_a_textbook(n):
    shapes = list(step_shapes(n, plan_of(4)))
    assert sum(steps for steps, _, _ in shapes) == math.ceil(n / 4)


@pytest.mark.parametrize(
    ("n", "batch_size", "accumulate", "expected"),
    [
        (3, 8, 1, [(1, 1, 3)]),
        (8, 8, 1, [(1, 1, 8)]),
        (9, 8, 1, [(1, 1, 8), (1, 1, 1)]),
        (3, 8, 4, [(1, 1, 3)]),
        (70, 8, 4, [(2, 4, 8), (1, 1, 6)]),
        (60, 8, 4, [(1, 4, 8), (1, 3, 8), (1, 1, 4)]),
    ],
)
def test_steps_have_the_shapes_that_one_would_write_down(
    n, batch_size, accumulate, expected
):
    plan = plan_of(batch_size, accumulate)
    assert list(step_shapes(n, plan)) == expected


def test_no_rows_are_no_steps():
    assert list(step_shapes(0, plan_of(4))) == []


def test_a_step_has_the_rows_of_its_gradients():
    assert plan_of(8, 4).step_rows == 32
