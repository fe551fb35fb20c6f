"""What a classifier sees in an image."""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassNamePrefixFeaturesOutMixin, _fit_context, clone
from sklearn.utils._param_validation import HasMethods
from sklearn.utils.validation import check_is_fitted, validate_data

from skwbc._images import flatten_images, read_image_shape
from skwbc.metrics._image_features import ImageFeatures


class ClassifierFeatures(ClassNamePrefixFeaturesOutMixin, ImageFeatures):
    """Activations in a classifier, just before its read-out.

    The classifier is trained on real images, and on these alone: what it finds telling in them is
    what synthetic images are then compared by. Some units reach further than others: scale the
    columns alike before any distance is taken, for example by a ``StandardScaler`` that is fitted
    on real images.

    Parameters
    ----------
    classifier : CNNClassifier or any other with `fit` and `embed`
        What to train. It is cloned and not changed.

    Attributes
    ----------
    classifier_ : estimator
        The trained clone.
    n_features_in_ : int
        ``height * width * channels``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Column names, where X is a DataFrame with string names.

    Notes
    -----
    As real images in a comparison take such as `fit` has not seen. A classifier knows its training
    images too well: their activations lie apart by class as those of no other images do. Compared
    with them, even new real images lie far off.

    Examples
    --------
    >>> from skwbc import CNNClassifier
    >>> from skwbc.datasets import make_blood_cells
    >>> from skwbc.metrics import ClassifierFeatures
    >>> cells = make_blood_cells(24, image_shape=(16, 16, 3), random_state=0)
    >>> classifier = CNNClassifier(dense_units=10, epochs=1, random_state=0)
    >>> features = ClassifierFeatures(classifier).fit(cells.images, cells.target)
    >>> features.transform(cells.images[:5]).shape
    (5, 10)
    """

    _parameter_constraints = {  # noqa: RUF012 - scikit-learn's convention
        "classifier": [HasMethods(["fit", "embed"])]
    }

    def __init__(self, classifier: Any) -> None:
        self.classifier = classifier

    @_fit_context(prefer_skip_nested_validation=False)  # the classifier's own is still to come
    def fit(self, X: ArrayLike, y: Any) -> Self:
        """Train the classifier.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features) or (n_images, height, width[, channels])
            Real images.
        y : array-like of shape (n_images,)
            Their classes.

        Returns
        -------
        self : ClassifierFeatures
            Fitted.

        Raises
        ------
        TypeError
            If the classifier has no `embed`.
        ValueError
            As the classifier does for images or classes that it cannot be trained on.
        """
        rows = self._check_columns(X, reset=True, y=y)
        self.classifier_ = clone(self.classifier).fit(X, y)
        self._n_features_out = self.classifier_.embed(rows[:1]).shape[1]
        return self

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Give the activations.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features) or (n_images, height, width[, channels])
            Images, in either form, whichever one `fit` got.

        Returns
        -------
        ndarray of shape (n_images, n_units), dtype float32 or float64
            As of the classifier's `embed`.

        Raises
        ------
        ValueError
            If the images are of another shape or scale than those in `fit`.
        """
        check_is_fitted(self)
        self._check_columns(X, reset=False)
        return self.classifier_.embed(X)

    def _check_columns(self, X, *, reset, **y):
        """Check the number and the names of columns; the rest is left to the classifier."""
        rows = flatten_images(X)
        read_image_shape(rows)  # refuses what is no table
        validate_data(self, rows, reset=reset, skip_check_array=True, **y)
        return rows

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags
