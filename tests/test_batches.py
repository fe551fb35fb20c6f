import numpy as np

from skwbc._batches import ImageBatches

ROWS = np.arange(10 * 12, dtype=np.uint8).reshape(10, 12)


def test_without_a_seed_the_order_is_kept():
    batches = ImageBatches(ROWS, (2, 2, 3), batch_size=4)
    assert [len(batches[i][0]) for i in range(len(batches))] == [4, 4, 2]
    together = np.concatenate([batches[i][0] for i in range(3)])
    assert together.dtype == np.float32
    np.testing.assert_array_equal(together.reshape(10, 12), ROWS)


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
