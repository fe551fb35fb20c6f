import keras
import numpy as np
import pytest
from keras import layers

from skwbc.networks._upsampled_conv import UpsampledConv2D


@pytest.mark.parametrize("shape", [(1, 1, 1), (5, 4, 7), (8, 1, 3)])
def test_it_is_up_sampling_and_a_convolution(shape):
    images = np.random.default_rng(0).normal(size=(2, *shape)).astype("float32")
    merged = UpsampledConv2D(6)
    apart = keras.Sequential([layers.UpSampling2D(), layers.Conv2D(6, 3, padding="same")])
    merged.build(images.shape)
    merged.bias.assign(np.arange(6))
    apart.build(images.shape)
    apart.set_weights(merged.get_weights())
    np.testing.assert_allclose(merged(images), apart(images), rtol=1e-4, atol=1e-5)


def test_it_comes_back_from_its_settings():
    layer = UpsampledConv2D(4, kernel_initializer=keras.initializers.HeNormal(3), name="double")
    again = UpsampledConv2D.from_config(layer.get_config())
    images = np.ones((1, 3, 3, 2), dtype="float32")
    np.testing.assert_array_equal(layer(images), again(images))
    assert again.compute_output_shape((None, 3, 3, 2)) == (None, 6, 6, 4)
