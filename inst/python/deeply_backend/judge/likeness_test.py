import numpy as np

from deeply_backend.judge.likeness import mirror_scores


def bars(n, symmetric, seed=0):
    """Pictures with a bar: by row if symmetric, else left or right."""
    generator = np.random.default_rng(seed)
    y = generator.integers(0, 2, n)
    x = generator.integers(0, 60, (n, 16, 16, 1))
    for image, label in zip(x, y, strict=True):
        where = 3 + 8 * label
        if symmetric:
            image[where : where + 3] = 255
        else:
            image[:, where : where + 3] = 255
    return x.astype(np.uint8).reshape(n, -1), y


def test_bars_that_lie_stay_what_they_are():
    assert mirror_scores(*bars(200, True), (16, 16, 1), 1) == (1, 1)


def test_left_and_right_change_places():
    plain, mirrored = mirror_scores(*bars(200, False), (16, 16, 1), 1)
    assert plain == 1
    assert mirrored == 0
