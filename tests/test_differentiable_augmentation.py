import keras
import numpy as np
import pytest
import tensorflow as tf

from skwbc import _differentiable_augmentation as augmentation
from skwbc._differentiable_augmentation import augment_pairs
from skwbc.networks._cell_augmentation import shift_images


@pytest.fixture
def noise():
    return np.random.default_rng(0).uniform(-1, 1, (6, 16, 24, 3)).astype("float32")


def augment(images, probability, seed=0):
    return np.asarray(augment_pairs(images, probability, keras.random.SeedGenerator(seed)))


def test_probability_zero_changes_nothing(noise):
    np.testing.assert_allclose(augment(noise, 0.0), noise, atol=1e-6)


def test_pairs_are_changed_alike(noise):
    twins = np.concatenate([noise, noise])
    changed = augment(twins, 1.0)
    np.testing.assert_array_equal(changed[:6], changed[6:])
    assert np.abs(changed - twins).max() > 0.1


def test_columns_of_a_table_keep_their_places():
    table = np.tile(np.arange(1.0, 25, dtype="float32")[:, None] / 24, (6, 1, 1, 1))
    changed = augment(table, 1.0)
    assert not np.array_equal(changed, table)
    assert np.isin(changed - table, [0, *-np.unique(table)]).all()  # what is not a hole stays


def test_the_seed_decides(noise):
    np.testing.assert_array_equal(augment(noise, 0.5), augment(noise, 0.5))
    assert not np.allclose(augment(noise, 0.5), augment(noise, 0.5, seed=1))


def test_a_shift_moves_whole_pixels_and_reflects_at_the_border(noise):
    amounts = np.tile(np.array([[1.0, -1.0]], dtype="float32"), (6, 1))
    # 2 down and 3 to the left
    shifted = np.asarray(shift_images(noise, amounts, augmentation.SHIFT))
    padded = np.pad(noise, [(0, 0), (2, 0), (0, 3), (0, 0)], mode="reflect")
    np.testing.assert_array_equal(shifted, padded[:, :-2, 3:])


def test_a_hole_is_a_third_of_each_side(noise):
    centre = np.zeros((6, 2), dtype="float32")
    happens = np.array([1, 0, 1, 0, 1, 0], dtype="float32")
    holed = np.asarray(augmentation._cut_hole(noise, centre, happens))
    np.testing.assert_array_equal(holed[1::2], noise[1::2])
    rows, columns = np.nonzero((holed[0] == 0).all(axis=-1))
    assert (rows.min(), rows.max() + 1) == (5, 11)
    assert (columns.min(), columns.max() + 1) == (8, 16)


def test_no_colour_is_changed(noise):
    for before, after in zip(noise, augment(noise, 1.0), strict=True):
        colours = {tuple(pixel) for pixel in before.reshape(-1, 3)} | {(0, 0, 0)}  # of the hole
        assert {tuple(pixel) for pixel in after.reshape(-1, 3)} <= colours


def test_the_gradient_is_the_true_one(noise):
    images = tf.constant(noise)
    weights = np.random.default_rng(1).uniform(size=noise.shape).astype("float32")
    amounts = np.tile(np.array([[1.0, -1.0]], dtype="float32"), (6, 1))
    with tf.GradientTape() as tape:
        tape.watch(images)
        total = tf.reduce_sum(shift_images(images, amounts, augmentation.SHIFT) * weights)
    gradient = tape.gradient(total, images).numpy()
    change = np.random.default_rng(2).uniform(size=noise.shape).astype("float32")
    moved = np.sum(np.asarray(shift_images(change, amounts, augmentation.SHIFT)) * weights)
    assert np.sum(gradient * change) == pytest.approx(moved, rel=1e-4)  # the shift is linear
