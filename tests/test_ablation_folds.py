"""A study of several splits: what it compares, keeps and finds again."""

import numpy as np
import pandas as pd
import pytest
from dummy_studies import (
    ARMS,
    FAILING,
    GROUPS,
    N_FITS,
    CountingClassifier,
    Y,
    fit_once,
    list_finished,
    make_images,
    make_study,
    run,
)
from numpy.testing import assert_array_equal
from sklearn.exceptions import DataConversionWarning
from sklearn.model_selection import GroupKFold

from skwbc import AblationStudy, AugmentationOverSampler, CNNClassifier
from skwbc._ablation_files import REPORT_FILES
from skwbc._ablation_splits import list_splits


@pytest.fixture(scope="module")
def study():
    return fit_once()


def test_every_image_is_tested_once_a_repeat(study):
    assert [split[:2] for split in study.splits_] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    for repeat in (0, 1):
        tests = [split.test for split in study.splits_ if split.repeat == repeat]
        assert sorted(np.concatenate(tests)) == list(range(40))
    assert set(study.splits_[0].test) != set(study.splits_[2].test)
    for split in study.splits_:
        sides = [set(GROUPS[rows]) for rows in split[2:]]
        assert sum(map(len, sides)) == len(set.union(*sides)) == 20


def test_first_repeat_does_not_depend_on_the_number(study):
    once = run(n_repeats=1)[0]
    assert len(once.splits_) == 2
    assert_array_equal(once.splits_[1].test, study.splits_[1].test)
    rows = study.predictions_
    rows = rows[rows["repeat"] == 0].reset_index(drop=True)
    pd.testing.assert_frame_equal(
        once.predictions_.sort_values(["arm", "row"], ignore_index=True),
        rows.sort_values(["arm", "row"], ignore_index=True),
    )


def test_groups_larger_than_a_small_class_holds_out():
    # of 12 images of "b", 15 % are 2, but its groups are of 4
    groups = np.arange(40) // 4
    splits = list_splits(
        Y, groups, cv=None, n_repeats=3, test_size=0.2, validation_size=0.15, seed=0
    )
    for split in splits:
        assert all(set(Y[rows]) == {"a", "b"} for rows in split[2:])
        sides = [set(groups[rows]) for rows in split[2:]]
        assert sum(map(len, sides)) == len(set.union(*sides)) == 10


def test_a_splitter_of_the_users():
    study = run(cv=GroupKFold(4), n_repeats=1)[0]
    assert [len(split.test) for split in study.splits_] == [10] * 4


@pytest.mark.parametrize("missing", [np.nan, None])
def test_missing_groups_are_refused(missing):
    groups = [*GROUPS[1:], missing]
    with pytest.raises(ValueError, match="some values of groups are missing"):
        make_study().fit(make_images(), Y, groups)
    with pytest.raises(ValueError, match="Expected one column of groups"):
        make_study().fit(make_images(), Y, np.column_stack([GROUPS, GROUPS]))


def test_a_fold_without_a_class_is_refused():
    class_by_class = GroupKFold(2)
    with pytest.raises(
        ValueError, match=r"Fold 0 of repeat 0 has no image of class '[ab]' to train"
    ):
        list_splits(
            Y,
            (Y == "b").astype(int),
            cv=class_by_class,
            n_repeats=1,
            test_size=0.2,
            validation_size=0.3,
            seed=0,
        )


def test_a_splitter_that_leaks_is_refused():
    class Leaky:
        def get_n_splits(self, X=None, y=None, groups=None):
            return 1

        def split(self, X, y, groups=None):
            yield np.arange(40), np.arange(10)

    with pytest.raises(ValueError, match="Fold 0 of `cv` tests on images that it also trains on"):
        make_study(cv=Leaky()).fit(make_images(), Y)


@pytest.mark.usefixtures("unrendered")
def test_table_and_report_of_many_splits(study, tmp_path):
    table = study.table()
    assert table.loc["common", "dummy"]["test"].item() == pytest.approx(0.7)
    assert table.index[-1] == ("constant guess", "a")
    assert "in 4 splits" in study.limits()[0]
    assert len(study.report(tmp_path)) == len(REPORT_FILES)


def test_a_sampler_is_trained_once_a_split(study):
    seconds = study.results_[study.results_["metric"] == "sampler_seconds"]
    assert seconds["arm"].unique().tolist() == ["copies"]
    assert len(seconds) == 4
    assert study.sampler_seconds_ == {"copies": pytest.approx(seconds["value"].sum())}


def test_a_sampler_is_paid_for_though_its_first_arm_fails():
    copies = ARMS["copies"] | {"strategy": "constant", "constant": "fail"}
    study = run(ARMS | {"copies": copies})[0]
    seconds = study.results_[study.results_["metric"] == "sampler_seconds"]
    assert seconds["arm"].unique().tolist() == ["copies, common"]
    assert study.sampler_seconds_ == {"copies": pytest.approx(seconds["value"].sum())}
    assert list(study.synthetic_) == ["copies"]


def test_seeds_differ_between_splits_and_not_between_arms():
    seeds = []

    class Seeded(CountingClassifier):
        def fit(self, X, y, sample_weight=None):
            seeds.append(self.random_state)
            return super().fit(X, y)

    models = {"first": Seeded(), "second": Seeded()}
    arms = {name: {"strategy": "uniform"} for name in ("one", "two")}
    study = AblationStudy(models, arms, cv=2, n_repeats=2).fit(make_images(), Y, GROUPS)
    one, two = np.reshape(seeds, (4, 2, 2)).swapaxes(0, 1)  # by split and model
    assert_array_equal(one, two)
    assert [len(set(of_model)) for of_model in one.T] == [4, 4]
    answers = study.predictions_.drop(columns="arm")
    one, two = (answers[study.predictions_["arm"] == arm].reset_index(drop=True) for arm in arms)
    pd.testing.assert_frame_equal(one, two)


def test_a_fit_that_fails_is_recorded_and_the_rest_goes_on():
    study = run(FAILING, n_repeats=1)[0]
    failures = study.failures_
    assert failures["arm"].tolist() == ["failing"] * 2
    assert "RuntimeError: it was told to" in failures["traceback"][0]
    scores = study.results_[study.results_["arm"] == "failing"]
    assert scores["value"].isna().all()
    assert set(scores["metric"]) == {"accuracy", "balanced_accuracy", "macro_f1"}
    assert study.limits()[-1].endswith("repeat 0, fold 1: RuntimeError: it was told to")
    failed = study.table().loc["failing", "dummy"]
    assert np.isnan(failed["test"].item())
    assert failed["test 95 %"] == ""
    assert np.isnan(study.compare("common").loc["accuracy", "dummy", "failing"]["difference"])


def test_classes_in_one_column_are_a_list(study):
    with pytest.warns(DataConversionWarning, match="A column-vector y was passed"):
        again = make_study().fit(make_images(), Y[:, None], GROUPS)
    pd.testing.assert_frame_equal(again.predictions_, study.predictions_)


def test_report_with_a_model_that_failed_in_one_arm(tmp_path):
    class Picky(CountingClassifier):
        def fit(self, X, y, sample_weight=None):
            if self.strategy == "stratified":
                raise RuntimeError("not like that")
            return super().fit(X, y)

    models = {"dummy": CountingClassifier(), "picky": Picky()}
    arms = {name: ARMS[name] for name in ("common", "random", "copies")}
    study = AblationStudy(models, arms, validation_size=0.3).fit(make_images(), Y, GROUPS)
    assert len(study.failures_) == 2
    assert len(study.report(tmp_path)) == len(REPORT_FILES)
    assert "could not be compared" in study.verdict()[1]


def test_a_failure_can_end_the_study():
    with pytest.raises(RuntimeError, match="it was told to"):
        run(FAILING, error_score="raise")


def test_failure_of_all_is_an_error():
    with pytest.raises(ValueError, match=r"All 4 fits failed.*(?s:.)*it was told to"):
        run({"failing": FAILING["failing"]})


def test_a_seed_that_was_drawn_is_kept():
    drawn = run(random_state=None)[0]
    again = run(random_state=drawn.seed_)[0]
    pd.testing.assert_frame_equal(again.predictions_, drawn.predictions_)
    assert run(random_state=7)[0].seed_ == 7


def test_side_by_side(study, tmp_path):
    parallel = make_study(n_jobs=2, folder=tmp_path).fit(make_images(), Y, GROUPS)
    pd.testing.assert_frame_equal(parallel.predictions_, study.predictions_)
    assert len(list_finished(tmp_path)) == N_FITS


def test_copies_across_a_border_are_named():
    X = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 1), dtype=np.uint8)
    X[1], X[20] = np.rot90(X[0]), X[0] // 2 + 9
    with pytest.warns(UserWarning, match=r"nearly the same.*: rows 0 and (1|20)") as told:
        torn = make_study(n_repeats=3).fit(X, Y)
    assert told[0].filename == __file__
    assert set(torn.siblings_.to_numpy().ravel()) <= {0, 1, 20}
    assert len(np.unique(torn.groups_)) == 38
    assert "The 40 images count as 38" in torn.limits()[1]
    assert "pairs of near-duplicates are on both sides" in torn.limits()[2]
    whole = make_study(n_repeats=3).fit(X, Y, torn.groups_)  # a warning would be an error
    assert whole.siblings_.empty


@pytest.mark.usefixtures("unrendered", "untraced")
def test_parameters_are_chosen_on_training_images(tmp_path):
    models = {"small": CNNClassifier(filters=(2,), dense_units=4, epochs=1)}
    study = AblationStudy(
        models,
        {"copies": {"sampler": AugmentationOverSampler()}},
        param_grid={"small": {"dense_units": [2, 3]}},
    ).fit(make_images(), Y)
    ((fit, chosen),) = study.best_params_.items()
    assert fit == ("copies", "small", 0, 0)
    assert chosen["classifier__dense_units"] in (2, 3)
    page, text = (path.read_text() for path in study.report(tmp_path)[:2])
    assert "Chosen parameters" in page
    assert "<th>dense_units</th>" in page
    assert "| arm | model | dense_units |\n" in text
    assert f"| copies | small | {chosen['classifier__dense_units']} |\n" in text
    told = (
        "The seconds of small hold the search for parameters, that is the fits of all candidates."
    )
    assert told in study.limits()


def test_parameters_are_chosen_in_folds_of_whole_groups():
    sizes, halves = [], []

    class Watching(CountingClassifier):
        def fit(self, X, y, sample_weight=None):
            seen = {image.tobytes() for image in X}
            rows = [row for row, image in enumerate(make_images()) if image.tobytes() in seen]
            groups = np.bincount(GROUPS[rows], minlength=20)
            sizes.append(len(rows))
            halves.append(int((groups == 1).sum()))
            return super().fit(X, y)

    study = AblationStudy(
        {"watching": Watching()},
        {"alone": {}},
        validation_size=0.3,
        param_grid={"watching": {"strategy": ["most_frequent", "stratified"]}},
    ).fit(make_images(), Y, GROUPS)
    n_train = len(study.splits_[0].train)
    assert [size < n_train for size in sizes] == [True] * 6 + [False]
    assert halves == [0] * 7
