"""The image contract: how rows of numbers and images become one another.

The wire format is flat, ``(n_images, height * width * channels)``, with an ``image_shape``;
or 4-D, ``(n_images, height, width, channels)``; a 3-D array is 4-D with one channel.
Every estimator takes both and gives back the rank that it got.
"""

from dataclasses import dataclass
from numbers import Integral

import numpy as np


def read_image_shape(X, image_shape=None):
    """Find the shape of one image.

    Parameters
    ----------
    X : array-like of shape (n_images, n_features), (n_images, height, width) or \
            (n_images, height, width, channels)
        The images; only its shape is read.
    image_shape : tuple of 2 or 3 int, default=None
        ``(height, width)`` or ``(height, width, channels)``. By default it is read from a
        3-D or 4-D X; a row of a 2-D X is then an image of one line, ``(1, n_features, 1)``.

    Returns
    -------
    tuple of int
        ``(height, width, channels)``.

    Raises
    ------
    ValueError
        If `image_shape` is no image shape, or if X does not hold images of it.

    Examples
    --------
    >>> import numpy as np
    >>> read_image_shape(np.zeros((5, 60, 80, 3)))
    (60, 80, 3)
    >>> read_image_shape(np.zeros((5, 48)), image_shape=(4, 4, 3))
    (4, 4, 3)
    >>> read_image_shape(np.zeros((5, 48)))
    (1, 48, 1)
    """
    received = tuple(np.shape(X))[1:]
    if len(received) == 0 or len(received) > 3:
        raise ValueError(
            "Expected 2D array of flat images, or images of shape (n, height, width) or "
            f"(n, height, width, channels); received an array of {len(received) + 1} "
            "dimension(s). Reshape your data."
        )
    if image_shape is not None:
        expected = normalise_image_shape(image_shape)
    elif len(received) == 1:
        expected = (1, received[0], 1)
    else:
        expected = normalise_image_shape(received)
    fits = (
        received[0] == int(np.prod(expected))
        if len(received) == 1
        else normalise_image_shape(received) == expected
    )
    if not fits:
        raise ValueError(
            f"Expected images of shape {expected}, that is {int(np.prod(expected))} values each; "
            f"received {received if len(received) > 1 else f'{received[0]} values each'}."
        )
    return expected


def normalise_image_shape(image_shape):
    """Give ``(height, width)`` its one channel and check that all three are positive integers."""
    shape = tuple(image_shape)
    if len(shape) == 2:
        shape = (*shape, 1)
    if len(shape) != 3 or not all(isinstance(s, Integral) and s > 0 for s in shape):
        raise ValueError(
            "Expected image_shape as (height, width) or (height, width, channels), "
            f"all positive integers; received {image_shape!r}."
        )
    return tuple(int(s) for s in shape)


def flatten_images(X):
    """Flatten images to rows; anything that is not a 3-D or 4-D array passes unchanged.

    Parameters
    ----------
    X : array-like
        Images, or a table (array, DataFrame, sparse matrix, nested list).

    Returns
    -------
    array-like
        ``(n_images, n_features)``, a view where the memory order allows it.
    """
    if not hasattr(X, "shape"):
        X = np.asarray(X)
    if len(X.shape) in (3, 4):
        X = np.asarray(X)
        return X.reshape(len(X), int(np.prod(X.shape[1:])))
    return X


def as_images(X, image_shape):
    """View flat rows as 4-D images, ``(n_images, height, width, channels)``."""
    return np.reshape(X, (len(X), *normalise_image_shape(image_shape)))


STRANGE_DISTANCE = 30  # ranges beyond the learned one, at which values are of another scale


@dataclass(frozen=True, repr=False)
class PixelRange:
    """The values that black and white have in an array of images.

    Attributes
    ----------
    low, high : float
        ``low < high``.
    bounded : bool
        Whether nothing can lie outside, as with bytes.
    """

    low: float
    high: float
    bounded: bool = False

    def __repr__(self):
        return f"PixelRange({self.low:g}, {self.high:g}{', True' if self.bounded else ''})"

    @classmethod
    def of(cls, X):
        """Read the range of an array: 0-255 for uint8, otherwise its least and largest value."""
        if X.dtype == np.uint8 and X.max() > 1:  # masks of 0 and 1 are no bytes
            return cls(0.0, 255.0, bounded=True)
        low, high = float(np.min(X)), float(np.max(X))
        return cls(low, high if high > low else low + 1.0)

    def check(self, X):
        """Refuse values that must be of another scale than those the range was read from.

        A range of bytes is not met by fractions up to 1, nor one of fractions by bytes. Values
        that a table or a camera may well have beyond the range pass.

        Parameters
        ----------
        X : ndarray of shape (n_images, n_features)
            Images of any real dtype.

        Raises
        ------
        ValueError
            If the values are of another scale.

        Examples
        --------
        >>> import numpy as np
        >>> PixelRange(0, 255).check(np.array([[0.0, 0.5, 1.0]]))
        Traceback (most recent call last):
        ...
        ValueError: Expected values in a range like that of fit, 0 to 255; received 0 to 1. ...
        """
        low, high = float(np.min(X)), float(np.max(X))
        bytes_expected = self.low >= 0 and 100 < self.high <= 255
        is_fraction = X.dtype.kind == "f" and low >= 0 and 0 < high <= 1
        margin = 0.5 if self.bounded else STRANGE_DISTANCE * (self.high - self.low)
        is_far = low < self.low - margin or high > self.high + margin
        if is_far or (bytes_expected and is_fraction):
            raise ValueError(
                f"Expected values in a range like that of fit, {self.low:g} to {self.high:g}; "
                f"received {low:g} to {high:g}. Scale the images as those in fit were."
            )

    def to_signed(self, X):
        """Scale to float32 in [-1, 1], where a tanh generator works."""
        scale = 2.0 / (self.high - self.low)
        return ((np.asarray(X, dtype=np.float64) - self.low) * scale - 1.0).astype(np.float32)

    def from_signed(self, X, dtype):
        """Undo :meth:`to_signed`; integers are rounded, and nothing leaves the range.

        Examples
        --------
        >>> import numpy as np
        >>> pixels = np.array([0, 1, 254, 255], dtype=np.uint8)
        >>> pixel_range = PixelRange.of(pixels)
        >>> pixel_range.from_signed(pixel_range.to_signed(pixels), np.uint8)
        array([  0,   1, 254, 255], dtype=uint8)
        """
        half = (self.high - self.low) / 2.0
        X = (np.asarray(X, dtype=np.float64) + 1.0) * half + self.low
        X = np.clip(X, self.low, self.high)
        if np.issubdtype(dtype, np.integer):
            X = np.rint(X)
        return X.astype(dtype)
