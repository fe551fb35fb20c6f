"""A sheet of images in rows."""

from typing import NamedTuple

import numpy as np

from skwbc._images import COMMON_CHANNELS, PixelRange, as_images, read_image_shape
from skwbc._lazy_images import LazyImages

_GAP = 2  # pixels of white between two images
_WIDEST = 10  # widths of a new figure for an image, in heights: rows of a table have thousands


class Sheet(NamedTuple):
    """A sheet that is drawn: its artist, and the first pixels of its rows and columns."""

    image: object
    tops: np.ndarray
    lefts: np.ndarray


def gather_rows(images, image_shape, rows):
    """Give the images of each row of a sheet, scaled to [0, 1] by one range.

    Parameters
    ----------
    images : array-like of shape (n_images, n_features) or (n_images, height, width[, channels])
        Those that may be drawn, whose range counts; only those of `rows` are copied.
    image_shape : tuple of int or None
        ``(height, width[, channels])`` of flat images; None reads it from `images`.
    rows : list of slice or ndarray of int
        Which images each row has.

    Returns
    -------
    list of ndarray of shape (n_images, height, width, channels)
        float32.

    Raises
    ------
    ValueError
        If there are no images, none of `image_shape`, or flat ones without `image_shape`; or if
        NaN or infinity is among the values.
    """
    images = images if isinstance(images, LazyImages) else np.asarray(images)
    if image_shape is None and len(images.shape) == 2:
        raise ValueError(
            f"Expected image_shape with flat images, received {images.shape[1]} values an image "
            "and no shape."
        )
    image_shape = read_image_shape(images, image_shape)
    pixel_range = PixelRange.of(images)
    if not np.isfinite([pixel_range.low, pixel_range.high]).all():
        raise ValueError("Expected finite values in all images, received NaN or infinity.")
    return [as_images((pixel_range.to_signed(images[row]) + 1) / 2, image_shape) for row in rows]


def draw_sheet(rows, names, *, ax=None, headroom=0):
    """Draw rows of images as one image.

    Parameters
    ----------
    rows : list of ndarray of shape (n_images, height, width, channels)
        From top to bottom, values in [0, 1]; the number of images may differ. Of channels that
        are no colours, 2 or more than 4, the mean is drawn.
    names : list of str
        One for each row.
    ax : matplotlib.axes.Axes, default=None
        Where to draw. By default on a new figure of the sheet's proportions.
    headroom : int or list of int, default=0
        Pixels of white above each row.

    Returns
    -------
    Sheet
        With a matplotlib.image.AxesImage.
    """
    if rows[0].shape[-1] not in COMMON_CHANNELS:
        rows = [images.mean(axis=-1, keepdims=True) for images in rows]
    height, width, channels = rows[0].shape[1:]
    tops = np.cumsum(np.broadcast_to(headroom, len(rows)) + height + _GAP) - height - _GAP
    lefts = np.arange(max(1, *map(len, rows))) * (width + _GAP)
    sheet = np.ones((tops[-1] + height, lefts[-1] + width, channels), dtype=np.float32)
    for top, images in zip(tops, rows, strict=True):
        for left, image in zip(lefts, images, strict=False):  # the last columns may be empty
            sheet[top : top + height, left : left + width] = image
    if ax is None:
        import matplotlib.pyplot as plt

        size = (1.5 + len(lefts) * min(width / height, _WIDEST), 0.3 + len(sheet) / (height + _GAP))
        _, ax = plt.subplots(figsize=size, layout="compressed")
    artist = ax.imshow(sheet[..., 0] if channels == 1 else sheet, cmap="gray", vmin=0, vmax=1)
    ax.set_xticks([])
    ax.set_yticks(tops + (height - 1) / 2, names)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return Sheet(artist, tops, lefts)
