"""A sheet of images in rows."""

from typing import NamedTuple

import numpy as np

_GAP = 2  # pixels of white between two images


class Sheet(NamedTuple):
    """A sheet that is drawn: its artist, and the first pixels of its rows and columns."""

    image: object
    tops: np.ndarray
    lefts: np.ndarray


def draw_sheet(rows, names, *, ax=None, headroom=0):
    """Draw rows of images as one image.

    Parameters
    ----------
    rows : list of ndarray of shape (n_images, height, width, channels)
        From top to bottom, values in [0, 1]; the number of images may differ.
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
    height, width, channels = rows[0].shape[1:]
    tops = np.cumsum(np.broadcast_to(headroom, len(rows)) + height + _GAP) - height - _GAP
    lefts = np.arange(max(1, *map(len, rows))) * (width + _GAP)
    sheet = np.ones((tops[-1] + height, lefts[-1] + width, channels))
    for top, images in zip(tops, rows, strict=True):
        for left, image in zip(lefts, images, strict=False):  # the last columns may be empty
            sheet[top : top + height, left : left + width] = image
    if ax is None:
        import matplotlib.pyplot as plt

        size = (1.5 + len(lefts) * width / height, 0.3 + len(sheet) / (height + _GAP))
        _, ax = plt.subplots(figsize=size, layout="compressed")
    artist = ax.imshow(sheet[..., 0] if channels == 1 else sheet, cmap="gray", vmin=0, vmax=1)
    ax.set_xticks([])
    ax.set_yticks(tops + (height - 1) / 2, names)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return Sheet(artist, tops, lefts)
