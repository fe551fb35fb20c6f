"""Read figures of arms from the rows of results/samplers.csv, and compare two arms fold by fold."""

import math
from typing import NamedTuple

import numpy as np
import pandas as pd
from peer_arms import PEERS
from scipy.stats import t as student

NONE = "none"
SHARED = "GANOverSampler"
VANILLA = "VanillaGANOverSampler"
AUGMENTED = "AugmentationOverSampler"
# as listed on the page; any others come last
ARMS = (
    NONE,
    "class weights",
    SHARED,
    VANILLA,
    AUGMENTED,
    "RandomOverSampler",
    "SMOTE, pixels",
    "SMOTE, components",
    *PEERS,
)
SCORES = ("accuracy", "balanced accuracy", "macro-F1")
DISTANCE = "kernel distance"
SPLIT = ["repeat", "fold"]
CONFIDENCE = 0.95
FEWEST_FOLDS = 5  # of which an interval tells something


class Interval(NamedTuple):
    """A mean over folds and what is known of it.

    Attributes
    ----------
    mean : float
        NaN without a fold.
    low, high : float
        Ends of the 95 % interval, NaN for less than two folds.
    p : float
        That a mean so far from zero is chance, NaN for less than two folds.
    n_folds : int
        How many it rests on.
    """

    mean: float
    low: float
    high: float
    p: float
    n_folds: int


def corrected_t_test(values, test_share):
    """Compare the mean over folds with zero by the corrected resampled t-test.

    Training sets of different folds share most of their images, so that the folds differ less than
    independent ones would. The variance of the mean is therefore taken as the variance of `values`
    times ``1 / k + test_share``, where k is the number of folds, with k - 1 degrees of freedom
    [1]_.

    Parameters
    ----------
    values : array-like of shape (n_folds,)
        A figure, or the difference of two arms, on each fold.
    test_share : float
        Images to test divided by images to train.

    Returns
    -------
    Interval
        Named tuple ``(mean, low, high, p, n_folds)``.

    References
    ----------
    .. [1] C. Nadeau and Y. Bengio, "Inference for the Generalization Error", Machine Learning 52,
       2003.

    Examples
    --------
    >>> corrected_t_test([1.0, 2.0, 3.0], test_share=0.25).mean
    2.0
    """
    k = len(values)
    if k < 2:
        return Interval(float(np.mean(values)) if k else math.nan, *[math.nan] * 3, k)
    mean = float(np.mean(values))
    error = math.sqrt(np.var(values, ddof=1) * (1 / k + test_share))
    reach = error * student.ppf((1 + CONFIDENCE) / 2, k - 1)
    p = 2 * student.sf(abs(mean) / error, k - 1) if error > 0 else mean == 0
    return Interval(mean, float(mean - reach), float(mean + reach), float(p), k)


def adjust_holm(p_values):
    """Adjust p-values for their number by Holm's method; NaN are not counted and stay.

    References
    ----------
    .. [1] S. Holm, "A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian Journal
       of Statistics 6, 1979.

    Examples
    --------
    >>> adjust_holm([0.04, 0.01, 0.5]).tolist()
    [0.08, 0.03, 0.5]
    """
    adjusted = np.array(p_values, dtype=float)
    order = np.argsort(adjusted)[: np.isfinite(adjusted).sum()]  # NaN come last
    stepped = adjusted[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(stepped), 1)
    return adjusted


def list_arms(rows):
    """List the arms that were run."""
    run = rows["arm"].unique().tolist()
    return [a for a in ARMS if a in run] + [a for a in run if a not in ARMS]


def list_samplers(rows):
    """List the arms that make images."""
    return [arm for arm in list_arms(rows) if len(take(rows, arm, DISTANCE))]


def list_classes(rows):
    """List the classes, from the names of the columns."""
    prefix = f"{DISTANCE}, "
    return [name.removeprefix(prefix) for name in rows.columns if name.startswith(prefix)]


def take(rows, arm, column):
    """Give a figure of an arm by repeat and fold, where it was measured."""
    mine = rows[rows["arm"] == arm].set_index(SPLIT)
    return mine.reindex(columns=[column])[column].astype(float).dropna()


def pair(rows, first, second):
    """Give two figures, each an arm and a column, on the folds that have both.

    Returns
    -------
    DataFrame of shape (n_folds, 2)
        Columns "first" and "second".
    """
    figures = {"first": take(rows, *first), "second": take(rows, *second)}
    return pd.concat(figures, axis=1, join="inner")


def compare(rows, arm, other, score):
    """Test the paired differences, `arm` minus `other`, of a score."""
    both = pair(rows, (arm, score), (other, score))
    return corrected_t_test(both["first"] - both["second"], read_test_share(rows))


def read_test_share(rows):
    """Give the number of test images for each training image, the mean over rows."""
    return float((rows["n_test"] / rows["n_train"]).mean())


def divide(above, below):
    """Divide two kernel distances, which may be estimated as zero or less.

    Against nothing, the ratio is infinite: negative if there is nothing above either.

    Examples
    --------
    >>> divide(6.0, 2.0), divide(6.0, -1.0), divide(-1.0, -2.0)
    (3.0, inf, -inf)
    """
    if math.isnan(above) or math.isnan(below):
        return math.nan
    if below <= 0:
        return math.inf if above > 0 else -math.inf
    return above / below
