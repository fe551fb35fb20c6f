"""Can a classifier learn from synthetic images what it learns from real ones."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.metrics import check_scoring
from sklearn.utils import check_consistent_length


class TrainOnSynthetic(NamedTuple):
    """Scores on real test images.

    Attributes
    ----------
    synthetic : float
        Of the classifier that was fitted on synthetic images.
    real : float
        Of the one that was fitted on real images.
    ratio : float
        The first divided by the second, NaN unless that is above 0; of no meaning where it is no
        better than chance.
    """

    synthetic: float
    real: float
    ratio: float


def train_on_synthetic(
    classifier: Any,
    synthetic: tuple[ArrayLike, ArrayLike],
    real: tuple[ArrayLike, ArrayLike],
    test: tuple[ArrayLike, ArrayLike],
    *,
    scoring: str | Callable[..., float] = "balanced_accuracy",
) -> Any:
    """Train on synthetic, test on real (TSTR), beside training on real.

    The score tells what synthetic images are worth as training data, whatever they look like [1]_.

    Parameters
    ----------
    classifier : estimator
        Is cloned, and left as it is. Give it an integer `random_state`, so that both fits draw the
        same.
    synthetic : tuple (X, y)
        Synthetic images, in a form that the classifier takes, and their classes.
    real : tuple (X, y)
        Real images and their classes; as many of each class as in `synthetic`, if the number of
        images is not to be a part of the comparison.
    test : tuple (X, y)
        Other real images and their classes, which neither the classifier nor the generator has
        seen.
    scoring : str or callable, default="balanced_accuracy"
        A scorer's name, or a callable with the signature ``scorer(estimator, X, y)``.

    Returns
    -------
    TrainOnSynthetic
        Named tuple ``(synthetic, real, ratio)`` of floats. At a `ratio` of 1 synthetic images
        teach as much as real ones. It is NaN unless `real` is above 0: of scores below, such as
        "neg_log_loss", it would be upside down. Read it only where `real` is well above chance;
        see the notes.

    Raises
    ------
    ValueError
        If `synthetic`, `real` or `test` is no pair, or if its X and y differ in length.

    Notes
    -----
    A classifier that has learned nothing still has a score: a balanced accuracy of 1 by the number
    of classes. If `real` is no better, the real images taught nothing either, because they are too
    few or the training was too short. A large `ratio` then praises no synthetic image, and one of
    1 means that both fits failed. Compare `synthetic` and `real` with chance, each by itself, and
    train longer, or on more images, until `real` is well above it.

    References
    ----------
    .. [1] C. Esteban, S. L. Hyland and G. Rätsch, "Real-valued (Medical) Time Series Generation
       with Recurrent Conditional GANs", arXiv:1706.02633, 2017.

    Examples
    --------
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from skwbc.metrics import train_on_synthetic
    >>> real = [[0.0], [1.0], [8.0], [9.0]], [0, 0, 1, 1]
    >>> swapped = [[0.0], [9.0]], [1, 0]
    >>> test = [[0.5], [8.5]], [0, 1]
    >>> train_on_synthetic(KNeighborsClassifier(n_neighbors=1), swapped, real, test)
    TrainOnSynthetic(synthetic=0.0, real=1.0, ratio=0.0)

    A large ratio because the real images teach nothing, 0.5 being the chance of two classes:

    >>> far, near = ([[0.0], [9.0], [30.0]], [0, 0, 1]), ([[0.0], [9.0]], [0, 1])
    >>> train_on_synthetic(KNeighborsClassifier(n_neighbors=1), near, far, test)
    TrainOnSynthetic(synthetic=1.0, real=0.5, ratio=2.0)
    """
    for name, pair in (("synthetic", synthetic), ("real", real), ("test", test)):
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise ValueError(f"Expected {name} to be a pair (X, y), received {type(pair)}.")
        check_consistent_length(*pair)
    scorer = check_scoring(classifier, scoring)
    on_synthetic, on_real = (
        float(scorer(clone(classifier).fit(X, y), test[0], test[1])) for X, y in (synthetic, real)
    )
    ratio = on_synthetic / on_real if on_real > 0 else math.nan
    return TrainOnSynthetic(on_synthetic, on_real, ratio)
