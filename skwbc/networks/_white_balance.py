"""Take the light out of an image: networks of files that earlier versions wrote."""

import keras
from keras import ops

BRIGHTEST = 0.05  # share of the pixels that count as white, in each channel
DARKEST = 8 / 255  # of white, at least: a black image stays black


@keras.saving.register_keras_serializable("skwbc")
class WhiteBalance(keras.layers.Layer):
    """Divide each channel of an image by its value in the brightest pixels.

    Light, camera and ground differ between laboratories, by far more than an augmentation of one
    laboratory's photos shows. What is left is how much of the light each pixel lets through, as in
    the measurement of optical densities.
    """

    def call(self, images):
        """Change images: (batch, height, width, channels) in [0, 1] -> the same."""
        height, width, n_channels = images.shape[1:]
        by_channel = ops.transpose(ops.reshape(images, (-1, height * width, n_channels)), (0, 2, 1))
        n_brightest = max(1, round(BRIGHTEST * height * width))
        brightest, _ = ops.top_k(by_channel, n_brightest)
        white = ops.maximum(brightest[:, :, -1], DARKEST)[:, None, None]
        return ops.minimum(images / white, 1.0)

    def compute_output_shape(self, input_shape):
        """Say that nothing changes its shape."""
        return input_shape
