"""Networks of keras.applications in the place of ours, with weights from elsewhere if wanted."""

import keras
from keras import layers

from skwbc._seeding import python_random_kept, seed_draws, seed_stream
from skwbc.networks._blocks import class_probabilities, full_precision

# Those that scale their input themselves, from 0 to 255.
BACKBONES = (
    "MobileNetV3Small",
    "MobileNetV3Large",
    "EfficientNetB0",
    "EfficientNetV2B0",
    "ConvNeXtTiny",
)
LEAST_SIDE = 32  # pixels


def build_backbone_classifier(
    image_shape, n_classes, *, backbone, weights=None, dropout=0.3, dtype="float32", seed=0
):
    """Build a network of ``keras.applications`` and a read-out of its own.

    Parameters
    ----------
    image_shape : tuple of int
        ``(height, width, channels)`` of 32 pixels or more, with 1 or 3 channels.
    n_classes : int
        Number of classes.
    backbone : str
        One of `BACKBONES`.
    weights : str or path-like, default=None
        "imagenet", which Keras downloads once, or a file of Keras weights; None draws them.
    dropout : float
        Rate before the read-out, in [0, 1).
    dtype : str
        Keras dtype policy of every layer but the read-out.
    seed : int
        Of the initial weights and the dropout.

    Returns
    -------
    keras.Model
        (batch, height, width, channels) in [0, 1] -> (batch, n_classes).

    Raises
    ------
    ValueError
        If images are too small, or neither grey nor RGB.
    """
    if min(image_shape[:2]) < LEAST_SIDE or image_shape[2] not in (1, 3):
        raise ValueError(
            f"Expected grey or RGB images of at least {LEAST_SIDE} pixels for {backbone}; received "
            f"{image_shape}."
        )
    seeds = seed_stream(seed)
    inputs = x = keras.Input(image_shape, dtype=full_precision(dtype))
    if image_shape[2] == 1:
        x = layers.Concatenate(dtype=full_precision(dtype))([x, x, x])
    x = layers.Rescaling(255.0, dtype=full_precision(dtype))(x)
    body = _build_body(backbone, (*image_shape[:2], 3), weights, dtype)
    if weights is None:
        draw_kernels(body, next(seeds))
    else:
        keep_statistics(body)
    x = body(x)
    x = layers.Dropout(dropout, seed=next(seeds), dtype=dtype)(x)
    outputs = class_probabilities(x, n_classes, seed=next(seeds), dtype=dtype)
    seed_draws(body, next(seeds))
    return keras.Model(inputs, outputs, name="backbone_classifier")


def _build_body(backbone, image_shape, weights, dtype):
    """Build all but the read-out; Keras' builders take precision and order of axes from globals."""
    before = keras.config.dtype_policy()
    order_before = keras.config.image_data_format()
    keras.config.set_dtype_policy(dtype)
    keras.config.set_image_data_format("channels_last")
    try:
        with python_random_kept():
            return getattr(keras.applications, backbone)(
                input_shape=image_shape, include_top=False, weights=weights, pooling="avg"
            )
    finally:
        keras.config.set_dtype_policy(before)
        keras.config.set_image_data_format(order_before)


def keep_statistics(network):
    """Hold batch normalisation as it came: a small batch has worse statistics than many photos."""
    for layer in network.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.trainable = False


def draw_kernels(network, seed):
    """Draw all kernels anew, from seeds of our own."""
    seeds = seed_stream(seed)
    for layer in network.layers:
        for variable in layer.trainable_variables:
            if variable.path.endswith("kernel"):
                variable.assign(keras.initializers.HeNormal(next(seeds))(variable.shape))
