"""The goals set for speed and memory, and whether docs/results/performance.csv reaches them."""

import operator
from itertools import product
from typing import NamedTuple

import fit_leak
import fit_memory
import numpy as np
import speed_accuracy
import speed_gan
import speed_memory
import speed_prediction
import speed_search
import speed_start
import speed_training
from performance_tables import ACCURACY, compare, tell_number
from sampler_goals import VERDICTS
from scipy import stats

from skwbc._ablation_statistics import CONFIDENCE

MARGIN = 3  # points of accuracy that the fast arithmetic may cost
TOO_FEW = "too few seeds to tell"
# instead of a column: how many times as fast as the arm, and how many times its seconds
SPEED, SECONDS = "speed by that of the arm", "seconds by those of the arm"
LEAST, MOST = operator.ge, operator.le


class Goal(NamedTuple):
    """A goal.

    Attributes
    ----------
    text : str
        What was to be reached.
    suite : module
        Whose rows tell.
    places : list of tuple of str
        Case and arm; the goal holds if it does at each of them.
    measure : str
        A column, `SPEED` or `SECONDS` of the suite's reference.
    holds : callable
        Compares what was measured with `bound`, in the unit of the measure.
    bound : float
    """

    text: str
    suite: object
    places: list
    measure: str
    holds: object
    bound: float


def pair(cases, *arms):
    """List the places of arms in cases."""
    return list(product(cases, arms))


def name_suite(module):
    """Name a suite as in the rows.

    Examples
    --------
    >>> name_suite(speed_training)
    'training'
    """
    return module.__name__.removeprefix("speed_")


def list_predictions(n_images):
    """List the places of predictions of so many images."""
    cases = [case for case, (_, n) in speed_prediction.CASES.items() if n == n_images]
    return pair(cases, speed_prediction.BARE)


GOALS = [
    Goal(
        "the published CNN trains at least 3 times as fast as by plain scikeras",
        speed_training,
        pair(["CNN"], speed_training.SCIKERAS),
        SPEED,
        LEAST,
        3,
    ),
    Goal(
        "classifiers train within 1.1 times the seconds of PyTorch written well",
        speed_training,
        pair(speed_training.CASES, speed_training.WRITTEN_WELL),
        SECONDS,
        MOST,
        1.1,
    ),
    Goal(
        "the GAN trains at least 1.5 times as fast as by a plain step in float32",
        speed_gan,
        pair(speed_gan.CASES, speed_gan.PLAIN),
        SPEED,
        LEAST,
        1.5,
    ),
    Goal(
        "10,000 images are predicted within 1.1 times the seconds of the network alone",
        speed_prediction,
        list_predictions(10_000),
        SECONDS,
        MOST,
        1.1,
    ),
    Goal(
        "one image is predicted within 1.5 times the seconds of the network alone",
        speed_prediction,
        list_predictions(1),
        SECONDS,
        MOST,
        1.5,
    ),
    Goal(
        "`skwbc --help` takes less than 0.5 seconds",
        speed_start,
        pair(["command"], "skwbc"),
        "seconds",
        MOST,
        0.5,
    ),
    Goal(
        "a fit peaks at no more than 1.3 times the bytes of its images",
        speed_memory,
        pair([speed_memory.PEAK], *fit_memory.WORKS),
        "memory by that of the images",
        MOST,
        1.3,
    ),
    Goal(
        "each of many fits leaves less than 1 MB behind",
        speed_memory,
        pair([speed_memory.GROWTH], *(work for work in fit_leak.WORKS if "Keras" not in work)),
        "MB a fit",
        MOST,
        1,
    ),
    Goal(
        "two jobs are no slower than one, for fits of half a minute",
        speed_search,
        pair([speed_search.CLASSIFIER], "two jobs"),
        SPEED,
        MOST,  # of one job, which is the reference
        1,
    ),
]


def tell_goals(rows):
    """Weigh all goals.

    Parameters
    ----------
    rows : DataFrame
        Of docs/results/performance.csv.

    Returns
    -------
    list of list of str
        Cells of a table, its head first.
    """
    return [
        ["goal", "measured", "verdict"],
        *(weigh(goal, rows) for goal in GOALS),
        weigh_accuracy(rows),
    ]


def weigh(goal, rows):
    """Give the cells of a goal, which counts as measured only if it was at all of its places."""
    values = {place: look_up(goal, rows, *place) for place in goal.places}
    known = {place: value for place, value in values.items() if not np.isnan(value)}
    varies = len({case for case, _ in goal.places}) == 1  # then the arm does
    measured = "; ".join(
        f"{place[varies]}: {tell_number(value)}" if len(values) > 1 else tell_number(value)
        for place, value in known.items()
    )
    reached = all(goal.holds(value, goal.bound) for value in known.values())
    return [goal.text, measured, VERDICTS[reached if len(known) == len(values) else None]]


def look_up(goal, rows, case, arm):
    """Give the median of a measure, or the ratio to the reference; NaN if it was not measured."""
    mine = rows[(rows["suite"] == name_suite(goal.suite)) & (rows["case"] == case)]
    if goal.measure in (SPEED, SECONDS):
        speed = compare(mine, arm, goal.suite.REFERENCE)
        return speed if goal.measure == SPEED else 1 / speed
    return mine[mine["arm"] == arm].reindex(columns=[goal.measure])[goal.measure].median()


def weigh_accuracy(rows):
    """Compare the accuracies of both kinds of arithmetic, seed by seed.

    An interval that holds 0 alone would be no answer: the fewer seeds, the surer it does.
    """
    text = f"bfloat16 costs less than {MARGIN} points of accuracy, over seeds"
    mine = rows[rows["suite"] == name_suite(speed_accuracy)]
    table = mine.reindex(columns=["case", "arm", ACCURACY]).pivot(
        index="case", columns="arm", values=ACCURACY
    )
    both = table.reindex(columns=[speed_accuracy.DEFAULT, speed_accuracy.SINGLE]).dropna()
    if len(both) < 2:
        return [text, "", VERDICTS[None]]
    differences = both.iloc[:, 0] - both.iloc[:, 1]
    low, high = stats.ttest_1samp(differences, 0).confidence_interval(CONFIDENCE)
    measured = f"{differences.mean():+.1f} points ({low:+.1f} to {high:+.1f}), {len(both)} seeds"
    is_told = low > -MARGIN or high < -MARGIN
    return [text, measured, VERDICTS[bool(low > -MARGIN)] if is_told else TOO_FEW]
