"""The encoder of an autoencoder, of which the decoder is a generator."""

import keras
from keras import layers

from skwbc._seeding import seed_stream
from skwbc.networks._blocks import full_precision
from skwbc.networks._conditional_gan import connect, convolve
from skwbc.networks._vanilla_gan import SLOPE


def build_encoder(image_shape, *, latent_dim=64, filters=(32, 64, 128), dtype="float32", seed=0):
    """Build the encoder; the comments give its shapes for (64, 64, 3).

    Parameters
    ----------
    image_shape : tuple of int
        ``(height, width, channels)``.
    latent_dim : int
        Length of the code.
    filters : sequence of int
        Filters of each convolution; every one halves the map.
    dtype : str
        Keras dtype policy of every layer.
    seed : int
        Of the initial weights.

    Returns
    -------
    keras.Model
        (batch, height, width, channels) in [-1, 1] -> (batch, latent_dim).
    """
    seeds = seed_stream(seed)
    image = x = keras.Input(image_shape, dtype=full_precision(dtype))
    for n_filters in filters:
        x = convolve(x, n_filters, 4, seed=next(seeds), dtype=dtype, strides=2)
        x = layers.LeakyReLU(SLOPE, dtype=dtype)(x)  # 8, 8, 128
    x = layers.Flatten(data_format="channels_last", dtype=dtype)(x)  # 8,192
    code = connect(x, latent_dim, seed=next(seeds), dtype=full_precision(dtype))
    return keras.Model(image, code, name="encoder")
