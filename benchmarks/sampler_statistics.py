"""Read figures of arms from the rows of results/samplers.csv, and compare two arms fold by fold."""

import math

import pandas as pd
from peer_arms import PEERS

from skwbc._ablation_statistics import corrected_t_test

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
FEWEST_FOLDS = 5  # of which an interval tells something


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
