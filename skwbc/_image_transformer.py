"""What the transformers of images share."""

from functools import wraps
from inspect import unwrap

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from skwbc._doc_link import DocLinkMixin
from skwbc._images import PixelRange, flatten_images, read_image_shape
from skwbc._tables import use_numpy_dtype


class ImageTransformer(DocLinkMixin, TransformerMixin, BaseEstimator):
    """Read images flat or 4-D, and give them back in the same rank.

    A subclass has `image_shape` among its parameters. Keep this class small: what is done to the
    images does not belong here.
    """

    _read_range = staticmethod(PixelRange.of)
    _parameter_constraints: dict[str, list] = {"image_shape": [tuple, list, None]}  # noqa: RUF012

    def __init_subclass__(cls, **settings):
        super().__init_subclass__(**settings)
        for name in ("transform", "fit_transform"):
            setattr(cls, name, _set_output_of_tables(getattr(cls, name)))

    def _learn_rows(self, X):
        """Learn the shape and the range of images; give them as flat rows."""
        rows = self._read_rows(X, reset=True)
        self.pixel_range_ = self._read_range(rows)
        return rows

    def _check_rows(self, X):
        """Check images against those in `fit`; give them as flat rows."""
        check_is_fitted(self, "pixel_range_")
        rows = self._read_rows(X, reset=False)
        self.pixel_range_.check(rows)
        return rows

    def _read_rows(self, X, *, reset):
        if not hasattr(X, "shape"):
            X = np.asarray(X)
        if reset:
            self.image_shape_ = read_image_shape(X, self.image_shape)
        elif len(X.shape) > 2:
            read_image_shape(X, self.image_shape_)
        return validate_data(self, use_numpy_dtype(flatten_images(X)), reset=reset)

    def _is_table(self):
        """Tell whether the images are of one line, that is rows of a table."""
        return min(self.image_shape_[:2]) == 1

    def __sklearn_is_fitted__(self):
        return hasattr(self, "pixel_range_")


def _set_output_of_tables(method):
    """Let `set_output` change what comes of flat images alone: no DataFrame holds others."""

    @wraps(method)
    def call(self, X, *args, **settings):
        return (method if _rank(X) == 2 else unwrap(method))(self, X, *args, **settings)

    return call


def restore_rank(images, X):
    """Give 4-D images the rank of X.

    Parameters
    ----------
    images : ndarray of shape (n_images, height, width, channels)
    X : array-like
        Flat rows, 3-D or 4-D images.

    Returns
    -------
    ndarray

    Examples
    --------
    >>> import numpy as np
    >>> restore_rank(np.zeros((2, 4, 4, 1)), np.zeros((2, 9, 9))).shape
    (2, 4, 4)
    """
    if _rank(X) == 2:
        return images.reshape(len(images), -1)
    return images[..., 0] if _rank(X) == 3 else images


def _rank(X):
    """Count the dimensions of anything that NumPy takes for an array."""
    return len(X.shape if hasattr(X, "shape") else np.asarray(X).shape)
