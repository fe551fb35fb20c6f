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
    draws = ops.tile(draws, (2, 1))
    happens = ops.cast(draws[:, :3] < probability, images.dtype)
    amounts = 2 * draws[:, 3:] - 1  # in [-1, 1)
    images = _shift(images, amounts[:, 0:2] * happens[:, :1])
    images = _cut_hole(images, amounts[:, 2:4], happens[:, 1])
    return _relight(images, amounts[:, 4:6] * happens[:, 2:])


def _shift(images, amounts):
    """Move by whole pixels; what comes in is grey."""
    height, width = images.shape[1:3]
    down = ops.round(amounts[:, 0] * height * SHIFT)
    right = ops.round(amounts[:, 1] * width * SHIFT)
    zero, one = ops.zeros_like(down), ops.ones_like(down)
    transforms = ops.stack([one, zero, -right, zero, one, -down, zero, zero], axis=1)
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=transforms,
        output_shape=tf.constant([height, width]),
        fill_value=0.0,
        interpolation="NEAREST",
        fill_mode="CONSTANT",
    )


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
