"""Tables of a fitted study that say how certain its scores and differences are."""

from itertools import product

import numpy as np
import pandas as pd
from sklearn.metrics import confusion_matrix

from skwbc._ablation_results import SCORES, list_groups
from skwbc._ablation_scores import score_predictions
from skwbc._ablation_splits import TEST
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
            confusion_matrix(rows["true"], rows["predicted"], labels=study.classes_),
            study.classes_,
            n_repeats=rows["repeat"].nunique(),
        )
        for fit, rows in study.predictions_.groupby(["arm", "model"], sort=False)
    }
    return pd.concat(tables, names=["arm", "model"])


def compare_arms(study, baseline):
    """Test the differences of each arm to `baseline`, model by model and score by score."""
    tested = study.results_[study.results_["split"] == TEST]
    by_arm = tested.pivot(index=["metric", "model", *SPLIT], columns="arm", values="value")
    test_share = np.mean([len(s.test) / (len(s.train) + len(s.validation)) for s in study.splits_])
    others = [arm for arm in study.arms_ if arm != baseline]
    rows = []
    for score, model in product(SCORES, study.models_):
        values = by_arm.loc[score, model]
        differences = [(values[arm] - values[baseline]).dropna() for arm in others]
        found = [corrected_t_test(values, test_share) for values in differences]
        adjusted = adjust_holm([interval.p for interval in found])
        for arm, interval, p, of_arm in zip(others, found, adjusted, differences, strict=True):
            smallest = smallest_difference(of_arm, test_share)
            rows.append((score, model, arm, *interval, p, smallest))
    names = ["score", "model", "arm"]
    columns = [*names, "difference", *Interval._fields[1:], "p_adjusted", "smallest_difference"]
    return pd.DataFrame(rows, columns=columns).set_index(names)
