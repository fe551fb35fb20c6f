"""The image contract: how rows of numbers and images become one another.

The wire format is flat, ``(n_images, height * width * channels)``, with an ``image_shape``;
or 4-D, ``(n_images, height, width, channels)``; a 3-D array is 4-D with one channel.
Every estimator takes both and gives back the rank that it got.
"""

import warnings
from dataclasses import dataclass
from numbers import Integral

import numpy as np
from sklearn.utils import gen_batches

from skwbc._lazy_images import LazyImages
from skwbc._stacklevel import find_stacklevel

COMMON_CHANNELS = (1, 3, 4)  # grey, colour, colour and transparency
MANY_CHANNELS = 16  # photos have fewer
BLOCK_BYTES = 2**24  # of images that are looked at together


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

    Warns
    -----
    UserWarning
        If X is 4-D and its channels seem to come first, as in PyTorch.

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
        if _has_channels_first(expected):
            warnings.warn(
                f"Images of shape {expected} are taken as {expected[0]} x {expected[1]} pixels of "
                f"{expected[2]} channels. If the channels come first, give np.moveaxis(X, 1, -1); "
                "if not, image_shape silences this.",
                stacklevel=find_stacklevel(),
            )
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


def _has_channels_first(shape):
    """Guess from a shape whether it is (channels, height, width)."""
    return shape[0] in COMMON_CHANNELS and min(shape[1:]) >= MANY_CHANNELS


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
        ``(n_images, n_features)``, a view where the memory order allows it. LazyImages stay such.
    """
    if not hasattr(X, "shape"):
        X = np.asarray(X)
    if len(X.shape) in (3, 4):
        X = X if isinstance(X, LazyImages) else np.asarray(X)
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
        """Read the range of an array: 0-255 for uint8, otherwise its least and largest value.

        Files are not read for it.

        Raises
        ------
        ValueError
            If the values are not real numbers.

        Examples
        --------
        >>> import numpy as np
        >>> PixelRange.of(np.array([3, 200], dtype=np.uint8))
        PixelRange(0, 255, True)
        >>> PixelRange.of(np.array([3, 200], dtype=np.int16))
        PixelRange(3, 200)
        """
        low, high = read_extremes(X)
        if X.dtype == np.uint8 and high > 1:  # masks of 0 and 1 are no bytes
            return cls(0.0, 255.0, bounded=True)
        if low >= high:  # room for a second value, towards zero, where every dtype has one
            room = max(1.0, float(np.spacing(abs(high))))
            low, high = (high - room, high) if high > 0 else (low, low + room)
        return cls(low, high)

    @classmethod
    def of_light(cls, X):
        """Read black and white, where colours are measured.

        Values without a negative one are amounts of light, of which black is none; floats up to 1
        are shares of that of white, as in scikit-image. Otherwise it is the range of :meth:`of`.

        Examples
        --------
        >>> import numpy as np
        >>> PixelRange.of_light(np.array([0.2, 0.7]))
        PixelRange(0, 1)
        >>> PixelRange.of_light(np.array([300, 4000], dtype=np.uint16))
        PixelRange(0, 4000)
        """
        found = cls.of(X)
        if found.bounded or found.low < 0:
            return found
        is_share = X.dtype.kind == "f" and found.high <= 1
        return cls(0.0, 1.0 if is_share else max(found.high, 1.0))

    def check(self, X):
        """Refuse values that must be of another scale than those the range was read from.

        A range of bytes is not met by fractions up to 1, nor one of fractions by bytes. Values
        that a table or a camera may well have beyond the range pass, and so do whole numbers: a
        dark image is one in any dtype.

        Parameters
        ----------
        X : ndarray or LazyImages of shape (n_images, n_features)
            Images of any real dtype. Those in files are taken to reach from 0 to 255.

        Raises
        ------
        ValueError
            If the values are of another scale, or no real numbers.

        Examples
        --------
        >>> import numpy as np
        >>> PixelRange(0, 255).check(np.array([[0.0, 0.5, 1.0]]))
        Traceback (most recent call last):
        ...
        ValueError: Expected values in a range like that of fit, 0 to 255; received 0 to 1. ...
        """
        low, high = read_extremes(X)
        # a filter that sharpens leaves the range of bytes by some per cent
        bytes_expected = self.low >= -0.1 * 255 and 100 < self.high <= 1.1 * 255
        may_be_fractions = X.dtype.kind == "f" and low >= 0 and 0 < high <= 1
        margin = 0.5 if self.bounded else STRANGE_DISTANCE * (self.high - self.low)
        is_far = low < self.low - margin or high > self.high + margin
        if is_far or (bytes_expected and may_be_fractions and _has_fractions(X)):
            raise ValueError(
                f"Expected values in a range like that of fit, {self.low:g} to {self.high:g}; "
                f"received {low:g} to {high:g}. Scale the images as those in fit were."
            )

    def to_signed(self, X, dtype=np.float32):
        """Scale to [-1, 1], where a tanh generator works.

        Parameters
        ----------
        X : ndarray
            Values of any real dtype; those of a batch, for they pass through float64.
        dtype : dtype, default=numpy.float32
            Of the result. The networks take float32, in which integers of up to 2**24 levels
            stay apart; in float64 it is 2**52.

        Returns
        -------
        ndarray of that dtype
        """
        half = (self.high - self.low) / 2.0
        return ((np.asarray(X, dtype=np.float64) - self.low) / half - 1.0).astype(dtype, copy=False)

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
        return self.fit_in((np.asarray(X, dtype=np.float64) + 1.0) * half + self.low, dtype)

    def fit_in(self, X, dtype):
        """Cast floats to a dtype: nothing leaves the range, and where it must, it is rounded.

        Examples
        --------
        >>> import numpy as np
        >>> PixelRange(0, 255).fit_in(np.array([-0.7, 1.7, 255.2]), np.uint8)
        array([  0,   2, 255], dtype=uint8)
        """
        X = np.clip(X, self.low, self.high)
        return (X if np.issubdtype(dtype, np.floating) else np.rint(X)).astype(dtype)


def read_extremes(X):
    """Give the least and the largest value of an array as floats, neither beyond the true one.

    Parameters
    ----------
    X : ndarray or LazyImages
        Images. Files are not read: theirs are the extremes of bytes.

    Raises
    ------
    ValueError
        If there are no images, or if the values are not real numbers.
    """
    if X.dtype.kind not in "biuf":
        raise ValueError(f"Expected images of real numbers, received {X.dtype}.")
    if not len(X):
        raise ValueError("Expected at least 1 image, received none.")
    if isinstance(X, LazyImages) and X.extremes is not None:
        return X.extremes
    of_blocks = [(block.min(), block.max()) for block in _iterate_blocks(X)]
    least, largest = np.min(of_blocks).item(), np.max(of_blocks).item()
    low, high = float(least), float(largest)
    if low < least:  # of 64-bit integers, float64 holds one in many
        low = float(np.nextafter(low, np.inf))
    if high > largest:
        high = float(np.nextafter(high, -np.inf))
    return low, high


def _has_fractions(X):
    return any((block % 1).any() for block in _iterate_blocks(X))


def _iterate_blocks(X):
    """Yield some images at a time, as arrays, so that no copy of all is needed."""
    bytes_of_one = X.dtype.itemsize * int(np.prod(X.shape[1:]))
    size = max(BLOCK_BYTES // max(bytes_of_one, 1), 1)
    return (np.asarray(X[rows]) for rows in gen_batches(len(X), size))
