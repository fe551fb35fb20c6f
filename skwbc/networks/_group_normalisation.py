"""Group normalisation in fewer passes over the image."""

import keras
from keras import layers, ops

from skwbc.networks._blocks import full_precision


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
        n_groups, n_channels = self.groups, inputs.shape[-1]
        full = full_precision(self.dtype_policy.name)
        exact = ops.cast(inputs, full)
        by_group = (-1, n_groups, n_channels // n_groups)

        def mean(values):
            by_channel = ops.mean(values, axis=(1, 2))
            return ops.mean(ops.reshape(by_channel, by_group), axis=2, keepdims=True)

        centre = mean(exact)
        variance = ops.maximum(mean(ops.square(exact)) - ops.square(centre), 0)
        gamma, beta = (
            ops.reshape(ops.cast(weight, full), by_group) for weight in (self.gamma, self.beta)
        )
        scale = gamma * ops.rsqrt(variance + self.epsilon)
        offset = beta - centre * scale
        scale, offset = (
            ops.cast(ops.reshape(each, (-1, 1, 1, n_channels)), self.compute_dtype)
            for each in (scale, offset)
        )
        return ops.cast(inputs, self.compute_dtype) * scale + offset
