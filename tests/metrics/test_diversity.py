import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.testing import assert_allclose, assert_array_equal
from scipy.spatial.distance import cdist, pdist

from skwbc.metrics import diversity, near_twins

TABLES = arrays("float64", array_shapes(min_dims=2, max_dims=2), elements=st.integers(-5, 5))


def draw(n, shape=(5, 5, 3), seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, *shape), dtype="uint8")


def test_diversity_by_hand():
    """Real distances are 3, 4 and 5, fake ones 1, 1 and 2."""
    real, fake = [[0.0, 0.0], [3.0, 0.0], [0.0, 4.0]], [[7.0, 7.0], [7.0, 8.0], [7.0, 9.0]]
    assert_allclose(diversity(real, fake), (4 / 3) / 4)


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64"])
def test_all_pairs_give_the_same(dtype, monkeypatch):
    monkeypatch.setattr("skwbc.metrics._pair_distances._BLOCK_ROWS", 4)
    real, fake = draw(9).astype(dtype), draw(7, seed=1).astype(dtype) // 2
    expected = pdist(fake.reshape(7, -1)).mean() / pdist(real.reshape(9, -1)).mean()
    assert_allclose(diversity(real, fake), expected, rtol=1e-5)


def test_one_repeated_image_has_none():
    real = draw(10)
    assert diversity(real, np.repeat(real[:1], 10, axis=0)) == 0
    floats = real / 255
    assert diversity(floats, np.repeat(floats[:1], 10, axis=0)) < 1e-9


def test_second_sample_is_as_diverse():
    assert_allclose(diversity(draw(40), draw(40, seed=1)), 1, atol=0.05)


def test_same_real_rows_are_refused():
    with pytest.raises(ValueError, match="real rows that differ, received one row 3 times"):
        diversity(np.ones((3, 2)), np.eye(2))


def test_one_row_is_too_few():
    for pair in [(np.eye(2), np.ones((1, 2))), (np.ones((1, 2)), np.eye(2))]:
        with pytest.raises(ValueError, match="minimum of 2"):
            diversity(*pair)


def test_twins_by_hand():
    """The third is near the second only, which is not kept."""
    twins = near_twins([[0.0], [1.0], [2.0], [1.5], [9.0]], distance=1)
    assert_array_equal(twins, [False, True, False, True, False])


@given(fake=TABLES, distance=st.integers(0, 6))
def test_rest_has_no_twins_and_every_twin_has_one_there(fake, distance):
    twins = near_twins(fake, distance=distance + 0.1)
    assert not twins[0]
    among = cdist(fake, fake) <= distance + 0.1
    assert_array_equal(among[~twins][:, ~twins].sum(axis=1), 1)
    earlier = np.tril(among, -1)
    assert earlier[twins][:, ~twins].any(axis=1).all()


@pytest.mark.parametrize("turn", range(4))
def test_turned_images_are_twins(turn):
    images = draw(4)
    fake = np.concatenate([images, np.rot90(images[::-1], turn, axes=(1, 2))])
    expected = np.arange(8) >= 4
    assert_array_equal(near_twins(fake, distance=0), expected)
    flat = fake.reshape(8, -1)
    assert_array_equal(near_twins(flat, distance=0, image_shape=(5, 5, 3)), expected)
    assert_array_equal(near_twins(flat, distance=0), expected if turn == 0 else [False] * 8)


def test_blocks_are_no_matter(monkeypatch):
    fake = np.random.default_rng(0).normal(size=(50, 2))
    expected = near_twins(fake, distance=0.5)
    assert 0 < expected.sum() < 49
    monkeypatch.setattr("skwbc.metrics._pair_distances._BLOCK_ROWS", 7)
    assert_array_equal(near_twins(fake, distance=0.5), expected)


def test_one_repeated_image_is_kept_once():
    assert near_twins(np.repeat(draw(1), 30, axis=0), distance=0).sum() == 29


def test_negative_distance_is_named():
    with pytest.raises(ValueError, match="distance"):
        near_twins(draw(3), distance=-1)
