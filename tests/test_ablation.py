import json
import tempfile

import keras
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from PIL import Image
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score

from skwbc import (
    AblationStudy,
    AugmentationOverSampler,
    CNNClassifier,
    _ablation_study_fits,
)
from skwbc._ablation_figures import plot_synthetic
from skwbc._ablation_files import REPORT_FILES

pytestmark = pytest.mark.usefixtures("untraced")

ARMS = ["original", "traditional", "GAN", "GAN + traditional"]
N_PER_CLASS = 20
RESAMPLED = []  # (X, y) of each call of SpySampler.fit_resample
FITTED = []  # (augmentation, X, X_val, y_val) of each call of SpyClassifier.fit


class SpySampler(AugmentationOverSampler):
    def fit_resample(self, X, y, **params):
        RESAMPLED.append((X, y))
        self.fallback_ = {"b": "it is a spy"}
        return super().fit_resample(X, y, **params)


class SpyClassifier(CNNClassifier):
    def fit(self, X, y, sample_weight=None, *, X_val=None, y_val=None):
        FITTED.append((self.augmentation, X, X_val, y_val))
        return super().fit(X, y, sample_weight, X_val=X_val, y_val=y_val)


def make_classifier(epochs=4, **params):
    return SpyClassifier(filters=(4,), dense_units=8, epochs=epochs, patience=None, **params)


def make_cells():
    """40 images of 8x8x3 of the classes "a" (28), "b" (12), all different."""
    y = np.repeat(["a", "b"], [28, 12])
    X = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 3), dtype=np.uint8)
    return X, y


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A study of two models, fitted; its temporary files are in `study.scratch`.

    What was given to the spies is in `study.resampled` and `study.fitted`.
    """
    RESAMPLED.clear()
    FITTED.clear()
    models = {"one": make_classifier(), "two": make_classifier(random_state=5)}
    study = AblationStudy(models, gan=SpySampler(), samples_per_class=N_PER_CLASS)
    study.scratch = tmp_path_factory.mktemp("scratch")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(study.scratch))
        study.fit(*make_cells())
    study.resampled, study.fitted = RESAMPLED.copy(), FITTED.copy()
    return study


def get_rows_as_bytes(X):
    return [image.tobytes() for image in X]


def test_images_of_each_class_are_counted(study):
    assert study.classes_.tolist() == ["a", "b"]
    assert study.class_counts_.tolist() == [28, 12]


def test_split_is_stratified_and_complete(study):
    _, y = make_cells()
    (split,) = study.splits_
    assert [len(rows) for rows in split[2:]] == [28, 6, 6]
    assert sorted(np.concatenate(split[2:])) == list(range(40))
    assert all(set(y[rows]) == {"a", "b"} for rows in split[2:])


def test_sampler_sees_training_rows_once(study):
    X, y = make_cells()
    ((X_seen, y_seen),) = study.resampled
    assert_array_equal(X_seen, X[study.splits_[0].train])
    assert_array_equal(y_seen, y[study.splits_[0].train])


def test_all_arms_and_models_share_the_split(study):
    X, y = make_cells()
    assert [fitted[0] for fitted in study.fitted] == [None, None, *["traditional"] * 2] * 2
    for _, X_fit, X_val, y_val in study.fitted:
        assert_array_equal(X_fit[:28], X[study.splits_[0].train])
        assert_array_equal(X_val, X[study.splits_[0].validation])
        assert_array_equal(y_val, y[study.splits_[0].validation])
    assert [len(fitted[1]) for fitted in study.fitted] == [28] * 4 + [40] * 4


def test_no_held_out_row_is_trained_on(study):
    X, _ = make_cells()
    held_out = np.concatenate([study.splits_[0].validation, study.splits_[0].test])
    held_out = set(get_rows_as_bytes(X[held_out]))
    assert all(held_out.isdisjoint(get_rows_as_bytes(fitted[1])) for fitted in study.fitted)


def test_predictions_are_of_the_test_rows(study):
    _, y = make_cells()
    predictions = study.predictions_
    assert list(predictions) == [
        *("arm", "model", "repeat", "fold", "row", "synthetic", "true", "predicted"),
        *("proba_a", "proba_b"),
    ]
    assert predictions.groupby(["arm", "model"]).size().tolist() == [6] * 8
    assert_array_equal(predictions["row"], np.tile(study.splits_[0].test, 8))
    assert_array_equal(predictions["true"], y[predictions["row"]])
    assert not predictions["synthetic"].any()
    probabilities = predictions[["proba_a", "proba_b"]].to_numpy()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)
    assert_array_equal(predictions["predicted"], study.classes_[probabilities.argmax(axis=1)])


def test_results_follow_from_predictions(study):
    results = study.results_
    assert list(results) == ["arm", "model", "repeat", "fold", "split", "metric", "value"]
    assert list(results["arm"].unique()) == ARMS
    assert set(results["split"]) == {"train", "validation", "test", "fit"}
    assert results.loc[results["split"] != "fit", "value"].between(0, 1).all()
    assert (results[["repeat", "fold"]] == 0).all(axis=None)
    assert not results.duplicated(["arm", "model", "split", "metric"]).any()
    values = results.set_index(["arm", "model", "split", "metric"])["value"].to_dict()
    for fit, rows in study.predictions_.groupby(["arm", "model"]):
        true, predicted = rows["true"], rows["predicted"]
        assert values[*fit, "test", "accuracy"] == accuracy_score(true, predicted)
        balanced = balanced_accuracy_score(true, predicted)
        assert values[*fit, "test", "balanced_accuracy"] == pytest.approx(balanced)
        macro = f1_score(true, predicted, average="macro")
        assert values[*fit, "test", "macro_f1"] == pytest.approx(macro)
        assert study.confusion_matrices_[fit].trace() == (true == predicted).sum()
        assert study.reports_[fit]["accuracy"] == accuracy_score(true, predicted)


def test_results_count_images_and_the_gan_once(study):
    fit = study.results_[study.results_["split"] == "fit"]
    counts = fit.pivot(index=["arm", "model"], columns="metric", values="value")
    assert counts.loc["original", "n_images"].tolist() == [28, 28]
    assert counts.loc["GAN", "n_images"].tolist() == [40, 40]
    assert counts.loc["GAN", "n_synthetic_images"].tolist() == [12, 12]
    paid = counts["sampler_seconds"].dropna()
    assert paid.index.tolist() == [("GAN", "one")]
    assert study.sampler_seconds_ == {"GAN": paid.iloc[0]}
    assert paid.iloc[0] > 0


def test_arms_take_equal_steps(study):
    fit = study.results_[study.results_["metric"] == "n_epochs"]
    by_arm = fit.pivot(index="arm", columns="model", values="value")
    # 28 real images are a batch of 32, 40 with the synthetic ones are two
    assert by_arm.loc["original"].tolist() == [4, 4]
    assert by_arm.loc["GAN"].tolist() == [2, 2]


def test_best_epoch_is_the_most_accurate_in_validation(study):
    assert list(study.best_epochs_) == [(arm, name, 0, 0) for arm in ARMS for name in study.models]
    for fit, epoch in study.best_epochs_.items():
        accuracy, loss = (study.histories_[fit][f"val_{name}"] for name in ("accuracy", "loss"))
        scores = list(zip(accuracy, np.negative(loss), strict=True))
        assert epoch == scores.index(max(scores))


def test_estimators_that_are_given_are_left_alone(study):
    assert study.models["one"].random_state is None
    assert study.models["one"].augmentation is None
    assert study.gan.sampling_strategy == "auto"
    assert not hasattr(study.models_["one"], "classes_")


def test_temporary_memory_is_removed(study):
    assert list(study.scratch.iterdir()) == []


def test_synthetic_images_are_of_each_class_that_needs_them(study):
    images, labels = study.synthetic_["GAN"]
    assert images.shape == (6, 8, 8, 3)
    assert images.dtype == np.uint8
    assert labels.tolist() == ["b"] * 6
    assert study.real_[1].tolist() == ["a"] * 6 + ["b"] * 6


def test_nearest_training_images_are_found(study):
    X, y = make_cells()
    display = study.nearest_["GAN"]
    assert_array_equal(display.fake, study.synthetic_["GAN"][0])
    of_class = X[study.splits_[0].train][y[study.splits_[0].train] == "b"]
    poses = {np.rot90(i, k)[:, ::f].tobytes() for i in of_class for k in range(4) for f in (1, -1)}
    assert all(image.tobytes() in poses for image in display.nearest)
    assert len(display.ratios) == 6


def test_table_ends_with_the_constant_guess(study):
    table = study.table()
    fits = [(arm, model) for arm in ARMS for model in ("one", "two")]
    assert table.index.tolist() == [*fits, ("constant guess", "a")]
    last = table.iloc[-1]
    assert last["test"] == table.attrs["majority_rate"] == study.majority_rate_ == 4 / 6
    assert last["balanced"] == 0.5
    assert last["test 95 %"] == "0.300-0.903"  # Wilson, by hand from 4 of 6
    assert np.isnan(last["seconds"])


def test_limits_name_the_sizes(study):
    text = " ".join(study.limits())
    assert "28 to train, 6 to choose the epoch, 6 to test" in text
    assert "66.7%" in text


def test_limits_say_which_class_is_not_the_gans(study):
    assert study.fallback_ == {"GAN": {"b": "it is a spy"}}
    assert study.limits()[-1] == (
        "The rows with the sampler of 'GAN' hold no image of its GAN for class b: it is a spy."
    )
    assert study.fallback_counts_ == {"GAN": {"b": 1}}


def test_figure_says_which_class_is_not_the_gans(study, monkeypatch):
    _, ax = plot_synthetic(study).axes
    assert ax.get_title() == "synthetic: GAN\n(no images of the GAN: b)"
    monkeypatch.setattr(study, "fallback_", {})
    assert plot_synthetic(study).axes[1].get_title() == "synthetic: GAN"


def test_report_is_complete_and_can_be_read(study, tmp_path):
    paths = study.report(tmp_path / "new" / "report")
    assert [path.relative_to(tmp_path / "new/report").as_posix() for path in paths] == [
        *REPORT_FILES
    ]
    page, table, results, predictions, content, *figures = paths
    assert sorted(paths) == sorted(p for p in (tmp_path / "new").rglob("*") if p.is_file())
    pd.testing.assert_frame_equal(pd.read_csv(results), study.results_)
    read = pd.read_csv(predictions)
    assert_array_equal(read["predicted"], study.predictions_["predicted"])
    content = json.loads(content.read_text())
    (first, *_) = content["differences"]
    assert (first["score"], first["baseline"], first["arm"]) == (
        *("accuracy", "traditional", "original"),
    )
    assert {row["class"] for row in content["class_table"]} == {"a", "b"}
    assert content["splits"][0]["test"] == study.splits_[0].test.tolist()
    assert content["settings"]["models"]["two"]["random_state"] == 5
    assert content["settings"]["arms"]["GAN"]["sampler"][0]["class"] == "SpySampler"
    assert len(content["fits"]) == len(content["rows"]) == 8
    assert content["fits"][0]["history"] == study.histories_["original", "one", 0, 0]
    assert {"skwbc", "tensorflow"} <= set(content["versions"])
    assert table.read_text().count("\n| ") == 11 + 10  # scores and intervals
    assert page.read_text().count("<img ") == 6
    for figure in figures:
        with Image.open(figure) as image:
            assert min(image.size) > 100


def test_report_that_fails_leaves_the_old_file(study, tmp_path, monkeypatch):
    study.report(tmp_path)
    (tmp_path / "predictions.csv").write_text("old")
    broken = study.predictions_.copy()
    monkeypatch.setattr(study, "predictions_", broken)

    def fail(path, index):
        path.write_text("half")
        raise OSError("No space left on device")

    object.__setattr__(broken, "to_csv", fail)
    with pytest.raises(OSError, match="No space left"):
        study.report(tmp_path)
    assert (tmp_path / "predictions.csv").read_text() == "old"
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


class Stopped(Exception):
    pass


@pytest.fixture
def no_training(monkeypatch):
    def stop(*arguments, **settings):
        raise Stopped

    monkeypatch.setattr(_ablation_study_fits, "run_tasks", stop)


def split(random_state=0, groups=None):
    X = np.random.default_rng(0).integers(0, 256, (140, 4, 4, 1), dtype=np.uint8)
    y = np.repeat(["a", "b"], 70)
    study = AblationStudy(random_state=random_state)
    with pytest.raises(Stopped):
        study.fit(X, y, groups)
    return study.splits_[0]


@pytest.mark.usefixtures("no_training")
def test_split_depends_on_the_seed_alone():
    assert_array_equal(split(3).test, split(3).test)
    assert set(split(3).test) != set(split(4).test)


@pytest.mark.usefixtures("no_training")
def test_groups_stay_on_one_side():
    groups = np.arange(140) // 2
    sides = [set(groups[rows]) for rows in split(groups=groups)[2:]]
    assert sum(map(len, sides)) == len(set.union(*sides)) == 70


@pytest.mark.usefixtures("no_training")
def test_groups_of_one_column_are_a_list():
    groups = np.arange(140) // 2
    assert_array_equal(split(groups=groups[:, None]).test, split(groups=groups).test)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (["a"] * 20, "at least 2 classes; received 1 class: 'a'"),
        (["a"] * 17 + ["b"] * 3, "at least 4 images of every class.* 'b' has 3"),
    ],
)
def test_too_few_images_are_refused(y, message):
    with pytest.raises(ValueError, match=message):
        AblationStudy().fit(np.zeros((20, 4, 4, 1)), y)


def test_groups_that_hide_a_class_are_refused():
    y = np.repeat(["a", "b"], [60, 10])
    groups = np.r_[np.arange(60) // 3, np.full(10, 99)]
    with pytest.raises(ValueError, match=r"at least 2 groups in every class.*'b'"):
        AblationStudy().fit(np.zeros((70, 4, 4, 1)), y, groups)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"models": {}}, "at least one model"),
        ({"arms": {}}, "at least one arm"),
        ({"param_grid": {"one": {}}}, r"names \['one'\], but the models are \['CNN', 'CNN-RNN'\]"),
        ({"cv": 1}, "'cv' parameter"),
        ({"test_size": 1.0}, "'test_size' parameter"),
        ({"samples_per_class": 0}, "'samples_per_class' parameter"),
        ({"gan": CNNClassifier()}, "'gan' parameter"),
    ],
)
def test_parameters_are_checked_before_training(parameters, message):
    with pytest.raises(ValueError, match=message):
        AblationStudy(**parameters).fit(*make_cells())


@pytest.mark.filterwarnings("ignore:Training was interrupted:UserWarning")
def test_ctrl_c_ends_the_study_and_not_one_classifier():
    X, y = make_cells()
    press = keras.callbacks.LambdaCallback(on_epoch_end=interrupt)
    models = {"one": make_classifier(callbacks=[press])}
    study = AblationStudy(models, gan=AugmentationOverSampler(), samples_per_class=N_PER_CLASS)
    with pytest.raises(KeyboardInterrupt):
        study.fit(X, y)
    assert not hasattr(study, "results_")


def interrupt(epoch, logs):
    raise KeyboardInterrupt
