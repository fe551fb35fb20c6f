"""Random changes of images through which a gradient flows.

After S. Zhao et al., "Differentiable Augmentation for Data-Efficient GAN Training",
NeurIPS 2020; without changes of colour. Hue is what tells an eosinophil, and changes of brightness
hide from the discriminator how bright real images are, and how much they differ in that.
"""

import keras
from keras import ops

from skwbc.networks._cell_augmentation import shift_images

SHIFT = 1 / 8  # of the side, at most, either way
HOLE = 1 / 3  # of the side


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
        Shifted, unless they are of one line, and with a grey hole, each with `probability`.
    """
    n = ops.shape(images)[0] // 2
    draws = keras.random.uniform((n, 6), seed=seed_generator, dtype="float32")
    draws = ops.reshape(ops.tile(draws, (2, 1)), (-1, 6))  # older Keras forgets that it is 6
    happens = ops.cast(draws[:, :2] < probability, images.dtype)
    amounts = 2 * draws[:, 2:] - 1  # in [-1, 1)
    if min(images.shape[1:3]) > 1:  # the columns of a table can't take each other's place
        images = shift_images(images, amounts[:, :2] * happens[:, :1], SHIFT)
    return _cut_hole(images, amounts[:, 2:], happens[:, 1])


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
