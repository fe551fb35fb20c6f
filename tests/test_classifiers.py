import copy
import pickle
import random
from functools import partial

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from sklearn.base import clone, is_classifier
from sklearn.model_selection import GridSearchCV, StratifiedKFold, check_cv

from skwbc import CNNClassifier, CNNRNNClassifier
from skwbc._images import PixelRange
from skwbc.networks._cell_augmentation import build_cell_augmentation
from skwbc.networks._far_augmentation import build_far_augmentation
from skwbc.networks._pose import build_traditional_augmentation

pytestmark = pytest.mark.usefixtures("untraced")

SMALL = {"filters": (4,), "dense_units": 8, "epochs": 2, "random_state": 0, "dtype": "float32"}
AUGMENTATIONS = {
    "traditional": build_traditional_augmentation,
    "cells": partial(build_cell_augmentation, 0, 255),
    "laboratories": partial(build_far_augmentation, 0, 255),
}


@pytest.fixture(params=[CNNClassifier, CNNRNNClassifier])
def classifier(request):
    more = {} if request.param is CNNClassifier else {"lstm_units": 3}
    return request.param(**SMALL, **more)


def test_defaults_are_the_published_ones():
    for cls, filters in ((CNNClassifier, (32, 64, 64)), (CNNRNNClassifier, (32, 64))):
        params = cls().get_params()
        assert params["filters"] == filters
        assert params["epochs"] == 50
        assert params["patience"] is None
        assert params["validation_fraction"] == 0.15


@pytest.mark.usefixtures("traced")
def test_it_learns(classifier, images):
    X, y = images
    classifier.set_params(filters=(8,), dense_units=16, epochs=20, batch_size=4, dense_dropout=0)
    classifier.set_params(learning_rate=0.003)
    assert classifier.fit(X, y).score(X, y) == 1.0


def test_fitted_attributes(classifier, images):
    X, y = images
    classifier.fit(X, np.array(["red", "blue"])[y])
    assert classifier.classes_.tolist() == ["blue", "red"]
    assert classifier.n_features_in_ == 192
    assert classifier.image_shape_ == (8, 8, 3)
    assert set(classifier.history_) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert len(classifier.history_["loss"]) == classifier.n_epochs_ == 2
    assert set(classifier.predict(X)) <= {"red", "blue"}


def test_probabilities_are_rows_that_sum_to_one(classifier, images):
    X, y = images
    classifier.fit(X, y)
    for n in (1, 5, 24):
        probabilities = classifier.predict_proba(X[:n])
        assert probabilities.shape == (n, 2)
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("dtype", ["float64", "mixed_bfloat16"])
def test_probabilities_are_read_from_the_embedding(classifier, images, dtype):
    X, y = images
    classifier.set_params(dtype=dtype, epochs=1).fit(X, y)
    embedded, probabilities = classifier.embed(X), classifier.predict_proba(X)
    assert embedded.shape == (24, 8)
    assert embedded.dtype == probabilities.dtype
    weights, bias = classifier.network_.layers[-1].layers[-1].get_weights()
    exponentials = np.exp(embedded @ weights + bias)
    expected = exponentials / exponentials.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(probabilities, expected, rtol=1e-5)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(classifier)).embed(X), embedded)
    np.testing.assert_array_equal(classifier.embed(X.reshape(24, -1)), embedded)


def test_all_forms_of_the_images_are_one(classifier, images):
    X, y = images
    expected = classifier.fit(X, y).predict_proba(X)
    flat = X.reshape(len(X), -1)
    for form in (flat, pd.DataFrame(flat), np.asfortranarray(X), X.astype("float64")):
        np.testing.assert_allclose(classifier.predict_proba(form), expected, rtol=1e-6)
    again = clone(classifier).set_params(image_shape=(8, 8, 3)).fit(flat, y)
    np.testing.assert_array_equal(again.predict_proba(X), expected)


def test_more_images_than_a_prediction_batch(images, monkeypatch):
    X, y = images
    classifier = CNNClassifier(**SMALL).fit(X, y)
    expected, embedded = classifier.predict_proba(X), classifier.embed(X)
    monkeypatch.setattr("skwbc._prediction.PREDICTION_BATCH_SIZE", 7)
    np.testing.assert_allclose(classifier.predict_proba(X), expected, rtol=1e-5)
    np.testing.assert_allclose(classifier.embed(X), embedded, rtol=1e-5, atol=1e-6)


def test_the_best_validation_epoch_is_kept(images):
    X, y = images
    classifier = CNNClassifier(**{**SMALL, "epochs": 6, "learning_rate": 0.01})
    classifier.fit(X[:16], y[:16], X_val=X[16:], y_val=y[16:])
    scores = list(
        zip(classifier.history_["val_accuracy"], classifier.history_["val_loss"], strict=True)
    )
    best = max(range(6), key=lambda i: (scores[i][0], -scores[i][1]))
    assert classifier.best_epoch_ == best
    probabilities = classifier.predict_proba(X[16:])[np.arange(8), y[16:]]
    np.testing.assert_allclose(-np.log(probabilities).mean(), scores[best][1], rtol=1e-4)


def test_the_best_epoch_is_kept_behind_callbacks_that_keep_another(images):
    X, y = images
    spoil = keras.callbacks.LambdaCallback(
        on_train_end=lambda logs: spoil.model.set_weights(
            [0 * w for w in spoil.model.get_weights()]
        )
    )
    settings = {**SMALL, "epochs": 4, "learning_rate": 0.01}
    alone = CNNClassifier(**settings).fit(X, y)
    spoilt = CNNClassifier(**settings, callbacks=[spoil]).fit(X, y)
    np.testing.assert_array_equal(spoilt.predict_proba(X), alone.predict_proba(X))


def test_a_training_that_diverges_is_no_classifier(images):
    spoil = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: spoil.model.set_weights(
            [np.nan * w for w in spoil.model.get_weights()]
        )
    )
    classifier = CNNClassifier(**SMALL, validation_fraction=0, callbacks=[spoil])
    with pytest.raises(ValueError, match="diverged: weights of the network are NaN or infinite"):
        classifier.fit(*images)
    assert not hasattr(classifier, "network_")


@pytest.mark.parametrize("learning_rate", [1, np.float32(1e-3)])
def test_any_number_is_a_learning_rate(images, learning_rate):
    settings = {**SMALL, "learning_rate": learning_rate, "validation_fraction": 0}
    classifier = CNNClassifier(**{**settings, "epochs": 1}).fit(*images)
    assert list(classifier.history_) == ["loss", "accuracy"]


def test_patience_stops_early(images):
    X, y = images
    classifier = CNNClassifier(**{**SMALL, "epochs": 30, "patience": 2, "learning_rate": 0.5})
    classifier.fit(X, y)
    assert classifier.n_epochs_ == classifier.best_epoch_ + 3 < 30


def test_without_validation_the_last_epoch_is_kept(images):
    X, y = images
    classifier = CNNClassifier(**SMALL, validation_fraction=0).fit(X, y)
    assert set(classifier.history_) == {"loss", "accuracy"}
    assert classifier.best_epoch_ == 1


@pytest.mark.usefixtures("traced")
def test_a_step_is_traced_once(images, monkeypatch):
    traced, step = [], keras.Model.train_step
    monkeypatch.setattr(
        keras.Model, "train_step", lambda self, data: traced.append(self) or step(self, data)
    )
    classifier = CNNClassifier(**SMALL, batch_size=7, warm_start=True).fit(*images)
    assert len(traced) == 1
    classifier.fit(*images)
    assert len(traced) == 2  # once in each fit


def test_same_seed_same_network(classifier, images):
    X, y = images
    classifier.set_params(augmentation="traditional", epochs=1)
    first, again, other = (
        clone(classifier).set_params(random_state=seed).fit(X, y).predict_proba(X)
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)


def test_traditional_augmentation_leaves_tables_alone(classifier, images):
    X, y = images
    table = X.reshape(len(X), -1)
    usual, traditional = (
        clone(classifier).set_params(augmentation=augmentation).fit(table, y).predict_proba(table)
        for augmentation in (None, "traditional")
    )
    np.testing.assert_array_equal(traditional, usual)


@pytest.mark.usefixtures("traced")
def test_no_global_generator_is_touched(classifier, images):
    before = np.random.get_state()[1].copy(), random.getstate()  # noqa: NPY002
    tf.random.set_seed(0)
    expected = tf.random.uniform(()).numpy()
    tf.random.set_seed(0)
    classifier.set_params(augmentation="traditional").fit(*images)
    assert tf.random.uniform(()).numpy() == expected
    np.testing.assert_array_equal(np.random.get_state()[1], before[0])  # noqa: NPY002
    assert random.getstate() == before[1]


def test_a_seeded_fit_leaves_an_unseeded_one_possible(images):
    CNNClassifier(**SMALL).fit(*images)
    CNNClassifier(**{**SMALL, "random_state": None}).fit(*images)


def test_pickle_and_deepcopy(classifier, images):
    X, y = images
    expected = classifier.fit(X, y).predict_proba(X)
    for twin in (pickle.loads(pickle.dumps(classifier)), copy.deepcopy(classifier)):
        np.testing.assert_array_equal(twin.predict_proba(X), expected)


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_an_augmentation_is_called_by_its_name(images, name):
    X = images[0].astype(np.float32)
    classifier = CNNClassifier(augmentation=name)
    classifier.pixel_range_ = PixelRange.of(images[0])
    pixels = keras.Input((8, 8, 3))
    network = keras.Model(pixels, keras.layers.Identity()(pixels))
    changed = np.asarray(classifier._augmented(network, seed=3)(X, training=True))
    np.testing.assert_array_equal(changed, AUGMENTATIONS[name](seed=3)(X, training=True))
    assert (changed != X).any(axis=(1, 2, 3)).mean() > 0.8


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_augmentation_is_only_for_training(images, name):
    X, y = images
    settings = {**SMALL, "epochs": 1, "validation_fraction": 0}
    classifier = CNNClassifier(**settings, augmentation=name).fit(X, y)
    assert classifier.history_["loss"] != CNNClassifier(**settings).fit(X, y).history_["loss"]
    np.testing.assert_allclose(classifier.network_(X), classifier.predict_proba(X), rtol=1e-5)
    np.testing.assert_array_equal(classifier.predict_proba(X), classifier.predict_proba(X))


def test_a_keras_layer_augments_in_the_units_of_the_images(images):
    X, y = images
    layer = keras.layers.RandomBrightness(0.1, value_range=(0, 255), seed=0)
    classifier = CNNClassifier(**SMALL, augmentation=layer).fit(X, y)
    plain = CNNClassifier(**SMALL).fit(X, y)
    assert classifier.augmentation is layer
    assert classifier.history_["loss"] != plain.history_["loss"]


def test_weight_zero_is_as_good_as_absent(images):
    X, y = images
    weights = np.r_[np.ones(20), np.zeros(4)]
    settings = {**SMALL, "validation_fraction": 0}
    weighted = CNNClassifier(**settings).fit(X, y, sample_weight=weights)
    shorter = CNNClassifier(**settings).fit(X[:20], y[:20])
    np.testing.assert_array_equal(weighted.predict_proba(X), shorter.predict_proba(X))


def test_class_weight_is_a_sample_weight(images):
    X, y = images
    class_weight = {0: 1.0, 1: 3.0}
    settings = {**SMALL, "validation_fraction": 0}
    weights = np.where(y == 1, 3.0, 1.0)
    kept = weights.copy()
    by_class = CNNClassifier(**settings, class_weight=class_weight).fit(X, y)
    by_sample = CNNClassifier(**settings).fit(X, y, sample_weight=weights)
    np.testing.assert_array_equal(by_class.predict_proba(X), by_sample.predict_proba(X))
    assert class_weight == {0: 1.0, 1: 3.0}
    np.testing.assert_array_equal(weights, kept)


def test_callbacks_are_called(images):
    epochs = []
    callback = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: epochs.append(epoch))
    CNNClassifier(**SMALL, callbacks=[callback]).fit(*images)
    assert epochs == [0, 1]


def test_float64_all_the_way(images):
    classifier = CNNClassifier(**{**SMALL, "dtype": "float64"}).fit(*images)
    assert classifier.predict_proba(images[0]).dtype == np.float64


def test_an_integer_cv_is_stratified(images):
    X, y = images
    classifier = CNNClassifier(**SMALL)
    assert is_classifier(classifier)
    assert isinstance(check_cv(3, y, classifier=is_classifier(classifier)), StratifiedKFold)
    search = GridSearchCV(classifier, {"dropout": [0.1, 0.4]}, cv=2, error_score="raise")
    search.fit(X[np.argsort(y)], np.sort(y))  # unstratified folds would hold one class each
    assert search.cv_results_["mean_test_score"].shape == (2,)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": np.zeros(24)}, "at least 2 classes; received 1 class"),
        ({"y": np.r_[np.zeros(23), 1]}, "at least 2 images of every class"),
        ({"X": np.full((24, 8, 8, 3), np.nan)}, "contains NaN"),
        ({"X": np.zeros((24, 5))}, "Expected images of shape"),
        ({"X": np.zeros(24)}, "Reshape your data"),
        ({"X": np.zeros((23, 8, 8, 3))}, "inconsistent numbers of samples"),
        ({"y": np.linspace(0, 1, 24)}, "Unknown label type"),
        ({"X_val": np.zeros((2, 8, 8, 3))}, "together or not at all"),
        (
            {"X_val": np.zeros((2, 8, 8, 3)), "y_val": [0, 7]},
            r"that were not trained: \[7\]",
        ),
        ({"X_val": np.zeros((2, 9, 8, 3)), "y_val": [0, 1]}, "received"),
        ({"sample_weight": np.ones(3)}, "sample_weight"),
        ({"class_weight": {0: np.nan}}, "in class_weight finite numbers of 0 or more"),
        ({"class_weight": {0: -5, 1: 1}}, "in class_weight finite numbers of 0 or more"),
        ({"class_weight": {0: 0, 1: 0}}, "not 0 for all classes"),
    ],
)
def test_bad_input_is_named(images, change, message):
    arguments = {"X": images[0], "y": images[1], **change}
    class_weight = arguments.pop("class_weight", None)
    classifier = CNNClassifier(**SMALL, image_shape=(8, 8, 3), class_weight=class_weight)
    with pytest.raises(ValueError, match=message):
        classifier.fit(**arguments)


def test_images_of_another_size_than_in_fit_are_named(images):
    classifier = CNNClassifier(**SMALL).fit(*images)
    with pytest.raises(ValueError, match=r"Expected images of shape \(8, 8, 3\).*\(4, 16, 3\)"):
        classifier.predict(np.zeros((1, 4, 16, 3), np.uint8))


@pytest.mark.parametrize(
    "wrong", [{"dropout": 1.0}, {"epochs": 0}, {"augmentation": "mixup"}, {"dtype": "int8"}]
)
def test_parameters_are_checked_in_fit(images, wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        CNNClassifier(**{**SMALL, **wrong}).fit(*images)
