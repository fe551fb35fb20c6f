"""Random poses of a training image."""

import keras
from keras import layers

from skwbc._seeding import seed_stream

TRADITIONAL_ROTATION = 10  # degrees, either way


def build_traditional_augmentation(seed=0):
    """Build the published augmentation: horizontal flip and rotation within 10 degrees.

    Parameters
    ----------
    seed : int
        Of the random draws.

    Returns
    -------
    keras.Sequential
        (batch, height, width, channels) -> the same, changed only while training. The corners
        that a rotation uncovers are filled by reflection.
    """
    seeds, settings = seed_stream(seed), {"data_format": "channels_last", "dtype": "float32"}
    turn = TRADITIONAL_ROTATION / 360
    flip = layers.RandomFlip("horizontal", seed=next(seeds), **settings)
    rotation = layers.RandomRotation(turn, fill_mode="reflect", seed=next(seeds), **settings)
    return chain([flip, rotation], "traditional")


def chain(parts, name):
    """Put changes of images one behind the other, in float32 whatever Keras is set to.

    Parameters
    ----------
    parts : list of keras.Layer
    name : str

    Returns
    -------
    keras.Sequential
    """
    chained = keras.Sequential(parts, name=name)
    chained.dtype_policy = "float32"
    return chained
