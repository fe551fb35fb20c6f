import numpy as np
import pytest
from scipy import ndimage

from skwbc import AugmentationOverSampler
from skwbc._augmentation import turn
from skwbc._images import PixelRange


def test_copies_are_flips_of_the_rows_named(unbalanced):
    X, y = unbalanced
    sampler = AugmentationOverSampler(rotation=0, vertical_flip=True, random_state=0)
    X_new, y_new = sampler.fit_resample(X, y)
    np.testing.assert_array_equal(sampler.sample_indices_[:30], np.arange(30))
    poses = set()
    for image, c, row in zip(X_new[30:], y_new[30:], sampler.sample_indices_[30:], strict=True):
        assert c == y[row]
        matches = [
            (v, h) for v in (1, -1) for h in (1, -1) if np.array_equal(image, X[row][::v, ::h])
        ]
        assert len(matches) == 1
        poses.update(matches)
    assert len(poses) == 4


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
