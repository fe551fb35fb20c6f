"""Take the colours out of an image, and stretch what is left from black to white."""

import keras
from keras import ops

BRIGHTEST, DARKEST = 0.05, 0.02  # shares of the pixels that count as white and as black
LEAST_RANGE = 0.05  # between black and white: an image of one grey is not stretched to noise


@keras.saving.register_keras_serializable("skwbc")
class GreyLevels(keras.layers.Layer):
    """Show the green channel of an image, between its darkest and its brightest pixels.

    Both dyes of blood smears absorb green, so that nuclei are dark there whatever their colour.
    Images of other than three channels give the mean of theirs.
    """

    def call(self, images):
        """Change images: (batch, height, width, channels) in [0, 1] -> (..., 1) in [0, 1]."""
        height, width, n_channels = images.shape[1:]
        if n_channels == 3:
            grey = images[..., 1:2]
        else:
            grey = ops.mean(images, axis=-1, keepdims=True)
        flat = ops.reshape(grey, (-1, height * width))
        white = self._find_extreme(flat, BRIGHTEST)
        black = -self._find_extreme(-flat, DARKEST)
        stretched = (grey - black) / ops.maximum(white - black, LEAST_RANGE)
        return ops.clip(stretched, 0.0, 1.0)

    @staticmethod
    def _find_extreme(flat, share):
        """Give the value that a share of the pixels exceeds: (batch, n) -> (batch, 1, 1, 1)."""
        n_beyond = max(1, round(share * flat.shape[1]))
        largest, _ = ops.top_k(flat, n_beyond)
        return largest[:, -1, None, None, None]

    def compute_output_shape(self, input_shape):
        """Say that one channel is left."""
        return (*input_shape[:-1], 1)
