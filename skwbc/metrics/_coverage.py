"""How much of the real set do synthetic images reach, and how close do they stay."""

from numbers import Integral
from typing import NamedTuple

from numpy.typing import ArrayLike
from scipy.spatial.distance import cdist
from sklearn.utils import gen_batches
from sklearn.utils._param_validation import Interval, validate_params

from skwbc.metrics._rows import check_pair

_BLOCK_VALUES = 2**22  # distances that are measured at a time, 32 MB


class DensityCoverage(NamedTuple):
    """Density and coverage of synthetic images.

    Attributes
    ----------
    density : float
        From 0; 1 where synthetic images lie as densely among real ones as these do.
    coverage : float
        Share of real images with a synthetic one nearby, in [0, 1].
    """

    density: float
    coverage: float


@validate_params(
    {
        "real": ["array-like"],
        "fake": ["array-like"],
        "n_neighbors": [Interval(Integral, 1, None, closed="left")],
    },
    prefer_skip_nested_validation=True,
)
def density_coverage(
    real: ArrayLike, fake: ArrayLike, *, n_neighbors: int = 5
) -> tuple[float, float]:
    """Count synthetic images in the neighbourhoods of real ones.

    The neighbourhood of a real image is the ball that ends just before its `n_neighbors`-th
    nearest other real image [1]_. Density is low where synthetic images lie off the real ones;
    coverage is low where they leave out a part of them.

    Parameters
    ----------
    real : array-like of shape (n_real, n_features)
        Features of real images, more than `n_neighbors` rows. Scale the columns alike: distances
        are Euclidean, and the largest ones decide.
    fake : array-like of shape (n_fake, n_features)
        Features of synthetic images.
    n_neighbors : int, default=5
        How many other real images reach to the edge of a neighbourhood.

    Returns
    -------
    DensityCoverage
        Named tuple ``(density, coverage)`` of floats: the number of neighbourhoods that a
        synthetic image lies in, on average, as a share of `n_neighbors`; and the share of
        neighbourhoods that hold any.

    Raises
    ------
    ValueError
        If there are not more real rows than `n_neighbors`, NaN or infinity, or if the columns
        differ in number.

    Notes
    -----
    For images of one distribution density is 1 on average. Coverage is less than 1 even then,
    ``1 - (n_real - 1) ... (n_real - k) / ((n_real + n_fake - 1) ... (n_real + n_fake - k))`` for
    k neighbours, which is about 0.97 for 5 neighbours and as many synthetic images as real ones.

    References
    ----------
    .. [1] M. F. Naeem et al., "Reliable Fidelity and Diversity Metrics for Generative Models",
       ICML 2020.

    Examples
    --------
    Two clusters of real images, of which a generator has learned one:

    >>> from skwbc.metrics import density_coverage
    >>> real = [[0.0], [1.0], [2.0], [10.0], [11.0], [12.0]]
    >>> density_coverage(real, [[-0.5], [0.5]], n_neighbors=2)
    DensityCoverage(density=1.0, coverage=0.5)
    """
    real, fake = check_pair(real, fake, n_least=1)
    if len(real) <= n_neighbors:
        raise ValueError(
            f"Expected more real rows than n_neighbors={n_neighbors}, received {len(real)}."
        )
    n_inside, n_reached = 0, 0
    for rows in gen_batches(len(real), max(_BLOCK_VALUES // max(len(real), len(fake)), 1)):
        distances = cdist(real[rows], real)
        distances.partition(n_neighbors, axis=1)  # the image itself comes first, at distance 0
        inside = cdist(real[rows], fake) < distances[:, [n_neighbors]]
        n_inside += int(inside.sum())
        n_reached += int(inside.any(axis=1).sum())
    return DensityCoverage(n_inside / (len(fake) * n_neighbors), n_reached / len(real))
