"""Images of which parts are taken without reading a file or copying an array."""

import math
from typing import Any

import numpy as np
from sklearn.utils.validation import validate_data

from skwbc._tables import use_numpy_dtype

NO_VALIDATION = "no_validation"  # scikit-learn's word for no y at all


class LazyImages:
    """Images that are read, or copied, only when their values are asked for.

    It has the shape and the dtype of an array and is indexed along its first axis: an integer
    gives an image; a slice, row numbers or a mask give other LazyImages, which hold row numbers
    and no pixels. ``numpy.asarray`` reads all its images, and so does every function of NumPy.

    Parameters
    ----------
    source : object
        Where the images are: `image_shape` and `dtype` of them, ``len(source)``, their least and
        largest possible values as `extremes` (None if it takes reading to know them), and
        ``read(indices)``, which gives an ndarray of shape (n_indices, *image_shape).
    indices : ndarray of int, default=None
        Which of the images, in which order. By default all.
    row_shape : tuple of int, default=None
        What each image is shaped to. By default its `image_shape`.

    Attributes
    ----------
    shape : tuple of int
        ``(n_images, *row_shape)``.
    dtype : dtype
        Of the values.
    ndim : int
        Length of `shape`.

    Examples
    --------
    >>> import numpy as np
    >>> images = LazyImages(ImageArray(np.arange(12).reshape(3, 2, 2)))
    >>> part = images.reshape(3, -1)[[2, 0]]
    >>> part
    LazyImages(shape=(2, 4), dtype=int64)
    >>> np.asarray(part)
    array([[ 8,  9, 10, 11],
           [ 0,  1,  2,  3]])
    """

    def __init__(self, source, indices=None, row_shape=None):
        self._source = source
        self._indices = np.arange(len(source)) if indices is None else indices
        row_shape = tuple(source.image_shape) if row_shape is None else row_shape
        self.shape = (len(self._indices), *row_shape)
        self.dtype = source.dtype

    @property
    def ndim(self):
        """Count the axes."""
        return len(self.shape)

    @property
    def extremes(self):
        """Tell the least and the largest value that an image may have; None if that is unknown."""
        return self._source.extremes

    def __len__(self):
        return self.shape[0]

    def __getitem__(self, key):
        within = ()
        if isinstance(key, tuple):
            key, *within = key or (...,)
            if key is Ellipsis and not all(each is Ellipsis for each in within):
                return np.asarray(self)[..., *within]
            if _is_list(key) and any(map(_is_list, within)):
                raise IndexError("Expected a list of indices for one axis, received several.")
        indices = self._indices[key]
        if indices.ndim > 1:
            raise IndexError(f"Expected an index of at most 1 dimension, received {indices.ndim}.")
        if indices.ndim == 0:
            return self._read(indices[None])[0][tuple(within)]
        if all(each is Ellipsis for each in within):  # scikit-learn asks for X[key, ...]
            return LazyImages(self._source, indices, self.shape[1:])
        return self._read(indices)[:, *within]

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if copy is False:
            raise ValueError("LazyImages can't be made an array without reading them.")
        return self._read(self._indices).astype(self.dtype if dtype is None else dtype, copy=False)

    def reshape(self, *shape):
        """Give each image another shape; their number stays.

        Parameters
        ----------
        *shape : int or tuple of int
            As of NumPy's, the first of it the number of images; one may be -1.

        Returns
        -------
        LazyImages

        Raises
        ------
        ValueError
            If the shape is of another number of images, or of other images.
        """
        shape = shape[0] if len(shape) == 1 and isinstance(shape[0], tuple) else shape
        n_images, *row_shape = shape
        n_values = math.prod(self.shape[1:])
        if row_shape.count(-1) == 1 and n_images != -1:
            row_shape[row_shape.index(-1)] = n_values // -math.prod(row_shape)
        if n_images not in (len(self), -1) or math.prod(row_shape) != n_values:
            raise ValueError(
                f"Expected a shape of {len(self)} images, each of {n_values} values; "
                f"received {shape}."
            )
        return LazyImages(self._source, self._indices, tuple(row_shape))

    def __repr__(self):
        return f"LazyImages(shape={self.shape}, dtype={self.dtype})"

    def in_memory(self):
        """Tell whether the values are in an array already, rather than in files."""
        return isinstance(self._source, ImageArray)

    def _read(self, indices):
        return self._source.read(indices).reshape(len(indices), *self.shape[1:])


class ImageArray:
    """An array as the source of :class:`LazyImages`.

    Parameters
    ----------
    images : ndarray of shape (n_images, ...)
        It is not copied.
    """

    extremes = None

    def __init__(self, images):
        self.images = images
        self.image_shape = images.shape[1:]
        self.dtype = images.dtype

    def __len__(self):
        return len(self.images)

    def read(self, indices):
        """Copy some of the images: (n_indices, ...)."""
        return self.images[indices]


def view_images(X):
    """Let parts of images be taken without a copy.

    Parameters
    ----------
    X : ndarray or LazyImages
        Images, flat or not.

    Returns
    -------
    LazyImages
        Of the same shape and dtype.
    """
    return X if isinstance(X, LazyImages) else LazyImages(ImageArray(X))


def validate_images(estimator, X, y=NO_VALIDATION, **checks):
    """Do as scikit-learn's `validate_data`, and read no file.

    Parameters
    ----------
    estimator : estimator
        Gets `n_features_in_`, or is asked for it.
    X : array-like of shape (n_images, n_features)
        Flat images. Of LazyImages number, shape and dtype are checked: they are of bytes, which
        are all finite.
    y : array-like of shape (n_images,), default="no_validation"
        Classes.
    **checks
        As of `validate_data`.

    Returns
    -------
    X : ndarray or LazyImages
        Checked.
    y : ndarray
        Checked, if it was given.

    Raises
    ------
    ValueError
        As `validate_data` does.
    """
    if not isinstance(X, LazyImages):
        return validate_data(estimator, use_numpy_dtype(X), y, **checks)
    stand_in = np.broadcast_to(np.zeros((), X.dtype), X.shape)  # takes the memory of one value
    checked = validate_data(estimator, stand_in, y, **checks)
    return X if isinstance(y, str) and y == NO_VALIDATION else (X, checked[1])


def _is_list(index):
    """Tell whether an index is a list or an array, which NumPy pairs with others of its kind."""
    return np.ndim(index) > 0 and not isinstance(index, slice)
