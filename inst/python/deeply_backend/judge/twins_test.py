import numpy as np

from deeply_backend.judge.twins import groups


def pictures(n, seed=0):
    generator = np.random.default_rng(seed)
    return generator.integers(0, 256, (n, 64), np.uint8)


def members(group, of):
    return np.flatnonzero(group == group[of]).tolist()


def test_equal_and_nearly_equal_pictures_are_found_together():
    x = pictures(300)
    x[7] = x[200]
    # A step up or down: a root mean square of 1.
    x[50] = np.where(x[120] < 128, x[120] + 1, x[120] - 1)
    # Ten steps are another picture.
    x[60] = np.where(x[121] < 128, x[121] + 10, x[121] - 10)
    same, near = groups(x)
    assert members(same, 7) == [7, 200]
    assert members(near, 7) == [7, 200]
    assert members(same, 50) == [50]
    assert members(near, 50) == [50, 120]
    assert members(near, 60) == [60]
    assert len(np.unique(near)) == 298


def test_pictures_of_one_shade_are_no_obstacle():
    same, near = groups(np.zeros((5, 64), np.uint8))
    assert len(np.unique(same)) == len(np.unique(near)) == 1


def test_every_pair_is_found_that_looking_at_all_finds():
    # Smooth pictures, of which many are near each other.
    generator = np.random.default_rng(1)
    line = np.linspace(0, 1, 64)
    x = 120 + 20 * generator.normal(size=(400, 1)) * line
    x = (x + generator.normal(size=(400, 64))).astype(np.uint8)
    _, near = groups(x)
    full = x.astype(float)
    distances = np.sqrt(np.mean((full[:, None] - full[None]) ** 2, axis=2))
    linked = distances <= 3
    assert near.max() + 1 < 400
    for i, j in zip(*np.nonzero(linked), strict=True):
        assert near[i] == near[j]
