"""A study of several splits: what it compares, keeps and finds again."""

import errno
import os
import signal
import subprocess
import sys
import time
from collections import namedtuple

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import DataConversionWarning
from sklearn.model_selection import GroupKFold

from skwbc import AblationStudy, AugmentationOverSampler, CNNClassifier, _ablation_store
from skwbc._ablation_report import REPORT_FILES
from skwbc._ablation_splits import list_splits
from skwbc._ablation_statistics import corrected_t_test
from skwbc._ablation_store import as_folder

Y = np.repeat(["a", "b"], [28, 12])
GROUPS = np.arange(40) // 2
FITTED = []  # strategy of each call of CountingClassifier.fit


class CountingClassifier(DummyClassifier):
    """Learns nothing, and fast; fails if it is told to."""

    def fit(self, X, y, sample_weight=None):
        FITTED.append(self.strategy)
        if self.strategy == "constant" and self.constant == "fail":
            raise RuntimeError("it was told to")
        return super().fit(X, y)


ARMS = {
    "common": {"strategy": "most_frequent"},
    "random": {"strategy": "stratified"},
    "copies": {"strategy": "stratified", "sampler": AugmentationOverSampler()},
    "copies, common": {"strategy": "most_frequent", "sampler": AugmentationOverSampler()},
}


def make_images():
    return np.random.default_rng(0).integers(0, 256, (40, 4, 4, 1), dtype=np.uint8)


def make_study(arms=ARMS, **parameters):
    settings = {"cv": 2, "n_repeats": 2, "validation_size": 0.3} | parameters
    return AblationStudy({"dummy": CountingClassifier()}, arms, **settings)


def run(arms=ARMS, **parameters):
    """Fit a study; give it and the number of classifiers that it fitted."""
    FITTED.clear()
    study = make_study(arms, **parameters).fit(make_images(), Y, GROUPS)
    return study, len(FITTED)


@pytest.fixture(scope="module")
def study():
    return run()[0]


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
    assert constant.tolist() == [0.5, 0.5, 0.5]


def test_classes_are_pooled(study):
    table = study.class_table()
    assert table.loc["common", "dummy", "a"][["recall", "images"]].tolist() == [1, 56]
    assert table.loc["common", "dummy", "a"]["precision"] == pytest.approx(28 / 40)
    once = run(n_repeats=1)[0].class_table()
    ends = ["recall_low", "precision_high"]
    assert table.loc["common", "dummy", "a"][ends].tolist() == pytest.approx(
        once.loc["common", "dummy", "a"][ends].tolist()
    )


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


def test_seeds_differ_between_splits_and_not_between_arms(study):
    answers = study.predictions_[study.predictions_["arm"] == "random"]
    first, second = (answers[answers["repeat"] == r].sort_values("row") for r in (0, 1))
    assert first["predicted"].tolist() != second["predicted"].tolist()


FAILING = ARMS | {"failing": {"strategy": "constant", "constant": "fail"}}


def test_a_fit_that_fails_is_recorded_and_the_rest_goes_on():
    study = run(FAILING, n_repeats=1)[0]
    failures = study.failures_
    assert failures["arm"].tolist() == ["failing"] * 2
    assert "RuntimeError: it was told to" in failures["traceback"][0]
    scores = study.results_[study.results_["arm"] == "failing"]
    assert scores["value"].isna().all()
    assert set(scores["metric"]) == {"accuracy", "balanced_accuracy", "macro_f1"}
    assert study.limits()[-1].endswith("repeat 0, fold 1: RuntimeError: it was told to")
    assert np.isnan(study.table().loc["failing", "dummy"]["test"].item())
    assert np.isnan(study.compare("common").loc["accuracy", "dummy", "failing"]["difference"])


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


def test_finished_fits_are_found_again(tmp_path, study):
    first, n_first = run(folder=tmp_path)
    assert n_first == 16
    again, n_again = run(folder=tmp_path)
    assert n_again == 0
    pd.testing.assert_frame_equal(again.results_, first.results_)
    pd.testing.assert_frame_equal(again.predictions_, study.predictions_)
    assert_array_equal(again.synthetic_["copies"][0], study.synthetic_["copies"][0])


@pytest.mark.parametrize(
    ("change", "n_fits"),
    [
        ({"n_repeats": 3}, 8),
        ({"arms": ARMS | {"prior": {"strategy": "prior"}}}, 4),
        ({"budget": "epochs"}, 16),
        ({"random_state": 1}, 16),
        ({"n_jobs": 1, "verbose": 1}, 0),
    ],
)
def test_only_what_changed_is_done_again(tmp_path, change, n_fits):
    run(folder=tmp_path)
    assert run(folder=tmp_path, **change)[1] == n_fits


def test_all_is_done_again_and_nothing_else_is_touched(tmp_path):
    run(folder=tmp_path)
    (tmp_path / "cache" / "of the user").write_text("precious")
    before = sorted(tmp_path.rglob("*.npz"))
    assert run(folder=tmp_path, resume=False)[1] == 16
    assert sorted(tmp_path.rglob("*.npz")) == before
    assert (tmp_path / "cache" / "of the user").read_text() == "precious"


def test_a_seed_that_was_drawn_is_kept():
    drawn = run(random_state=None)[0]
    again = run(random_state=drawn.seed_)[0]
    pd.testing.assert_frame_equal(again.predictions_, drawn.predictions_)
    assert run(random_state=7)[0].seed_ == 7


@pytest.mark.parametrize("resume", [True, False, "only"])
def test_a_folder_needs_a_seed(tmp_path, resume):
    with pytest.raises(ValueError, match="Expected a random_state with `folder`, received None"):
        run(folder=tmp_path / "new", random_state=None, resume=resume)
    assert not (tmp_path / "new").exists()


def test_failed_fits_are_tried_again(tmp_path):
    assert run(FAILING, folder=tmp_path)[1] == 20
    study, n_fits = run(FAILING, folder=tmp_path)
    assert (len(study.failures_), n_fits) == (4, 4)


def test_fits_that_were_found_are_told(tmp_path, capsys):
    run(FAILING, folder=tmp_path)
    capsys.readouterr()
    run(FAILING, folder=tmp_path, verbose=1)
    lines = capsys.readouterr().err.splitlines()
    lines = [line.partition(": ")[2].split(", ") for line in lines if " of 20: " in line]
    assert len(lines) == 20
    assert all((arm == "failing") != ("found" in rest) for arm, *rest in lines)


def test_a_damaged_file_is_told_and_done_again(tmp_path):
    run(folder=tmp_path)
    damaged = next((tmp_path / "fits").glob("random-*.npz"))
    damaged.write_bytes(damaged.read_bytes()[:100])
    with pytest.warns(UserWarning, match="can't be read .*: this fit is done again"):
        assert run(folder=tmp_path)[1] == 1


def test_two_studies_in_one_folder_refuse_each_other(tmp_path):
    class Nested(CountingClassifier):
        def fit(self, X, y, sample_weight=None):
            make_study(folder=tmp_path).fit(make_images(), Y)

    study = AblationStudy({"nested": Nested()}, ARMS, folder=tmp_path, error_score="raise")
    with pytest.raises(BlockingIOError, match="Another study is at work in"):
        study.fit(make_images(), Y)
    run(folder=tmp_path)  # once the other has ended


def test_a_file_system_without_locks_is_told(tmp_path, monkeypatch):
    def refuse(handle):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(_ablation_store, "_lock", refuse)
    with pytest.warns(UserWarning, match="knows no locks .*See to it that no other study"):
        assert run(folder=tmp_path)[1] == 16


def test_a_relative_folder_is_meant_from_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert as_folder("here") == tmp_path / "here"


def test_full_disk_is_told_before_any_fit(tmp_path, monkeypatch):
    usage = namedtuple("Usage", "total used free")(10, 10, 0)
    monkeypatch.setattr("shutil.disk_usage", lambda folder: usage)
    FITTED.clear()
    with pytest.raises(OSError, match="has 0 MB left, but the study may need"):
        make_study(folder=tmp_path).fit(make_images(), Y)
    assert not FITTED


def test_folder_that_is_a_file(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        run(folder=tmp_path / "file")


def test_ctrl_c_keeps_the_fits_that_are_done(tmp_path, study):
    class Interrupted(CountingClassifier):
        def fit(self, X, y, sample_weight=None):
            if len(FITTED) == 7:
                raise KeyboardInterrupt
            return super().fit(X, y)

    FITTED.clear()
    settings = {"cv": 2, "n_repeats": 2, "validation_size": 0.3, "folder": tmp_path}
    models = {"dummy": Interrupted()}
    with pytest.raises(KeyboardInterrupt):
        AblationStudy(models, ARMS, **settings).fit(make_images(), Y, GROUPS)
    assert len(list((tmp_path / "fits").glob("*.npz"))) == 7
    FITTED[:] = ["of before"] * 8
    again = AblationStudy(models, ARMS, **settings).fit(make_images(), Y, GROUPS)
    assert len(FITTED) == 8 + 16 - 7
    pd.testing.assert_frame_equal(again.predictions_, study.predictions_)


def test_side_by_side(study, tmp_path):
    parallel = make_study(n_jobs=2, folder=tmp_path).fit(make_images(), Y, GROUPS)
    pd.testing.assert_frame_equal(parallel.predictions_, study.predictions_)
    assert len(list((tmp_path / "fits").glob("*.npz"))) == 16


def test_copies_across_a_border_are_named():
    X = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 1), dtype=np.uint8)
    X[1], X[20] = np.rot90(X[0]), X[0] // 2 + 9
    with pytest.warns(UserWarning, match=r"nearly the same.*: rows 0 and (1|20)"):
        torn = make_study(n_repeats=3).fit(X, Y)
    assert set(torn.siblings_.to_numpy().ravel()) <= {0, 1, 20}
    assert len(np.unique(torn.groups_)) == 38
    assert "The 40 images count as 38" in torn.limits()[1]
    assert "pairs of near-duplicates are on both sides" in torn.limits()[2]
    whole = make_study(n_repeats=3).fit(X, Y, torn.groups_)  # a warning would be an error
    assert whole.siblings_.empty


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
    page = study.report(tmp_path)[0].read_text()
    assert "Chosen parameters" in page
    assert "<th>dense_units</th>" in page


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


KILLED = """
import sys, time
sys.path.insert(0, {tests!r})
from test_ablation_folds import ARMS, GROUPS, Y, CountingClassifier, make_images
from skwbc import AblationStudy

class Slow(CountingClassifier):
    def fit(self, X, y, sample_weight=None):
        time.sleep({seconds})
        return super().fit(X, y)

study = AblationStudy(
    {{"dummy": Slow()}}, ARMS, cv=2, n_repeats=2, validation_size=0.3, folder={folder!r}
)
study.fit(make_images(), Y, GROUPS)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no such signal")
def test_a_killed_study_goes_on(tmp_path):
    def start(seconds):
        script = KILLED.format(
            tests=os.path.dirname(__file__), seconds=seconds, folder=str(tmp_path)
        )
        return subprocess.Popen([sys.executable, "-c", script])

    process = start(0.3)
    deadline = time.monotonic() + 120
    while len(list(tmp_path.glob("fits/[!.]*.npz"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    n_done = len(list(tmp_path.glob("fits/[!.]*.npz")))
    assert 3 <= n_done < 16
    (tmp_path / "fits" / ".half.0123.npz").write_bytes(b"half")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.glob("fits/[!.]*.npz")}
    assert start(0).wait() == 0
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert len(list(tmp_path.glob("fits/[!.]*.npz"))) == 16
    assert not list(tmp_path.glob("fits/.*"))
