"""The published protocol: what is fitted to what, and what its scores are made of."""

import numpy as np
import pandas as pd
import pytest
from dummy_studies import (
    Y,
    make_images,
)
from joblib import parallel_config
from numpy.testing import assert_array_equal
from sklearn.dummy import DummyClassifier

from skwbc import AblationStudy, AugmentationOverSampler, VanillaGANOverSampler, compare_protocols
from skwbc._ablation_files import REPORT_FILES
from skwbc._ablation_mixture import MixedSplit
from skwbc._ablation_protocols import (
    PUBLISHED_ACCURACY,
    describe_samplers,
    format_protocols,
    name_classes,
)

SAMPLED = []  # rows of each call of SpySampler.fit_resample
FITTED = []  # number of images of each call of SpyClassifier.fit


class SpySampler(AugmentationOverSampler):
    def fit_resample(self, X, y, **params):
        SAMPLED.append(len(X))
        return super().fit_resample(X, y, **params)


class SpyClassifier(DummyClassifier):
    """Learns nothing; counts what it is given."""

    def fit(self, X, y, sample_weight=None):
        FITTED.append(len(X))
        return super().fit(X, y)


class FailingClassifier(DummyClassifier):
    def fit(self, X, y, sample_weight=None):
        raise ValueError("It never learns.")


ARMS = {
    "original": {},
    "GAN": {"sampler": SpySampler()},
    "GAN, again": {"sampler": SpySampler(), "strategy": "stratified"},
}


def make_study(protocol="published", **parameters):
    models = {"CNN": SpyClassifier(strategy="constant", constant="a")}
    return AblationStudy(models, ARMS, protocol=protocol, **parameters)


@pytest.fixture(scope="module")
def replay():
    """A study of the published protocol; what was given to its spies is in it, too."""
    SAMPLED.clear()
    FITTED.clear()
    study = make_study(n_repeats=3).fit(make_images(), Y)
    study.sampled, study.fitted = SAMPLED.copy(), FITTED.copy()
    return study


@pytest.fixture(scope="module")
def honest():
    return make_study("honest").fit(make_images(), Y)


def test_sampler_sees_all_images_once(replay):
    assert replay.sampled == [40]
    assert list(replay.sampler_seconds_) == ["GAN"]
    assert (replay.results_["metric"] == "sampler_seconds").sum() == 1


def test_classifier_is_fitted_to_the_mixture(replay):
    # of 40: 6 tested on, 15 % of 34 validate; of 56: 9 and 15 % of 47, each rounded up
    assert sorted(set(replay.fitted)) == [28, 39]
    counts = replay.results_[replay.results_["metric"] == "n_images"]
    assert set(counts.loc[counts["arm"] == "GAN", "value"]) == {39}


def test_arms_of_one_mixture_share_its_splits(replay):
    tested = replay.predictions_.groupby(["arm", "repeat"])["row"].apply(tuple)
    assert (tested["GAN"] == tested["GAN, again"]).all()
    assert tested["GAN"].nunique() == 3
    assert tested["original"].map(max).lt(40).all()
    assert tested.map(len).tolist() == [9] * 6 + [6] * 3


def test_parts_of_a_split_are_apart_and_complete():
    y = np.repeat([0, 1], [60, 40])
    parts = MixedSplit(0, 0, 0.2, 0.25, seed=3).take(np.zeros((100, 2)), y, np.arange(100))
    rows = [parts[name].rows for name in ("train", "validation", "test")]
    assert [len(of_part) for of_part in rows] == [60, 20, 20]
    assert sorted(np.concatenate(rows)) == list(range(100))
    assert_array_equal(parts["test"].labels, y[parts["test"].rows])


def test_scores_are_apart_for_real_and_synthetic(replay):
    scores = replay.results_[replay.results_["metric"] == "accuracy"]
    scores = scores.set_index(["arm", "repeat", "split"])["value"]
    for (arm, repeat), rows in replay.predictions_.groupby(["arm", "repeat"]):
        right = rows["true"] == rows["predicted"]
        assert scores[arm, repeat, "test"] == pytest.approx(right.mean())
        assert scores[arm, repeat, "test_real"] == pytest.approx(right[~rows["synthetic"]].mean())
        if arm != "original":
            on_synthetic = right[rows["synthetic"]].mean()
            assert scores[arm, repeat, "test_synthetic"] == pytest.approx(on_synthetic)
    assert ("original", 0, "test_synthetic") not in scores.index


def test_synthetic_rows_are_those_beyond_the_images(replay):
    rows = replay.predictions_
    assert_array_equal(rows["synthetic"], rows["row"] >= 40)
    assert rows.loc[rows["synthetic"], "true"].eq("b").all()
    assert replay.splits_ == []


def test_table_takes_the_score_apart(replay, honest):
    table = replay.table()
    row = table.loc["GAN", "CNN"]
    share = row["synthetic"]
    assert 0 < share < 1
    rows = replay.predictions_[replay.predictions_["arm"] == "GAN"]
    assert row["test"] == pytest.approx((rows["true"] == rows["predicted"]).mean())
    assert row["on synthetic"] == 0  # all are of the rare class
    assert np.isnan(table.loc["original", "CNN"]["on synthetic"])
    assert table.loc["constant guess", "a"]["on real"] == replay.majority_rate_
    assert "on real" not in honest.table()


def test_nothing_is_compared(replay):
    with pytest.raises(ValueError, match="tested on different images"):
        replay.compare()


@pytest.mark.usefixtures("unrendered")
def test_words_and_files(replay, tmp_path):
    first = replay.verdict()[0]
    assert first.startswith("GAN")
    assert "of them are synthetic: 0.0% of these" in first
    assert replay.verdict()[-1].startswith("original (CNN)")
    assert "can't tell whether synthetic images help" in replay.limits()[0]
    paths = replay.report(tmp_path)
    assert len(paths) == len(REPORT_FILES)
    text = paths[0].read_text()
    assert "taken apart" in text
    assert "Differences from" not in text


def test_folds_are_refused():
    with pytest.raises(ValueError, match="expected cv=None, received 5"):
        make_study(cv=5).fit(make_images(), Y)


def test_gan_is_the_published_one():
    study = AblationStudy(protocol="published")
    study._copy_parts()
    assert type(study.arms_["GAN"]["sampler"]) is VanillaGANOverSampler


def test_finished_fits_are_found_again(replay, tmp_path):
    FITTED.clear()
    for _ in range(2):
        again = make_study(n_repeats=3, folder=tmp_path).fit(make_images(), Y)
    assert len(FITTED) == 9
    pd.testing.assert_frame_equal(again.predictions_, replay.predictions_)
    with parallel_config("threading"):
        parallel = make_study(n_repeats=3, n_jobs=2).fit(make_images(), Y)
    pd.testing.assert_frame_equal(parallel.predictions_, replay.predictions_)


def test_copies_are_listed_and_no_warning_is_needed():
    X = make_images().repeat(2, axis=1).repeat(2, axis=2)
    X[1] = X[0]
    study = make_study().fit(X, Y)
    assert [0, 1] in study.siblings_.to_numpy().tolist()
    assert "1 pair of near-duplicates was not kept on one side of the splits" in " ".join(
        study.limits()
    )


def test_a_class_that_is_not_trained_on():
    y = np.repeat(["a", "b", "c"], [18, 18, 4])
    X = make_images()
    for seed in range(20):
        study = AblationStudy(
            {"CNN": SpyClassifier(strategy="prior")},
            {"original": {}},
            protocol="published",
            test_size=0.5,
            validation_size=0.5,
            random_state=seed,
        ).fit(X, y)
        if (study.predictions_["proba_c"] == 0).all():
            break
    else:
        pytest.fail("every split trained on the small class")
    np.testing.assert_allclose(study.predictions_[["proba_a", "proba_b"]].sum(axis=1), 1)


def test_protocols_side_by_side(replay, honest):
    table = compare_protocols(replay, honest)
    assert table.index.tolist() == [*((arm, "CNN") for arm in ARMS), ("constant guess", "")]
    assert table["published"].tolist()[:2] == pytest.approx([0.4821, 0.8333])
    assert table["published"].isna().tolist() == [False, False, True, True]
    row = table.loc["GAN", "CNN"]
    mixed = row["synthetic share"] * row["on synthetic"]
    mixed += (1 - row["synthetic share"]) * row["on real"]
    assert row["replay"] == pytest.approx(mixed, abs=0.05)  # means over splits of unlike shares
    own = honest.results_.set_index(["arm", "split", "metric"])["value"]
    assert row["honest"] == own["GAN", "test", "accuracy"]
    assert row["low"] < row["honest"] < row["high"]
    text = format_protocols(table)
    assert text.loc[("GAN", "CNN"), "published"] == "83.3"
    assert text.loc[("constant guess", ""), "honest, 95 %"] == ""


def test_protocols_are_told_apart(replay, honest):
    with pytest.raises(ValueError, match="protocol='published', 'honest' came"):
        compare_protocols(honest, replay)
    other = AblationStudy({"other": DummyClassifier()}, {"original": {}}).fit(make_images(), Y)
    with pytest.raises(ValueError, match="no arm and model in common"):
        compare_protocols(replay, other)


def test_a_model_that_always_failed_is_shown_beside_the_others():
    models = {"CNN": SpyClassifier(strategy="prior"), "broken": FailingClassifier()}
    studies = [
        AblationStudy(models, {"original": {}}, protocol=protocol).fit(make_images(), Y)
        for protocol in ("published", "honest")
    ]
    table = compare_protocols(*studies)
    assert table.index.get_level_values("model").tolist() == ["CNN", "broken", ""]
    assert table.loc[("original", "broken"), ["replay", "honest", "low"]].isna().all()
    assert not table.loc[("original", "CNN"), ["replay", "honest", "low"]].isna().any()


def test_published_accuracies_are_complete():
    arms = ("original", "traditional", "GAN", "GAN + traditional")
    assert set(PUBLISHED_ACCURACY) == {(arm, m) for arm in arms for m in ("CNN", "CNN-RNN")}


def test_samplers_of_both_protocols_are_named(replay, honest):
    told = describe_samplers(name_classes(replay), name_classes(honest))
    assert told == [
        "In 'GAN' and 'GAN, again' the sampler is SpySampler in the replay and in the honest study."
    ]


def test_other_samplers_and_steps_are_told():
    told = describe_samplers({"GAN": ["PCA", "Vanilla"], "only here": ["A"]}, {"GAN": ["Shared"]})
    assert told == [
        "In 'GAN' the sampler is PCA + Vanilla in the replay, but Shared in the honest study. "
        "The scores differ by the sampler, too, not by the protocol alone."
    ]


def test_a_replay_that_tests_no_real_image(tmp_path, honest):
    y = np.array(["a", "b"] * 4)
    sampler = SpySampler(sampling_strategy={"a": 100, "b": 100})
    for seed in range(20):
        study = AblationStudy(
            {"CNN": SpyClassifier()},
            {"GAN": {"sampler": sampler}},
            protocol="published",
            random_state=seed,
        ).fit(make_images()[: len(y)], y)
        if study.predictions_["synthetic"].all():
            break
    else:
        pytest.fail("every split tested a real image")
    assert np.isnan(study.majority_rate_)
    assert "No real image was tested." in study.limits()
    assert study.table().loc["constant guess"].isna().all(axis=None)
    written = {path.relative_to(tmp_path).as_posix() for path in study.report(tmp_path)}
    assert written == set(REPORT_FILES)
    assert compare_protocols(study, honest)["on real"].isna().all()
