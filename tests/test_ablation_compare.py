"""Differences between arms, intervals, and classes, over the folds of a study."""

import numpy as np
import pandas as pd
import pytest
from dummy_studies import (
    ARMS,
    GROUPS,
    CountingClassifier,
    Y,
    fit_once,
    make_images,
    make_study,
    run,
)
from sklearn.dummy import DummyClassifier

from skwbc import AblationStudy
from skwbc._ablation_statistics import corrected_t_test


@pytest.fixture(scope="module")
def study():
    return fit_once()


def test_differences_are_those_of_the_t_test(study):
    table = study.compare("common")
    assert list(table) == [
        "difference",
        "low",
        "high",
        "p",
        "n_folds",
        "p_adjusted",
        "smallest_difference",
    ]
    scores = study.results_[
        (study.results_["split"] == "test") & (study.results_["metric"] == "macro_f1")
    ].pivot(index=["repeat", "fold"], columns="arm", values="value")
    expected = corrected_t_test(scores["random"] - scores["common"], test_share=1.0)
    found = table.loc["macro_f1", "dummy", "random"]
    assert found[["difference", "low", "high", "p", "n_folds"]].tolist() == list(expected)
    assert found["p_adjusted"] >= found["p"]
    same = table.loc["accuracy", "dummy", "copies, common"]
    assert same[["difference", "low", "high", "p", "p_adjusted"]].tolist() == [0, 0, 0, 1, 1]


def test_p_is_adjusted_for_all_models():
    models = {name: DummyClassifier() for name in ("first", "second")}
    arms = {"common": {}, "random": {"strategy": "uniform"}}
    study = AblationStudy(models, arms, cv=2, n_repeats=2).fit(make_images(), Y)
    accuracy = study.compare().loc["accuracy"]
    assert accuracy["p_adjusted"].max() == pytest.approx(min(1, 2 * accuracy["p"].min()))


def test_one_split_has_differences_without_intervals():
    table = run(cv=None, n_repeats=1)[0].compare("common")
    assert table["difference"].notna().all()
    assert table[["low", "high", "p", "smallest_difference"]].isna().all(axis=None)


def test_splits_that_test_the_same_images_count_once(study):
    few = make_study(cv=5, n_repeats=3).fit(make_images(), Y, np.arange(40) % 5)
    table = few.compare("common")
    assert (table["n_folds"] == 5).all()
    scores = few.results_.query("split == 'test' and metric == 'accuracy'").pivot(
        index=["repeat", "fold"], columns="arm", values="value"
    )
    tests = [split.test.tobytes() for split in few.splits_]
    means = (scores["random"] - scores["common"]).groupby(tests).mean()
    expected = corrected_t_test(means, test_share=0.25)
    found = table.loc["accuracy", "dummy", "random"][["difference", "low", "high", "p"]]
    assert found.tolist() == pytest.approx(expected[:4])
    assert any("15 splits have 5 different test sets" in limit for limit in few.limits())
    assert not any("different test sets" in limit for limit in study.limits())


def test_unknown_baseline(study):
    with pytest.raises(ValueError, match=r"one of the arms \['common'.*received 'none'"):
        study.compare("none")


def test_default_baseline_is_what_the_verdict_names(study):
    table = study.compare()
    assert table.attrs["baseline"] == "common"
    pd.testing.assert_frame_equal(table, study.compare("common"))


def test_intervals_hold_the_pooled_scores(study):
    table = study.intervals()
    rows = study.predictions_[study.predictions_["arm"] == "random"]
    accuracy = table.loc["random", "dummy", "accuracy"]
    assert accuracy["value"] == (rows["true"] == rows["predicted"]).mean()
    assert (table["low"] <= table["value"]).all()
    assert (table["value"] <= table["high"]).all()
    constant = table.loc["common", "dummy", "balanced_accuracy"]
    assert constant["value"] == 0.5
    assert 0.4 < constant["low"] < 0.5 < constant["high"] < 0.7


def test_classes_are_pooled(study):
    table = study.class_table()
    assert table.loc["common", "dummy", "a"][["recall", "images"]].tolist() == [1, 56]
    assert table.loc["common", "dummy", "a"]["precision"] == pytest.approx(28 / 40)
    once = run(n_repeats=1)[0].class_table()
    ends = ["recall_low", "precision_high"]
    assert table.loc["common", "dummy", "a"][ends].tolist() == pytest.approx(
        once.loc["common", "dummy", "a"][ends].tolist()
    )


def test_the_score_of_a_failure_is_not_compared():
    n_before = iter(range(8))

    class Fragile(CountingClassifier):
        def fit(self, X, y, sample_weight=None):
            if next(n_before) == 1:  # "random" in the first split
                raise RuntimeError("once")
            return super().fit(X, y)

    arms = {name: ARMS[name] for name in ("common", "random")}
    settings = {"cv": 4, "validation_size": 0.3, "error_score": 0.0}
    study = AblationStudy({"fragile": Fragile()}, arms, **settings)
    results = study.fit(make_images(), Y, GROUPS).results_
    assert study.failures_[["arm", "fold"]].to_numpy().tolist() == [["random", 0]]
    rows = results[(results["metric"] == "accuracy") & (results["split"] == "test")]
    accuracy = rows.pivot(index="fold", columns="arm", values="value")
    assert accuracy.loc[0, "random"] == 0
    found = study.compare("common").loc["accuracy", "fragile", "random"]
    expected = (accuracy["random"] - accuracy["common"])[1:].mean()
    assert (found["difference"], found["n_folds"]) == (pytest.approx(expected), 3)
