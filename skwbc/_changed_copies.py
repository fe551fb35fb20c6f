"""Copies of images, flipped, turned, or changed as cells may differ."""

import numpy as np
from scipy import ndimage

from skwbc._images import as_images

N_AT_ONCE = 256  # images that are changed in one go
N_SEEDS = 2**31


def change_images(rows, image_shape, pixel_range, rng, *, flips, rotation):
    """Flip and turn each image at random.

    Parameters
    ----------
    rows : ndarray of shape (n_images, n_features)
        Of any real dtype.
    image_shape : tuple of int
        ``(height, width, channels)``.
    pixel_range : PixelRange
        What the result is clipped to.
    rng : numpy.random.Generator
        Source of the draws.
    flips : tuple of (bool, bool)
        Whether half of the images are mirrored left to right, and half top to bottom.
    rotation : float
        Most degrees by which an image is turned, either way.

    Returns
    -------
    ndarray of shape (n_images, n_features)
        In the dtype of `rows`. Images of one line, rows of a table, are not flipped or turned.
    """
    if min(image_shape[:2]) == 1:
        return rows.copy()  # of a table
    changed = np.empty_like(rows)
    views = as_images(rows, image_shape), as_images(changed, image_shape)
    for image, new in zip(*views, strict=True):
        for axis, flips_axis in ((1, flips[0]), (0, flips[1])):
            if flips_axis and rng.random() < 0.5:
                image = np.flip(image, axis)
        new[:] = turn(image, rng.uniform(-rotation, rotation), pixel_range)
    return changed


def change_cells(rows, image_shape, pixel_range, rng):
    """Change each image by the augmentation of cells that the classifiers have.

    Parameters
    ----------
    rows : ndarray of shape (n_images, n_features)
        Of any real dtype.
    image_shape : tuple of int
        ``(height, width, channels)``.
    pixel_range : PixelRange
        Black and white.
    rng : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    ndarray of shape (n_images, n_features)
        In the dtype of `rows`.
    """
    # these import TensorFlow
    from skwbc._own_names import own_names
    from skwbc.networks._cell_augmentation import build_cell_augmentation

    seed = int(rng.integers(N_SEEDS))
    with own_names():
        augmentation = build_cell_augmentation(pixel_range.low, pixel_range.high, seed=seed)
    changed = np.empty_like(rows)
    for start in range(0, len(rows), N_AT_ONCE):
        part = slice(start, start + N_AT_ONCE)
        images = as_images(rows[part].astype(np.float32), image_shape)
        images = np.asarray(augmentation(images, training=True)).reshape(len(images), -1)
        changed[part] = pixel_range.fit_in(images, rows.dtype)
    return changed


def turn(image, angle, pixel_range):
    """Rotate an image about its centre, bilinearly, with reflected corners.

    Parameters
    ----------
    image : ndarray of shape (height, width, channels)
        Of any real dtype.
    angle : float
        In degrees.
    pixel_range : PixelRange
        What the result is clipped to.

    Returns
    -------
    ndarray of shape (height, width, channels)
        In the dtype of `image`.
    """
    if angle == 0:
        return image
    floating = image.astype(np.result_type(image, np.float32))
    turned = ndimage.rotate(floating, angle, reshape=False, order=1, mode="reflect")
    return pixel_range.fit_in(turned, image.dtype)
