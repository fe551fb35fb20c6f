"""The published CNN-RNN: an LSTM reads the rows of the image beside a convolutional branch."""

import keras
from keras import initializers, layers, ops

from skwbc._seeding import seed_stream
from skwbc.networks._blocks import class_probabilities, convolution, dense, full_precision, halve


def build_cnn_rnn(
    image_shape,
    n_classes,
    *,
    filters=(32, 64),
    kernel_size=3,
    lstm_units=64,
    merge="concatenate",
    dropout=0.25,
    dense_units=128,
    dense_dropout=0.5,
    dtype="float32",
    seed=0,
):
    """Build the CNN-RNN of Sangal and Krishnan; the comments give its shapes for (60, 80, 3).

    The two branches are concatenated: the text of the study speaks of an element-wise product,
    its table and its parameter counts of a concatenation. Its counts hold cuDNN's second,
    redundant bias per LSTM gate; Keras' LSTM of today has 8 x `lstm_units` fewer in each of the
    two layers, 8,925,764 in all instead of 8,926,788.

    Parameters
    ----------
    image_shape : tuple of int
        ``(height, width, channels)``.
    n_classes : int
        Number of classes.
    filters : sequence of int
        Filters of each convolution of the convolutional branch.
    kernel_size : int
        Side of every kernel, in pixels.
    lstm_units : int
        Units of each direction of each of the two bidirectional LSTMs.
    merge : {"concatenate", "multiply"}
        How the branches meet; "multiply" first brings the convolutional branch to the width of
        the other by a dense layer.
    dropout, dense_dropout : float
        Rates at the end of both branches and before the read-out, in [0, 1).
    dense_units : int
        Width of the hidden dense layer.
    dtype : str
        Keras dtype policy of every layer; under "mixed_bfloat16" the recurrent layers, whose
        rounding errors would add up over the rows, stay in float32.
    seed : int
        Of the initial weights and the dropout.

    Returns
    -------
    keras.Model
        (batch, height, width, channels) in [0, 1] -> (batch, n_classes).
    """
    seeds = seed_stream(seed)
    lstm_dtype = "float32" if dtype == "mixed_bfloat16" else dtype
    inputs = keras.Input(image_shape, dtype=full_precision(dtype))  # 60, 80, 3

    rows = ops.mean(inputs, axis=-1)  # 60, 80: the rows of the grey image are a sequence
    rows = _bidirectional(
        rows, lstm_units, sequences=True, seeds=seeds, dtype=lstm_dtype
    )  # 60, 128
    rows = _bidirectional(rows, lstm_units, sequences=False, seeds=seeds, dtype=lstm_dtype)  # 128
    rows = layers.Dropout(dropout, seed=next(seeds), dtype=dtype)(rows)

    x = inputs
    for n_filters in filters:
        x = convolution(x, n_filters, kernel_size, seed=next(seeds), dtype=dtype)  # 56, 76, 64
    x = halve(x, dtype=dtype)  # 28, 38, 64
    x = layers.Dropout(dropout, seed=next(seeds), dtype=dtype)(x)
    x = layers.Flatten(data_format="channels_last", dtype=dtype)(x)  # 68,096

    if merge == "multiply":
        x = dense(x, 2 * lstm_units, seed=next(seeds), dtype=dtype)  # 128
        x = layers.Multiply(dtype=dtype)([rows, x])  # 128
    else:
        x = layers.Concatenate(dtype=dtype)([rows, x])  # 68,224
    x = dense(x, dense_units, seed=next(seeds), dtype=dtype)  # 128
    x = layers.Dropout(dense_dropout, seed=next(seeds), dtype=dtype)(x)
    outputs = class_probabilities(x, n_classes, seed=next(seeds), dtype=dtype)
    return keras.Model(inputs, outputs, name="cnn_rnn")


def _bidirectional(x, units, *, sequences, seeds, dtype):
    """Read a sequence in both directions: (batch, steps, n) -> (batch, [steps,] 2 * units)."""
    forward, backward = (
        layers.LSTM(
            units,
            return_sequences=sequences,
            go_backwards=go_backwards,
            unroll=x.shape[1] == 1,  # the row of a table needs no loop
            kernel_initializer=initializers.GlorotUniform(next(seeds)),
            recurrent_initializer=initializers.Orthogonal(seed=next(seeds)),
            seed=next(seeds),
            dtype=dtype,
        )
        for go_backwards in (False, True)
    )
    return layers.Bidirectional(forward, backward_layer=backward, dtype=dtype)(x)
