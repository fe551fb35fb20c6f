"""Show photos with the boxes of their cells."""

from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.utils.validation import _num_samples

from skwbc._types import ImageShape
from skwbc.displays._sheet import draw_sheet, gather_rows

BOX = ["left", "top", "right", "bottom"]


class BoxDisplay:
    """Photos, and in each the box that was found; beside it the annotated one, if there is one.

    Parameters
    ----------
    images : array-like of shape (n_images, n_features) or (n_images, height, width[, channels])
        Photos of 1 (grey), 3 (RGB) or 4 channels, flat or not, uint8 or any other real dtype. Of
        another number of channels the mean is drawn.
        Drawing takes many times the memory of the photos as uint8, so give some dozens.
    boxes : array-like of shape (n_images, 4)
        ``left, top, right, bottom`` in pixels, NaN where there is none; or a DataFrame with these
        columns, such as `boxes_` of a :class:`~skwbc.CellCropper`.
    true_boxes : array-like of shape (n_images, 4), default=None
        The same of the annotation, drawn with broken lines.
    image_shape : tuple of int, default=None
        ``(height, width[, channels])`` of flat images. By default read from `images`.
    n_columns : int, default=4
        Photos side by side.

    Attributes
    ----------
    image_ : matplotlib.image.AxesImage
        The whole sheet.
    boxes_ : list of matplotlib.patches.Rectangle
        Those found, photo by photo.
    true_boxes_ : list of matplotlib.patches.Rectangle
        Those of the annotation.
    ax_ : matplotlib.axes.Axes
        Where it was drawn.
    figure_ : matplotlib.figure.Figure
        The figure of `ax_`.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from skwbc import CellCropper
    >>> from skwbc.datasets import make_blood_cells
    >>> from skwbc.displays import BoxDisplay
    >>> photos = make_blood_cells(6, image_shape=(120, 160, 3), random_state=0).images
    >>> cropper = CellCropper().fit(photos)
    >>> display = BoxDisplay.from_estimator(cropper, photos, ax=Figure().subplots())
    >>> len(display.boxes_)
    6
    """

    def __init__(
        self,
        images: ArrayLike,
        boxes: pd.DataFrame | ArrayLike,
        *,
        true_boxes: ArrayLike | None = None,
        image_shape: ImageShape | None = None,
        n_columns: int = 4,
    ) -> None:
        self.images = images
        self.boxes = boxes
        self.true_boxes = true_boxes
        self.image_shape = image_shape
        self.n_columns = n_columns

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: ArrayLike,
        *,
        true_boxes: ArrayLike | None = None,
        n_columns: int = 4,
        ax: Any = None,
    ) -> Self:
        """Find the cells of photos, and draw them.

        Parameters
        ----------
        estimator : CellCropper
            Fitted.
        X : array-like of shape (n_images, n_features) or (n_images, height, width[, channels])
            Photos.
        true_boxes : array-like of shape (n_images, 4), default=None
            Annotated boxes.
        n_columns : int, default=4
            Photos side by side.
        ax : matplotlib.axes.Axes, default=None
            Where to draw. By default on a new figure.

        Returns
        -------
        display : BoxDisplay
            Drawn.
        """
        display = cls(
            X,
            estimator.locate(X)[BOX].to_numpy(),
            true_boxes=true_boxes,
            image_shape=estimator.image_shape_,
            n_columns=n_columns,
        )
        return display.plot(ax=ax)

    def plot(self, ax: Any = None) -> Self:
        """Draw the photos and their boxes.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Where to draw. By default on a new figure of the sheet's proportions.

        Returns
        -------
        self : BoxDisplay
            With `image_`, `boxes_`, `true_boxes_`, `ax_` and `figure_`.

        Raises
        ------
        ValueError
            If there are no images, none of `image_shape`, flat ones without it, or values that
            are not finite; or if there is not one box an image.
        """
        n_images = _num_samples(self.images)
        chosen = [
            slice(start, start + self.n_columns) for start in range(0, n_images, self.n_columns)
        ]
        rows = gather_rows(self.images, self.image_shape, chosen)
        boxes = _read_boxes(self.boxes, n_images)
        true_boxes = () if self.true_boxes is None else _read_boxes(self.true_boxes, n_images)
        sheet = draw_sheet(rows, [""] * len(rows), ax=ax)
        self.image_ = sheet.image
        self.ax_, self.figure_ = self.image_.axes, self.image_.figure
        self.boxes_ = self._draw(boxes, sheet, edgecolor="black", linewidth=1.5)
        look = {"edgecolor": "white", "linestyle": "--", "linewidth": 1.5}
        self.true_boxes_ = self._draw(true_boxes, sheet, **look)
        return self

    def _draw(self, boxes, sheet, **look):
        from matplotlib.patches import Rectangle

        drawn = []
        for i, (left, top, right, bottom) in enumerate(boxes):
            if np.isnan(left):
                continue
            row, column = divmod(i, self.n_columns)
            corner = (sheet.lefts[column] + left - 0.5, sheet.tops[row] + top - 0.5)
            rectangle = Rectangle(corner, right - left, bottom - top, fill=False, **look)
            drawn.append(self.ax_.add_patch(rectangle))
        return drawn


def _read_boxes(boxes, n_images):
    """Give boxes as an array of (n_images, 4)."""
    boxes = boxes[BOX] if isinstance(boxes, pd.DataFrame) and set(BOX) <= set(boxes) else boxes
    boxes = np.asarray(boxes, dtype=float)
    if boxes.shape != (n_images, 4):
        raise ValueError(
            f"Expected boxes of shape ({n_images}, 4), one for each image, received {boxes.shape}."
        )
    return boxes
