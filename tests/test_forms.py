"""An image is the same image in every form that an array can have."""

import numpy as np
import pandas as pd
import pytest
from noise_images import make_images
from sklearn.base import clone

from skwbc import CNNClassifier, CNNRNNClassifier, CompactCNNClassifier

SHAPE = (8, 8, 3)
SMALL = {
    "filters": (4,),
    "dense_units": 8,
    "epochs": 2,
    "image_shape": SHAPE,
    "dtype": "float32",
    "random_state": 0,
}
COMPACT = {name: value for name, value in SMALL.items() if name != "dense_units"}
CLASSIFIERS = {
    "CNN": CNNClassifier(**SMALL),
    "CNN-RNN": CNNRNNClassifier(**SMALL, lstm_units=3),
    "compact CNN": CompactCNNClassifier(**COMPACT),
}


def write_memmap(X, folder):
    path = folder / "images.npy"
    np.save(path, X)
    return np.load(path, mmap_mode="r")


def make_read_only(X):
    X = X.copy()
    X.setflags(write=False)
    return X


FORMS = {
    "4-D": lambda X, _: X,
    "flat": lambda X, _: X.reshape(len(X), -1),
    "frame": lambda X, _: pd.DataFrame(X.reshape(len(X), -1)).add_prefix("pixel"),
    "nested lists": lambda X, _: X.tolist(),
    "Fortran order": lambda X, _: np.asfortranarray(X),
    "strided": lambda X, _: np.repeat(X, 2, axis=0)[::2],
    "memmap": write_memmap,
    "read-only": lambda X, _: make_read_only(X),
    "uint8": lambda X, _: X.astype(np.uint8),
    "int64": lambda X, _: X.astype(np.int64),
    "float32": lambda X, _: X.astype(np.float32),
    "float64": lambda X, _: X.astype(np.float64),
}
FITTED_ON = ["4-D", "flat", "frame", "nested lists", "memmap", "float32"]


@pytest.mark.filterwarnings("ignore:X (has|does not have valid) feature names:UserWarning")
@pytest.mark.parametrize("fitted_on", FITTED_ON)
@pytest.mark.parametrize("name", CLASSIFIERS)
def test_what_is_fitted_on_one_form_predicts_on_all(name, fitted_on, tmp_path):
    X, y = make_images(24, SHAPE)
    before = X.copy()
    classifier = clone(CLASSIFIERS[name]).fit(FORMS[fitted_on](X, tmp_path), y)
    expected = classifier.predict_proba(X)
    for form in FORMS.values():
        images = form(X, tmp_path)
        np.testing.assert_array_equal(classifier.predict(images), expected.argmax(axis=1))
        np.testing.assert_allclose(classifier.predict_proba(images), expected, rtol=1e-5)
    np.testing.assert_array_equal(X, before)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_the_form_of_the_training_images_says_nothing(name, tmp_path):
    X, y = make_images(24, SHAPE)
    expected = clone(CLASSIFIERS[name]).fit(X, y).predict_proba(X)
    for form in ("frame", "Fortran order", "memmap"):
        images = FORMS[form](X, tmp_path)
        again = clone(CLASSIFIERS[name]).fit(images, y).predict_proba(images)
        np.testing.assert_array_equal(again, expected)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_grey_images_have_one_channel_or_none(name):
    X, y = make_images(24, (8, 8, 1))
    classifier = clone(CLASSIFIERS[name]).set_params(image_shape=None).fit(X[..., 0], y)
    assert classifier.image_shape_ == (8, 8, 1)
    np.testing.assert_array_equal(classifier.predict_proba(X), classifier.predict_proba(X[..., 0]))


@pytest.fixture(scope="module")
def fitted():
    return clone(CLASSIFIERS["CNN"]).fit(*make_images(24, SHAPE))


def test_one_image_has_one_row_of_probabilities(fitted):
    X, _ = make_images(24, SHAPE)
    for one in (X[:1], X[:1].reshape(1, -1)):
        probabilities = fitted.predict_proba(one)
        assert probabilities.shape == (1, 2)
        assert probabilities.sum() == pytest.approx(1, rel=1e-5)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((2, 9, 8, 3)), r"Expected images of shape \(8, 8, 3\), that is 192"),
        (np.zeros((2, 8, 8)), r"received \(8, 8\)"),
        (np.zeros((2, 191)), "X has 191 features, but CNNClassifier is expecting 192"),
        (np.zeros(192), "Reshape your data"),
        (np.zeros((0, 192)), "0 sample"),
        (np.full((2, 192), 0.5), "0 to 255; received 0.5 to 0.5"),
        (np.full((2, 192), np.inf), "infinity"),
        (np.full((2, 192), 1j), "Complex data not supported"),
        (np.full((2, 192), "pink"), "could not convert string to float|dtype='numeric'"),
        (np.full((2, 192), None), "NaN|NoneType"),
    ],
)
def test_what_is_no_such_image_is_named(fitted, images, message):
    with pytest.raises((ValueError, TypeError), match=message):
        fitted.predict(images)


def test_dates_are_no_images(fitted):
    with pytest.raises((ValueError, TypeError)):
        fitted.predict(np.full((2, 192), np.datetime64("2026-01-01")))
