"""A generator and a discriminator that all classes share.

Most of what a few dozen images can teach is common to all classes, so they share all weights: the
class enters as a scale and shift of normalised features, and starts without effect [1]_, [2]_; the
discriminator keeps a head that knows no class. There is no normalisation in the discriminator [3]_.

References
----------
.. [1] E. Perez et al., "FiLM: Visual Reasoning with a General Conditioning Layer", AAAI 2018.
.. [2] M. Shahbazi et al., "Collapse by Conditioning: Training Class-conditional GANs with
   Limited Data", ICLR 2022.
.. [3] N. Huang et al., "The GAN is dead; long live the GAN! A Modern GAN Baseline",
   NeurIPS 2024.
"""

import math

import keras
from keras import initializers, layers, ops

from skwbc._seeding import seed_stream
from skwbc.networks._blocks import full_precision
from skwbc.networks._group_normalisation import ChannelGroupNormalization
from skwbc.networks._upsampled_conv import UpsampledConv2D
from skwbc.networks._vanilla_gan import SLOPE, cut

CLASS_DIM = 64  # length of a class embedding
STYLE_DIM = 128  # length of what noise and class together say to each block
LAST_FILTERS = 16  # channels at full size, where each costs as much as 4 before it


def build_conditional_generator(
    image_shape, n_classes, *, latent_dim=64, filters=(128, 96, 64), dtype="float32", seed=0
):
    """Build the generator; the comments give its shapes for (64, 64, 3).

    Parameters
    ----------
    image_shape : tuple of int
        ``(height, width, channels)``; a side that is no multiple of ``2**(len(filters) + 1)``
        is made larger and cut.
    n_classes : int
        Number of classes.
    latent_dim : int
        Length of the noise vector.
    filters : sequence of int
        Channels of the block behind each up-sampling; one more doubling follows.
    dtype : str
        Keras dtype policy of every layer.
    seed : int
        Of the initial weights.

    Returns
    -------
    keras.Model
        [(batch, latent_dim), (batch, n_classes) one-hot] -> (batch, height, width, channels)
        in [-1, 1].
    """
    seeds = seed_stream(seed)
    height, width, channels = image_shape
    start = [-(-side // 2 ** (len(filters) + 1)) for side in (height, width)]  # 4, 4
    full = full_precision(dtype)
    latent, one_hot = (keras.Input((n,), dtype=full) for n in (latent_dim, n_classes))
    embedding = connect(one_hot, CLASS_DIM, seed=next(seeds), dtype=dtype)  # 64
    style = layers.Concatenate(dtype=dtype)([latent, embedding])  # 128
    style = connect(style, STYLE_DIM, seed=next(seeds), dtype=dtype)
    style = layers.LeakyReLU(SLOPE, dtype=dtype)(style)  # 128
    x = connect(latent, start[0] * start[1] * filters[0], seed=next(seeds), dtype=dtype)
    x = layers.Reshape((*start, filters[0]), dtype=dtype)(x)  # 4, 4, 128
    for i, n_filters in enumerate(filters):
        fan_in = 9 * (x.shape[-1] + 1)
        x = UpsampledConv2D(
            n_filters, kernel_initializer=initializers.HeNormal(next(seeds)), dtype=dtype
        )(x)  # 32, 32, 64
        if i > 0:
            x = _add_detail(x, latent, fan_in, seeds, dtype=dtype)
        x = ChannelGroupNormalization(math.gcd(8, n_filters), dtype=dtype)(x)
        x = _modulate(x, style, dtype=dtype)
        x = layers.LeakyReLU(SLOPE, dtype=dtype)(x)
    x = convolve(x, LAST_FILTERS, 1, seed=next(seeds), dtype=dtype)  # 32, 32, 16
    # repeated pixels would stay in the images as a fine grid
    x = layers.UpSampling2D(interpolation="bilinear", data_format="channels_last", dtype=dtype)(x)
    x = convolve(x, LAST_FILTERS, 3, seed=next(seeds), dtype=dtype)
    x = layers.LeakyReLU(SLOPE, dtype=dtype)(x)  # 64, 64, 16
    x = convolve(x, channels, 3, seed=next(seeds), dtype=full)
    x = _modulate(x, style, dtype=full)  # the light and tint of an image
    x = cut(x, height, width)  # 64, 64, 3
    return keras.Model([latent, one_hot], ops.tanh(x), name="conditional_generator")


def build_conditional_discriminator(
    image_shape,
    n_classes,
    *,
    filters=(32, 64, 128, 192),
    dense_units=128,
    dtype="float32",
    seed=0,
):
    """Build the discriminator; the comments give its shapes for (64, 64, 3).

    Parameters
    ----------
    image_shape : tuple of int
        ``(height, width, channels)``.
    n_classes : int
        Number of classes.
    filters : sequence of int
        Filters of each convolution; every one halves the map.
    dense_units : int
        Width of the layer that all heads read.
    dtype : str
        Keras dtype policy of every layer.
    seed : int
        Of the initial weights.

    Returns
    -------
    keras.Model
        (batch, height, width, channels) in [-1, 1] -> [(batch, 1 + n_classes), (batch,
        n_classes)]: scores, larger for images that look real at all and real for each class; and
        logits of the classes.
    """
    seeds = seed_stream(seed)
    image = x = keras.Input(image_shape, dtype=full_precision(dtype))
    for n_filters in filters:
        x = convolve(x, n_filters, 4, seed=next(seeds), dtype=dtype, strides=2)
        x = layers.LeakyReLU(SLOPE, dtype=dtype)(x)  # 4, 4, 192
    x = layers.Flatten(data_format="channels_last", dtype=dtype)(x)  # 3,072
    x = connect(x, dense_units, seed=next(seeds), dtype=dtype)
    x = layers.LeakyReLU(SLOPE, dtype=full_precision(dtype))(x)  # 128
    full = full_precision(dtype)
    for_all = connect(x, 1, seed=next(seeds), dtype=full)
    for_classes = connect(x, n_classes, seed=next(seeds), dtype=full)
    scores = layers.Concatenate(dtype=full)([for_all, for_classes])
    names = connect(x, n_classes, seed=next(seeds), dtype=full)
    return keras.Model(image, [scores, names], name="conditional_discriminator")


def _modulate(x, style, *, dtype):
    """Scale and shift each channel by the style, at first not at all."""
    n_filters = x.shape[-1]
    scale_and_shift = layers.Dense(2 * n_filters, kernel_initializer="zeros", dtype=dtype)(style)
    scale_and_shift = layers.Reshape((1, 1, 2 * n_filters), dtype=dtype)(scale_and_shift)
    scale, shift = ops.split(scale_and_shift, 2, axis=-1)
    return x * (1 + scale) + shift


def _add_detail(x, latent, fan_in, seeds, *, dtype):
    """Add a convolved map of the noise itself: granules and grain come from there."""
    height, width, n_filters = x.shape[1:]
    detail = connect(latent, height * width, seed=next(seeds), dtype=dtype)
    detail = layers.Reshape((height, width, 1), dtype=dtype)(detail)
    detail = layers.Conv2D(
        n_filters,
        3,
        padding="same",
        use_bias=False,
        data_format="channels_last",
        kernel_initializer=initializers.RandomNormal(0, math.sqrt(2 / fan_in), next(seeds)),
        dtype=dtype,
    )(detail)
    return layers.Add(dtype=dtype)([x, detail])


def convolve(x, filters, kernel_size, *, seed, dtype, strides=1):
    """Convolve without activation: (batch, h, w, c) -> (batch, h / strides, ..., filters)."""
    return layers.Conv2D(
        filters,
        kernel_size,
        strides=strides,
        padding="same",
        data_format="channels_last",
        kernel_initializer=initializers.HeNormal(seed),
        dtype=dtype,
    )(x)


def connect(x, units, *, seed, dtype):
    """Connect fully without activation: (batch, n) -> (batch, units)."""
    return layers.Dense(units, kernel_initializer=initializers.GlorotUniform(seed), dtype=dtype)(x)
