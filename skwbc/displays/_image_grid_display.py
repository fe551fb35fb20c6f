"""Show a few images of each class."""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import _num_samples

from skwbc._types import ImageShape
from skwbc.displays._sheet import draw_sheet, gather_rows


class ImageGridDisplay:
    """A contact sheet: one row of images for each class.

    Parameters
    ----------
    images : array-like of shape (n_images, n_features) or (n_images, height, width[, channels])
        Images of 1 (grey), 3 (RGB) or 4 channels, flat or not, uint8 or any other real dtype. Of
        another number of channels the mean is drawn.
    labels : array-like of shape (n_images,), default=None
        Classes, which are the rows of the sheet. By default all images stand in one row.
    image_shape : tuple of int, default=None
        ``(height, width[, channels])`` of flat images. By default read from `images`.
    classes : array-like, default=None
        The rows from top to bottom. By default the sorted classes of `labels`; a class without
        images leaves its row empty.
    n_columns : int, default=8
        The most images a row: the first ones of the class.

    Attributes
    ----------
    image_ : matplotlib.image.AxesImage
        The whole sheet.
    ax_ : matplotlib.axes.Axes
        Where it was drawn.
    figure_ : matplotlib.figure.Figure
        The figure of `ax_`.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from skwbc.datasets import make_blood_cells
    >>> from skwbc.displays import ImageGridDisplay
    >>> cells = make_blood_cells(30, image_shape=(16, 16, 3), random_state=0)
    >>> names = cells.target_names[cells.target]
    >>> display = ImageGridDisplay(cells.images, names, n_columns=3)
    >>> display = display.plot(ax=Figure().subplots())
    >>> [label.get_text() for label in display.ax_.get_yticklabels()]
    ['eosinophil', 'lymphocyte', 'monocyte', 'neutrophil']
    """

    def __init__(
        self,
        images: ArrayLike,
        labels: ArrayLike | None = None,
        *,
        image_shape: ImageShape | None = None,
        classes: ArrayLike | None = None,
        n_columns: int = 8,
    ) -> None:
        self.images = images
        self.labels = labels
        self.image_shape = image_shape
        self.classes = classes
        self.n_columns = n_columns

    @classmethod
    def from_arrays(
        cls,
        images: ArrayLike,
        labels: ArrayLike | None = None,
        *,
        image_shape: ImageShape | None = None,
        classes: ArrayLike | None = None,
        n_columns: int = 8,
        ax: Any = None,
    ) -> Self:
        """Draw the contact sheet of an array of images.

        Parameters
        ----------
        images : array-like of shape (n_images, n_features) or \
                (n_images, height, width[, channels])
            Images, flat or not.
        labels : array-like of shape (n_images,), default=None
            Classes.
        image_shape : tuple of int, default=None
            ``(height, width[, channels])`` of flat images.
        classes : array-like, default=None
            The rows from top to bottom.
        n_columns : int, default=8
            The most images a row.
        ax : matplotlib.axes.Axes, default=None
            Where to draw. By default on a new figure.

        Returns
        -------
        display : ImageGridDisplay
            Drawn.
        """
        display = cls(images, labels, image_shape=image_shape, classes=classes, n_columns=n_columns)
        return display.plot(ax=ax)

    def plot(self, ax: Any = None) -> Self:
        """Draw the sheet.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Where to draw. By default on a new figure of the sheet's proportions.

        Returns
        -------
        self : ImageGridDisplay
            With `image_`, `ax_` and `figure_`.

        Raises
        ------
        ValueError
            If there are no images, none of `image_shape`, flat ones without it, or values that
            are not finite; or if there is not one label an image.
        """
        self.image_ = draw_sheet(*self._choose(), ax=ax).image
        self.ax_, self.figure_ = self.image_.axes, self.image_.figure
        return self

    def _choose(self):
        """Give the images of each row, scaled to [0, 1] by one range, and the rows' names."""
        n_images = _num_samples(self.images)
        chosen, names = [slice(self.n_columns)], [""]
        if self.labels is not None:
            labels = np.asarray(self.labels)
            if len(labels) != n_images:
                raise ValueError(
                    f"Expected one label an image, received {n_images} images and "
                    f"{len(labels)} labels."
                )
            classes = np.unique(labels) if self.classes is None else self.classes
            chosen = [np.flatnonzero(labels == c)[: self.n_columns] for c in classes]
            names = [str(c) for c in classes]
        return gather_rows(self.images, self.image_shape, chosen), names
