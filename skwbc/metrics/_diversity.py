"""Are synthetic images as unlike each other as real ones."""

from numbers import Real

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils._param_validation import Interval, validate_params

from skwbc._images import read_image_shape
from skwbc._types import ImageShape
from skwbc.metrics._nearest import nearest_distances
from skwbc.metrics._pair_distances import iterate_squared_distances, list_poses, measure_pairs
from skwbc.metrics._rows import check_pixels, read_common_shape, refuse_two_scales


def diversity(real: ArrayLike, fake: ArrayLike) -> float:
    """Compare the mean distance between synthetic images with that between real ones.

    Parameters
    ----------
    real : array-like of shape (n_real, n_features) or (n_real, height, width[, channels])
        Real images or their features, at least 2. Scale the columns of features alike: the
        largest ones decide.
    fake : array-like of shape (n_fake, n_features) or (n_fake, height, width[, channels])
        Synthetic images or their features, at least 2. Distances are Euclidean, over all pairs;
        images are taken as they lie.

    Returns
    -------
    float
        1 where synthetic images are as diverse as real ones, 0 for one repeated image. Noise has
        more than 1.

    Raises
    ------
    ValueError
        If all real rows are the same, if the columns differ in number, if bytes are compared with
        fractions, if there are too few rows, or NaN or infinity among the values.

    Examples
    --------
    >>> from skwbc.metrics import diversity
    >>> diversity([[0.0], [10.0]], [[3.0], [8.0]])
    0.5
    """
    read_common_shape(real, fake)
    real, fake = (check_pixels(X, name, n_least=2) for X, name in ((real, "real"), (fake, "fake")))
    refuse_two_scales(real, fake)
    among_real = _mean_distance(real)
    if among_real == 0:
        raise ValueError(f"Expected real rows that differ, received one row {len(real)} times.")
    return _mean_distance(fake) / among_real


@validate_params(
    {
        "fake": ["array-like"],
        "distance": [Interval(Real, 0, None, closed="left")],
        "image_shape": [tuple, list, None],
    },
    prefer_skip_nested_validation=True,
)
def near_twins(
    fake: ArrayLike, *, distance: float, image_shape: ImageShape | None = None
) -> np.ndarray:
    """Mark images that repeat an earlier one, so that the rest can be kept.

    In the order of the rows, an image is marked if it lies within `distance` of an earlier one that
    is not marked itself. So no two images of the rest are twins, and each marked one has a
    twin among them.

    Parameters
    ----------
    fake : array-like of shape (n_fake, n_features) or (n_fake, height, width[, channels])
        Synthetic images or their features. Scale the columns of features alike: the largest ones
        decide.
    distance : float
        The largest Euclidean distance of twins, from 0. A low quantile of the distances that
        :func:`nearest_distances` finds among real images is a sensible choice.
    image_shape : tuple of int, default=None
        ``(height, width[, channels])`` of flat images, which then count as twins when flipped or
        turned too. By default read from 3-D or 4-D images.

    Returns
    -------
    ndarray of shape (n_fake,)
        True for the images to leave out, bool. The first is always False.

    Raises
    ------
    ValueError
        If `distance` is negative, if the images are not of `image_shape`, or if there are NaN or
        infinity among the values.

    Examples
    --------
    >>> import numpy as np
    >>> from skwbc.metrics import near_twins
    >>> fake = np.array([[0.0], [0.8], [1.6], [5.0], [5.0]])
    >>> twins = near_twins(fake, distance=1.0)
    >>> twins
    array([False,  True, False, False,  True])
    >>> fake[~twins].ravel()
    array([0. , 1.6, 5. ])
    """
    shape = read_image_shape(fake, image_shape)
    fake = check_pixels(fake, "fake")
    twins = np.zeros(len(fake), dtype=bool)
    if len(fake) > 1:
        to_others, _ = nearest_distances(fake, image_shape=shape)
        close = np.flatnonzero(to_others <= distance)
        if len(close):
            twins[close] = _mark_repeats(fake[close], distance, list_poses(shape))
    return twins


def _mark_repeats(rows, distance, poses):
    """Mark the rows that lie within the distance of an earlier one that is not marked."""
    kept = [0]
    for block, squared in iterate_squared_distances(rows, rows, poses):
        for i, to_others in enumerate(squared, start=block.start):
            nearest = kept[to_others[kept].argmin()]
            if i and measure_pairs(rows[[i]], rows[[nearest]], poses)[0] > distance:
                kept.append(i)
    repeats = np.ones(len(rows), dtype=bool)
    repeats[kept] = False
    return repeats


def _mean_distance(X):
    """Average the distance over all pairs of different rows, (n, d) -> float."""
    total, as_it_is = 0.0, [np.arange(X.shape[1])]
    for rows, squared in iterate_squared_distances(X, X, as_it_is):
        np.fill_diagonal(squared[:, rows], 0)
        total += np.sqrt(np.maximum(squared, 0)).sum(dtype=float)
    return float(total / (len(X) * (len(X) - 1)))
