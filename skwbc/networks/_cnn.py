"""The published CNN."""

import keras
from keras import layers

from skwbc._seeding import seed_stream
from skwbc.networks._blocks import class_probabilities, convolution, dense, full_precision, halve


def build_cnn(
    image_shape,
    n_classes,
    *,
    filters=(32, 64, 64),
    kernel_size=3,
    dropout=0.25,
    dense_units=128,
    dense_dropout=0.5,
    dtype="float32",
    seed=0,
):
    """Build the CNN of Sangal and Krishnan; the comments give its shapes for (60, 80, 3).

    Parameters
    ----------
    image_shape : tuple of int
        ``(height, width, channels)``.
    n_classes : int
        Number of classes.
    filters : sequence of int
        Filters of each convolution.
    kernel_size : int
        Side of every kernel, in pixels.
    dropout, dense_dropout : float
        Rates after the convolutions and before the read-out, in [0, 1).
    dense_units : int
        Width of the hidden dense layer.
    dtype : str
        Keras dtype policy of every layer.
    seed : int
        Of the initial weights and the dropout.

    Returns
    -------
    keras.Model
        (batch, height, width, channels) in [0, 1] -> (batch, n_classes).
    """
    seeds = seed_stream(seed)
    inputs = x = keras.Input(image_shape, dtype=full_precision(dtype))  # 60, 80, 3
    for n_filters in filters:
        x = convolution(x, n_filters, kernel_size, seed=next(seeds), dtype=dtype)  # 54, 74, 64
    x = halve(x, dtype=dtype)  # 27, 37, 64
    x = layers.Dropout(dropout, seed=next(seeds), dtype=dtype)(x)
    x = layers.Flatten(data_format="channels_last", dtype=dtype)(x)  # 63,936
    x = dense(x, dense_units, seed=next(seeds), dtype=dtype)  # 128
    x = layers.Dropout(dense_dropout, seed=next(seeds), dtype=dtype)(x)
    outputs = class_probabilities(x, n_classes, seed=next(seeds), dtype=dtype)
    return keras.Model(inputs, outputs, name="cnn")
