"""What the over-samplers of images share."""

from collections import Counter
from typing import Any, Self

import numpy as np
import pandas as pd
from imblearn.over_sampling.base import BaseOverSampler
from imblearn.utils import check_target_type
from numpy.typing import ArrayLike
from sklearn.base import _fit_context
from sklearn.utils.validation import validate_data

from skwbc._doc_link import DocLinkMixin
from skwbc._fit_callbacks import CallbackSupportMixin, with_callbacks
from skwbc._images import flatten_images, read_image_shape
from skwbc._kept_attributes import attributes_kept
from skwbc._tables import find_whole_columns, use_numpy_dtype


class ImageOverSampler(DocLinkMixin, CallbackSupportMixin, BaseOverSampler):
    """Take images flat or 4-D, and put synthetic rows behind the originals.

    A subclass has `sampling_strategy` and `image_shape` among its parameters and makes rows in
    `_generate`. Keep this class small: what only GANs need does not belong here.
    """

    _parameter_constraints = {  # noqa: RUF012 - scikit-learn's convention
        **BaseOverSampler._parameter_constraints,
        "image_shape": [tuple, list, None],
        "random_state": ["random_state"],
    }

    @with_callbacks
    @_fit_context(prefer_skip_nested_validation=True)
    def fit_resample(self, X: ArrayLike, y: Any, **params) -> tuple[Any, Any]:
        """Fit the sampler and over-sample the classes that `sampling_strategy` names.

        Parameters
        ----------
        X : {array-like, DataFrame} of shape (n_images, n_features) or \
                (n_images, height, width[, channels])
            Images, flat or not, of any real dtype.
        y : array-like of shape (n_images,)
            Classes.
        **params
            Not used; accepted for imbalanced-learn's signature.

        Returns
        -------
        X_resampled : same type, rank and dtype as X
            All rows of X, unchanged and in their order, then the synthetic ones.
        y_resampled : same type as y
            Their classes.

        Raises
        ------
        ValueError
            If X holds no images of `image_shape`, NaN or infinity; if y holds one class only;
            if `sampling_strategy` names a class that y does not hold, or a part of an image; of
            the samplers that train a GAN, if a class has too few images for it, y too many classes,
            a network can't be built of its widths, or a warm start is one on something else. What
            was fitted before stays.
        TypeError
            If X is a DataFrame of another library than pandas.
        RuntimeError
            In the scope of a TensorFlow strategy, of the samplers that train a GAN.
        FloatingPointError
            If the GAN of a :class:`VanillaGANOverSampler` diverges.

        Warns
        -----
        UserWarning
            If a :class:`GANOverSampler` fills a class by other images than those of its GAN, or if
            Ctrl-C ends the training: of a :class:`VanillaGANOverSampler`, that of the last class;
            before it, KeyboardInterrupt ends the call.
        """
        received = X
        if type(X).__name__ == "DataFrame" and not isinstance(X, pd.DataFrame):
            raise TypeError("Expected an array or a DataFrame of pandas: give X.to_numpy().")
        if not hasattr(X, "shape"):
            X = np.asarray(X)
        facts = {"image_shape": read_image_shape(X, self.image_shape), "row_shape": X.shape[1:]}
        facts["whole_columns"] = find_whole_columns(X)
        with attributes_kept(self, Exception):  # Ctrl-C leaves what was trained
            X_resampled, y_resampled = super().fit_resample(flatten_images(X), y, **facts)
        if len(X.shape) > 2:
            X_resampled = X_resampled.reshape(len(X_resampled), *X.shape[1:])
        if isinstance(received, list):
            of_arrays = isinstance(received[0], np.ndarray)
            X_resampled = list(X_resampled) if of_arrays else X_resampled.tolist()
        return X_resampled, y_resampled

    def fit(self, X: ArrayLike, y: Any, **params) -> Self:
        """Check the images and find out how many each class needs; make none.

        Parameters
        ----------
        X : {array-like, DataFrame} of shape (n_images, n_features) or \
                (n_images, height, width[, channels])
            Images.
        y : array-like of shape (n_images,)
            Classes.
        **params
            Not used; accepted for imbalanced-learn's signature.

        Returns
        -------
        self : object
            With `sampling_strategy_` and `image_shape_`.

        Raises
        ------
        ValueError
            If `fit_resample` would find fault with X, y or `sampling_strategy`.
        """
        super().fit(flatten_images(X), y, **params)
        _count_needed(self.sampling_strategy_)
        self.image_shape_ = read_image_shape(X, self.image_shape)
        return self

    def _check_X_y(self, X, y, accept_sparse=None):
        y, binarize_y = check_target_type(y, indicate_one_vs_all=True)
        if hasattr(X, "sparse"):  # a DataFrame of sparse columns; it comes out as one again
            X = X.sparse.to_dense()
        X, y = validate_data(self, X=use_numpy_dtype(X), y=y, reset=True)
        return X, y, binarize_y

    def _fit_resample(self, X, y, *, image_shape, row_shape, whole_columns):
        needed = _count_needed(self.sampling_strategy_)
        self.image_shape_, self._row_shape = image_shape, tuple(row_shape)
        context = self._init_callback_context(max_subtasks=self._count_tasks(needed))
        context.call_on_fit_task_begin(estimator=self, X=X, y=y)
        synthetic = self._generate(X, y, needed, context)
        context.call_on_fit_task_end(estimator=self, X=X, y=y)
        if len(whole_columns):
            columns = X[:, whole_columns]
            low, high = columns.min(axis=0), columns.max(axis=0)
            for rows in synthetic:
                made = rows[:, whole_columns]
                made = np.rint(made) if made.dtype.kind == "f" else made
                rows[:, whole_columns] = made.clip(low, high)
        labels = [np.full(n, c, dtype=y.dtype) for c, n in needed.items()]
        self.synthetic_mask_ = np.arange(len(X) + sum(needed.values())) >= len(X)
        return np.concatenate([X, *synthetic]), np.concatenate([y, *labels])

    def _count_tasks(self, needed):
        """Count the parts of the work that callbacks are told of."""
        return 0

    def _generate(self, X, y, needed, context):
        """Make the synthetic rows.

        Parameters
        ----------
        X : ndarray of shape (n_images, n_features)
        y : ndarray of shape (n_images,)
        needed : dict of class to int
            Rows to make, at least one for each class named.
        context : sklearn.callback.CallbackContext or NoContext
            Of this work.

        Returns
        -------
        list of ndarray of shape (n_needed, n_features)
            One for each entry of `needed`, in the dtype of X.
        """
        raise NotImplementedError

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = False
        return tags


def cap_ratio(sampling_strategy, y, max_ratio):
    """Cap the rows to make at `max_ratio` times the real images of each class.

    Examples
    --------
    >>> cap_ratio({"rare": 90, "common": 0}, ["rare"] * 10 + ["common"] * 100, max_ratio=5)
    {'rare': 50, 'common': 0}
    """
    if max_ratio is None:
        return sampling_strategy
    counts = Counter(np.asarray(y).tolist())
    return {c: min(n, int(max_ratio * counts[c])) for c, n in sampling_strategy.items()}


def _count_needed(strategy):
    """Give the images to make of each class that needs some, as integers."""
    for c, n in strategy.items():
        if not float(n).is_integer():  # nor NaN or infinity
            raise ValueError(
                f"Expected whole numbers of images in sampling_strategy; of class {c!r}, {n} would "
                "have to be made."
            )
    # plain keys, also where imbalanced-learn has NumPy's numbers: they are shown, and go into JSON
    return {np.asarray(c).item(): int(n) for c, n in strategy.items() if n > 0}
