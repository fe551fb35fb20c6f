import json
from functools import partial

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skwbc.networks._cell_augmentation import build_cell_augmentation
from skwbc.networks._far_augmentation import (
    RandomAffine,
    RandomBlur,
    RandomHue,
    RandomSurroundings,
    build_far_augmentation,
    build_far_moves,
)
from skwbc.networks._pose import build_traditional_augmentation

IMAGES = np.random.default_rng(0).uniform(30, 220, (64, 16, 16, 3)).astype(np.float32)


def change(layer, images):
    return np.asarray(layer(images, training=True))


def draw_disc(radius, side=32):
    """Draw a dark disc in the middle of a bright image, as one image."""
    place = np.arange(side) - (side - 1) / 2
    inside = np.hypot(place[:, None], place) < radius
    return np.where(inside, 50, 200).astype(np.float32)[None, :, :, None]


def test_nothing_changes_outside_of_training():
    layer = build_far_augmentation(0, 255)
    assert_array_equal(np.asarray(layer(IMAGES, training=False)), IMAGES)


def test_the_seed_decides():
    first, second, other = (
        change(build_far_augmentation(0, 255, seed=seed), IMAGES) for seed in (1, 1, 2)
    )
    assert_array_equal(first, second)
    assert not np.allclose(first, other)
    assert first.min() >= 0
    assert first.max() <= 255


@pytest.mark.parametrize("build", [build_cell_augmentation, build_far_augmentation])
def test_a_description_in_json_builds_another_one(build):
    layer = build(0, 255, seed=1)
    content = json.loads(json.dumps(keras.saving.serialize_keras_object(layer)))
    again = keras.saving.deserialize_keras_object(content)
    assert_array_equal(change(again, IMAGES), change(layer, IMAGES))


@pytest.mark.parametrize(
    ("build", "policy"),
    [
        (partial(build_cell_augmentation, 0, 255), "mixed_bfloat16"),
        (partial(build_cell_augmentation, 0, 255), "float64"),
        (partial(build_far_augmentation, 0, 255), "mixed_bfloat16"),
        (partial(build_far_augmentation, 0, 255), "float64"),
        (build_traditional_augmentation, "mixed_bfloat16"),  # Keras' own draws are in floatx
    ],
)
def test_a_default_of_keras_changes_no_image(build, policy):
    expected = change(build(seed=1), IMAGES)
    floatx, before = keras.config.floatx(), keras.config.dtype_policy()
    if policy == "float64":
        keras.config.set_floatx(policy)
    keras.config.set_dtype_policy(policy)
    try:
        changed = change(build(seed=1), IMAGES)
    finally:
        keras.config.set_floatx(floatx)
        keras.config.set_dtype_policy(before)
    assert_array_equal(changed, expected)


@pytest.mark.parametrize("shape", [(2, 2, 3), (3, 7, 1), (16, 8, 4), (1, 12, 1), (9, 1, 1)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_in_a_network_on_any_shape(shape, dtype):
    inputs = keras.Input(shape, dtype=dtype)
    network = keras.Model(inputs, build_far_augmentation(0, 255)(inputs))
    images = np.random.default_rng(0).uniform(0, 255, (5, *shape)).astype(dtype)
    changed = np.asarray(network(images, training=True))
    assert changed.shape == images.shape
    assert np.isfinite(changed).all()


def test_discs_stay_discs_of_another_size_elsewhere():
    discs = np.broadcast_to(draw_disc(8), (200, 32, 32, 1))
    dark = change(RandomAffine(0), discs)[..., 0] < 125
    areas = dark.sum(axis=(1, 2)) / (discs[0] < 125).sum()
    assert 0.6 < areas.min() < 0.75  # exp(-0.4) = 0.67 at least
    assert 1.35 < areas.max() < 1.6  # exp(0.4) = 1.49 at most
    place = np.arange(32) - 15.5
    right = (dark * place).sum(axis=(1, 2)) / dark.sum(axis=(1, 2))
    assert 1.5 < np.abs(right).max() < 3  # two of 32 pixels, times the size


def test_images_are_turned_both_ways():
    bar = np.zeros((100, 33, 33, 1), dtype=np.float32)
    bar[:, 16, :, :] = 1
    changed = change(RandomAffine(0), bar)[..., 0]
    y, x = np.mgrid[-16:17, -16:17]
    slopes = [np.polyfit(x[image > 0.3], y[image > 0.3], 1)[0] for image in changed]
    assert min(slopes) < -0.5
    assert max(slopes) > 0.5


def test_some_images_are_mirrored():
    """Of three dots, one in each channel, the way round says so."""
    images = np.zeros((100, 33, 33, 3), dtype=np.float32)
    images[:, 15:18, 15:18, 0] = images[:, 15:18, 21:24, 1] = images[:, 21:24, 15:18, 2] = 1
    changed = change(RandomAffine(0), images)
    place = np.stack(np.mgrid[:33, :33], axis=-1)
    weights = changed / changed.sum(axis=(1, 2), keepdims=True)
    middle, right, down = np.einsum("nyxc,yxk->cnk", weights, place)
    mirrored = np.linalg.det(np.stack([right - middle, down - middle], axis=1)) > 0
    assert 0.3 < mirrored.mean() < 0.7


@pytest.mark.parametrize("shape", [(1, 12, 1), (9, 1, 1), (1, 12, 3)])
@pytest.mark.parametrize("build", [build_far_moves, partial(build_far_augmentation, 0, 255)])
def test_rows_of_a_table_stay_as_they_are(shape, build):
    rows = np.random.default_rng(0).uniform(0, 255, (50, *shape)).astype(np.float32)
    assert_array_equal(change(build(seed=0), rows), rows)


def test_surroundings_are_ground_in_half_of_the_images():
    images = np.broadcast_to(draw_disc(8), (200, 32, 32, 1)).copy()
    images[:, :, :3] = 20  # at the border, as of another cell
    changed = change(RandomSurroundings(0), images)
    hidden = changed[:, 0, 0, 0] > 120
    assert hidden.mean() == pytest.approx(0.5, abs=0.1)
    assert_array_equal(changed[~hidden], images[~hidden])
    assert_allclose(changed[:, 16, 16, 0], 50, atol=0.1)  # the cell stays


def test_some_images_are_blurred_and_none_gets_darker():
    changed = change(RandomBlur(0), IMAGES)
    sharpness = changed.std(axis=(1, 2, 3)) / IMAGES.std(axis=(1, 2, 3))
    assert (sharpness == 1).mean() == pytest.approx(0.5, abs=0.15)
    assert sharpness.min() < 0.5
    one = np.full((8, 16, 16, 3), 70, dtype=np.float32)
    assert_allclose(change(RandomBlur(0), one), 70, rtol=1e-6)


def test_hues_change_and_white_stays_white():
    images = np.full((300, 2, 2, 3), [120, 60, 180], dtype=np.float32)
    images[:, 0] = 255
    changed = change(RandomHue(0, 255, 0), images)
    assert_allclose(changed[:, 0], 255)
    stayed = np.isclose(changed[:, 1], images[:, 1], atol=1e-3).all(axis=(1, 2))
    assert stayed.mean() == pytest.approx(0.25, abs=0.08)
    assert (changed[:, 1, 0].std(axis=0) > 20).all()


def test_grey_images_have_no_hue():
    grey = IMAGES[..., :1]
    assert_array_equal(change(RandomHue(0, 255, 0), grey), grey)


def test_another_range_of_values():
    signed = IMAGES / 127.5 - 1
    changed = change(build_far_augmentation(-1, 1, seed=0), signed)
    expected = change(build_far_augmentation(0, 255, seed=0), IMAGES)
    assert_allclose((changed + 1) * 127.5, expected, atol=0.05)
