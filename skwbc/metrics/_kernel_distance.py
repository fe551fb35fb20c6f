"""The distance of two sets of features that is fair to small sets."""

from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import gen_batches
from sklearn.utils._param_validation import Interval, validate_params

from skwbc._seeding import draw_seed
from skwbc._types import Seed
from skwbc.metrics._rows import check_pair

_BLOCK_ROWS = 2048


class KernelDistanceInterval(NamedTuple):
    """A kernel distance and what to compare it with.

    Attributes
    ----------
    value : float
        The distance.
    low, high : float
        Ends of its bootstrap interval.
    floor : float
        What two samples of real images alone may differ by, one of them as small as `fake`.
    """

    value: float
    low: float
    high: float
    floor: float


def kernel_distance(real: ArrayLike, fake: ArrayLike) -> float:
    """Measure how far apart two samples of features lie, without bias (KID).

    It is the unbiased estimate of the squared maximum mean discrepancy with the kernel
    ``(x @ y / n_features + 1) ** 3`` [1]_, which compares means, covariances and third moments.

    Parameters
    ----------
    real : array-like of shape (n_real, n_features)
        Features of real images, at least 2 rows. Scale the columns alike, for example by a
        ``StandardScaler`` that is fitted on real images: the largest ones decide, and the distance
        rises with up to the sixth power of the scale.
    fake : array-like of shape (n_fake, n_features)
        Features of synthetic images, at least 2 rows.

    Returns
    -------
    float
        0 on average, and thus often negative, if both come from one distribution; the larger, the
        further apart. Only values of the same features in the same scale compare.

    Raises
    ------
    ValueError
        If an array has less than 2 rows, NaN or infinity, or if their columns differ in number.

    See Also
    --------
    kernel_distance_interval : The same, with its uncertainty.
    frechet_distance : The more common distance, for thousands of images.

    Notes
    -----
    Below some 1000 images prefer it to :func:`frechet_distance`. That one has to estimate a
    covariance of ``n_features ** 2`` numbers, and its errors never cancel: the distance is too
    large by an amount that falls as ``1 / n`` and depends on the images, so that neither two sets
    of different size nor two generators can be compared. An average over pairs of rows, as here,
    has no bias at any size; only its spread grows.

    References
    ----------
    .. [1] M. Bińkowski, D. J. Sutherland, M. Arbel and A. Gretton, "Demystifying MMD GANs",
       ICLR 2018.

    Examples
    --------
    >>> import numpy as np
    >>> from skwbc.metrics import kernel_distance
    >>> kernel_distance([[0.0], [2.0]], [[0.0], [2.0]])
    -62.0
    >>> rng = np.random.default_rng(0)
    >>> real, alike, shifted = rng.normal([[[0]], [[0]], [[1]]], size=(3, 200, 8))
    >>> kernel_distance(real, alike) < 0.05 < 1 < kernel_distance(real, shifted)
    True
    """
    real, fake = check_pair(real, fake)
    return float(_measure(real, fake, np.ones((1, len(real))), np.ones((1, len(fake))))[0])


@validate_params(
    {
        "real": ["array-like"],
        "fake": ["array-like"],
        "confidence": [Interval(Real, 0, 1, closed="neither")],
        "n_resamples": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def kernel_distance_interval(
    real: ArrayLike,
    fake: ArrayLike,
    *,
    confidence: float = 0.95,
    n_resamples: int = 500,
    random_state: Seed = None,
) -> Any:
    """Measure the kernel distance with a bootstrap interval and the floor of real images.

    The distance is the unbiased one of [1]_. Both samples are drawn anew with replacement; pairs
    of a row with its own repeats are left out, for they would make each sample look more like
    itself than it is. `floor` comes from splitting `real` at random into halves, or, where `fake`
    is smaller than half of it, into as many rows as `fake` has and the rest: a generator whose
    `value` lies below can't be told from real images by half as many of them.

    Parameters
    ----------
    real : array-like of shape (n_real, n_features)
        Features of real images, at least 4 rows. Scale the columns alike, as for
        :func:`kernel_distance`.
    fake : array-like of shape (n_fake, n_features)
        Features of synthetic images, at least 4 rows.
    confidence : float, default=0.95
        Share of the resamples between `low` and `high`, and of the splits up to `floor`; in
        (0, 1).
    n_resamples : int, default=500
        Number of resamples, and of splits.
    random_state : int, RandomState instance or None, default=None
        Give an integer for the same interval at every call.

    Returns
    -------
    KernelDistanceInterval
        Named tuple ``(value, low, high, floor)`` of floats.

    Raises
    ------
    ValueError
        If an array has less than 4 rows, NaN or infinity, or if their columns differ in number.

    See Also
    --------
    kernel_distance : The value alone, and why not Fréchet's.

    Notes
    -----
    Where the two distributions agree, the interval is up to twice as wide as it need be. The floor
    falls as ``1 / n_real`` while `fake` has half as many rows or more, and then no more; as it is
    one of halves, whole samples of real images would differ by about half of it.

    References
    ----------
    .. [1] M. Bińkowski, D. J. Sutherland, M. Arbel and A. Gretton, "Demystifying MMD GANs",
       ICLR 2018.

    Examples
    --------
    >>> import numpy as np
    >>> from skwbc.metrics import kernel_distance_interval
    >>> rng = np.random.default_rng(0)
    >>> real, alike, shifted = rng.normal([[[0]], [[0]], [[1]]], size=(3, 100, 8))
    >>> distance = kernel_distance_interval(real, shifted, random_state=0)
    >>> distance.floor < distance.low < distance.value < distance.high
    True
    >>> distance = kernel_distance_interval(real, alike, random_state=0)
    >>> distance.value < distance.floor
    True
    """
    real, fake = check_pair(real, fake, n_least=4)
    rng = np.random.default_rng(draw_seed(random_state))
    real_counts, fake_counts = (_draw_counts(len(X), n_resamples, rng) for X in (real, fake))
    part = np.zeros(len(real))
    part[1 : 2 * min(len(real) // 2, len(fake)) : 2] = 1
    parts = rng.permuted(np.tile(part, (n_resamples, 1)), axis=1)
    tail = (1 - confidence) / 2
    low, high = np.quantile(_measure(real, fake, real_counts, fake_counts), [tail, 1 - tail])
    floors = _measure(real, real, parts, 1 - parts, same=True)
    value = kernel_distance(real, fake)
    return KernelDistanceInterval(
        value, float(low), float(high), float(np.quantile(floors, confidence))
    )


def _draw_counts(n, n_resamples, rng):
    """Draw how often each row is in each resample, (n_resamples, n), at least two of them."""
    counts = rng.multinomial(n, np.full(n, 1 / n), size=n_resamples).astype(float)
    single = counts.max(axis=1) == n  # of one row there are no pairs: take each once instead
    counts[single] = 1
    return counts


def _measure(X, Y, x_counts, y_counts, *, same=False):
    """Compute the distance for rows that count so often, (n, n_x), (n, n_y) -> (n,).

    With `same`, X and Y are one set, and a row is no pair with itself.
    """
    n_pairs = x_counts.sum(axis=1) * y_counts.sum(axis=1)
    between = _sum_pairs(X, Y, x_counts, y_counts, same=same) / n_pairs
    return _average(X, x_counts) + _average(Y, y_counts) - 2 * between


def _average(X, counts):
    """Average the kernel over the pairs of different rows, (n_rows, d), (n, n_rows) -> (n,)."""
    n_pairs = counts.sum(axis=1) ** 2 - (counts**2).sum(axis=1)
    return _sum_pairs(X, X, counts, counts, same=True) / n_pairs


def _sum_pairs(X, Y, x_counts, y_counts, *, same):
    """Sum the kernel over all pairs, some rows of X at a time, for its memory is quadratic."""
    total = 0.0
    for rows in gen_batches(len(X), _BLOCK_ROWS):
        kernel = np.dot(X[rows].astype(float), Y.T)
        kernel /= X.shape[1]
        kernel += 1
        kernel **= 3
        if same:
            np.fill_diagonal(kernel[:, rows], 0)
        total = total + ((x_counts[:, rows] @ kernel) * y_counts).sum(axis=1)
    return total
