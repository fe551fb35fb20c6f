"""Check the arrays that metrics take: rows of features, or images as rows of pixels."""

import numpy as np
from sklearn.utils import check_array

from skwbc._images import flatten_images, read_image_shape

_FEATURES = [np.float64, np.float32]  # kept; anything else becomes the first
_PIXELS = [*_FEATURES, np.uint8, np.uint16]


def check_pair(real, fake, *, n_least=2):
    """Check two arrays of features of the same columns.

    Parameters
    ----------
    real, fake : array-like of shape (n_real, n_features) and (n_fake, n_features)
        Finite real numbers.
    n_least : int, default=2
        The fewest rows of either.

    Returns
    -------
    real, fake : ndarray
        float32 or float64 as they came, else float64.

    Raises
    ------
    ValueError
        If an array is not 2-D, too short or holds NaN or infinity, or if their columns differ
        in number.

    Examples
    --------
    >>> check_pair([[1, 2], [3, 4]], [[1, 2, 3], [4, 5, 6]])
    Traceback (most recent call last):
    ...
    ValueError: Expected 2 columns in fake, as in real, received 3.
    """
    real, fake = (
        check_array(X, dtype=_FEATURES, ensure_min_samples=n_least, input_name=name)
        for X, name in ((real, "real"), (fake, "fake"))
    )
    if real.shape[1] != fake.shape[1]:
        raise ValueError(
            f"Expected {real.shape[1]} columns in fake, as in real, received {fake.shape[1]}."
        )
    return real, fake


def check_pixels(X, name, *, n_least=1):
    """Check images and lay them flat; bytes stay bytes.

    Parameters
    ----------
    X : array-like of shape (n_images, n_features) or (n_images, height, width[, channels])
        Finite real numbers.
    name : str
        What to call X in an error.
    n_least : int, default=1
        The fewest images.

    Returns
    -------
    ndarray of shape (n_images, n_features)
        uint8, uint16, float32 or float64 as they came, else the smaller of the last two that holds
        their values.

    Raises
    ------
    ValueError
        If there are too few images, or NaN or infinity among the values.
    """
    X = flatten_images(X)
    is_small = np.can_cast(getattr(X, "dtype", np.float64), np.float32)
    dtypes = [np.float32, *_PIXELS] if is_small else _PIXELS
    return check_array(X, dtype=dtypes, ensure_min_samples=n_least, input_name=name)


def refuse_two_scales(X, Y):
    """Refuse bytes beside fractions: between them a copy is as far away as anything else.

    Parameters
    ----------
    X, Y : ndarray of shape (n_images, n_features)
        As :func:`check_pixels` gives them.

    Raises
    ------
    ValueError
        If one holds unsigned integers and the other fractions from -1 to 1.

    Examples
    --------
    >>> images = np.array([[0, 200]], dtype=np.uint8)
    >>> refuse_two_scales(images, images.astype(np.float32))
    >>> refuse_two_scales(images, images / 255)
    Traceback (most recent call last):
    ...
    ValueError: Expected images of one scale; received integers from 0 to 200 beside fractions ...
    """
    for whole, other in ((X, Y), (Y, X)):
        if whole.dtype.kind != "u" or other.dtype.kind != "f" or whole.max() <= 1:
            continue
        low, high = other.min(), other.max()
        if -1 <= low and high <= 1 and (other != np.rint(other)).any():
            raise ValueError(
                f"Expected images of one scale; received integers from {whole.min()} to "
                f"{whole.max()} beside fractions from {low:g} to {high:g}. Scale one as the other."
            )


def read_common_shape(X, Y, image_shape=None):
    """Find the shape of the images of two arrays, either of which may be flat.

    Parameters
    ----------
    X, Y : array-like of shape (n_images, n_features) or (n_images, height, width[, channels])
        The images; only their shapes are read.
    image_shape : tuple of int, default=None
        ``(height, width[, channels])``. By default read from the array that is not flat.

    Returns
    -------
    tuple of int
        ``(height, width, channels)``; a row is an image of one line if both are flat.

    Raises
    ------
    ValueError
        If one does not hold images of the other's shape, or of `image_shape`.

    Examples
    --------
    >>> read_common_shape(np.zeros((5, 48)), np.zeros((2, 4, 4, 3)))
    (4, 4, 3)
    >>> read_common_shape(np.zeros((5, 48)), np.zeros((2, 27)))
    Traceback (most recent call last):
    ...
    ValueError: Expected images of shape (1, 48, 1), that is 48 values each; received 27 ...
    """
    shape = read_image_shape(max((X, Y), key=np.ndim), image_shape)
    for images in (X, Y):
        read_image_shape(images, shape)
    return shape
