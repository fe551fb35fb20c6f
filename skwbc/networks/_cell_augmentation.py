"""Random changes of a training image that leave the class of a cell as it is."""

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from skwbc._seeding import seed_stream
from skwbc.networks._pose import chain

SHIFT = 1 / 16  # of the side, at most, either way
STAIN = 0.2  # standard deviation of the logarithm of each dye's amount
LIGHT = 0.1  # standard deviation of the optical density that all channels gain
TINT = 0.05  # the same, of each channel
FAR_STAIN = 0.5  # as `STAIN`, in images as of another laboratory
FAR_STRENGTH = 0.4  # the same, of all dyes together
FAR_LIGHT = 0.3  # of the absolute value of a normal draw, that each channel loses
DARKEST = 1 / 255  # of white: below, light is not told from none

# Optical densities of red, green and blue of haematoxylin, eosin and what neither explains: A. C.
# Ruifrok and D. A. Johnston, "Quantification of Histochemical Staining by Color Deconvolution",
# Analytical and Quantitative Cytology and Histology 23, 2001. The dyes of blood smears, azure and
# eosin, absorb much alike.
DYES = np.array([[0.65, 0.70, 0.29], [0.07, 0.99, 0.11], [0.27, 0.57, 0.78]])


def build_cell_augmentation(low, high, *, seed=0):
    """Build the augmentation of cells: poses, small shifts, more or less of each dye and of light.

    Parameters
    ----------
    low, high : float
        Values of black and white.
    seed : int
        Of the random draws.

    Returns
    -------
    keras.Sequential
        (batch, height, width, channels) -> the same, changed only while training.
    """
    seeds = seed_stream(seed)
    moves = [RandomPose(next(seeds)), RandomShift(next(seeds))]
    return chain([*moves, RandomStain(low, high, next(seeds))], "cells")


class RandomChange(keras.layers.Layer):
    """Change images in training, and leave them alone otherwise, and rows of a table always."""

    def __init__(self, seed, *, dtype="float32", **settings):  # whatever Keras is set to
        super().__init__(dtype=dtype, **settings)
        self.seed = seed
        self.draws = keras.random.SeedGenerator(seed)

    def get_config(self):
        """Say how to build another one."""
        return {**super().get_config(), "seed": self.seed}

    def call(self, images, training=False):
        """Change a batch: (batch, height, width, channels) -> the same."""
        is_table = min(images.shape[1:3]) == 1
        return self.change(images, ops.shape(images)[0]) if training and not is_table else images

    def change(self, images, n):
        """Change `n` images of more than one line."""
        raise NotImplementedError

    def compute_output_shape(self, input_shape):
        """Say that nothing changes its shape."""
        return input_shape


@keras.saving.register_keras_serializable("skwbc")
class RandomPose(RandomChange):
    """Flip images at random in both directions, and turn square ones by a quarter."""

    def change(self, images, n):
        """Change `n` images."""
        draws = keras.random.uniform((n, 3), seed=self.draws, dtype="float32") < 0.5
        draws = draws[:, :, None, None, None]
        images = ops.where(draws[:, 0], ops.flip(images, axis=2), images)
        images = ops.where(draws[:, 1], ops.flip(images, axis=1), images)
        if images.shape[1] != images.shape[2]:
            return images
        return ops.where(draws[:, 2], ops.transpose(images, (0, 2, 1, 3)), images)


@keras.saving.register_keras_serializable("skwbc")
class RandomShift(RandomChange):
    """Move images by whole pixels, as :func:`shift_images` does."""

    def change(self, images, n):
        """Change `n` images."""
        draws = keras.random.uniform((n, 2), -1, 1, seed=self.draws, dtype="float32")
        return shift_images(images, draws, SHIFT)


def shift_images(images, amounts, largest):
    """Move images by whole pixels; what comes in is the mirror image of what is there.

    Parameters
    ----------
    images : tensor of shape (n, height, width, channels)
        Of more than one line.
    amounts : tensor of shape (n, 2), dtype float32
        Down and across, from -1 to 1.
    largest : float
        How far 1 is, as a share of the side.

    Returns
    -------
    tensor of shape (n, height, width, channels)
    """
    for axis in (0, 1):
        side = images.shape[1 + axis]
        distance = ops.round(amounts[:, axis : axis + 1] * (side * largest))
        position = ops.abs(ops.arange(side, dtype="float32")[None, :] - distance)
        position = (side - 1) - ops.abs((side - 1) - position)
        images = tf.gather(images, ops.cast(position, "int32"), axis=1 + axis, batch_dims=1)
    return images


@keras.saving.register_keras_serializable("skwbc")
class RandomStain(RandomChange):
    """Take more or less of each dye and of light; grey images have light alone.

    Colours are optical densities, in which dyes add up; so their hues stay.
    """

    def __init__(self, low, high, seed, *, far_share=0.0, **settings):
        super().__init__(seed, **settings)
        self.low, self.high, self.far_share = low, high, far_share

    def get_config(self):
        """Say how to build another one."""
        mine = {"low": self.low, "high": self.high, "far_share": self.far_share}
        return {**super().get_config(), **mine}

    def change(self, images, n):
        """Change `n` images."""
        n_channels = images.shape[-1]
        white = (images - self.low) / (self.high - self.low)
        density = -ops.log(ops.clip(white, DARKEST, 1.0))
        stain = STAIN * self._draw((n, 3, 1))
        light = LIGHT * self._draw((n, 1, 1, 1)) + TINT * self._draw((n, 1, 1, n_channels))
        if self.far_share:
            stain, light = self._draw_far(stain, light)
        if n_channels == 3:
            apart, together = (ops.cast(m, images.dtype) for m in (np.linalg.inv(DYES), DYES))
            mixing = ops.matmul(apart, ops.exp(stain) * together)  # (n, 3, 3)
            flat = ops.reshape(density, (n, -1, 3))
            density = ops.reshape(ops.matmul(flat, mixing), (-1, *images.shape[1:]))
        white = ops.clip(ops.exp(-(density + light)), 0.0, 1.0)
        return self.low + white * (self.high - self.low)

    def _draw_far(self, stain, light):
        """Draw larger changes in the place of some."""
        n, n_channels = ops.shape(light)[0], light.shape[-1]
        draws = keras.random.uniform((n, 1, 1), seed=self.draws, dtype="float32")
        far = draws < self.far_share
        strength = FAR_STRENGTH * self._draw((n, 1, 1))
        far_light = ops.abs(FAR_LIGHT * self._draw((n, 1, 1, n_channels)))
        return (
            ops.where(far, FAR_STAIN / STAIN * stain + strength, stain),
            ops.where(far[..., None], far_light, light),
        )

    def _draw(self, shape):
        return keras.random.normal(shape, seed=self.draws, dtype=self.compute_dtype)
