import numpy as np
import pytest
from scipy import ndimage
from turned_bars import draw_bars, measure_slopes

from skwbc._changed_copies import change_images, turn
from skwbc._images import PixelRange


def test_a_quarter_turn_is_exact():
    image = np.arange(5 * 5 * 2, dtype=np.uint8).reshape(5, 5, 2)
    np.testing.assert_array_equal(turn(image, 90, PixelRange(0, 255)), np.rot90(image, 1))


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32, np.float64])
def test_a_turn_keeps_dtype_and_range(dtype):
    image = (np.random.default_rng(0).random((6, 9, 3)) * 200).astype(dtype)
    pixel_range = PixelRange(float(image.min()), float(image.max()))
    turned = turn(image, 7.0, pixel_range)
    assert turned.dtype == dtype
    assert turned.min() >= image.min()
    assert turned.max() <= image.max()
    expected = ndimage.rotate(
        image[..., 0].astype(float), 7, reshape=False, order=1, mode="reflect"
    )
    np.testing.assert_allclose(turned[..., 0], expected, atol=0.51)


@pytest.mark.parametrize(("flips", "n_poses"), [((True, False), 2), ((True, True), 4)])
def test_flips_are_drawn_for_each_image(flips, n_poses):
    rows = np.tile(np.arange(12, dtype=np.uint8), (100, 1))
    rng = np.random.default_rng(0)
    changed = change_images(rows, (2, 3, 2), PixelRange(0, 11), rng, flips=flips, rotation=0)
    assert changed.dtype == np.uint8
    assert len(np.unique(changed, axis=0)) == n_poses
    np.testing.assert_array_equal(np.sort(changed, axis=1), rows)


@pytest.mark.parametrize("rotation", [3, 10])
def test_the_rotation_is_the_largest_turn_either_way(rotation):
    rows, rng = draw_bars(200).reshape(200, -1), np.random.default_rng(0)
    settings = {"flips": (False, False), "rotation": rotation}
    changed = change_images(rows, (33, 33, 1), PixelRange(0, 1), rng, **settings)
    slopes = measure_slopes(changed.reshape(200, 33, 33, 1))
    assert -rotation - 0.1 < slopes.min() < -0.8 * rotation
    assert 0.8 * rotation < slopes.max() < rotation + 0.1


@pytest.mark.parametrize("n_lines", [1, 6])
def test_rows_of_a_table_keep_their_columns(n_lines):
    rows = np.arange(24.0).reshape(4, 6)
    shape = (n_lines, 6 // n_lines, 1)
    changed = change_images(
        rows, shape, PixelRange(0, 23), np.random.default_rng(0), flips=(True, True), rotation=10
    )
    np.testing.assert_array_equal(changed, rows)
    assert changed is not rows


def test_a_turned_mask_keeps_its_size():
    mask = np.zeros((16, 16, 1), dtype=bool)
    mask[4:12, 4:12] = True
    turned = turn(mask, 10, PixelRange(0, 1))
    assert turned.dtype == bool
    assert abs(int(turned.sum()) - 64) <= 6


def test_large_integers_are_turned_exactly():
    image = np.full((6, 6, 1), 2**24 + 1, dtype=np.int32)
    image[2:4] = np.iinfo(np.int32).max
    pixel_range = PixelRange.of(image)
    turned = turn(image, 5, pixel_range)
    assert turned.min() >= 2**24 + 1
    assert turned.max() <= np.iinfo(np.int32).max
    assert turned[0, 0] == 2**24 + 1
