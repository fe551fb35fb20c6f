import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.linalg import sqrtm
from sklearn.preprocessing import StandardScaler

from skwbc.metrics import frechet_distance

few_images = pytest.mark.filterwarnings("ignore:Expected at least:UserWarning")  # on purpose here


def test_by_hand():
    """Means 0 and 3, variances 2 and 8: 9 + 2 + 8 - 2 * sqrt(2 * 8)."""
    real, fake = np.array([[-1.0], [1.0]]), np.array([[1.0], [5.0]])
    with pytest.warns(UserWarning, match="Expected at least 10 images for 1 features, received 2"):
        assert_allclose(frechet_distance(real, fake), 11)


def test_diagonal_covariances_have_a_closed_form():
    """Uncorrelated columns: the standard deviations are subtracted."""
    signs = np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])
    unit = StandardScaler(with_mean=False).fit_transform(np.tile(signs, (10, 1))) * np.sqrt(39 / 40)
    real, fake = unit * [1, 5] + [0, 1], unit[:, ::-1] * [4, 2] + [2, 1]
    assert_allclose(frechet_distance(real, fake), (2**2 + 0) + (4 - 1) ** 2 + (5 - 2) ** 2)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@few_images
def test_square_root_of_a_matrix_gives_the_same(dtype):
    rng = np.random.default_rng(0)
    real = (rng.normal(size=(30, 5)) @ rng.normal(size=(5, 5))).astype(dtype)
    fake = (rng.normal(size=(40, 5)) @ rng.normal(size=(5, 5)) + 1).astype(dtype)
    shift = real.mean(axis=0, dtype=float) - fake.mean(axis=0, dtype=float)
    S, T = (np.cov(X, rowvar=False) for X in (real, fake))
    expected = shift @ shift + np.trace(S + T - 2 * sqrtm(S @ T).real)
    assert_allclose(frechet_distance(real, fake), expected, rtol=1e-6)


@few_images
def test_fewer_images_than_features():
    """Both vary along one line, where it is a distance of two numbers."""
    direction = np.full(50, 1 / np.sqrt(50))
    real, fake = np.outer([-1, 0, 1], direction), np.outer([1, 3, 5], direction)
    assert_allclose(frechet_distance(real, fake), 3**2 + (2 - 1) ** 2)


def test_same_images_have_none():
    real = np.random.default_rng(0).normal(size=(200, 8))
    assert_allclose(frechet_distance(real, real[::-1]), 0, atol=1e-12)


@few_images
def test_bias_is_as_documented():
    n, d = 40, 10
    samples = np.random.default_rng(0).normal(size=(50, 2, n, d))
    mean = np.mean([frechet_distance(*pair) for pair in samples])
    assert_allclose(mean, d * (d + 5) / (2 * n), rtol=0.1)


def test_ten_images_a_feature_do_not_warn():
    real, fake = np.random.default_rng(0).normal(size=(2, 50, 5))
    assert frechet_distance(real, fake) > 0
    with pytest.warns(UserWarning, match="Expected at least 50 images for 5 features, received 49"):
        frechet_distance(real, fake[1:])
