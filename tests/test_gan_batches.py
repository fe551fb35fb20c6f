import numpy as np
import pytest

from skwbc._gan_batches import GANBatches
from skwbc._images import PixelRange

SHAPE = (4, 4, 1)
ROWS = np.arange(100 * 16, dtype=np.float64).reshape(100, 16)
CODES = np.repeat([0, 1], [81, 19])


def make(**settings):
    defaults = {"batch_size": 400, "n_steps": 2, "seed": 0}
    return GANBatches(ROWS, SHAPE, CODES, PixelRange.of(ROWS), **{**defaults, **settings})


def test_images_are_in_range_and_of_their_class():
    images, one_hot = make(poses=False)[0]
    assert images.dtype == np.float32
    pixels = PixelRange.of(ROWS).from_signed(images, float).reshape(-1, 16)
    row = np.rint(pixels[:, 0] / 16).astype(int)
    np.testing.assert_array_equal(CODES[row], one_hot.argmax(axis=1))


def test_classes_are_drawn_by_the_root_of_their_size():
    share = make(batch_size=20_000)[0][1][:, 1].mean()
    assert share == pytest.approx(19**0.5 / (81**0.5 + 19**0.5), abs=0.02)


@pytest.mark.parametrize(("shape", "n_poses"), [((4, 4, 1), 8), ((2, 8, 1), 4), ((1, 16, 1), 1)])
def test_all_poses_that_fit_the_shape_and_none_of_a_table_row(shape, n_poses):
    batches = GANBatches(
        ROWS[:1], shape, np.zeros(1, int), PixelRange.of(ROWS), batch_size=300, n_steps=1, seed=0
    )
    images, _ = batches[0]
    assert len(np.unique(images.reshape(300, -1), axis=0)) == n_poses


def test_draws_depend_on_seed_epoch_and_step_alone():
    batches, again = make(), make()
    first = batches[0][0]
    np.testing.assert_array_equal(batches[0][0], again[0][0])
    assert not np.array_equal(batches[1][0], first)
    batches.on_epoch_end()
    assert not np.array_equal(batches[0][0], first)


def test_without_classes_only_images():
    assert len(make(one_hot=False)[0]) == 1
