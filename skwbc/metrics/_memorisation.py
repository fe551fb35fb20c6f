"""Are synthetic images copies of real ones."""

from numbers import Real

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils._param_validation import Interval, validate_params

from skwbc._types import ImageShape
from skwbc.metrics._nearest import nearest_distances
from skwbc.metrics._rows import read_common_shape

N_DIGITS = 9  # of a number of images, beyond which there are rounding errors


def nearest_real_ratio(
    real: ArrayLike, fake: ArrayLike, *, image_shape: ImageShape | None = None
) -> np.ndarray:
    """Compare the distance to the nearest real image with that between real images.

    Parameters
    ----------
    real : array-like of shape (n_real, n_features) or (n_real, height, width[, channels])
        Real images or their features, at least 2: those that the generator was fitted on. Scale
        the columns of features alike: the largest ones decide.
    fake : array-like of shape (n_fake, n_features) or (n_fake, height, width[, channels])
        Synthetic images or their features.
    image_shape : tuple of int, default=None
        ``(height, width[, channels])`` of flat images, which then count as copies when flipped or
        turned too. By default read from 3-D or 4-D images.

    Returns
    -------
    ndarray of shape (n_fake,)
        Distance from each synthetic image to its nearest real one, divided by the distance from
        there to the nearest other real one. 1 is as far as real images lie apart, 0 a copy. Where
        that real image is there twice, the ratio is 0 for another copy of it and infinite for
        anything else.

    Raises
    ------
    ValueError
        If the images are not of `image_shape` or of different shapes, if bytes are compared with
        fractions, if there are too few, or NaN or infinity among the values.

    See Also
    --------
    authenticity : The share that is at least 1.
    near_copies : Marks the copies.

    Examples
    --------
    >>> from skwbc.metrics import nearest_real_ratio
    >>> nearest_real_ratio([[0.0], [10.0]], [[0.0], [1.0], [25.0]])
    array([0. , 0.1, 1.5])
    """
    shape = read_common_shape(real, fake, image_shape)
    among_real, _ = nearest_distances(real, image_shape=shape)
    return compare_distances(*nearest_distances(fake, real, image_shape=shape), among_real)


def compare_distances(to_real, nearest, among_real):
    """Divide distances to the nearest real image by those from there to the nearest other one.

    Parameters
    ----------
    to_real, nearest : ndarray of shape (n_fake,)
        Distances to the nearest real images, and which these are.
    among_real : ndarray of shape (n_real,)
        Distance of each real image to its nearest other one.

    Returns
    -------
    ndarray of shape (n_fake,)
        As of :func:`nearest_real_ratio`.
    """
    between = among_real[nearest]
    ratio = np.where(to_real > 0, np.inf, 0.0)
    return np.divide(to_real, between, out=ratio, where=between > 0)


def authenticity(
    real: ArrayLike, fake: ArrayLike, *, image_shape: ImageShape | None = None
) -> float:
    """Measure the share of synthetic images that are no closer to a real one than real ones are.

    A synthetic image counts as authentic unless it is closer to its nearest real image than that
    is to any other real image [1]_.

    Parameters
    ----------
    real : array-like of shape (n_real, n_features) or (n_real, height, width[, channels])
        Real images or their features, at least 2: those that the generator was fitted on. Scale
        the columns of features alike: the largest ones decide.
    fake : array-like of shape (n_fake, n_features) or (n_fake, height, width[, channels])
        Synthetic images or their features.
    image_shape : tuple of int, default=None
        ``(height, width[, channels])`` of flat images, which then count as copies when flipped or
        turned too. By default read from 3-D or 4-D images.

    Returns
    -------
    float
        In [0, 1]. 0 for copies.

    Raises
    ------
    ValueError
        If the images are not of `image_shape` or of different shapes, if bytes are compared with
        fractions, if there are too few, or NaN or infinity among the values.

    Notes
    -----
    Other real images of the same distribution do not reach 1: a third of them is authentic for
    one feature, and more for each that is added, how many more depends on their distribution. So
    compare with the authenticity of held-out real images. Much more than theirs is not better:
    noise is authentic.

    References
    ----------
    .. [1] A. M. Alaa et al., "How Faithful is your Synthetic Data? Sample-level Metrics for
       Evaluating and Auditing Generative Models", ICML 2022.

    Examples
    --------
    >>> from skwbc.metrics import authenticity
    >>> authenticity([[0.0], [10.0]], [[0.0], [1.0], [25.0], [-12.0]])
    0.5
    """
    return float((nearest_real_ratio(real, fake, image_shape=image_shape) >= 1).mean())


@validate_params(
    {
        "real": ["array-like"],
        "fake": ["array-like"],
        "quantile": [Interval(Real, 0, 1, closed="right")],
        "image_shape": [tuple, list, None],
    },
    prefer_skip_nested_validation=True,
)
def near_copies(
    real: ArrayLike,
    fake: ArrayLike,
    *,
    quantile: float = 0.01,
    image_shape: ImageShape | None = None,
) -> np.ndarray:
    """Mark synthetic images that lie as close to a real one as real images hardly ever do.

    The limit is an order statistic of the distances from each real image to its nearest other one:
    the k-th smallest, where k is ``quantile * (n_real + 1)`` rounded down, at least 1.

    Parameters
    ----------
    real : array-like of shape (n_real, n_features) or (n_real, height, width[, channels])
        Real images or their features, at least 2: those that the generator was fitted on. Scale
        the columns of features alike: the largest ones decide.
    fake : array-like of shape (n_fake, n_features) or (n_fake, height, width[, channels])
        Synthetic images or their features.
    quantile : float, default=0.01
        About the share of held-out real images that would be marked, in (0, 1].
    image_shape : tuple of int, default=None
        ``(height, width[, channels])`` of flat images, which then count as copies when flipped or
        turned too. By default read from 3-D or 4-D images.

    Returns
    -------
    ndarray of shape (n_fake,)
        True for a synthetic image whose nearest real image is not beyond the limit; bool. Copies
        are always marked.

    Raises
    ------
    ValueError
        If `quantile` is out of range, if the images are not of `image_shape` or of different
        shapes, if bytes are compared with fractions, if there are too few, or NaN or infinity among
        the values.

    Notes
    -----
    Of ``n_real + 1`` images of one distribution, any is as likely as another to have a neighbour
    within the limit; hence the share. It is no finer than ``2 / (n_real + 1)``, for the two
    closest images of a set are each other's neighbours: 200 real images are needed for 0.01.

    Examples
    --------
    >>> import numpy as np
    >>> from skwbc.metrics import near_copies
    >>> real = np.array([[0.0], [1.0], [3.0], [6.0]])
    >>> near_copies(real, [[3.0], [3.9], [4.5]])
    array([ True,  True, False])
    """
    shape = read_common_shape(real, fake, image_shape)
    among_real, _ = nearest_distances(real, image_shape=shape)
    to_real, _ = nearest_distances(fake, real, image_shape=shape)
    return to_real <= copy_distance(among_real, quantile)


def copy_distance(among_real, quantile):
    """Find the limit of :func:`near_copies`, a distance.

    Parameters
    ----------
    among_real : ndarray of shape (n_real,)
        Distance of each real image to its nearest other one.
    quantile : float
        About the share of held-out real images within the limit, in (0, 1].

    Returns
    -------
    float
        From 0; 0 where so many real images are there twice.
    """
    k = max(int(round(quantile * (len(among_real) + 1), N_DIGITS)), 1)
    return float(np.sort(among_real)[min(k, len(among_real)) - 1])
