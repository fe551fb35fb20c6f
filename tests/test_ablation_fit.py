"""One fit of a study: the search in its training rows."""

import joblib
import numpy as np
import pytest
from sklearn import config_context
from sklearn.dummy import DummyClassifier

from skwbc import AblationStudy, AugmentationOverSampler, _ablation_fit

Y = np.array(["a", "b", "b"] * 30)
CLOCK = []  # what each fit took, by the clock of a test
FITTED = []  # of each call of a classifier's fit: its epochs, its images as bytes


class Network(DummyClassifier):
    """Learns nothing; tells what it is given."""

    def __init__(self, epochs=50, batch_size=4, knob=0):
        super().__init__()
        self.epochs = epochs
        self.batch_size = batch_size
        self.knob = knob

    def fit(self, X, y, sample_weight=None):
        FITTED.append((self.epochs, [image.tobytes() for image in X]))
        CLOCK.append(1)
        return super().fit(X, y)


class SlowSampler(AugmentationOverSampler):
    """Takes 1000 s an image, by the clock of a test."""

    def fit_resample(self, X, y, **params):
        CLOCK.append(1000 * len(X))
        return super().fit_resample(X, y, **params)


SAMPLER = AugmentationOverSampler(sampling_strategy=dict.fromkeys("ab", 300))
ARMS = {"original": {}, "GAN": {"sampler": SAMPLER}}


def run(param_grid, arms=ARMS, models=None, **parameters):
    """Fit a study; give it and what each fit of a classifier was given."""
    FITTED.clear()
    X = np.random.default_rng(0).integers(0, 256, (90, 4, 4, 1), dtype=np.uint8)
    models = {"net": Network()} if models is None else models
    study = AblationStudy(models, arms, param_grid=param_grid, **parameters).fit(X, Y)
    return study, list(FITTED)


def count_steps(fits):
    """Count the steps of the optimiser of each fit, up to whole epochs of 600 images."""
    return [epochs * -(-len(images) // 4) for epochs, images in fits]


@pytest.mark.parametrize("grid", [{"knob": [0]}, {"epochs": [50]}, {"epochs": [80], "knob": [0]}])
def test_arms_take_equal_steps_in_a_search(grid):
    _, fits = run({"net": grid})
    original, gan = count_steps(fits[:4]), count_steps(fits[4:])  # three folds, then all rows
    assert [len(images) for _, images in fits[4:]] == [600] * 4
    one_epoch = 150
    assert all(0 <= more - less < one_epoch for less, more in zip(original, gan, strict=True))
    assert original[-1] == grid.get("epochs", [50])[0] * 17  # of 4 images


def test_arms_take_equal_epochs_in_a_search_if_told():
    _, fits = run({"net": {"epochs": [50]}}, budget="epochs")
    assert [epochs for epochs, _ in fits] == [50] * 8


def test_all_arms_models_and_runs_search_in_the_same_folds():
    class Seeded(Network):
        def __init__(self, epochs=50, batch_size=4, knob=0, random_state=None):
            super().__init__(epochs, batch_size, knob)
            self.random_state = random_state

    models = {"net": Network(), "seeded": Seeded(random_state=3), "unset": Seeded()}
    grids = {name: {"knob": [0]} for name in models}
    arms = {"one": {}, "two": {"batch_size": 8}}
    _, fits = run(grids, arms, models)
    folds = [images for _, images in fits]
    assert len({tuple(images) for images in folds[:4]}) == 4
    assert folds == folds[:4] * 6
    assert run(grids, arms, models)[1] == fits
    assert run(grids, arms, models, random_state=1)[1] != fits


def test_samplers_in_the_folds_of_a_search_are_no_time_of_the_classifier(monkeypatch):
    CLOCK.clear()
    monkeypatch.setattr(_ablation_fit, "perf_counter", lambda: sum(CLOCK))
    arms = {"original": {}, "slow": {"sampler": SlowSampler()}}
    models = {"net": Network(), "other": Network(epochs=2)}
    grids = {name: {"knob": [0, 1]} for name in models}
    study, _ = run(grids, arms, models)
    trained = [seconds for seconds in CLOCK if seconds > 1]
    n_train = len(study.splits_[0].train)
    assert trained[0] == n_train * 1000
    assert len(trained) == 4  # on all training rows, and in each fold once
    assert sum(trained[1:]) == 2 * n_train * 1000
    seconds = study.results_.set_index(["metric", "arm", "model"])["value"]
    assert seconds["sampler_seconds"].to_dict() == {("slow", "net"): sum(trained)}
    assert study.sampler_seconds_ == {"slow": sum(trained)}
    assert seconds["classifier_seconds"].tolist() == [2 * 3 + 1] * 4


@pytest.mark.parametrize("open_memory", [str, joblib.Memory])
def test_a_memory_that_is_given_keeps_samplers_and_no_fits(tmp_path, monkeypatch, open_memory):
    CLOCK.clear()
    monkeypatch.setattr(_ablation_fit, "perf_counter", lambda: sum(CLOCK))
    memory = open_memory(tmp_path)
    first, fits = run(None, {"slow": {"sampler": SlowSampler()}}, memory=memory)
    arms = {"knob": {"sampler": SlowSampler(), "knob": 1}}
    again, fits_again = run(None, arms, {"other": Network(epochs=2)}, memory=memory)
    assert [len(fits), len(fits_again)] == [1, 1]
    (trained,) = (seconds for seconds in CLOCK if seconds > 1)
    assert first.sampler_seconds_ == {"slow": trained}
    assert again.sampler_seconds_ == {"knob": trained}


@pytest.mark.parametrize(("n_few", "expected"), [(1, 2), (2, 3)])
def test_a_search_leaves_out_folds_without_training_images_of_a_class(n_few, expected):
    y = np.array(["a"] * 12 + ["b"] * 12 + ["few"] * n_few)
    folds = _ablation_fit._list_folds(y, y, np.arange(len(y)), 0)
    assert len(folds) == expected
    assert all(set(y[fit]) == {"a", "b", "few"} for fit, _ in folds)


def test_a_search_without_training_images_of_each_class_is_refused():
    y = np.array(["a", "b", "a", "c", "a", "d"])
    with pytest.raises(ValueError, match="every class has training images"):
        _ablation_fit._list_folds(y, y, [0, 0, 1, 1, 2, 2], 0)


def test_a_misspelt_parameter_is_told_before_any_sampler_is_trained():
    CLOCK.clear()
    arms = {"slow": {"sampler": SlowSampler()}}
    with pytest.raises(ValueError, match="received 'nob'"):
        run({"net": {"nob": [0]}}, arms, error_score="raise")
    assert CLOCK == []


class InterruptedSampler(AugmentationOverSampler):
    """Was ended by Ctrl-C."""

    interrupted_ = True


class InterruptedNetwork(Network):
    """The second candidate of a search is ended by Ctrl-C."""

    def fit(self, X, y, sample_weight=None):
        super().fit(X, y, sample_weight)
        self.interrupted_ = len(FITTED) == 2
        return self


def test_a_candidate_that_was_interrupted_ends_the_study(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run({"net": {"knob": [0, 1]}}, models={"net": InterruptedNetwork()}, folder=tmp_path)
    assert len(FITTED) == 2
    assert not list((tmp_path / "fits").glob("*.npz"))


class Validated(Network):
    """Takes images to validate on."""

    def fit(self, X, y, sample_weight=None, *, X_val=None, y_val=None):
        assert len(X_val) == len(y_val)
        return super().fit(X, y, sample_weight)


def test_a_search_with_metadata_routing():
    with config_context(enable_metadata_routing=True):
        study, fits = run(
            {"net": {"knob": [0, 1]}}, models={"net": Validated()}, error_score="raise"
        )
    assert len(fits) == 2 * (2 * 3 + 1)
    assert study.failures_.empty


def test_without_a_sampler_no_image_is_copied_to_the_cache(tmp_path):
    run(None, {"original": {}, "knob": {"knob": 1}}, folder=tmp_path)
    assert not list(tmp_path.rglob("output.pkl"))


def test_the_cache_has_the_rows_of_a_sampler_once(tmp_path):
    run(None, {"GAN": {"sampler": SAMPLER}}, folder=tmp_path)
    assert sum(path.stat().st_size for path in tmp_path.rglob("output.pkl")) < 1.9 * 600 * (16 + 4)


def test_a_sampler_that_was_interrupted_ends_the_study(tmp_path):
    arms = {"GAN": {"sampler": InterruptedSampler(random_state=0)}}
    with pytest.raises(KeyboardInterrupt):
        run(None, arms, folder=tmp_path)
    assert not list((tmp_path / "fits").glob("*.npz"))
    assert not list(tmp_path.rglob("output.pkl"))
