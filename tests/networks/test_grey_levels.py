"""Colours are taken out of images, and what is left is stretched."""

import keras
import numpy as np
import pytest

from skwbc.networks._grey_levels import GreyLevels


@pytest.fixture
def images():
    return np.random.default_rng(0).uniform(0.2, 0.9, (5, 10, 8, 3)).astype(np.float32)


def test_green_between_its_darkest_and_brightest_pixels(images):
    green = images[..., 1:2]
    ordered = np.sort(green.reshape(5, 80), axis=1)
    black, white = (ordered[:, i, None, None, None] for i in (1, -4))  # 2 and 4 of the 80
    expected = np.clip((green - black) / (white - black), 0, 1)
    np.testing.assert_allclose(GreyLevels()(images), expected, atol=1e-6)


def test_light_and_the_other_colours_change_nothing(images):
    seen = GreyLevels()(images)
    np.testing.assert_allclose(GreyLevels()(0.5 * images + 0.1), seen, atol=1e-5)
    other = images.copy()
    other[..., 0], other[..., 2] = 0, 1
    np.testing.assert_array_equal(GreyLevels()(other), seen)


@pytest.mark.parametrize("n_channels", [1, 2, 4])
def test_other_channels_give_their_mean(images, n_channels):
    grey = images[..., :1]
    seen = GreyLevels()(np.repeat(grey, n_channels, axis=-1))
    np.testing.assert_allclose(seen, GreyLevels()(grey), atol=1e-5)


def test_an_image_of_one_grey_is_not_stretched_to_noise(images):
    images[0] = 0.5
    images[0, 0, 0] = 0.501
    seen = np.asarray(GreyLevels()(images))
    assert np.ptp(seen[0]) < 0.03
    assert np.isfinite(seen).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_it_keeps_the_type_and_can_be_described(images, dtype):
    layer = GreyLevels(dtype=dtype, name="shapes")
    assert layer(images.astype(dtype)).dtype == dtype
    again = GreyLevels.from_config(layer.get_config())
    assert again.name == "shapes"
    assert again(keras.Input((10, 8, 3), dtype=dtype)).shape == (None, 10, 8, 1)
