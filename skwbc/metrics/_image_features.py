"""What the feature extractors share."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import validate_data

from skwbc._doc_link import DocLinkMixin
from skwbc._images import PixelRange, flatten_images, read_image_shape
from skwbc._tables import use_numpy_dtype


class ImageFeatures(DocLinkMixin, TransformerMixin, BaseEstimator):
    """Link to the pages of `skwbc.metrics`, and read images flat or 4-D.

    A subclass that reads images itself has `image_shape` among its parameters. Keep this class
    small: how features are made does not belong here.
    """

    _read_range = staticmethod(PixelRange.of)

    def _learn_pixels(self, X, **checks):
        """Learn the shape and the range of images; give them as rows, not scaled."""
        rows = self._read_rows(X, reset=True, **checks)
        self.pixel_range_ = self._read_range(rows)
        return rows

    def _read_pixels(self, X):
        """Check images against those in `fit`; give them as rows, not scaled."""
        rows = self._read_rows(X, reset=False)
        self.pixel_range_.check(rows)
        return rows

    def _read_rows(self, X, *, reset, **checks):
        if not hasattr(X, "shape"):
            X = np.asarray(X)
        if reset:
            self.image_shape_ = read_image_shape(X, self.image_shape)
        elif len(X.shape) > 2:
            read_image_shape(X, self.image_shape_)
        X = use_numpy_dtype(flatten_images(X))
        return validate_data(self, X, reset=reset, **checks)

    def _scale(self, rows):
        """Scale some rows to [0, 1], as float64: all at once take many times their memory."""
        return (self.pixel_range_.to_signed(rows, np.float64) + 1) / 2

    def _doc_link_url_param_generator(self):
        return {"name": f"metrics.{type(self).__name__}"}
