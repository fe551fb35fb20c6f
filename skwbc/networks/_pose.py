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
    seeds = seed_stream(seed)
    turn = TRADITIONAL_ROTATION / 360
    return keras.Sequential(
        [
            layers.RandomFlip("horizontal", data_format="channels_last", seed=next(seeds)),
            layers.RandomRotation(
                turn, fill_mode="reflect", data_format="channels_last", seed=next(seeds)
            ),
        ],
        name="traditional",
    )
