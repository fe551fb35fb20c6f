"""Estimators come back from their files, and what can not be saved is named."""

import errno
import json
import warnings
import zipfile

import keras
import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import SMOTE, RandomOverSampler
from imblearn.pipeline import make_pipeline as make_imblearn_pipeline
from imblearn.under_sampling import RandomUnderSampler
from noise_images import make_images
from sklearn import config_context
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.feature_selection import VarianceThreshold
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline as make_sklearn_pipeline
from sklearn.preprocessing import (
    LabelEncoder,
    MaxAbsScaler,
    MinMaxScaler,
    RobustScaler,
    StandardScaler,
)
from sklearn.svm import SVC
from test_file_values import assert_same
from tiny_samplers import SHORT, TINY_GAN, TINY_VANILLA_GAN

import skwbc
from skwbc import (
    AugmentationOverSampler,
    CellCropper,
    CNNClassifier,
    CNNRNNClassifier,
    CompactCNNClassifier,
    GANOverSampler,
    StainNormalizer,
    make_pipeline,
)
from skwbc._file_classes import ESTIMATORS
from skwbc._pixel_smote import PixelSMOTE
from skwbc.metrics import CellFeatures, ClassifierFeatures, PixelFeatures

pytestmark = pytest.mark.usefixtures("untraced")

SMALL = {"filters": (4,), "dense_units": 4, "epochs": 1, "random_state": 0, "dtype": "float32"}
COMPACT = {"filters": (4, 4), "epochs": 1, "random_state": 0}
CNN = CNNClassifier(**SMALL)
STEADY = CNNClassifier(**SMALL, dropout=0, dense_dropout=0)
ON_IMAGES = {
    "CNN": CNN,
    "CNN-RNN": CNNRNNClassifier(**SMALL, lstm_units=3),
    "CNN in float64": clone(CNN).set_params(dtype="float64"),
    "compact CNN": CompactCNNClassifier(**COMPACT, dtype="mixed_bfloat16"),
    "augmented CNN": CNNClassifier(**SMALL, augmentation=keras.layers.RandomFlip("vertical")),
    "copies": AugmentationOverSampler(random_state=0),
    "GAN": TINY_GAN,
    "GAN and what stands in for it": GANOverSampler(
        **SHORT, min_class_size=9, generator_filters=(4,), discriminator_filters=(4,)
    ),
    "vanilla GAN": TINY_VANILLA_GAN,
    "SMOTE of pixels": PixelSMOTE(random_state=0),
    "cropper": CellCropper((4, 4), on_missing="center"),
    "Reinhard": StainNormalizer(),
    "Macenko": StainNormalizer(method="macenko"),
    "pixels": PixelFeatures(n_components=3, random_state=0),
    "cells": CellFeatures(),
    "embedding": ClassifierFeatures(CNN),
    "pipeline": make_pipeline(AugmentationOverSampler(random_state=0), StainNormalizer(), CNN),
}
ON_ROWS = {
    "standard": StandardScaler(),
    "frames": StandardScaler().set_output(transform="pandas"),
    "min and max": MinMaxScaler((0.25, 1)),
    "max": MaxAbsScaler(),
    "robust": RobustScaler(),
    "PCA": PCA(0.9, random_state=0),
    "variance": VarianceThreshold(1.0),
    "regression": LogisticRegression(class_weight={"a": 1, "b": 2.0, "c": 3}),
    "scikit-learn's pipeline": make_sklearn_pipeline(
        StandardScaler(), PCA(3), LogisticRegression()
    ),
    "imbalanced-learn's pipeline": make_imblearn_pipeline(
        RandomOverSampler(random_state=0), RandomUnderSampler(random_state=0), LogisticRegression()
    ),
    "mixed": make_pipeline(StandardScaler(), CNNClassifier(**SMALL, image_shape=(8, 8, 3))),
    "nested": make_sklearn_pipeline(
        make_sklearn_pipeline(MinMaxScaler(), "passthrough"), LogisticRegression()
    ),
}
EVERY = {**ON_IMAGES, **ON_ROWS}


@pytest.fixture(scope="module")
def data():
    """30 images of 8x8x3, uint8, of classes "a" (18), "b" (8) and "c" (4)."""
    return make_images(30)[0], np.repeat(["a", "b", "c"], [18, 8, 4])


@pytest.fixture(scope="module")
def rows(data):
    X, y = data
    X = X.reshape(len(X), -1)
    return pd.DataFrame(X, columns=[f"pixel{i}" for i in range(X.shape[1])]), y


def learn(estimator, X, y):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # classes are small, and photos show no cells
        if hasattr(estimator, "fit_resample"):
            estimator.fit_resample(X, y)
        else:
            estimator.fit(X, y)
    return estimator


def ask(estimator, X):
    """Give what a fitted estimator knows."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if hasattr(estimator, "predict_proba"):
            return estimator.predict_proba(X)
        if hasattr(estimator, "sample"):
            return [estimator.sample(3, c, random_state=0) for c in estimator.classes_]
        if hasattr(estimator, "transform"):
            return np.asarray(estimator.transform(X))
    return estimator.synthetic_mask_


def send(estimator, folder):
    skwbc.save(estimator, folder / "estimator.skwbc")
    return skwbc.load(folder / "estimator.skwbc")


@pytest.mark.parametrize("name", EVERY)
def test_an_estimator_comes_back_as_it_was(name, data, rows, tmp_path):
    X, y = data if name in ON_IMAGES else rows
    estimator = learn(clone(EVERY[name]), X, y)
    received = send(estimator, tmp_path)
    assert type(received) is type(estimator)
    assert repr(received) == repr(estimator)
    assert list(vars(received)) == list(vars(estimator))
    assert repr(clone(received)) == repr(estimator)
    np.testing.assert_equal(ask(received, X), ask(estimator, X))


@pytest.mark.parametrize("name", EVERY)
def test_an_unfitted_estimator_comes_back(name, tmp_path):
    received = send(clone(EVERY[name]), tmp_path)
    assert repr(received) == repr(EVERY[name])
    if hasattr(received, "__sklearn_is_fitted__"):
        assert not received.__sklearn_is_fitted__()


def test_every_class_was_tried():
    steps = [s for e in EVERY.values() for _, s in getattr(e, "steps", [])]
    tried = {type(e).__name__ for e in [*EVERY.values(), *steps]}
    assert tried | {"LabelEncoder"} >= {name.partition(":")[2] for name in ESTIMATORS}


def test_attributes_keep_their_types(data, tmp_path):
    X, y = data
    sampler = learn(clone(TINY_GAN), X, y)
    received = send(sampler, tmp_path)
    for name in ("sampling_strategy_", "classes_", "history_", "image_shape_", "pixel_range_"):
        assert_same(getattr(received, name), getattr(sampler, name))
    pd.testing.assert_frame_equal(received.report_, sampler.report_)
    assert received._sources.generator is received.generator_


def test_label_encoders_come_back(tmp_path):
    encoder = LabelEncoder().fit(np.array(["b", "a"], dtype=object))
    assert send(encoder, tmp_path).transform(["a", "b"]).tolist() == [0, 1]


@pytest.mark.parametrize("name", ["CNN without dropout", "GAN"])
def test_a_warm_start_goes_on_from_a_file(name, data, tmp_path):
    X, y = data
    estimator = clone(TINY_GAN if name == "GAN" else STEADY).set_params(warm_start=True)
    received = send(learn(estimator, X, y), tmp_path)
    np.testing.assert_equal(ask(learn(received, X, y), X), ask(learn(estimator, X, y), X))


def test_partial_fit_goes_on_from_a_file(data, tmp_path):
    X, y = data
    classifier = clone(STEADY).partial_fit(X, y, classes=["a", "b", "c"])
    received = send(classifier, tmp_path)
    expected = classifier.partial_fit(X, y).predict_proba(X)
    np.testing.assert_allclose(received.partial_fit(X, y).predict_proba(X), expected, rtol=1e-5)


def test_a_file_says_what_it_is(tmp_path):
    skwbc.save(CNN, tmp_path / "cnn.skwbc")
    with zipfile.ZipFile(tmp_path / "cnn.skwbc") as archive:
        manifest = json.loads(archive.read("manifest.json"))
    assert (manifest["format"], manifest["format_version"]) == ("skwbc estimator", 1)
    assert {"skwbc", "keras", "scikit-learn", "numpy"} <= manifest["versions"].keys()
    assert manifest["estimator"]["class"] == "skwbc:CNNClassifier"


class Mine(CNNClassifier):
    """A class of the user's."""


@pytest.mark.parametrize(
    ("estimator", "message"),
    [
        (SVC(), "SVC can't be saved. Classes that can: imblearn.over_sampling.RandomOverSampler, "),
        (Mine(), "Mine can't be saved. Classes that can: "),
        (CNNClassifier, "can't be saved. Classes that can: "),
        ([1], "list can't be saved"),
        (make_pipeline(SMOTE(), CNN), "SMOTE in steps of Pipeline can't be saved"),
        (
            CNNClassifier(callbacks=[keras.callbacks.TerminateOnNaN()]),
            r"callbacks of CNNClassifier can't be saved. Call set_params\(callbacks=None\) before",
        ),
        (
            make_pipeline(CNN, memory="cache"),
            r"memory of Pipeline can't be saved. Call set_params\(memory=None\) before",
        ),
        (
            CNNClassifier(random_state=np.random.RandomState(0)),
            "random_state of CNNClassifier can't be saved: it holds a RandomState",
        ),
        (
            CNNClassifier(augmentation=keras.layers.Lambda(lambda x: x)),
            "augmentation of CNNClassifier can't be saved: Expected a network of known Keras",
        ),
        (
            AugmentationOverSampler(sampling_strategy=len),
            "sampling_strategy of AugmentationOverSampler can't be saved: it holds a builtin",
        ),
    ],
    ids=lambda value: None if isinstance(value, str) else type(value).__name__,
)
def test_what_can_not_be_saved_is_named(estimator, message, tmp_path):
    with pytest.raises(TypeError, match=message):
        skwbc.save(estimator, tmp_path / "a.skwbc")
    assert not list(tmp_path.iterdir())


def test_the_classes_that_can_be_saved_are_named_as_users_import_them(tmp_path):
    with pytest.raises(TypeError) as caught:
        skwbc.save(SVC(), tmp_path / "a.skwbc")
    names = str(caught.value).partition("Classes that can: ")[2].removesuffix(".").split(", ")
    assert {"skwbc.CellCropper", "sklearn.pipeline.Pipeline"} <= set(names)
    assert len(names) == len(ESTIMATORS) - 1
    assert not [name for name in names if "._" in name]


def test_of_a_search_the_best_estimator_can_be_saved(rows, tmp_path):
    X, y = rows
    search = GridSearchCV(make_pipeline(PCA(2), LogisticRegression()), {"pca__n_components": [2]})
    search.fit(X, y == "a")
    with pytest.raises(
        TypeError, match=r"^GridSearchCV can't be saved. Save its best_estimator_.$"
    ):
        skwbc.save(search, tmp_path / "a.skwbc")
    received = send(search.best_estimator_, tmp_path)
    np.testing.assert_equal(received.predict(X), search.predict(X))


def test_a_place_that_can_not_be_written_is_named_as_it_was_given(tmp_path):
    path = tmp_path / f"{'x' * 248}.skwbc"
    with pytest.raises(OSError, match=r"'.*/x{248}\.skwbc'$"):
        skwbc.save(StainNormalizer(), path)


def test_callbacks_of_scikit_learn_are_named(tmp_path):
    callback = pytest.importorskip("sklearn.callback")
    classifier = clone(CNN).set_callbacks(callback.ProgressBar())
    with pytest.raises(TypeError, match=r"Call set_callbacks\(\) before"):
        skwbc.save(classifier, tmp_path / "a.skwbc")


def test_lists_without_end_are_refused(tmp_path):
    endless = []
    endless.append(endless)
    with pytest.raises(ValueError, match="CNNClassifier holds lists in lists without end"):
        skwbc.save(CNNClassifier(class_weight=endless), tmp_path / "a.skwbc")


def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.skwbc"
    skwbc.save(CNN, path)
    old = path.read_bytes()

    def fill(self, *args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", fill)
    with pytest.raises(OSError, match=r"No space left.*a.skwbc'$") as caught:
        skwbc.save(StainNormalizer(), path)
    assert caught.value.filename == str(path)
    assert path.read_bytes() == old
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_not_there_is_an_error_of_the_system(tmp_path):
    with pytest.raises(FileNotFoundError):
        skwbc.load(tmp_path / "a.skwbc")
    with pytest.raises(OSError, match="directory"):
        skwbc.load(tmp_path)


def test_requests_for_metadata_are_not_kept(images, tmp_path):
    with config_context(enable_metadata_routing=True):
        classifier = CNNClassifier(filters=(4,), dense_units=8, epochs=1, random_state=0)
        classifier.set_fit_request(sample_weight=True).fit(*images)
        skwbc.save(classifier, tmp_path / "model.skwbc")
    loaded = skwbc.load(tmp_path / "model.skwbc")
    assert_same(loaded.predict_proba(images[0]), classifier.predict_proba(images[0]))
