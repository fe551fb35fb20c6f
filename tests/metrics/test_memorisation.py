import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skwbc.metrics import authenticity, near_copies, nearest_real_ratio
from skwbc.metrics._memorisation import copy_distance

FUNCTIONS = [authenticity, near_copies, nearest_real_ratio]


def draw(n, shape=(5, 5, 3), seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, *shape), dtype="uint8")


def test_ratio_by_hand():
    """Real images are 3, 3 and 5 from their nearest other one."""
    real, fake = [[0.0], [3.0], [8.0]], [[1.0], [4.5], [18.0], [-3.0]]
    assert_allclose(nearest_real_ratio(real, fake), [1 / 3, 0.5, 2, 1])
    assert authenticity(real, fake) == 0.5


def test_repeated_real_image():
    real, fake = [[0.0], [0.0], [9.0]], [[0.0], [1.0], [9.0]]
    assert_array_equal(nearest_real_ratio(real, fake), [0, np.inf, 0])
    assert authenticity(real, fake) == 1 / 3
    assert_array_equal(near_copies(real, fake), [True, False, True])


@pytest.mark.parametrize("turn", range(4))
@pytest.mark.parametrize("flip", [False, True])
def test_copies_are_caught_however_they_lie(turn, flip):
    real = draw(20)
    fake = np.rot90(real[:, ::-1] if flip else real, turn, axes=(1, 2))
    assert authenticity(real, fake) == 0
    assert near_copies(real, fake).all()
    assert_array_equal(nearest_real_ratio(real, fake), 0)


def test_noisy_copies_are_caught():
    real = draw(20).astype("float32")
    fake = real[:, ::-1] + np.random.default_rng(1).normal(size=real.shape)
    assert authenticity(real, fake) == 0
    assert near_copies(real, fake).all()
    assert nearest_real_ratio(real, fake).max() < 0.1


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("shape", [(5, 5, 3), (4, 6, 1)])
def test_flat_and_not_are_the_same(function, shape):
    real, fake = draw(12, shape), draw(7, shape, seed=1)
    expected = function(real, fake)
    flat_real, flat_fake = real.reshape(12, -1), fake.reshape(7, -1)
    assert_array_equal(function(flat_real, flat_fake, image_shape=shape), expected)
    assert_array_equal(function(flat_real, fake), expected)
    assert_array_equal(function(real, flat_fake), expected)


def test_other_real_images_of_one_feature_are_authentic_by_a_third():
    samples = np.random.default_rng(0).uniform(size=(50, 2, 200, 1))
    assert_allclose(np.mean([authenticity(*pair) for pair in samples]), 1 / 3, atol=0.02)


def test_other_real_images_of_many_features_are_authentic_by_half():
    samples = np.random.default_rng(0).uniform(size=(50, 2, 100, 16))
    assert_allclose(np.mean([authenticity(*pair) for pair in samples]), 0.5, atol=0.1)


@pytest.mark.parametrize("quantile", [0.02, 0.1, 0.5])
def test_share_of_other_real_images_is_the_quantile(quantile):
    samples = np.random.default_rng(0).normal(size=(60, 500, 4))
    shares = [near_copies(X[:200], X[200:], quantile=quantile).mean() for X in samples]
    assert_allclose(np.mean(shares), quantile, rtol=0.15)


def test_share_is_no_finer_than_the_closest_pair():
    samples = np.random.default_rng(0).normal(size=(300, 200, 4))
    shares = [near_copies(X[:30], X[30:]).mean() for X in samples]
    assert_allclose(np.mean(shares), 2 / 31, rtol=0.2)


def test_noise_is_no_copy():
    real = draw(20) // 8 + 100
    assert authenticity(real, draw(20, seed=1)) == 1
    assert not near_copies(real, draw(20, seed=1)).any()


def test_whole_quantile_is_the_largest_distance():
    real = [[0.0], [1.0], [3.0]]
    assert_array_equal(near_copies(real, [[5.0], [5.1]], quantile=1), [True, False])


def test_a_share_of_images_is_whole_in_spite_of_rounding():
    assert 0.29 * 100 < 29
    assert copy_distance(np.arange(1.0, 100), 0.29) == 29


@pytest.mark.parametrize("quantile", [0, 1.1])
def test_quantile_out_of_range_is_named(quantile):
    with pytest.raises(ValueError, match="quantile"):
        near_copies(draw(3), draw(3), quantile=quantile)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_one_real_image_is_too_few(function):
    with pytest.raises(ValueError, match="minimum of 2"):
        function(draw(1), draw(3))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_columns_must_match(function):
    with pytest.raises(ValueError, match=r"that is 4 values each; received 5 values"):
        function(np.zeros((3, 4)), np.zeros((3, 5)))
