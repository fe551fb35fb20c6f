import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skwbc.networks._cell_augmentation import (
    DYES,
    RandomPose,
    RandomShift,
    RandomStain,
    build_cell_augmentation,
)

IMAGES = np.random.default_rng(0).uniform(30, 220, (32, 8, 8, 3)).astype(np.float32)


def change(layer, images):
    return np.asarray(layer(images, training=True))


def test_nothing_changes_outside_of_training():
    layer = build_cell_augmentation(0, 255)
    assert_array_equal(np.asarray(layer(IMAGES, training=False)), IMAGES)


def test_the_seed_decides():
    first, second, other = (
        change(build_cell_augmentation(0, 255, seed=seed), IMAGES) for seed in (1, 1, 2)
    )
    assert_array_equal(first, second)
    assert not np.allclose(first, other)
    assert first.min() >= 0
    assert first.max() <= 255


def test_poses_are_all_eight():
    found = set()
    for before, after in zip(IMAGES, change(RandomPose(0), IMAGES), strict=True):
        poses = [np.rot90(b, k) for b in (before, before[:, ::-1]) for k in range(4)]
        matches = [i for i, pose in enumerate(poses) if np.array_equal(pose, after)]
        assert len(matches) == 1
        found.update(matches)
    assert found == set(range(8))


def test_oblong_images_are_not_turned_and_rows_not_flipped():
    oblong = IMAGES[:, :, :5]
    for before, after in zip(oblong, change(RandomPose(0), oblong), strict=True):
        assert any(np.array_equal(before[::a, ::b], after) for a in (1, -1) for b in (1, -1))
    rows = IMAGES[:, :1]
    assert_array_equal(change(RandomPose(0), rows), rows)


def test_shifts_are_small_and_reflect():
    images = np.broadcast_to(np.arange(32.0, dtype=np.float32)[:, None, None], (16, 32, 32, 1))
    changed = change(RandomShift(0), images)[..., 0]
    shifts = changed[:, 16, 16] - 16
    assert np.abs(shifts).max() == 2
    for image, shift in zip(changed, shifts, strict=True):
        expected = np.abs(np.arange(32) + shift)
        assert_array_equal(image[:, 0], 31 - np.abs(31 - expected))


def test_dyes_gain_and_lose_without_new_colours():
    """What only one dye coloured, that dye's colour has, more or less of it."""
    amount = np.random.default_rng(0).uniform(0.2, 0.8, (32, 6, 6, 1))
    density = amount * DYES[0]
    images = (255 * np.exp(-density)).astype(np.float32)
    layer = RandomStain(0, 255, seed=0)
    layer._draw = without_light(layer._draw)
    after = -np.log(change(layer, images) / 255)
    assert_allclose(after / after[..., :1], density / density[..., :1], rtol=1e-3)
    factors = (after / density)[:, 0, 0, 0]
    assert factors.std() == pytest.approx(0.2, abs=0.08)
    assert_allclose(
        after / density, np.broadcast_to(factors[:, None, None, None], after.shape), rtol=1e-3
    )


def without_light(draw):
    return lambda shape: draw(shape) * (1.0 if shape[1:] == (3, 1) else 0.0)


@pytest.mark.parametrize("n_channels", [1, 3, 4])
def test_light_changes_all_channels(n_channels):
    images = np.full((64, 4, 4, n_channels), 100.0, dtype=np.float32)
    changed = change(RandomStain(0, 255, seed=0), images)
    assert np.ptp(changed, axis=(1, 2)).max() < 1e-3
    means = changed[:, 0, 0]
    assert 5 < means.std(axis=0).min()
    if n_channels == 4:
        assert np.corrcoef(means.T).min() > 0.3


def test_rows_of_a_table_keep_their_values():
    rows = np.linspace(0, 255, 24, dtype=np.float32).reshape(4, 1, 6, 1)
    layers = build_cell_augmentation(0, 255, seed=0)
    assert_array_equal(layers(rows, training=True), rows)


def test_another_range_of_values():
    signed = IMAGES / 127.5 - 1
    changed = change(RandomStain(-1, 1, seed=0), signed)
    expected = change(RandomStain(0, 255, seed=0), IMAGES)
    assert_allclose((changed + 1) * 127.5, expected, atol=0.05)


def test_in_a_network_of_float64():
    inputs = keras.Input((8, 8, 3), dtype="float64")
    layer = build_cell_augmentation(0, 255)
    network = keras.Model(inputs, layer(inputs))
    assert np.asarray(network(IMAGES.astype(np.float64), training=True)).shape == IMAGES.shape


def test_some_images_look_as_of_another_laboratory():
    """Far more is changed in them, and light is only taken away, so that nothing is lost."""
    images = np.full((400, 2, 2, 3), 100.0, dtype=np.float32)
    near = change(RandomStain(0, 255, seed=0), images)[:, 0, 0]
    far = change(RandomStain(0, 255, seed=0, far_share=1.0), images)[:, 0, 0]
    assert (far.std(axis=0) > 1.5 * near.std(axis=0)).all()
    assert far.max() <= 255
    mixed = change(RandomStain(0, 255, seed=0, far_share=0.5), images)[:, 0, 0]
    kept = np.isclose(mixed, near, atol=1e-3).all(axis=1)
    assert kept.mean() == pytest.approx(0.5, abs=0.1)
