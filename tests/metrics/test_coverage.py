import numpy as np
import pytest
from numpy.testing import assert_allclose

from skwbc.metrics import density_coverage


def by_loops(real, fake, k):
    def distance(a, b):
        return sum((x - y) ** 2 for x, y in zip(a, b, strict=True)) ** 0.5

    radii = [sorted(distance(a, b) for b in real)[k] for a in real]
    inside = [[distance(a, b) < r for b in fake] for a, r in zip(real, radii, strict=True)]
    return sum(map(sum, inside)) / (k * len(fake)), sum(map(any, inside)) / len(real)


def test_by_hand():
    """Neighbourhoods of radius 1, 1, 1 and 8: 0.5 lies in two, 3 in one, 30 in none."""
    real, fake = [[0.0], [1.0], [2.0], [10.0]], [[0.5], [3.0], [30.0]]
    result = density_coverage(real, fake, n_neighbors=1)
    assert result == ((2 + 1 + 0) / 3, 3 / 4)
    assert result.density == 1
    assert result.coverage == 0.75


@pytest.mark.parametrize("n_neighbors", [1, 3, 5])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_loops_give_the_same(n_neighbors, dtype):
    real, fake = np.random.default_rng(0).normal(size=(2, 20, 3)).astype(dtype)
    expected = by_loops(real.tolist(), fake[:9].tolist(), n_neighbors)
    assert_allclose(density_coverage(real, fake[:9], n_neighbors=n_neighbors), expected)


def test_blocks_are_no_matter(monkeypatch):
    real, fake = np.random.default_rng(0).normal(size=(2, 20, 3))
    expected = density_coverage(real, fake[:9])
    monkeypatch.setattr("skwbc.metrics._coverage._BLOCK_VALUES", 60)
    assert density_coverage(real, fake[:9]) == expected


def test_copies_are_dense_and_cover_all():
    real = np.random.default_rng(0).normal(size=(30, 4))
    assert density_coverage(real, real) == (1, 1)


def test_second_sample_is_where_the_docstring_says():
    n, k = 40, 5
    samples = np.random.default_rng(0).normal(size=(100, 2, n, 6))
    density, coverage = np.mean([density_coverage(*pair, n_neighbors=k) for pair in samples], 0)
    left = np.prod([(n - i) / (2 * n - i) for i in range(1, k + 1)])
    assert_allclose(coverage, 1 - left, atol=0.01)
    assert_allclose(density, 1, atol=0.05)


def test_noise_covers_nothing():
    real, fake = np.random.default_rng(0).normal(size=(2, 30, 8))
    assert density_coverage(real, 10 * fake + 50) == (0, 0)


def test_one_repeated_image_covers_little():
    real = np.random.default_rng(0).normal(size=(60, 2))
    density, coverage = density_coverage(real, np.tile(real[:1], (60, 1)))
    assert density > 0.5
    assert coverage < 0.2


def test_real_rows_must_be_more_than_neighbours():
    rows = np.zeros((5, 2))
    with pytest.raises(ValueError, match="more real rows than n_neighbors=5, received 5"):
        density_coverage(rows, rows)
    with pytest.raises(ValueError, match="n_neighbors"):
        density_coverage(rows, rows, n_neighbors=0)
