"""Tables of what the fits of a study did."""

import numpy as np
import pytest
from dummy_studies import (
    Y,
    make_images,
)
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import LeaveOneGroupOut, PredefinedSplit

from skwbc import (
    AblationStudy,
    AugmentationOverSampler,
    _ablation_store,
    _ablation_study_fits,
    _versions,
)
from skwbc._ablation_files import REPORT_FILES
from skwbc._ablation_fit import Evaluation
from skwbc._ablation_results import refuse_failure_of_all, tabulate_results
from skwbc._ablation_run import Fit
from skwbc._ablation_verdict import tell_verdict


class ConstantClassifier(ClassifierMixin, BaseEstimator):
    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


class UnchangingSampler(BaseEstimator):
    def fit_resample(self, X, y):
        return X, y


def make_evaluation(**seconds):
    return Evaluation(metrics={"fit": {"n_images": 9} | seconds})


def tell_seconds(evaluations, **settings):
    """Give the seconds of samplers by arm, model and repeat."""
    samplers = {"GAN": "GAN", "GAN, again": "GAN"}
    table = tabulate_results(evaluations, samplers, 0.0, **settings)
    assert set(table["metric"]) == {"n_images", "sampler_seconds"}
    table = table[table["metric"] == "sampler_seconds"]
    return table.set_index(["arm", "model", "repeat"])["value"].to_dict()


def test_seconds_of_a_sampler_are_charged_once_a_split():
    evaluations = {
        Fit(arm, "net", repeat, 0): make_evaluation(sampler_seconds=2 + repeat)
        for repeat in (0, 1)
        for arm in ("original", "GAN", "GAN, again")
    }
    split_by_split = tell_seconds(evaluations, shares_samplers=False)
    assert split_by_split == {("GAN", "net", 0): 2, ("GAN", "net", 1): 3}
    assert tell_seconds(evaluations, shares_samplers=True) == {("GAN", "net", 0): 2}


def test_seconds_in_the_folds_of_a_search_are_added_once():
    evaluations = {
        Fit("GAN", "plain", 0, 0): make_evaluation(sampler_seconds=2),
        Fit("GAN", "searched", 0, 0): make_evaluation(sampler_seconds=2, search_sampler_seconds=5),
        Fit("GAN", "as well", 0, 0): make_evaluation(sampler_seconds=2, search_sampler_seconds=5),
        Fit("GAN", "searched", 1, 0): make_evaluation(sampler_seconds=3, search_sampler_seconds=7),
    }
    assert tell_seconds(evaluations, shares_samplers=False) == {
        ("GAN", "plain", 0): 2,
        ("GAN", "searched", 0): 5,
        ("GAN", "searched", 1): 10,
    }


def test_nearest_images_are_those_of_the_fold_that_is_shown():
    """Copies of training images have themselves for nearest ones, also if the first fold fails."""
    fits = []

    class FailingFirst(DummyClassifier):
        def fit(self, X, y, sample_weight=None):
            fits.append(len(X))
            if len(fits) == 1:
                raise RuntimeError("it was told to")
            return super().fit(X, y)

    copies = {"sampler": AugmentationOverSampler(horizontal_flip=False, rotation=0.0)}
    study = AblationStudy({"dummy": FailingFirst()}, {"copies": copies}, cv=3)
    study.fit(make_images(), Y)
    assert study.failures_["fold"].tolist() == [0]
    display = study.nearest_["copies"]
    assert len(display.fake) == 6
    np.testing.assert_array_equal(display.nearest, display.fake)


class UpperLeft(TransformerMixin, BaseEstimator):
    """Cut a window from images, brighter by what `fit` saw."""

    def fit(self, X, y=None):
        self.least_ = X.min()
        return self

    def transform(self, X):
        return X[:, :3, :3] - self.least_


def test_nearest_images_are_as_the_sampler_saw_them():
    X = np.random.default_rng(0).integers(9, 256, (40, 4, 4, 1), dtype=np.uint8)
    copies = AugmentationOverSampler(horizontal_flip=False, rotation=0.0)
    steps = [("none", None), ("cut", UpperLeft()), ("same", "passthrough"), ("copies", copies)]
    study = AblationStudy({"dummy": DummyClassifier()}, {"cut": {"sampler": steps}}, cv=3)
    study.fit(X, Y)
    display = study.nearest_["cut"]
    assert display.fake.shape == (6, 3, 3, 1)
    np.testing.assert_array_equal(display.nearest, display.fake)


@pytest.mark.usefixtures("unrendered")
@pytest.mark.parametrize(
    ("counts", "n_folds", "shown"),
    [
        ((20, 12, 4), 2, ["b"]),  # of "c" one image is trained on, one validates, two are tested
        ((20, 12, 4), 4, ["b", "c"]),
        ((20, 4, 4), 2, []),
    ],
)
def test_a_class_of_one_training_image_has_no_nearest_images(counts, n_folds, shown, tmp_path):
    # each class is spread evenly, which StratifiedGroupKFold promises in no version
    cv = PredefinedSplit(np.concatenate([np.arange(n) % n_folds for n in counts]))
    X = np.random.default_rng(0).integers(0, 256, (sum(counts), 4, 4, 1), dtype=np.uint8)
    arms = {"original": {}, "augmented copies": {"sampler": AugmentationOverSampler()}}
    study = AblationStudy({"dummy": DummyClassifier()}, arms, cv=cv)
    study.fit(X, np.repeat(["a", "b", "c"], counts))
    assert study.failures_.empty
    assert set(study.synthetic_["augmented copies"][1]) == {"b", "c"}
    drawn = {arm: np.unique(display.labels).tolist() for arm, display in study.nearest_.items()}
    assert drawn == ({"augmented copies": shown} if shown else {})
    assert len(study.report(tmp_path)) == len(REPORT_FILES) - (not shown)


@pytest.mark.usefixtures("unrendered")
@pytest.mark.parametrize("cv", [LeaveOneGroupOut(), PredefinedSplit(np.arange(200) // 10 % 5)])
def test_a_constant_model_scores_as_the_constant_guess(cv, tmp_path):
    """Of 20 patients with 10 images each, 17 are healthy: not every fold tests an ill one."""
    patients = np.arange(200) // 10
    X = np.random.default_rng(0).integers(0, 256, (200, 4, 4, 1), dtype=np.uint8)
    y = np.where(np.isin(patients, [0, 1, 2]), "ill", "well")
    arms = {"majority": {}, "coin": {"strategy": "stratified"}}
    study = AblationStudy({"dummy": DummyClassifier(random_state=0)}, arms, cv=cv)
    study.fit(X, y, groups=patients)
    table = study.table()
    mine, guess = table.loc["majority", "dummy"], table.loc["constant guess"].iloc[0]
    scores = study.results_.query("split == 'test' and metric == 'balanced_accuracy'")["value"]
    n_partial = scores.isna().sum() // 2
    assert mine["test"] == pytest.approx(guess["test"])
    assert study.intervals().loc[("majority", "dummy", "balanced_accuracy"), "value"] == 0.5
    if n_partial == len(scores) // 2:
        assert np.isnan(mine["balanced"])
        assert "none tests every class" in tell_verdict(study)[0]
    else:
        assert mine["balanced"] == guess["balanced"] == 0.5
    assert any(
        f"{n_partial} of {len(scores) // 2} splits test no image" in t for t in study.limits()
    )
    study.report(tmp_path)


def test_the_score_of_a_failure_is_the_one_that_was_asked_for():
    class Failing(DummyClassifier):
        def fit(self, X, y, sample_weight=None):
            raise RuntimeError("it was told to")

    models = {"dummy": DummyClassifier(), "failing": Failing()}
    study = AblationStudy(models, {"original": {}}, error_score=0.0)
    study.fit(make_images(), Y)
    scores = study.results_.query("model == 'failing'").set_index("metric")["value"]
    assert scores.to_dict() == {"accuracy": 0, "balanced_accuracy": 0, "macro_f1": 0}


def test_estimators_without_constraints_can_be_studied():
    study = AblationStudy(
        {"mine": ConstantClassifier()}, {"original": {}, "same": {"sampler": UnchangingSampler()}}
    )
    study.fit(make_images(), Y)
    assert study.failures_.empty


def test_samplers_that_cannot_be_pickled_are_refused_at_once():
    copies = {"sampler": AugmentationOverSampler(sampling_strategy=lambda y: {"b": 20})}
    study = AblationStudy({"dummy": DummyClassifier()}, {"original": {}, "copies": copies})
    with pytest.raises(ValueError, match=r"pickled in arm 'copies'.*give it a name"):
        study.fit(make_images(), Y)


def test_images_that_another_version_drew_are_not_found(tmp_path, monkeypatch):
    copies = {"sampler": AugmentationOverSampler()}
    study = AblationStudy({"dummy": DummyClassifier()}, {"copies": copies}, folder=tmp_path)
    study.fit(make_images(), Y)
    drawn = []
    resample = AugmentationOverSampler.fit_resample

    def watch(self, X, y, **params):
        drawn.append(len(X))
        return resample(self, X, y, **params)

    monkeypatch.setattr(AugmentationOverSampler, "fit_resample", watch)
    study.fit(make_images(), Y)
    assert not drawn
    versions = _versions.read_versions() | {"skwbc": "9.9"}
    for module in (_ablation_study_fits, _ablation_store):
        monkeypatch.setattr(module, "read_versions", lambda: versions)
    study.fit(make_images(), Y)
    assert drawn


def test_the_failure_of_one_fit_is_told_as_one():
    failed = Evaluation(error="RuntimeError: no")
    with pytest.raises(ValueError, match=r"The only fit failed\. Its error:\nRuntimeError: no"):
        refuse_failure_of_all({1: failed})
    with pytest.raises(ValueError, match=r"All 2 fits failed\. The first of the errors:\nRuntime"):
        refuse_failure_of_all({1: failed, 2: failed})
