import numpy as np
import pytest

from skwbc._batches import ImageBatches, failures_as_raised
from skwbc._lazy_images import view_images

ROWS = np.arange(10 * 12, dtype=np.uint8).reshape(10, 12)


def test_without_a_seed_the_order_is_kept():
    batches = ImageBatches(ROWS, (2, 2, 3), batch_size=4)
    assert [len(batches[i][0]) for i in range(len(batches))] == [4, 4, 2]
    together = np.concatenate([batches[i][0] for i in range(3)])
    np.testing.assert_array_equal(together.reshape(10, 12), ROWS)


@pytest.mark.parametrize(
    ("dtype", "expected"), [("uint8", "uint8"), ("int16", "float32"), ("float64", "float32")]
)
def test_all_but_bytes_are_cast(dtype, expected):
    assert ImageBatches(ROWS.astype(dtype), (2, 2, 3))[0][0].dtype == expected


def test_targets_and_weights_follow_their_image_through_the_shuffle():
    batches = ImageBatches(ROWS, (2, 2, 3), ROWS[:, 0], ROWS[:, 1], batch_size=10, seed=0)
    first = batches[0]
    batches.on_epoch_end()
    second = batches[0]
    for images, targets, weights in (first, second):
        np.testing.assert_array_equal(images[:, 0, 0, 0], targets)
        np.testing.assert_array_equal(images[:, 0, 0, 1], weights)
        assert sorted(targets) == ROWS[:, 0].tolist()
    assert first[1].tolist() != second[1].tolist()


def test_each_batch_comes_in_all_poses():
    poses = [(False, 0), (True, 1)]
    batches = ImageBatches(view_images(ROWS), (2, 2, 3), ROWS[:, 0], batch_size=6, poses=poses)
    images = ROWS.reshape(10, 2, 2, 3)
    assert len(batches) == 4
    for index, rows in ((0, slice(6)), (2, slice(6, 10))):
        (plain, targets), (posed, targets_again) = batches[index], batches[index + 1]
        np.testing.assert_array_equal(plain, images[rows])
        np.testing.assert_array_equal(posed, np.rot90(images[rows, :, ::-1], axes=(1, 2)))
        np.testing.assert_array_equal(targets, ROWS[rows, 0])
        np.testing.assert_array_equal(targets_again, targets)


def test_what_a_batch_failed_by_is_raised():
    batches = ImageBatches(ROWS, (2, 2, 3))
    batches.failure = OSError("cell.png: truncated")
    with pytest.raises(OSError, match="truncated"), failures_as_raised(None, batches):
        raise RuntimeError("what TensorFlow says")
    with (
        pytest.raises(RuntimeError, match="own"),
        failures_as_raised(ImageBatches(ROWS, (2, 2, 3))),
    ):
        raise RuntimeError("its own")
