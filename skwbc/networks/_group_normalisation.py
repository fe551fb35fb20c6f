"""Group normalisation in fewer passes over the image."""

import keras
import numpy as np
from keras import layers, ops

from skwbc.networks._blocks import full_precision

PIXELS = (1, 2)  # axes


@keras.saving.register_keras_serializable("skwbc")
class ChannelGroupNormalization(layers.GroupNormalization):
    """Keras' group normalisation of channels, by a scale and an offset for each channel.

    Keras divides the image into groups, subtracts, divides, multiplies and adds, and each of these
    is a pass over the whole image, in training there and back. Here the means of the values and of
    their squares are taken channel by channel; all that follows is done with these few numbers, and
    one product and one sum are left for the image. Settings and weights are those of Keras' layer,
    and so are the values but for rounding, unless a mean is a thousand times the deviation from it.
    """

    def call(self, inputs):
        """Normalise: (batch, height, width, channels), and the same shape again."""
        full = full_precision(self.dtype_policy.name)
        exact = ops.cast(inputs, full)
        # by a product with a matrix, which is one operation where reshaping takes several
        group_means = ops.convert_to_tensor(_group_means(self.groups, inputs.shape[-1]), full)
        centre = ops.mean(exact, axis=PIXELS) @ group_means
        squares = ops.mean(ops.square(exact), axis=PIXELS) @ group_means
        variance = ops.maximum(squares - ops.square(centre), 0)
        gamma, beta = (ops.cast(weight, full) for weight in (self.gamma, self.beta))
        scale = gamma * ops.rsqrt(variance + self.epsilon)
        offset = beta - centre * scale
        scale, offset = (
            ops.expand_dims(ops.cast(each, self.compute_dtype), PIXELS) for each in (scale, offset)
        )
        return ops.cast(inputs, self.compute_dtype) * scale + offset


def _group_means(n_groups, n_channels):
    """Give what, multiplied from the right, makes each channel the mean of its group."""
    size = n_channels // n_groups
    return np.kron(np.eye(n_groups), np.full((size, size), 1 / size))
