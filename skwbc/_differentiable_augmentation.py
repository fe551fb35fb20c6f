"""Random changes of images through which a gradient flows.

After S. Zhao et al., "Differentiable Augmentation for Data-Efficient GAN Training",
NeurIPS 2020; without changes of hue, which is what tells an eosinophil.
"""

import keras
import tensorflow as tf
from keras import ops

SHIFT = 1 / 8  # of the side, at most, either way
HOLE = 1 / 3  # of the side
LIGHT = 0.2  # brightness on the scale [-1, 1], and contrast as a factor, at most, either way


def augment_pairs(images, probability, seed_generator):
    """Change images at random, the two images of a pair alike.

    Parameters
    ----------
    images : tensor of shape (2 * n, height, width, channels)
        Image i and image n + i are a pair; in [-1, 1].
    probability : float
        Of each kind of change, in [0, 1].
    seed_generator : keras.random.SeedGenerator
        Source of the draws.

    Returns
    -------
    tensor of shape (2 * n, height, width, channels)
        Shifted, with a grey hole, in another light, each with `probability`.
    """
    n = ops.shape(images)[0] // 2
    draws = keras.random.uniform((n, 9), seed=seed_generator)
    draws = ops.reshape(ops.tile(draws, (2, 1)), (-1, 9))  # older Keras forgets that it is 9
    happens = ops.cast(draws[:, :3] < probability, images.dtype)
    amounts = 2 * draws[:, 3:] - 1  # in [-1, 1)
    images = _shift(images, amounts[:, 0:2] * happens[:, :1])
    images = _cut_hole(images, amounts[:, 2:4], happens[:, 1])
    return _relight(images, amounts[:, 4:6] * happens[:, 2:])


def _shift(images, amounts):
    """Move by whole pixels; what comes in is the mirror image of what is there."""
    for axis in (0, 1):
        side = images.shape[1 + axis]
        distance = ops.round(amounts[:, axis : axis + 1] * (side * SHIFT))
        position = ops.abs(ops.arange(side, dtype="float32")[None, :] - distance)
        position = (side - 1) - ops.abs((side - 1) - position)
        images = tf.gather(images, ops.cast(position, "int32"), axis=1 + axis, batch_dims=1)
    return images


def _cut_hole(images, amounts, happens):
    """Set a rectangle around a random point to grey."""
    inside = []
    for axis in (0, 1):
        side = images.shape[1 + axis]
        centre = (amounts[:, axis : axis + 1] + 1) / 2 * side
        position = ops.arange(side, dtype=images.dtype)[None, :] + 0.5
        inside.append(ops.cast(ops.abs(position - centre) < HOLE * side / 2, images.dtype))
    rows, columns = inside
    hole = rows[:, :, None, None] * columns[:, None, :, None] * happens[:, None, None, None]
    return images * (1 - hole)


def _relight(images, amounts):
    """Shift the brightness, and stretch the contrast about the image's mean."""
    brightness = amounts[:, 0, None, None, None] * LIGHT
    contrast = 1 + amounts[:, 1, None, None, None] * LIGHT
    mean = ops.mean(images, axis=(1, 2, 3), keepdims=True)
    return (images - mean) * contrast + mean + brightness
