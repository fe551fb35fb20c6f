"""Tables of a fitted study that say how certain its scores and differences are."""

import numpy as np
import pandas as pd

from skwbc._ablation_results import SCORES, blank_failures, list_groups
from skwbc._ablation_scores import score_predictions
from skwbc._ablation_splits import TEST, number_tests
from skwbc._ablation_statistics import (
    Interval,
    adjust_holm,
    bootstrap_scores,
    corrected_t_test,
    smallest_difference,
    tabulate_shares,
)

SPLIT = ["repeat", "fold"]


def compute_intervals(study):
    """Pool the test predictions of each arm and model; give scores and bootstrap intervals."""
    rows = [
        (*fit, score, value, *intervals[score])
        for fit, predictions in study.predictions_.groupby(["arm", "model"], sort=False)
        for intervals in [_bootstrap(study, predictions)]
        for score, value in score_predictions(predictions["true"], predictions["predicted"]).items()
    ]
    columns = ["arm", "model", "score", "value", "low", "high"]
    return pd.DataFrame(rows, columns=columns).set_index(columns[:3])


def _bootstrap(study, predictions):
    groups = list_groups(study, predictions["row"])
    return bootstrap_scores(predictions["true"], predictions["predicted"], groups)


def tabulate_classes(study):
    """Give precision and recall of each class by arm and model, with Wilson's intervals."""
    tables = {
        fit: tabulate_shares(
            rows["true"], rows["predicted"], study.classes_, list_groups(study, rows["row"])
        )
        for fit, rows in study.predictions_.groupby(["arm", "model"], sort=False)
    }
    return pd.concat(tables, names=["arm", "model"])


def compare_arms(study, baseline):
    """Test the differences of each arm to `baseline`, model by model and score by score."""
    pairs = [(arm, baseline) for arm in study.arms_ if arm != baseline]
    return compare_pairs(study, pairs).droplevel("baseline")


def compare_pairs(study, pairs):
    """Test differences between pairs of arms, model by model and score by score.

    Parameters
    ----------
    study : AblationStudy
        Fitted.
    pairs : list of tuple of (str, str)
        An arm, and the one that is subtracted.

    Returns
    -------
    DataFrame
        By "score", "model", "arm" and "baseline", what :meth:`AblationStudy.compare` gives. Of a
        score, the p of all models and pairs are adjusted together.
    """
    results = blank_failures(study.results_, study.failures_)
    tested = results[results["split"] == TEST]
    by_arm = tested.pivot(index=["metric", "model", *SPLIT], columns="arm", values="value")
    tests = number_tests(study.splits_)
    test_share = np.mean([len(s.test) / (len(s.train) + len(s.validation)) for s in study.splits_])
    tables = []
    for score in SCORES:
        differences = {
            (score, model, arm, baseline): _average_by_test(values[arm] - values[baseline], tests)
            for model in study.models_
            for values in [by_arm.loc[score, model]]
            for arm, baseline in pairs
        }
        tables.append(_test_differences(differences, test_share))
    return pd.concat(tables)


def _average_by_test(differences, tests):
    """Average over the splits that test the same images: they tell once what these say."""
    differences = differences.dropna()
    return differences.groupby(lambda split: tests[split]).mean()


def _test_differences(differences, test_share):
    """Test several differences at once: a row for each."""
    found = [corrected_t_test(values, test_share) for values in differences.values()]
    index = pd.MultiIndex.from_tuples(differences, names=["score", "model", "arm", "baseline"])
    table = pd.DataFrame(found, index=index, columns=["difference", *Interval._fields[1:]])
    table["p_adjusted"] = adjust_holm(table["p"])
    n_tests = max(1, table["p"].notna().sum())
    table["smallest_difference"] = [
        smallest_difference(values, test_share, n_tests) for values in differences.values()
    ]
    return table
