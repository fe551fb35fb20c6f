import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from turned_bars import SIDE, draw_bars, measure_slopes

from skwbc.networks._pose import build_traditional_augmentation


def change(images, seed=0):
    return np.asarray(build_traditional_augmentation(seed)(images, training=True))


def test_nothing_changes_outside_of_training():
    bars = draw_bars(8)
    assert_array_equal(build_traditional_augmentation()(bars, training=False), bars)


def test_the_seed_decides():
    first, second, other = (change(draw_bars(8), seed) for seed in (1, 1, 2))
    assert_array_equal(first, second)
    assert not np.allclose(first, other)


def test_turns_are_of_ten_degrees_at_most():
    slopes = measure_slopes(change(draw_bars(200)))
    assert -10.1 < slopes.min() < -8
    assert 8 < slopes.max() < 10.1
    assert np.abs(slopes).mean() == pytest.approx(5, abs=0.7)


def test_corners_are_filled_by_reflection():
    white = np.ones((8, SIDE, SIDE, 1), dtype=np.float32)
    assert_allclose(change(white), white, rtol=1e-5)


def test_half_of_the_images_are_flipped_and_left_to_right_alone():
    images = np.zeros((200, SIDE, SIDE, 1), dtype=np.float32)
    images[:, 6:10, 6:10] = 1
    changed = change(images)[..., 0]
    place = np.arange(SIDE) - SIDE // 2
    down = changed.sum(axis=2) @ place / changed.sum(axis=(1, 2))
    across = changed.sum(axis=1) @ place / changed.sum(axis=(1, 2))
    assert down.max() < -5
    assert np.abs(across).min() > 5
    assert (across > 0).mean() == pytest.approx(0.5, abs=0.1)
