"""Random changes of a training image as between laboratories: lens, smear, stain and camera."""

import keras
import numpy as np
from keras import ops

from skwbc._seeding import seed_stream
from skwbc.networks._cell_augmentation import DARKEST, RandomChange, RandomStain
from skwbc.networks._pose import chain

FAR_SHARE = 0.75  # of the images, of which dyes and light are far others; and hues, drawn apart
ZOOM, STRETCH = 0.2, 0.06  # of the logarithms of the size and of the sides' ratio, either way
SHIFT = 1 / 16  # of the side, either way
BARE_SHARE, BLURRED_SHARE = 0.5, 0.5  # of the images
RADII = (0.75, 1.1)  # of what a bare image keeps, in halves of its sides
SOFTNESS = 0.05  # of the border between
BINOMIAL = np.array([1, 4, 6, 4, 1]) / 16  # blurs by a standard deviation of one pixel
HUE = 0.25  # standard deviation of what a channel gains of each channel, in optical density


def build_far_augmentation(low, high, *, seed=0):
    """Build the augmentation that shows the cells of one laboratory as others might.

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
    parts = [build_far_moves(next(seeds)), build_far_colours(low, high, next(seeds))]
    return chain(parts, "laboratories")


def build_far_moves(seed):
    """Build the changes that leave colours alone: pose, size, place, surroundings, sharpness."""
    seeds = seed_stream(seed)
    kinds = (RandomAffine, RandomSurroundings, RandomBlur)
    return chain([kind(next(seeds)) for kind in kinds], "far_moves")


def build_far_colours(low, high, seed):
    """Build the changes of colours: more or less of each dye, another light, other hues."""
    seeds = seed_stream(seed)
    stain = RandomStain(low, high, next(seeds), far_share=FAR_SHARE)
    return chain([stain, RandomHue(low, high, next(seeds))], "far_colours")


@keras.saving.register_keras_serializable("skwbc")
class RandomAffine(RandomChange):
    """Mirror, turn, scale and move images; what comes in is the mirror image of what is there."""

    def change(self, images, n):
        """Change `n` images."""
        height, width = images.shape[1:3]
        draws = keras.random.uniform((6, n), -1, 1, seed=self.draws, dtype=self.compute_dtype)
        turn, side, size, ratio, right, down = ops.unstack(draws)
        across, along = (ops.exp(ZOOM * size + sign * STRETCH * ratio) for sign in (1, -1))
        along = along * ops.sign(side)
        cosine, sine = ops.cos(np.pi * turn), ops.sin(np.pi * turn)
        a, b, c, d = cosine * across, -sine * across, sine * along, cosine * along
        middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
        x = middle_x - a * middle_x - b * middle_y + SHIFT * width * right
        y = middle_y - c * middle_x - d * middle_y + SHIFT * height * down
        none = ops.zeros_like(a)
        transform = ops.stack([a, b, x, c, d, y, none, none], axis=1)
        return ops.image.affine_transform(
            images, transform, fill_mode="reflect", data_format="channels_last"
        )


@keras.saving.register_keras_serializable("skwbc")
class RandomSurroundings(RandomChange):
    """Leave nothing but ground around the middle of some images: smears differ in their density."""

    def change(self, images, n):
        """Change `n` images."""
        height, width = images.shape[1:3]
        down, across = (np.linspace(-1, 1, side) for side in (height, width))
        distance = np.hypot(down[:, None], across)[..., None]
        draws = keras.random.uniform((2, n, 1, 1, 1), seed=self.draws, dtype=self.compute_dtype)
        radius = RADII[0] + (RADII[1] - RADII[0]) * draws[0]
        hidden = ops.sigmoid((ops.cast(distance, images.dtype) - radius) / SOFTNESS)
        hidden = ops.where(draws[1] < BARE_SHARE, hidden, 0.0)
        ground = ops.max(ops.mean(images, axis=1, keepdims=True), axis=2, keepdims=True)
        return images + hidden * (ground - images)


@keras.saving.register_keras_serializable("skwbc")
class RandomBlur(RandomChange):
    """Blur some images, each by a pixel or less."""

    def change(self, images, n):
        """Change `n` images."""
        if min(images.shape[1:3]) < len(BINOMIAL):
            return images
        amount = keras.random.uniform((n, 1, 1, 1), seed=self.draws, dtype=self.compute_dtype)
        amount = ops.maximum(amount - (1 - BLURRED_SHARE), 0.0) / BLURRED_SHARE
        margin = len(BINOMIAL) // 2
        padded = ops.pad(images, [(0, 0), (margin, margin), (margin, margin), (0, 0)], "reflect")
        kernel = np.multiply.outer(BINOMIAL, BINOMIAL)[..., None, None]
        kernel = ops.cast(np.repeat(kernel, images.shape[-1], axis=2), images.dtype)
        blurred = ops.depthwise_conv(padded, kernel, data_format="channels_last")
        return images + amount * (blurred - images)


@keras.saving.register_keras_serializable("skwbc")
class RandomHue(RandomChange):
    """Mix the optical densities of the channels of some images; grey images stay as they are.

    Dyes of another maker, and another camera, give the same cell other hues.
    """

    def __init__(self, low, high, seed, **settings):
        super().__init__(seed, **settings)
        self.low, self.high = low, high

    def get_config(self):
        """Say how to build another one."""
        return {**super().get_config(), "low": self.low, "high": self.high}

    def change(self, images, n):
        """Change `n` images."""
        if images.shape[-1] != 3:
            return images
        white = (images - self.low) / (self.high - self.low)
        density = -ops.log(ops.clip(white, DARKEST, 1.0))
        gains = keras.random.normal((n, 3, 3), 0, HUE, seed=self.draws, dtype=self.compute_dtype)
        draws = keras.random.uniform((n, 1, 1), seed=self.draws, dtype="float32")
        mixing = ops.eye(3, dtype=images.dtype) + ops.where(draws < FAR_SHARE, gains, 0.0)
        flat = ops.matmul(ops.reshape(density, (n, -1, 3)), mixing)
        density = ops.maximum(ops.reshape(flat, (-1, *images.shape[1:])), 0.0)
        return self.low + ops.exp(-density) * (self.high - self.low)
