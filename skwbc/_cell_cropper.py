"""From photos of a smear to windows around the white cell."""

import warnings
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
import pandas as pd
from joblib import Parallel, delayed, effective_n_jobs
from numpy.typing import ArrayLike
from PIL import Image
from sklearn.base import ClassNamePrefixFeaturesOutMixin, _fit_context
from sklearn.utils._param_validation import Interval, StrOptions

from skwbc._cell_locator import locate_cells
from skwbc._image_transformer import ImageTransformer, restore_rank
from skwbc._images import PixelRange, as_images
from skwbc._stacklevel import find_stacklevel
from skwbc._types import ImageShape

WINDOWS = {"frame": 0.5, "cell": 1.3}  # sides by default
N_NAMED = 5  # rows that a message names
BOX = ["left", "top", "right", "bottom"]


class CellCropper(ClassNamePrefixFeaturesOutMixin, ImageTransformer):
    """Find the white cell in each photo and cut a square window around it.

    The cell is a small part of a photo, and little is left of it where the whole is shrunk to what
    a small network takes. Its nucleus is found by its stain, which needs no training; see `Notes`.
    Every window is resized to `crop_shape`.

    Images of one line, that is rows of a table, are handed on as they are.

    Parameters
    ----------
    crop_shape : tuple of 2 int, default=(64, 64)
        Height and width of the result, in pixels.
    scale : {"frame", "cell"}, default="frame"
        What the side of the window is measured in: the shorter side of the photo, so that large
        cells stay larger than small ones, where all photos have one magnification; or the longer
        side of the cell's box, so that all cells fill their window, whatever the magnification.
    window : float, default=None
        Side of the window. By default 0.5 frames or 1.3 cells.
    border : {"reflect", "shift"}, default="reflect"
        What is done about windows that reach beyond the photo: what lies there is a reflection, in
        which a cell at the border has a twin; or the window is moved into the photo, and the cell
        is not in its middle.
    on_missing : {"center", "error"}, default="center"
        What is done about photos in which no nucleus stands out: the window is put into the
        middle, with a warning (with ``scale="cell"`` it is as large as the frame), or an error is
        raised.
    multiple : {"largest", "center", "error"}, default="largest"
        Which cell is taken where a photo has several, with a warning: the one with most stain, the
        one nearest to the middle, or none, with an error.
    image_shape : tuple of int, default=None
        ``(height, width[, channels])`` of the photos in a flat X. By default read from a 4-D or 3-D
        X, while each row of a 2-D X is an image of one line.
    n_jobs : int, default=None
        Threads.

    Attributes
    ----------
    boxes_ : DataFrame
        What :meth:`locate` tells of the photos in `fit`.
    pixel_range_ : PixelRange
        The values of black and white: 0 and 255 for uint8 with values above 1, 0 and 1 for floats
        within these, 0 and the largest value in `fit` of other photos without negative ones, or
        else the extremes. Nothing else is learned.
    image_shape_ : tuple of int
        ``(height, width, channels)`` of the photos.
    crop_shape_ : tuple of int
        The same of the result.
    n_features_in_ : int
        ``height * width * channels``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Column names, where X is a DataFrame with string names.

    See Also
    --------
    skwbc.displays.BoxDisplay : Photos with the boxes that were found.

    Notes
    -----
    The dye of nuclei takes red and green light and leaves blue. A photo is shrunk to about 120
    pixels, and where the logarithm of blue exceeds those of red and half of green by more than
    Otsu's threshold [1]_ is nucleus; lobes that lie close together are one, and what has less than
    a fifth of the stain of the largest is no cell but a platelet or dirt, nor is what has next to
    no light, such as a black border. The box has the usual width of cytoplasm around that. Two
    cells that touch are found as one. Of grey photos, also of those whose red, green and blue are
    equal, the darkest of four levels is nucleus, which errs more often.

    References
    ----------
    .. [1] N. Otsu, "A Threshold Selection Method from Gray-Level Histograms", IEEE Transactions on
       Systems, Man, and Cybernetics 9, 1979.

    Examples
    --------
    >>> from skwbc import CellCropper
    >>> from skwbc.datasets import make_blood_cells
    >>> cells = make_blood_cells(4, image_shape=(120, 160, 3), random_state=0)
    >>> cropper = CellCropper(crop_shape=(32, 32))
    >>> cropper.fit_transform(cells.images).shape
    (4, 32, 32, 3)
    >>> cropper.boxes_["n_cells"].tolist()
    [1, 1, 1, 1]
    """

    _read_range = staticmethod(PixelRange.of_light)
    _parameter_constraints = {  # noqa: RUF012 - scikit-learn's convention
        **ImageTransformer._parameter_constraints,
        "crop_shape": [tuple, list],
        "scale": [StrOptions(set(WINDOWS))],
        "window": [Interval(Real, 0, None, closed="neither"), None],
        "border": [StrOptions({"reflect", "shift"})],
        "on_missing": [StrOptions({"center", "error"})],
        "multiple": [StrOptions({"largest", "center", "error"})],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        crop_shape: tuple[int, int] = (64, 64),
        *,
        scale: str = "frame",
        window: float | None = None,
        border: str = "reflect",
        on_missing: str = "center",
        multiple: str = "largest",
        image_shape: ImageShape | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.crop_shape = crop_shape
        self.scale = scale
        self.window = window
        self.border = border
        self.on_missing = on_missing
        self.multiple = multiple
        self.image_shape = image_shape
        self.n_jobs = n_jobs

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: Any = None) -> Self:
        """Read the shape of the photos and the range of their values, and find the cells.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features) or (n_images, height, width[, channels])
            Photos, flat or not, of any real dtype.
        y : None
            Ignored.

        Returns
        -------
        self : CellCropper
            With `boxes_`.

        Raises
        ------
        ValueError
            If X holds no images of `image_shape`, NaN or infinity; if `crop_shape` is not two
            positive integers; if a photo shows no cell or several, where these are errors.

        Warns
        -----
        UserWarning
            If photos show no cell, or several.
        """
        rows = self._learn_rows(X)
        self.crop_shape_ = self._find_crop_shape()
        self.boxes_ = self._locate(rows)
        return self

    def fit_transform(self, X: ArrayLike, y: Any = None, **params) -> np.ndarray:
        """Do as `fit` and then `transform`, and look for the cells once.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features) or (n_images, height, width[, channels])
            Photos, flat or not, of any real dtype.
        y : None
            Ignored.
        **params
            Ignored.

        Returns
        -------
        ndarray of shape (n_images, height * width * channels) or (n_images, height, width[, \
                channels])
            The windows, in the rank and the dtype of X.
        """
        self.fit(X)
        return self._cut(X, self._check_rows(X), self.boxes_)

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Cut the windows.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features) or (n_images, height, width[, channels])
            Photos of the shape and the range of those in `fit`.

        Returns
        -------
        ndarray of shape (n_images, height * width * channels) or (n_images, height, width[, \
                channels])
            The windows, in the rank and the dtype of X.

        Raises
        ------
        ValueError
            If X holds other images than `fit` did, NaN or infinity; if a photo shows no cell or
            several, where these are errors.

        Warns
        -----
        UserWarning
            If photos show no cell, or several.
        """
        rows = self._check_rows(X)
        return self._cut(X, rows, self._locate(rows))

    def locate(self, X: ArrayLike) -> pd.DataFrame:
        """Find the cell in each photo.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features) or (n_images, height, width[, channels])
            Photos of the shape and the range of those in `fit`.

        Returns
        -------
        DataFrame
            A row for each photo: "left", "top", "right" and "bottom" of the box around the whole
            cell, in pixels, the last two exclusive (NaN where no nucleus stands out), and
            "n_cells", how many there are.

        Raises
        ------
        ValueError
            If X holds other images than `fit` did, NaN or infinity; if a photo shows no cell or
            several, where these are errors.

        Warns
        -----
        UserWarning
            If photos show no cell, or several.
        """
        return self._locate(self._check_rows(X))

    def _find_crop_shape(self):
        shape = tuple(self.crop_shape)
        if len(shape) != 2 or not all(isinstance(side, Integral) and side > 0 for side in shape):
            raise ValueError(
                "Expected crop_shape as (height, width), both positive integers; received "
                f"{self.crop_shape!r}."
            )
        return self.image_shape_ if self._is_table() else (*shape, self.image_shape_[2])

    @property
    def _n_features_out(self):
        return int(np.prod(self.crop_shape_))

    def _locate(self, rows):
        if self._is_table():
            return pd.DataFrame(np.nan, index=range(len(rows)), columns=BOX).assign(n_cells=0)
        photos = as_images(rows, self.image_shape_)
        found = self._map(self._locate_one, photos)
        table = pd.DataFrame([box for box, _ in found], columns=BOX, dtype=float)
        table["n_cells"] = [n for _, n in found]
        self._report(table["n_cells"].to_numpy())
        return table

    def _locate_one(self, photo):
        """Choose the box of one cell; give it and the number of cells."""
        are_bytes = photo.dtype == np.uint8 and self.pixel_range_.bounded
        boxes = locate_cells(photo, None if are_bytes else self.pixel_range_)
        if len(boxes) == 0:
            return np.full(4, np.nan), 0
        if self.multiple == "center":
            height, width = photo.shape[:2]
            centres = (boxes[:, :2] + boxes[:, 2:]) / 2 - np.array([width, height]) / 2
            boxes = boxes[np.argsort((centres**2).sum(axis=1), kind="stable")]
        return boxes[0], len(boxes)

    def _report(self, n_cells):
        """Warn of photos that show no cell or several, or refuse them."""
        taken = {"largest": "the one with most stain", "center": "the one nearest to the middle"}
        for rows, strict, shown, done in (
            (
                np.flatnonzero(n_cells == 0),
                self.on_missing == "error",
                "no white cell",
                "the window is in the middle",
            ),
            (
                np.flatnonzero(n_cells > 1),
                self.multiple == "error",
                "several white cells",
                f"{taken.get(self.multiple)} is taken",
            ),
        ):
            if len(rows) == 0:
                continue
            named = ", ".join(map(str, rows[:N_NAMED])) + ", ..." * (len(rows) > N_NAMED)
            message = f"{len(rows)} of {len(n_cells)} photos show {shown} (rows {named})"
            if strict:
                raise ValueError(f"{message}.")
            warnings.warn(f"{message}: {done}.", UserWarning, stacklevel=find_stacklevel())

    def _cut(self, X, rows, boxes):
        if self._is_table():
            return restore_rank(as_images(rows, self.image_shape_), X)
        photos = as_images(rows, self.image_shape_)
        windows = self._place_windows(boxes[BOX].to_numpy())
        crops = np.empty((len(photos), *self.crop_shape_), dtype=rows.dtype)
        self._map(self._cut_one, crops, photos, windows)
        return restore_rank(crops, X)

    def _place_windows(self, boxes):
        """Give left, top and side of the window of each box, in pixels."""
        height, width = self.image_shape_[:2]
        frame = min(height, width)
        missing = np.isnan(boxes).any(axis=1)
        middle = np.where(missing[:, None], [0, 0, width, height], boxes)
        window = WINDOWS[self.scale] if self.window is None else self.window
        sides = np.full(len(boxes), float(frame))
        if self.scale == "frame":
            sides *= window
        else:
            longer = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
            sides[~missing] = window * longer[~missing]
        sides = np.maximum(np.rint(sides), 1)
        centres = (middle[:, :2] + middle[:, 2:]) / 2
        corners = np.rint(centres - sides[:, None] / 2)
        if self.border == "shift":
            room = np.array([width, height]) - sides[:, None]  # negative of windows too large
            corners = np.clip(corners, np.minimum(room, 0), np.maximum(room, 0))
        return np.column_stack([corners, sides]).astype(int)

    def _cut_one(self, crop, photo, window):
        left, top, side = window
        rows, columns = (
            reflect(np.arange(start, start + side), n)
            for start, n in zip((top, left), photo.shape, strict=False)
        )
        pixels = photo[np.ix_(rows, columns)]
        crop[:] = resize(pixels, self.crop_shape_[:2], self.pixel_range_)

    def _map(self, function, *arrays):
        """Call a function for each photo, in threads if there are several.

        It may write into arrays: a user's choice of processes for joblib must not reach it.
        """
        if effective_n_jobs(self.n_jobs) == 1:
            return list(map(function, *arrays))
        calls = (delayed(function)(*each) for each in zip(*arrays, strict=True))
        return Parallel(n_jobs=self.n_jobs, require="sharedmem", batch_size=8)(calls)


def reflect(positions, n):
    """Reflect positions beyond a border of 0 to n - 1, the border itself not doubled.

    Examples
    --------
    >>> import numpy as np
    >>> reflect(np.arange(-2, 5), 3).tolist()
    [2, 1, 0, 1, 2, 1, 0]
    """
    if n == 1:
        return np.zeros_like(positions)
    positions = np.abs(positions) % (2 * n - 2)
    return np.minimum(positions, 2 * n - 2 - positions)


def resize(pixels, shape, pixel_range):
    """Resize by Pillow's bicubic filter, which takes the average where it shrinks.

    No value leaves the range given, unless the pixels do.

    Parameters
    ----------
    pixels : ndarray of shape (height, width, channels)
    shape : tuple of 2 int
        Height and width of the result.
    pixel_range : PixelRange
        Values of black and white.

    Returns
    -------
    ndarray of shape (*shape, channels), dtype of `pixels`
    """
    if pixels.shape[:2] == tuple(shape):
        return pixels
    size = shape[::-1]
    if pixels.dtype == np.uint8 and pixels.shape[2] == 3:
        return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC))
    channels = [
        Image.fromarray(channel.astype(np.float32)).resize(size, Image.Resampling.BICUBIC)
        for channel in np.moveaxis(pixels, -1, 0)
    ]
    low, high = min(pixel_range.low, pixels.min()), max(pixel_range.high, pixels.max())
    return PixelRange(low, high).fit_in(np.stack(channels, axis=-1), pixels.dtype)
