"""From the first fit to the next one, into another process, and Ctrl-C between."""

import pickle
import subprocess
import sys
import textwrap
from copy import copy, deepcopy

import joblib
import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from tiny_samplers import TINY_GAN, TINY_VANILLA_GAN

from skwbc import (
    AugmentationOverSampler,
    CNNClassifier,
    CNNRNNClassifier,
    CompactCNNClassifier,
    GANOverSampler,
    Pipeline,
    make_pipeline,
)

pytestmark = pytest.mark.usefixtures("untraced")

SMALL = {"filters": (4,), "dense_units": 8, "epochs": 2, "random_state": 0, "dtype": "float32"}
STEADY = {**SMALL, "validation_fraction": 0, "dropout": 0, "dense_dropout": 0, "batch_size": 24}
ESTIMATORS = {
    "CNN": CNNClassifier(**SMALL),
    "CNN-RNN": CNNRNNClassifier(**SMALL, lstm_units=3),
    "compact CNN": CompactCNNClassifier(filters=(4,), epochs=2, random_state=0, dtype="float32"),
    "augmentation": AugmentationOverSampler(random_state=0),
    "GAN": TINY_GAN,
    "vanilla GAN": TINY_VANILLA_GAN,
    "pipeline": make_pipeline(AugmentationOverSampler(random_state=0), CNNClassifier(**SMALL)),
}


def copy_by_joblib(estimator, folder):
    joblib.dump(estimator, folder / "estimator.joblib")
    return joblib.load(folder / "estimator.joblib")


COPIES = {
    "pickle": lambda estimator, folder: pickle.loads(pickle.dumps(estimator)),
    "joblib": copy_by_joblib,
    "deepcopy": lambda estimator, folder: deepcopy(estimator),
    "copy": lambda estimator, folder: copy(estimator),
}


def learn(estimator, X, y):
    if hasattr(estimator, "fit_resample"):
        estimator.fit_resample(X, y)
    else:
        estimator.fit(X, y)
    return estimator


def ask(estimator, X):
    """Give what a fitted estimator knows: probabilities, images of class "b", or rows copied."""
    if hasattr(estimator, "predict_proba"):
        return estimator.predict_proba(X)
    if hasattr(estimator, "sample"):
        return estimator.sample(5, "b", random_state=0)
    return estimator.sample_indices_


class PressCtrlC(keras.callbacks.Callback):
    """Interrupt the training at the end of an epoch."""

    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_end(self, epoch, logs=None):
        if epoch == self.epoch:
            raise KeyboardInterrupt


@pytest.mark.parametrize("name", ESTIMATORS)
def test_copies_know_and_learn_the_same(name, unbalanced, tmp_path):
    X, y = unbalanced
    estimator = ESTIMATORS[name]
    before = [make(estimator, tmp_path) for make in COPIES.values()]
    assert [repr(twin) for twin in before] == [repr(estimator)] * len(before)
    fitted, again = (learn(twin, X, y) for twin in before[:2])
    np.testing.assert_array_equal(ask(fitted, X), ask(again, X))
    for make in COPIES.values():
        np.testing.assert_array_equal(ask(make(fitted, tmp_path), X), ask(fitted, X))


@pytest.mark.usefixtures("traced")
def test_a_fitted_pipeline_travels_to_another_process(unbalanced, tmp_path):
    X, y = unbalanced
    pipeline = clone(ESTIMATORS["pipeline"]).fit(X, y)
    joblib.dump((pipeline, X), tmp_path / "pipeline.joblib")
    program = """
        import sys, joblib
        pipeline, X = joblib.load(sys.argv[1] + "/pipeline.joblib")
        joblib.dump(pipeline.predict_proba(X), sys.argv[1] + "/probabilities.joblib")
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(program), tmp_path], check=True)
    there = joblib.load(tmp_path / "probabilities.joblib")
    np.testing.assert_allclose(there, pipeline.predict_proba(X), rtol=1e-6)


def test_a_cold_start_begins_anew(images):
    X, y = images
    classifier = CNNClassifier(**SMALL).fit(X, y)
    expected = classifier.predict_proba(X)
    np.testing.assert_array_equal(classifier.fit(X, y).predict_proba(X), expected)
    assert classifier.n_epochs_ == 2


@pytest.mark.parametrize("by", [None, "pickle", "deepcopy"])
def test_a_warm_start_goes_on_with_weights_and_optimiser(images, by, tmp_path):
    X, y = images
    at_once = CNNClassifier(**{**STEADY, "epochs": 4}).fit(X, y)
    twice = CNNClassifier(**STEADY, warm_start=True).fit(X, y)
    twice = twice if by is None else COPIES[by](twice, tmp_path)
    twice.fit(X, y)
    assert twice.n_epochs_ == 4
    np.testing.assert_allclose(twice.history_["loss"], at_once.history_["loss"], rtol=1e-4)
    np.testing.assert_allclose(twice.predict_proba(X), at_once.predict_proba(X), rtol=1e-3)


@pytest.mark.parametrize("learn", ["fit", "partial_fit"])
def test_what_is_loaded_draws_as_what_lived_on(images, learn):
    settings = {**STEADY, "dropout": 0.5, "dense_dropout": 0.5, "augmentation": "cells"}
    live = CNNClassifier(**settings, warm_start=True).fit(*images)
    loaded = pickle.loads(pickle.dumps(live))
    for classifier in (live, loaded):
        getattr(classifier, learn)(*images)
    np.testing.assert_allclose(loaded.history_["loss"], live.history_["loss"], rtol=1e-5)


def test_a_warm_start_keeps_the_best_epoch_of_its_last_fit(images):
    X, y = images
    classifier = CNNClassifier(**SMALL, warm_start=True).fit(X, y).fit(X, y)
    assert {name: len(values) for name, values in classifier.history_.items()} == dict.fromkeys(
        ("loss", "accuracy", "val_loss", "val_accuracy"), 4
    )
    assert classifier.best_epoch_ in (2, 3)


def test_a_warm_start_takes_a_new_learning_rate(images):
    X, y = images
    classifier = CNNClassifier(**STEADY, warm_start=True).fit(X, y)
    before = classifier.network_.get_weights()
    classifier.set_params(learning_rate=1e-12).fit(X, y)
    for old, new in zip(before, classifier.network_.get_weights(), strict=True):
        np.testing.assert_allclose(new, old, atol=1e-8)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": np.arange(24) % 3}, r"goes on with classes \[0, 1\]; received \[0, 1, 2\]"),
        ({"X": np.zeros((24, 9, 8, 3))}, "Expected images of shape"),
        ({"X": np.linspace(0, 1, 24 * 192).reshape(24, 8, 8, 3)}, "0 to 255; received 0 to 1"),
    ],
)
def test_a_warm_start_on_something_else_is_refused(images, change, message):
    X, y = images
    classifier = CNNClassifier(**SMALL, warm_start=True).fit(X, y)
    expected = classifier.predict_proba(X)
    with pytest.raises(ValueError, match=message):
        classifier.fit(**{"X": X, "y": y, **change})
    np.testing.assert_array_equal(classifier.predict_proba(X), expected)


def test_partial_fits_are_the_epochs_of_a_fit(images):
    X, y = images
    fitted = CNNClassifier(**STEADY).fit(X, y)
    in_parts = CNNClassifier(**STEADY)
    for _ in range(2):
        in_parts.partial_fit(X, y, classes=[0, 1])
    assert in_parts.n_epochs_ == 2
    np.testing.assert_allclose(in_parts.history_["loss"], fitted.history_["loss"], rtol=1e-4)
    np.testing.assert_allclose(in_parts.predict_proba(X), fitted.predict_proba(X), rtol=1e-3)


def test_a_part_need_not_have_all_classes(classifier_in_parts, images):
    X, _ = images
    for c in ("blue", "red", "green"):
        classifier_in_parts.partial_fit(X[:4], np.full(4, c), classes=["red", "green", "blue"])
    assert classifier_in_parts.classes_.tolist() == ["blue", "green", "red"]
    assert classifier_in_parts.predict_proba(X).shape == (24, 3)


@pytest.fixture(params=["CNN", "CNN-RNN"])
def classifier_in_parts(request):
    return clone(ESTIMATORS[request.param])


def test_a_partial_fit_goes_on_from_a_fit(images):
    X, y = images
    classifier = CNNClassifier(**SMALL).fit(X, y)
    classifier.partial_fit(X, y)
    assert classifier.n_epochs_ == 3
    assert np.isnan(classifier.history_["val_loss"]).tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "classes must be passed on the first call to partial_fit"),
        ({"classes": [1]}, "at least 2 classes; received 1 class"),
        ({"classes": [1, 2]}, r"y holds classes that were not trained: \[0\]"),
    ],
)
def test_a_bad_part_is_named(images, arguments, message):
    classifier = CNNClassifier(**SMALL)
    with pytest.raises(ValueError, match=message):
        classifier.partial_fit(*images, **arguments)
    with pytest.raises(NotFittedError):
        classifier.predict(images[0])
    classifier.partial_fit(*images, classes=[0, 1])


def test_a_first_part_that_fails_leaves_no_classifier(images):
    classifier = CNNClassifier(**SMALL, class_weight={5: 1.0})
    with pytest.raises(ValueError, match=r"class_weight names \[5\]"):
        classifier.partial_fit(*images, classes=[0, 1])
    with pytest.raises(NotFittedError):
        classifier.predict(images[0])


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_warm_start_that_fails_leaves_the_weights(images, error, monkeypatch):
    classifier = CNNClassifier(**SMALL, warm_start=True).fit(*images)
    before = classifier.predict_proba(images[0])

    def fail(*arguments):
        raise error

    monkeypatch.setattr(CNNClassifier, "_record", fail)  # behind the training
    for learn in (classifier.fit, classifier.partial_fit):
        with pytest.raises(error):
            learn(*images)
        assert classifier.n_epochs_ == 2
        np.testing.assert_array_equal(classifier.predict_proba(images[0]), before)


def test_a_warm_start_that_fails_at_its_end_leaves_the_history(images, monkeypatch):
    classifier = CNNClassifier(**SMALL, warm_start=True).fit(*images)
    before = {name: list(values) for name, values in classifier.history_.items()}
    train = CNNClassifier._train

    def fail(self, *arguments, **settings):
        train(self, *arguments, **settings)
        raise RuntimeError

    monkeypatch.setattr(CNNClassifier, "_train", fail)
    with pytest.raises(RuntimeError):
        classifier.fit(*images)
    assert classifier.history_ == before
    assert classifier.n_epochs_ == 2


@pytest.mark.parametrize("travels", [False, True])
def test_a_training_that_diverged_leaves_the_optimizer(images, travels):
    classifier = CNNClassifier(**STEADY).partial_fit(*images, classes=[0, 1])
    if travels:
        classifier = pickle.loads(pickle.dumps(classifier))
    expected = deepcopy(classifier).partial_fit(*images).predict_proba(images[0])
    classifier.set_params(learning_rate=1e30, batch_size=6)
    with pytest.raises(ValueError, match="The training diverged"):
        classifier.partial_fit(*images)
    classifier.set_params(learning_rate=CNNClassifier().learning_rate, batch_size=24)
    np.testing.assert_allclose(
        classifier.partial_fit(*images).predict_proba(images[0]), expected, rtol=1e-5
    )


def test_a_default_of_keras_changes_no_warm_start(images):
    classifier = CNNClassifier(**STEADY, warm_start=True)
    expected = clone(classifier).fit(*images).fit(*images).predict_proba(images[0])
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        probabilities = classifier.fit(*images).fit(*images).predict_proba(images[0])
    finally:
        keras.config.set_dtype_policy(before)
    np.testing.assert_allclose(probabilities, expected, rtol=1e-5)


def test_balanced_parts_weigh_classes_by_all_images_so_far(images):
    X, y = images
    parts = [np.flatnonzero(y == 0)[:6], np.r_[np.flatnonzero(y == 1)[:2], 0]]
    assert [y[part].tolist() for part in parts] == [[0] * 6, [1, 1, 0]]
    balanced = CNNClassifier(**SMALL, class_weight="balanced")
    by_hand = CNNClassifier(**SMALL)
    for part, weights in zip(parts, [{}, {0: 9 / (2 * 7), 1: 9 / (2 * 2)}], strict=True):
        balanced.partial_fit(X[part], y[part], classes=[0, 1])
        by_hand.set_params(class_weight=weights).partial_fit(X[part], y[part], classes=[0, 1])
        with pytest.raises(ValueError, match="class_weight names"):  # and does not count
            balanced.set_params(class_weight={7: 1}).partial_fit(X, y)
        balanced.set_params(class_weight="balanced")
    np.testing.assert_allclose(balanced.predict_proba(X), by_hand.predict_proba(X), rtol=1e-6)


def test_ctrl_c_keeps_the_best_epoch_and_says_so(images):
    X, y = images
    whole = CNNClassifier(**{**SMALL, "epochs": 3}).fit(X, y)
    classifier = CNNClassifier(**{**SMALL, "epochs": 9}, callbacks=[PressCtrlC(2)])
    with pytest.warns(UserWarning, match="interrupted after 3 of 9 epochs. The weights of epoch"):
        classifier.fit(X, y)
    assert classifier.interrupted_
    assert classifier.n_epochs_ == 3
    assert classifier.best_epoch_ == whole.best_epoch_
    assert not whole.interrupted_
    np.testing.assert_array_equal(classifier.predict_proba(X), whole.predict_proba(X))


def test_ctrl_c_before_the_first_epoch_ends_leaves_a_classifier(images):
    X, y = images
    stop = keras.callbacks.LambdaCallback(on_train_batch_end=interrupt)
    classifier = CNNClassifier(**SMALL, callbacks=[stop])
    with pytest.warns(UserWarning, match="after 0 of 2 epochs. The weights of that moment"):
        classifier.fit(X, y)
    assert classifier.predict_proba(X).shape == (24, 2)


def interrupt(batch, logs):
    raise KeyboardInterrupt


def test_after_ctrl_c_a_warm_start_goes_on(images):
    X, y = images
    classifier = CNNClassifier(
        **{**STEADY, "epochs": 9}, warm_start=True, callbacks=[PressCtrlC(2)]
    )
    with pytest.warns(UserWarning, match="interrupted"):
        classifier.fit(X, y)
    assert classifier.interrupted_
    classifier.set_params(epochs=2, callbacks=None).fit(X, y)
    assert not classifier.interrupted_
    assert classifier.n_epochs_ == 5


def test_each_gan_is_trained_once_for_each_fold_of_a_search(unbalanced, tmp_path, monkeypatch):
    X, _ = unbalanced
    y = np.repeat(["a", "b", "c"], [14, 10, 6])
    trainings = []
    train = GANOverSampler._train
    monkeypatch.setattr(
        GANOverSampler,
        "_train",
        lambda self, X, *more: trainings.append(len(X)) or train(self, X, *more),
    )
    pipeline = Pipeline(
        [("gan", clone(ESTIMATORS["GAN"])), ("clf", CNNClassifier(**SMALL))], memory=str(tmp_path)
    )
    grid = {"clf__dropout": [0.1, 0.3]}
    search = GridSearchCV(pipeline, grid, cv=2, refit=False, error_score="raise")
    search.fit(X, y)
    assert len(search.cv_results_["params"]) == 2
    assert len(trainings) == 2
