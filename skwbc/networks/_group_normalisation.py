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
    one product and one sum are left for the image. The gradient is written out for the same reason.
    Settings and weights are those of Keras' layer, and so are the values but for rounding, unless a
    mean is a thousand times the deviation from it.
    """

    def call(self, inputs):
        """Normalise: (batch, height, width, channels), and the same shape again."""
        full = full_precision(self.dtype_policy.name)
        group_means = ops.convert_to_tensor(_group_means(self.groups, inputs.shape[-1]), full)

        @ops.custom_gradient
        def normalise(images, gamma, beta):
            exact = ops.cast(images, full)
            centre = _pixel_mean(exact) @ group_means
            variance = _pixel_mean(ops.square(exact)) @ group_means - ops.square(centre)
            rate = ops.rsqrt(ops.maximum(variance, 0) + self.epsilon)
            scale = gamma * rate

            def gradient(*upstreams, upstream=None):
                (upstream,) = upstreams if upstream is None else (upstream,)
                exact_upstream = ops.cast(upstream, full)
                by_beta = _pixel_mean(exact_upstream)
                by_gamma = rate * (_pixel_mean(exact_upstream * exact) - centre * by_beta)
                # what the mean and the deviation of its group send back to each value
                slope = -ops.square(rate) * ((gamma * by_gamma) @ group_means)
                level = -rate * ((gamma * by_beta) @ group_means) - centre * slope
                by_image = (
                    upstream * _for_pixels(scale, upstream)
                    + images * _for_pixels(slope, upstream)
                    + _for_pixels(level, upstream)
                )
                n_pixels = images.shape[1] * images.shape[2]
                return by_image, *(n_pixels * ops.sum(each, axis=0) for each in (by_gamma, by_beta))

            offset = beta - centre * scale
            return images * _for_pixels(scale, images) + _for_pixels(offset, images), gradient

        weights = (ops.cast(weight, full) for weight in (self.gamma, self.beta))
        return normalise(ops.cast(inputs, self.compute_dtype), *weights)


def _group_means(n_groups, n_channels):
    """Give what, multiplied from the right, makes each channel its group's mean."""
    size = n_channels // n_groups
    return np.kron(np.eye(n_groups), np.full((size, size), 1 / size))


def _pixel_mean(images):
    """Average each channel of each image: (batch, channels)."""
    return ops.mean(images, axis=PIXELS)


def _for_pixels(by_channel, images):
    """Give (batch, channels) the axes and the type of images."""
    return ops.expand_dims(ops.cast(by_channel, images.dtype), PIXELS)
