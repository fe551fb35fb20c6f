"""The plainest features of an image: its pixels, projected."""

from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassNamePrefixFeaturesOutMixin, _fit_context
from sklearn.decomposition import PCA
from sklearn.utils import gen_batches
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted

from skwbc._seeding import draw_seed
from skwbc._types import ImageShape, Seed
from skwbc.metrics._image_features import ImageFeatures

_BATCH = 256  # images at a time


class PixelFeatures(ClassNamePrefixFeaturesOutMixin, ImageFeatures):
    """Principal components of the pixels.

    They need no labels and no training of a network, and distances between them come close to
    those between the images. They see light, colour and place, and little of what makes a cell
    one of its class.

    Parameters
    ----------
    n_components : int, default=32
        Features at most. There are never more than values in an image, nor than one less than
        images in `fit`, for the mean takes one.
    image_shape : tuple of int, default=None
        ``(height, width[, channels])`` of the images in a flat X. By default read from a 4-D or
        3-D X, while each row of a 2-D X is an image of one line.
    random_state : int, RandomState instance or None, default=None
        Of the solver that large sets need.

    Attributes
    ----------
    pca_ : sklearn.decomposition.PCA
        Fitted to flat images scaled to [0, 1]; it does not whiten.
    pixel_range_ : PixelRange
        Values that are scaled to 0 and 1: 0 and 255 for uint8 with values above 1, otherwise the
        extremes of the images in `fit`.
    image_shape_ : tuple of int
        ``(height, width, channels)``.
    n_features_in_ : int
        ``height * width * channels``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Column names, where X is a DataFrame with string names.

    Examples
    --------
    >>> from skwbc.datasets import make_blood_cells
    >>> from skwbc.metrics import PixelFeatures
    >>> cells = make_blood_cells(24, image_shape=(16, 16, 3), random_state=0)
    >>> features = PixelFeatures(n_components=5, random_state=0).fit(cells.images)
    >>> features.transform(cells.data).shape
    (24, 5)
    """

    _parameter_constraints = {  # noqa: RUF012 - scikit-learn's convention
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "image_shape": [tuple, list, None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        *,
        n_components: int = 32,
        image_shape: ImageShape | None = None,
        random_state: Seed = None,
    ) -> None:
        self.n_components = n_components
        self.image_shape = image_shape
        self.random_state = random_state

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: Any = None) -> Self:
        """Find the principal components.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features) or (n_images, height, width[, channels])
            Two images or more, flat or not, of any real dtype.
        y : None
            Ignored.

        Returns
        -------
        self : PixelFeatures
            Fitted.

        Raises
        ------
        ValueError
            If X holds no images of `image_shape`, a single one, NaN or infinity.
        """
        rows = self._learn_pixels(X, ensure_min_samples=2)
        n_components = min(self.n_components, len(rows) - 1, rows.shape[1])
        # the scaled rows are a copy already
        pca = PCA(n_components, copy=False, random_state=draw_seed(self.random_state))
        self.pca_ = pca.fit(self._scale_all(rows))
        return self

    def _scale_all(self, rows):
        """Scale all rows, in float32 where that holds their values."""
        dtype = np.float32 if np.can_cast(rows.dtype, np.float32) else np.float64
        scaled = np.empty(rows.shape, dtype)
        for batch in gen_batches(len(rows), _BATCH):
            scaled[batch] = self._scale(rows[batch])
        return scaled

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Project images.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features) or (n_images, height, width[, channels])
            Images, in either form, whichever one `fit` got.

        Returns
        -------
        ndarray of shape (n_images, n_components), dtype float64
            In units of the range of the pixels.

        Raises
        ------
        ValueError
            If the images are of another shape or scale than those in `fit`.
        """
        check_is_fitted(self)
        rows = self._read_pixels(X)
        batches = gen_batches(len(rows), _BATCH)
        return np.concatenate([self.pca_.transform(self._scale(rows[i])) for i in batches])

    @property
    def _n_features_out(self):
        return self.pca_.n_components_
