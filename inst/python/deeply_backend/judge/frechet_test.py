import gzip
import os

import numpy as np
import pytest
from scipy import linalg
from scipy import ndimage
from scipy.spatial.distance import cdist

from deeply_backend.judge import frechet
from deeply_backend.models import random_maps
from deeply_backend.training.engine import compile_predict


def gaussian(n=400, d=6, seed=1, shift=0.0, scale=1.0):
    random = np.random.default_rng(seed)
    mix = np.random.default_rng(9).normal(size=(d, d))
    return shift + scale * random.normal(size=(n, d)) @ mix


def test_frechet_agrees_with_the_root_of_scipy():
    x, y = gaussian(seed=1), gaussian(seed=2, shift=0.7, scale=1.4)
    (mean_x, cov_x), (mean_y, cov_y) = map(frechet.moments, (x, y))
    np.testing.assert_allclose(cov_x, np.cov(x.T))
    root = linalg.sqrtm(cov_x @ cov_y).real
    wanted = np.sum((mean_x - mean_y) ** 2)
    wanted += np.trace(cov_x + cov_y - 2 * root)
    assert frechet.frechet(x, y) == pytest.approx(wanted, rel=1e-6)


def test_frechet_of_gaussians_has_a_closed_form():
    # Of covariances that commute: sum of (difference of deviations)^2.
    sd_x, sd_y = np.array([1.0, 2.0, 0.5]), np.array([1.5, 0.25, 3.0])
    mean = np.array([0.3, -2.0, 1.0])
    found = frechet.frechet_of_moments(
        mean, np.diag(sd_x**2), np.zeros(3), np.diag(sd_y**2)
    )
    wanted = np.sum(mean**2) + np.sum((sd_x - sd_y) ** 2)
    assert found == pytest.approx(wanted, rel=1e-6)
    # Turned together they are as far apart.
    turn, _ = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))
    turned = [turn @ np.diag(sd**2) @ turn.T for sd in (sd_x, sd_y)]
    again = frechet.frechet_of_moments(
        turn @ mean, turned[0], np.zeros(3), turned[1]
    )
    assert again == pytest.approx(wanted, rel=1e-6)


def test_frechet_to_itself_is_nothing_where_features_never_vary():
    x = gaussian()
    x[:, 2] = 5
    assert frechet.frechet(x, x) == pytest.approx(0, abs=1e-6)


def test_frechet_agrees_with_scipy_where_features_outnumber_images():
    random = np.random.default_rng(4)
    x = np.maximum(random.normal(size=(40, 64)), 0)
    y = np.maximum(random.normal(0.3, size=(50, 64)), 0)
    (mean_x, cov_x), (mean_y, cov_y) = map(frechet.moments, (x, y))
    # Of a singular product SciPy's root is that of one a little off.
    some = 1e-10 * np.eye(64)
    root = linalg.sqrtm((cov_x + some) @ (cov_y + some)).real
    wanted = np.sum((mean_x - mean_y) ** 2)
    wanted += np.trace(cov_x + cov_y - 2 * root)
    assert frechet.frechet(x, y) == pytest.approx(wanted, rel=1e-5)


def test_frechet_of_many_normal_rows_comes_near_the_closed_form():
    random = np.random.default_rng(5)
    x = random.normal(0, 1, (200_000, 2))
    y = random.normal([1, 0], [2, 0.5], (200_000, 2))
    # 1 between the means, 1 and 0.25 between the deviations.
    assert frechet.frechet(x, y) == pytest.approx(2.25, rel=0.02)


def test_kernel_distance_of_normal_rows_has_a_closed_form():
    # With one feature the kernel is a polynomial, and the squared distance the
    # squared differences of the first three moments, weighted 3, 3 and 1.
    def moments(mean, sd):
        return mean, mean**2 + sd**2, mean**3 + 3 * mean * sd**2

    gaps = np.subtract(moments(0.5, 1), moments(0, 1.3)) ** 2
    wanted = np.dot([3, 3, 1], gaps)
    random = np.random.default_rng(6)
    found, error = frechet.kernel_distance(
        random.normal(0.5, 1, (20_000, 1)), random.normal(0, 1.3, (20_000, 1))
    )
    assert error < 0.1 * wanted
    assert abs(found - wanted) < 3 * error


def test_kernel_distance_is_the_formula_in_one_block():
    x, y = gaussian(30, seed=1), gaussian(30, seed=2, shift=0.5)
    found, error = frechet.kernel_distance(x, y, blocks=1)

    def k(a, b):
        return (np.dot(a, b) / 6 + 1) ** 3

    pairs = [(i, j) for i in range(30) for j in range(30) if i != j]
    wanted = np.mean([k(x[i], x[j]) + k(y[i], y[j]) for i, j in pairs])
    wanted -= 2 * np.mean([k(a, b) for a in x for b in y])
    assert found == pytest.approx(wanted, rel=1e-6)
    assert np.isnan(error)


def test_kernel_distance_of_the_same_is_within_its_error():
    found = [
        frechet.kernel_distance(
            gaussian(500, seed=seed), gaussian(500, seed=100 + seed)
        )
        for seed in range(20)
    ]
    z = np.array([distance / error for distance, error in found])
    # Unbiased: the mean of twenty lies within three of its own errors.
    assert abs(z.mean()) < 3 * z.std() / np.sqrt(20)
    far, error = frechet.kernel_distance(
        gaussian(500, seed=1), gaussian(500, seed=2, shift=2)
    )
    assert far > 5 * error


def images(n=300, seed=5):
    """Images of four classes: bars that lie or stand, thin or thick."""
    random = np.random.default_rng(seed)
    x, kind = np.zeros((n, 12, 12)), np.arange(n) % 4
    for i in range(n):
        at, wide = random.integers(1, 8), 1 + 2 * (kind[i] // 2)
        x[i, at : at + wide] = 1
        if kind[i] % 2:
            x[i] = x[i].T
    return x + 0.02 * random.normal(size=x.shape), kind


def distances(x, y):
    x, y = x.reshape(len(x), -1), y.reshape(len(y), -1)
    # Some random directions stand for a network.
    weights = np.random.default_rng(2).normal(size=(x.shape[1], 24)) / 6
    x, y = np.maximum(x @ weights, 0), np.maximum(y @ weights, 0)
    return frechet.frechet(x, y), frechet.kernel_distance(x, y, blocks=1)[0]


@pytest.mark.parametrize(
    "harm",
    [
        lambda x, kind, much: (
            x + 0.3 * much * np.random.default_rng(1).normal(size=x.shape)
        ),
        lambda x, kind, much: ndimage.gaussian_filter(
            x, (0, 0.7 * much, 0.7 * much)
        ),
        lambda x, kind, much: x[kind < 4 - much],
    ],
    ids=["noise", "blur", "dropped classes"],
)
def test_both_distances_rise_with_harm(harm):
    x, _ = images(seed=5)
    y, kind = images(seed=6)
    found = np.array(
        [distances(x, harm(y, kind, much)) for much in (0, 1, 2, 3)]
    )
    assert (np.diff(found, axis=0) > 0).all()


def clothes(n=1200):
    """Images of Fashion-MNIST `(n, 28, 28)` and their classes."""
    folder = os.path.join(
        os.environ.get("DEEPLY_DATA_DIR", ""), "fashion_mnist"
    )
    if not os.path.isdir(folder):
        pytest.skip("DEEPLY_DATA_DIR has no fashion_mnist")

    def read(name, head):
        with gzip.open(os.path.join(folder, f"t10k-{name}-ubyte.gz")) as file:
            return np.frombuffer(file.read(), np.uint8)[head:]

    x = read("images-idx3", 16).reshape(-1, 28, 28)[:n] / 255.0
    return x, read("labels-idx1", 8)[:n]


def test_both_distances_rise_with_harm_to_real_images():
    x, kind = clothes()
    see = compile_predict(random_maps.build([28, 28, 1], 1))
    half = len(x) // 2
    y, kind = x[half:], kind[half:]

    def features(images):
        levels = np.clip(255 * images, 0, 255).astype("uint8")
        return see({"image": levels.reshape(len(images), -1)})

    true = features(x[:half])
    unit = np.sqrt(np.mean(true**2))
    static = np.random.default_rng(1).normal(size=y.shape)
    for harm in (
        lambda much: y + 0.1 * much * static,
        lambda much: ndimage.gaussian_filter(y, (0, 0.7 * much, 0.7 * much)),
        lambda much: y[kind < 10 - 3 * much],
    ):
        seen = [features(harm(much)) / unit for much in range(4)]
        found = [
            (
                frechet.frechet(some, true / unit),
                frechet.kernel_distance(some, true / unit, blocks=1)[0],
            )
            for some in seen
        ]
        assert (np.diff(found, axis=0) > 0).all()


def test_precision_and_recall_tell_what_is_lost():
    true, other = gaussian(300, 2, 1), gaussian(300, 2, 2)
    precision, recall = frechet.precision_recall(true, other)
    assert precision > 0.8 and recall > 0.8
    # A few of the true ones, again and again: all fine, most missing.
    few = true[:10].repeat(30, axis=0) + 1e-3 * other
    precision, recall = frechet.precision_recall(true, few)
    assert precision > 0.95 and recall < 0.3
    # All over the place: few fine, all covered.
    precision, recall = frechet.precision_recall(true, 8 * other)
    assert precision < 0.4 and recall > 0.8


def test_precision_agrees_with_its_definition():
    true, made = gaussian(60, 3, 1), gaussian(50, 3, 2, shift=0.4)
    radii = np.sort(cdist(true, true), axis=1)[:, 3]
    wanted = (cdist(made, true) <= radii).any(axis=1).mean()
    precision, recall = frechet.precision_recall(true, made)
    assert precision == pytest.approx(wanted)
    swapped = frechet.precision_recall(made, true)
    assert (recall, precision) == pytest.approx(swapped)


def test_the_nearest_and_the_spread_agree_with_scipy(monkeypatch):
    monkeypatch.setattr(frechet, "MOST_PAIRS", 400)
    x, y = gaussian(37, 4, 1), gaussian(53, 4, 2)
    distance, row = frechet.nearest(x, y, 3)
    wanted = cdist(x, y)
    np.testing.assert_array_equal(row, wanted.argmin(axis=1))
    few = np.sort(wanted, axis=1)[:, :3]
    np.testing.assert_allclose(distance, few, rtol=1e-4)
    apart = cdist(x, x)
    assert frechet.diversity(x) == pytest.approx(
        apart.sum() / (37 * 36), rel=0.02
    )
    assert frechet.diversity(x[:1].repeat(9, axis=0)) == 0
