"""How much a difference between arms means: tests and intervals for few, dependent folds."""

import math
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.sparse import csr_array
from scipy.stats import nct, norm
from scipy.stats import t as student
from sklearn.utils import gen_batches

CONFIDENCE = 0.95
POWER = 0.8
JEFFREYS = 0.5  # of an answer that is right, and of one that is wrong, before any is known
ROUNDING = 1e-12  # of a difference of two scores
DRAWN_AT_ONCE = 2**23  # weights, of 8 bytes


class Interval(NamedTuple):
    """A mean over folds and what is known of it.

    Attributes
    ----------
    mean : float
        NaN without a fold.
    low, high : float
        Ends of the 95 % interval, NaN for less than two folds, and where all folds have the same
        value, other than zero: nothing tells then how far they spread.
    p : float
        That a mean so far from zero is chance, NaN in the same cases.
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
        Images to test divided by all others, those that choose the epoch among them.

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
    mean, error = float(np.mean(values)), _standard_error(values, test_share)
    if error == 0:
        same = abs(mean) <= ROUNDING
        return Interval(0.0, 0.0, 0.0, 1.0, k) if same else Interval(mean, *[math.nan] * 3, k)
    reach = error * student.ppf((1 + CONFIDENCE) / 2, k - 1)
    p = 2 * student.sf(abs(mean) / error, k - 1)
    return Interval(mean, float(mean - reach), float(mean + reach), float(p), k)


def smallest_difference(values, test_share, n_tests=1):
    """Compute the true difference that a study like this would find four times in five.

    Parameters
    ----------
    values : array-like of shape (n_folds,)
        The difference of two arms on each fold; their spread is what counts.
    test_share : float
        Images to test divided by all others, those that choose the epoch among them.
    n_tests : int, default=1
        How many differences are tested: the level is divided by it, as the first step of Holm's
        method does.

    Returns
    -------
    float
        The difference that :func:`corrected_t_test` finds at the 5 % level with a power of 80 %, by
        Student's noncentral distribution; NaN for less than two folds, and where all are the same,
        for nothing tells then how far they spread.

    Examples
    --------
    >>> round(smallest_difference([1.0, 2.0, 3.0, 2.0], test_share=0.25), 1)
    2.5
    """
    k = len(values)
    error = _standard_error(values, test_share) if k > 1 else 0.0
    if error == 0:
        return math.nan
    return float(error * _find_shift(k - 1, (1 - CONFIDENCE) / 2 / n_tests))


@cache
def _find_shift(n_free, level):
    """Give the shift, in standard errors, that a one-sided t-test finds with the power wanted."""
    threshold = student.isf(level, n_free)
    above = 2 * (threshold + student.ppf(POWER, n_free))
    return brentq(lambda shift: nct.sf(threshold, n_free, shift) - POWER, 0, above)


def _standard_error(values, test_share):
    if np.ptp(values) <= ROUNDING:  # differences of scores that are the same in all folds
        return 0.0
    return math.sqrt(np.var(values, ddof=1) * (1 / len(values) + test_share))


def adjust_holm(p_values):
    """Adjust p-values for their number by Holm's method; NaN are not counted and stay.

    Parameters
    ----------
    p_values : array-like of shape (n_tests,)
        In [0, 1] or NaN.

    Returns
    -------
    ndarray of shape (n_tests,)
        In the same order.

    References
    ----------
    .. [1] S. Holm, "A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian Journal
       of Statistics 6, 1979.

    Examples
    --------
    >>> adjust_holm([0.04, 0.01, 0.5]).tolist()
    [0.08, 0.03, 0.5]
    """
    adjusted = np.asarray(p_values, dtype=float).copy()  # np.array may share an older Series
    order = np.argsort(adjusted)[: np.isfinite(adjusted).sum()]  # NaN come last
    stepped = adjusted[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(stepped), 1)
    return adjusted


def wilson_interval(n_successes, n_trials):
    """Compute Wilson's 95 % interval of a share.

    Parameters
    ----------
    n_successes : float
        A fraction, where what is known of a share is worth fewer trials than were counted.
    n_trials : float
        Independent ones.

    Returns
    -------
    low, high : float
        NaN without a trial.

    References
    ----------
    .. [1] E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference",
       Journal of the American Statistical Association 22, 1927.

    Examples
    --------
    Three of four is little to go by with 53 images:

    >>> low, high = wilson_interval(40, 53)
    >>> round(low, 2), round(high, 2)
    (0.62, 0.85)
    """
    if n_trials == 0:
        return math.nan, math.nan
    z = norm.ppf((1 + CONFIDENCE) / 2)
    share, doubt = n_successes / n_trials, z**2 / n_trials
    centre = (share + doubt / 2) / (1 + doubt)
    reach = math.sqrt(doubt * share * (1 - share) + doubt**2 / 4) / (1 + doubt)
    return max(float(centre - reach), 0.0), min(float(centre + reach), 1.0)


def tabulate_shares(true, predicted, classes, groups):
    """Compute precision and recall of each class, with Wilson's intervals.

    Parameters
    ----------
    true, predicted : array-like of shape (n_predictions,)
        Classes. An image that was tested in several repeats may stand in several rows.
    classes : array-like of shape (n_classes,)
        Their names.
    groups : array-like of shape (n_predictions,)
        The image, or what several images have in common: an interval counts as many trials as
        the groups among its rows are worth (:func:`count_trials`).

    Returns
    -------
    DataFrame
        A row for each class: "precision" and "recall", each with "_low" and "_high", and "images"
        and "predictions", the numbers that recall and precision rest on. A share of none is NaN.

    Examples
    --------
    >>> shares = tabulate_shares(["a", "a", "b"], ["a", "b", "b"], ["a", "b"], range(3))
    >>> shares[["precision", "recall", "images"]].to_dict("list")
    {'precision': [1.0, 0.5], 'recall': [0.5, 1.0], 'images': [2, 1]}
    """
    true, predicted, groups = map(np.asarray, (true, predicted, groups))
    right = true == predicted
    rows = []
    for name in classes:
        images, answers = true == name, predicted == name
        rows.append(
            {
                **_share("precision", right[answers], groups[answers]),
                **_share("recall", right[images], groups[images]),
                "images": int(images.sum()),
                "predictions": int(answers.sum()),
            }
        )
    return pd.DataFrame(rows, index=pd.Index(classes, name="class"))


def _share(name, right, groups):
    share = float(right.mean()) if len(right) else math.nan
    low, high = share_interval(right, groups)
    return {name: share, f"{name}_low": low, f"{name}_high": high}


def share_interval(right, groups):
    """Compute Wilson's 95 % interval of a share, of the trials that groups are worth.

    Parameters
    ----------
    right : array-like of bool of shape (n_predictions,)
        Which count.
    groups : array-like of shape (n_predictions,)
        The image, or what several images have in common.

    Returns
    -------
    low, high : float
        NaN without a prediction.

    Examples
    --------
    Three repeats of the same four images tell no more than one:

    >>> share_interval([True, True, True, False] * 3, [0, 1, 2, 3] * 3) == wilson_interval(3, 4)
    True
    """
    n_trials = count_trials(groups)
    return wilson_interval(np.mean(right) * n_trials if n_trials else 0, n_trials)


def count_trials(groups):
    """Count the independent trials that rows in groups are worth.

    Where the rows of a group agree, and each row counts as much as any other, this is the effective
    number of Kish [1]_: that of the groups if all are as large, less if some are larger.

    Parameters
    ----------
    groups : array-like of shape (n_rows,)
        What rows have in common.

    Returns
    -------
    float
        0 without a row.

    References
    ----------
    .. [1] L. Kish, "Survey Sampling", Wiley, 1965.

    Examples
    --------
    >>> count_trials(["a", "a", "b", "b"]), count_trials(["a", "a", "a", "b"])
    (2.0, 1.6)
    """
    _, sizes = np.unique(groups, return_counts=True)
    return float(sizes.sum() ** 2 / (sizes**2).sum()) if len(sizes) else 0.0


def bootstrap_scores(true, predicted, groups, *, n_resamples=2000, random_state=0):
    """Compute intervals of scores by a Bayesian bootstrap of groups of images.

    Each drawing gives a random weight to each group [1]_. Images that were all told right, or all
    wrong, would always give the same score: so each drawing holds, beside them, an answer of which
    half is right, with a weight as random: one for each class, or in all for the accuracy, of the
    size of an independent image of that class, or of all. That is Jeffreys' prior of a share, by
    which intervals of small shares cover about what they say [2]_.

    Parameters
    ----------
    true, predicted : array-like of shape (n_predictions,)
        Classes. An image that was tested in several repeats may stand in several rows.
    groups : array-like of shape (n_predictions,)
        What is weighted as a whole: the image, or what several images have in common.
    n_resamples : int, default=2000
        Number of drawings.
    random_state : int, default=0
        Of the drawings.

    Returns
    -------
    dict of str to tuple of (float, float)
        The 95 % interval of "accuracy", "balanced_accuracy" and "macro_f1", of which the last two
        are means over the classes that `true` holds. It reaches as far as the score itself.

    References
    ----------
    .. [1] D. B. Rubin, "The Bayesian Bootstrap", The Annals of Statistics 9, 1981.
    .. [2] L. D. Brown, T. T. Cai and A. DasGupta, "Interval Estimation for a Binomial Proportion",
       Statistical Science 16, 2001.

    Examples
    --------
    >>> true, predicted = ["a", "b"] * 20, ["a", "b", "b", "b"] * 10
    >>> low, high = bootstrap_scores(true, predicted, range(40))["accuracy"]
    >>> round(low, 1), round(high, 1)
    (0.6, 0.9)

    Ten images that are all told right leave room for some that are not:

    >>> low, high = bootstrap_scores(["a", "b"] * 5, ["a", "b"] * 5, range(10))["accuracy"]
    >>> round(low, 1), round(high, 1)
    (0.8, 1.0)
    """
    names, members = np.unique(groups, return_inverse=True)
    classes, true = np.unique(true, return_inverse=True)
    known = np.isin(predicted, classes)  # any other answer is wrong
    predicted = np.where(known, np.searchsorted(classes, predicted).clip(max=len(classes) - 1), -1)
    n_answers = len(classes) + 1  # the last for other answers
    cells = true * n_answers + predicted % n_answers  # of the confusion matrix
    n_cells = len(classes) * n_answers
    tables = csr_array((np.ones(len(cells)), (members, cells)), shape=(len(names), n_cells))
    rng = np.random.default_rng(random_state)
    drawn = [  # some at a time: images may be many
        rng.standard_exponential((drawings.stop - drawings.start, len(names))) @ tables
        for drawings in gen_batches(n_resamples, max(DRAWN_AT_ONCE // len(names), 1))
    ]
    drawn = np.concatenate(drawn).reshape(n_resamples, len(classes), n_answers)
    prior = np.full(drawn.shape[1:], JEFFREYS / len(classes))  # of the answers that are wrong
    np.fill_diagonal(prior, JEFFREYS)
    sizes = np.array([_size_independent(members[true == c]) for c in range(len(classes))])
    answers = sizes[:, np.newaxis] * rng.standard_gamma(prior, drawn.shape)
    scores = _average_classes(drawn + answers)
    right = np.trace(drawn, axis1=1, axis2=2)
    wrong = drawn.sum(axis=(1, 2)) - right
    answers = _size_independent(members) * rng.standard_gamma(JEFFREYS, (2, n_resamples))
    right, wrong = np.add([right, wrong], answers)
    scores = {"accuracy": right / (right + wrong), **scores}
    ends = [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2]
    whole = np.bincount(cells, minlength=n_cells).reshape(drawn.shape[1:])
    found = {"accuracy": np.trace(whole) / whole.sum(), **_average_classes(whole[np.newaxis])}
    return {
        name: _reach(np.quantile(values, ends), float(np.squeeze(found[name])))
        for name, values in scores.items()
    }


def _size_independent(groups):
    """Count the rows that are worth one independent image."""
    return len(groups) / count_trials(groups)


def _reach(ends, score):
    """Stretch an interval so that it holds the score, which a prior draws inwards from 0 and 1."""
    low, high = ends.tolist()
    return min(low, score), max(high, score)


def _average_classes(tables):
    """Compute means over classes of many confusion matrices: (n, n_classes, n_classes + 1).

    Rows are true; the last column is of answers that are no class.
    """
    hits = np.diagonal(tables, axis1=1, axis2=2)
    n_images, n_predictions = tables.sum(axis=2), tables[:, :, :-1].sum(axis=1)
    return {
        "balanced_accuracy": (hits / n_images).mean(axis=1),
        "macro_f1": (2 * hits / (n_images + n_predictions)).mean(axis=1),
    }
