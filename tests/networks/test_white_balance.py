"""The light is taken out of images, and nothing else."""

import keras
import numpy as np
import pytest

from skwbc.networks._white_balance import WhiteBalance


@pytest.fixture
def images():
    return np.random.default_rng(0).uniform(0.2, 0.9, (5, 10, 8, 3)).astype(np.float32)


def test_each_channel_by_its_brightest_twentieth(images):
    white = np.sort(images.reshape(5, 80, 3), axis=1)[:, -4, None, None]  # the 4th of 80
    expected = np.minimum(images / white, 1)
    np.testing.assert_allclose(WhiteBalance()(images), expected, rtol=1e-6)


@pytest.mark.parametrize("light", [0.5, [0.9, 0.8, 0.4]])
def test_light_of_any_colour_changes_nothing(images, light):
    light = np.float32(light)
    np.testing.assert_allclose(WhiteBalance()(images * light), WhiteBalance()(images), rtol=1e-5)


def test_a_black_image_stays_black_and_one_colour_becomes_white(images):
    images[0], images[1] = 0, [0.2, 0.5, 0.9]
    balanced = np.asarray(WhiteBalance()(images))
    assert (balanced[0] == 0).all()
    assert (balanced[1] == 1).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_it_keeps_the_type_and_can_be_described(images, dtype):
    layer = WhiteBalance(dtype=dtype, name="light")
    assert layer(images.astype(dtype)).dtype == dtype
    again = WhiteBalance.from_config(layer.get_config())
    assert again.name == "light"
    pixels = keras.Input((10, 8, 3), dtype=dtype)
    assert again(pixels).shape == (None, 10, 8, 3)
