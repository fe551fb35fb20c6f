"""The distance of two sets of features that most papers report."""

import warnings

import numpy as np
from numpy.typing import ArrayLike

from skwbc.metrics._rows import check_pair

_ROWS_A_FEATURE = 10  # see the notes below


def frechet_distance(real: ArrayLike, fake: ArrayLike) -> float:
    """Measure the Fréchet distance between normal distributions fitted to two sets (FID).

    It is ``|m - n|**2 + trace(S + T - 2 (S T)**(1/2))`` for means m, n and covariances S, T of
    the features of real and synthetic images [1]_.

    Parameters
    ----------
    real : array-like of shape (n_real, n_features)
        Features of real images, at least 2 rows. Scale the columns alike: the largest ones
        decide.
    fake : array-like of shape (n_fake, n_features)
        Features of synthetic images, at least 2 rows.

    Returns
    -------
    float
        From 0, in squared units of the features. Only values of the same features and the same
        numbers of images compare.

    Raises
    ------
    ValueError
        If an array has less than 2 rows, NaN or infinity, or if their columns differ in number.

    Warns
    -----
    UserWarning
        If either has less than 10 rows a feature.

    See Also
    --------
    kernel_distance : Has no bias, and is the one to use below some 1000 images.

    Notes
    -----
    The distance is too large for small sets. For d independent features of variance 1 and n
    images on both sides it is ``d * (d + 5) / (2 * n)`` on average, instead of 0, for images of
    one distribution. Ten images a feature, below which the function warns, keep that at
    ``(1 + 5 / d) / 20`` of the features' total variance. Features that go together act as fewer.

    No square root of a matrix is taken. With the centred features as A and B,
    ``trace((S T)**(1/2))`` is the sum of the singular values of ``A @ B.T``, which stays accurate
    for covariances without an inverse.

    References
    ----------
    .. [1] M. Heusel et al., "GANs Trained by a Two Time-Scale Update Rule Converge to a Local
       Nash Equilibrium", NeurIPS 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from skwbc.metrics import frechet_distance
    >>> real = np.tile([[-1.0], [1.0]], (50, 1))
    >>> round(frechet_distance(real, real + 3), 6)
    9.0
    """
    real, fake = check_pair(real, fake)
    n_fewest, n_features = min(len(real), len(fake)), real.shape[1]
    if n_fewest < _ROWS_A_FEATURE * n_features:
        warnings.warn(
            f"Expected at least {_ROWS_A_FEATURE * n_features} images for {n_features} features, "
            f"received {n_fewest}: the Fréchet distance is too large for so few. "
            "kernel_distance has no such bias.",
            UserWarning,
            stacklevel=2,
        )
    (real_mean, real_root), (fake_mean, fake_root) = _fit_normal(real), _fit_normal(fake)
    common = np.linalg.svd(real_root @ fake_root.T, compute_uv=False).sum()
    spread = (real_root**2).sum() + (fake_root**2).sum() - 2 * common
    return float(((real_mean - fake_mean) ** 2).sum() + max(spread, 0.0))


def _fit_normal(X):
    """Give the mean, and R such that ``R.T @ R`` is the covariance, at most n_features rows."""
    X = X.astype(float)
    mean = X.mean(axis=0)
    return mean, np.linalg.qr((X - mean) / np.sqrt(len(X) - 1), mode="r")
