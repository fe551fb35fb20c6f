"""A small network for crops of cells."""

import keras
from keras import initializers, layers, ops

from skwbc._seeding import seed_stream
from skwbc.networks._blocks import class_probabilities, dense, full_precision, halve
from skwbc.networks._group_normalisation import ChannelGroupNormalization

GROUP_SIZE = 8  # channels that are normalised together, at least
STEM_SIZE = 4  # pixels of the first kernel


def build_compact_cnn(
    image_shape, n_classes, *, filters=(32, 64, 96, 128), dropout=0.3, dtype="float32", seed=0
):
    """Build a strided convolution and blocks of two; the comments are for (64, 64, 3).

    Group normalisation [1]_ is of one image alone: unlike the statistics of a batch, it is the same
    in training and in use, and on photos of another laboratory. In images that are bright all
    over, what channels answer to brightness can drown in it what tells images apart; kernels
    without a mean, as in [2]_, don't answer to brightness.

    An image of one line is the row of a table, which has no neighbourhoods: it goes through dense
    layers of the same widths instead.

    Parameters
    ----------
    image_shape : tuple of int
        ``(height, width, channels)``.
    n_classes : int
        Number of classes.
    filters : sequence of int
        Channels of the strided convolution and of each block behind it.
    dropout : float
        Rate before the read-out, in [0, 1).
    dtype : str
        Keras dtype policy of every layer.
    seed : int
        Of the initial weights and the dropout.

    Returns
    -------
    keras.Model
        (batch, height, width, channels) in [0, 1] -> (batch, n_classes).

    References
    ----------
    .. [1] Yuxin Wu and Kaiming He, "Group Normalization", ECCV 2018.
    .. [2] S. Qiao et al., "Micro-Batch Training with Batch-Channel Normalization and Weight
       Standardization", arXiv:1903.10520.
    """
    seeds = seed_stream(seed)
    inputs = x = keras.Input(image_shape, dtype=full_precision(dtype))  # 64, 64, 3
    if min(image_shape[:2]) == 1:
        x = layers.Flatten(data_format="channels_last", dtype=dtype)(x)
        for n_filters in filters:
            x = dense(x, n_filters, seed=next(seeds), dtype=dtype)
    else:
        x = normalised_convolution(
            x, filters[0], STEM_SIZE, seed=next(seeds), dtype=dtype, strides=2
        )  # 32, 32, 32
        for i, n_filters in enumerate(filters[1:]):
            x = halve(x, dtype=dtype) if i > 0 else x
            for _ in range(2):
                x = normalised_convolution(x, n_filters, 3, seed=next(seeds), dtype=dtype)
                # 32, 32, 64, then 16, 16, 96, then 8, 8, 128
        x = layers.GlobalAveragePooling2D(data_format="channels_last", dtype=dtype)(x)  # 128
    x = layers.Dropout(dropout, seed=next(seeds), dtype=dtype)(x)
    outputs = class_probabilities(x, n_classes, seed=next(seeds), dtype=dtype)
    network = keras.Model(inputs, outputs, name="compact_cnn")
    for layer in network.layers:
        if isinstance(layer, layers.Conv2D):
            layer.kernel.assign(layer.kernel_constraint(layer.kernel))
    return network


@keras.saving.register_keras_serializable("skwbc")
class WithoutMean(keras.constraints.Constraint):
    """Take the mean from the kernel of each channel, after every step of the optimiser."""

    def __call__(self, w):
        """Change a kernel: (height, width, channels, filters)."""
        return w - ops.mean(w, axis=(0, 1, 2), keepdims=True)


def normalised_convolution(x, filters, kernel_size, *, seed, dtype, strides=1):
    """Convolve, normalise, ReLU: (batch, h, w, c) -> (batch, h / strides, ..., filters)."""
    x = layers.Conv2D(
        filters,
        kernel_size,
        strides=strides,
        padding="same",
        use_bias=False,
        data_format="channels_last",
        kernel_initializer=initializers.HeNormal(seed),
        kernel_constraint=WithoutMean(),
        dtype=dtype,
    )(x)
    n_most = max(1, filters // GROUP_SIZE)
    n_groups = max(n for n in range(1, n_most + 1) if filters % n == 0)
    x = ChannelGroupNormalization(n_groups, dtype=dtype)(x)
    return layers.ReLU(dtype=dtype)(x)
