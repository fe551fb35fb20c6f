"""Layers that the classifiers share, and the rule for images too small for them.

The rule: a convolution loses its border ("valid" padding, as published) where the feature map
is at least as large as its kernel, and keeps it ("same" padding) where it is not; pooling
halves only an axis of two pixels or more. Every shape down to 1x1 therefore has a network, and
shapes of 8x8 and more have exactly the published one.
"""

from keras import initializers, layers


def convolution(x, filters, kernel_size, *, seed, dtype):
    """Convolve with ReLU: (batch, h, w, c) -> (batch, h - kernel_size + 1, ..., filters)."""
    padding = "valid" if min(x.shape[1:3]) >= kernel_size else "same"
    return layers.Conv2D(
        filters,
        kernel_size,
        padding=padding,
        activation="relu",
        data_format="channels_last",
        kernel_initializer=initializers.GlorotUniform(seed),
        dtype=dtype,
    )(x)


def halve(x, *, dtype):
    """Pool by maximum: (batch, h, w, c) -> (batch, h // 2, w // 2, c)."""
    pool_size = [min(2, side) for side in x.shape[1:3]]
    return layers.MaxPooling2D(pool_size, data_format="channels_last", dtype=dtype)(x)


def dense(x, units, *, seed, dtype, activation="relu"):
    """Connect fully: (batch, n) -> (batch, units)."""
    return layers.Dense(
        units,
        activation=activation,
        kernel_initializer=initializers.GlorotUniform(seed),
        dtype=dtype,
    )(x)


def class_probabilities(x, n_classes, *, seed, dtype):
    """Read out in full precision: (batch, n) -> (batch, n_classes), rows sum to 1."""
    return dense(x, n_classes, seed=seed, dtype=full_precision(dtype), activation="softmax")


def full_precision(dtype):
    """Name the policy for layers that must not round: outputs, losses, scores."""
    return "float32" if dtype == "mixed_bfloat16" else dtype
