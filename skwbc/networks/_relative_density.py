"""Show how much light each pixel takes, in shares of what the darkest pixels take."""

import keras
from keras import ops

GROUND, NUCLEUS = 0.05, 0.1  # shares of the pixels that count as free of dye, and as full of it
DARKEST = 1 / 255  # of white: below, light is not told from none
LEAST_RANGE = 0.1  # optical density between both: an image of one colour is not stretched to noise
MOST = 1.5  # times the density of the nucleus
SIDE = 32  # of larger images, the extremes are those of means over squares: less to sort


@keras.saving.register_keras_serializable("skwbc")
class RelativeDensity(keras.layers.Layer):
    """Scale the optical density of each channel to 0 in the ground and 1 in the nucleus.

    The ground is the brightest twentieth of the pixels, the nucleus the darkest tenth, in each
    channel; in images of twice 32 pixels or more, of squares of pixels. So neither the colour of
    the light, nor that of the ground, nor the strength of a stain tells anything; nor does its hue,
    as far as it colours all of a cell. What is left is how much less than the nucleus the rest
    takes of each colour.
    """

    def call(self, images):
        """Change images: (batch, height, width, channels) in [0, 1] -> the same, in [0, 1.5]."""
        density = -ops.log(ops.clip(images, DARKEST, 1.0))
        pool = max(1, min(images.shape[1:3]) // SIDE)
        squares = density
        if pool > 1:
            squares = ops.average_pool(density, pool, data_format="channels_last")
        height, width, n_channels = squares.shape[1:]
        by_channel = ops.transpose(
            ops.reshape(squares, (-1, height * width, n_channels)), (0, 2, 1)
        )
        nucleus = self._find_extreme(by_channel, NUCLEUS)
        ground = -self._find_extreme(-by_channel, GROUND)
        relative = (density - ground) / ops.maximum(nucleus - ground, LEAST_RANGE)
        return ops.clip(relative, 0.0, MOST)

    @staticmethod
    def _find_extreme(by_channel, share):
        """Give what a share of the pixels exceeds: (batch, c, n) -> (batch, 1, 1, c)."""
        n_beyond = max(1, round(share * by_channel.shape[2]))
        largest, _ = ops.top_k(by_channel, n_beyond)
        return largest[:, None, None, :, -1]

    def compute_output_shape(self, input_shape):
        """Say that nothing changes its shape."""
        return input_shape
