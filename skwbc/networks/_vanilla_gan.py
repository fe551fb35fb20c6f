"""The published generator and discriminator, without knowledge of classes."""

import keras
from keras import initializers, layers

from skwbc._seeding import seed_stream
from skwbc.networks._blocks import full_precision

SLOPE = 0.2  # of the leaky ReLUs
MOMENTUM = 0.8  # of the batch statistics; a run is too short for Keras' 0.99


def build_vanilla_generator(
    image_shape, *, latent_dim=100, filters=(128, 256, 128), dtype="float32", seed=0
):
    """Build the published generator; the comments give its shapes for (256, 256, 3).

    Parameters
    ----------
    image_shape : tuple of int
        ``(height, width, channels)``; a side that is no multiple of
        ``2 ** (len(filters) - 1)`` is made larger and cut.
    latent_dim : int
        Length of the noise vector.
    filters : sequence of int
        Channels of the seed map, then of each convolution behind an up-sampling.
    dtype : str
        Keras dtype policy of every layer.
    seed : int
        Of the initial weights.

    Returns
    -------
    keras.Model
        (batch, latent_dim) -> (batch, height, width, channels) in [-1, 1].
    """
    seeds = seed_stream(seed)
    height, width, channels = image_shape
    n_doublings = len(filters) - 1
    start = [-(-side // 2**n_doublings) for side in (height, width)]  # 64, 64
    inputs = keras.Input((latent_dim,), dtype=full_precision(dtype))
    x = layers.Dense(
        start[0] * start[1] * filters[0],
        kernel_initializer=initializers.GlorotUniform(next(seeds)),
        dtype=dtype,
    )(inputs)  # 524,288
    x = layers.Reshape((*start, filters[0]), dtype=dtype)(x)  # 64, 64, 128
    for n_filters in filters[1:]:
        x = layers.UpSampling2D(data_format="channels_last", dtype=dtype)(x)
        x = _convolution(x, n_filters, seed=next(seeds), dtype=dtype)  # 256, 256, 128
        x = layers.BatchNormalization(momentum=MOMENTUM, dtype=dtype)(x)
        x = layers.ReLU(dtype=dtype)(x)
    full = full_precision(dtype)
    x = _convolution(x, channels, seed=next(seeds), dtype=full, activation="tanh")  # 256, 256, 3
    outputs = cut(x, height, width)
    return keras.Model(inputs, outputs, name="vanilla_generator")


def build_vanilla_discriminator(
    image_shape, *, filters=(32, 64, 128, 256), dropout=0.25, dtype="float32", seed=0
):
    """Build the published discriminator; the comments give its shapes for (256, 256, 3).

    Parameters
    ----------
    image_shape : tuple of int
        ``(height, width, channels)``.
    filters : sequence of int
        Filters of each convolution; all but the last halve the map.
    dropout : float
        Rate behind each convolution, in [0, 1).
    dtype : str
        Keras dtype policy of every layer.
    seed : int
        Of the initial weights and the dropout.

    Returns
    -------
    keras.Model
        (batch, height, width, channels) in [-1, 1] -> (batch, 1), a logit: real is positive.
    """
    seeds = seed_stream(seed)
    inputs = x = keras.Input(image_shape, dtype=full_precision(dtype))
    for i, n_filters in enumerate(filters):
        strides = 1 if i == len(filters) - 1 else 2
        x = _convolution(x, n_filters, seed=next(seeds), dtype=dtype, strides=strides)
        if i == 1:
            padding = layers.ZeroPadding2D(
                ((0, 1), (0, 1)), data_format="channels_last", dtype=dtype
            )
            x = padding(x)  # 65, 65, 64
        if i > 0:
            x = layers.BatchNormalization(momentum=MOMENTUM, dtype=dtype)(x)
        x = layers.LeakyReLU(SLOPE, dtype=dtype)(x)
        x = layers.Dropout(dropout, seed=next(seeds), dtype=dtype)(x)  # 33, 33, 256
    x = layers.Flatten(data_format="channels_last", dtype=dtype)(x)  # 278,784
    outputs = layers.Dense(
        1, kernel_initializer=initializers.GlorotUniform(next(seeds)), dtype=full_precision(dtype)
    )(x)
    return keras.Model(inputs, outputs, name="vanilla_discriminator")


def cut(x, height, width):
    """Cut the right and lower border off: (batch, H, W, c) -> (batch, height, width, c)."""
    excess = x.shape[1] - height, x.shape[2] - width
    if not any(excess):
        return x
    cropping = [(0, n) for n in excess]
    return layers.Cropping2D(cropping, data_format="channels_last", dtype=x.dtype)(x)


def _convolution(x, filters, *, seed, dtype, strides=1, activation=None):
    return layers.Conv2D(
        filters,
        3,
        strides=strides,
        padding="same",
        activation=activation,
        data_format="channels_last",
        kernel_initializer=initializers.GlorotUniform(seed),
        dtype=dtype,
    )(x)
