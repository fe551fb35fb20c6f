"""An image is the same image in every form that an array can have."""

import numpy as np
import pandas as pd
import pytest
from noise_images import make_images
from sklearn.base import clone

from skwbc import CNNClassifier, CNNRNNClassifier, CompactCNNClassifier

pytestmark = pytest.mark.usefixtures("untraced")

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
FITTED_ON = ["flat", "frame", "nested lists", "Fortran order", "memmap", "float32"]
WAYS_IN = [("CNN", form) for form in FITTED_ON]  # one door for all, so that the others take two
WAYS_IN += [(name, form) for name in ("CNN-RNN", "compact CNN") for form in ("frame", "memmap")]
NAMES_DIFFER = "ignore:X (has|does not have valid) feature names:UserWarning"


def draw_images():
    """Draw black and white, too: other types than bytes are read from the least to the most."""
    X, y = make_images(24, SHAPE)
    X.flat[:2] = 0, 255
    return X, y


@pytest.fixture(scope="module")
def fitted():
    X, y = draw_images()
    return {name: clone(classifier).fit(X, y) for name, classifier in CLASSIFIERS.items()}


@pytest.mark.filterwarnings(NAMES_DIFFER)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", CLASSIFIERS)
def test_images_of_all_forms_get_the_same_answer(fitted, name, form, tmp_path):
    X, _ = draw_images()
    before = X.copy()
    expected = fitted[name].predict_proba(X)
    images = FORMS[form](X, tmp_path)
    np.testing.assert_array_equal(fitted[name].predict(images), expected.argmax(axis=1))
    np.testing.assert_allclose(fitted[name].predict_proba(images), expected, rtol=1e-5)
    np.testing.assert_array_equal(X, before)


@pytest.mark.filterwarnings(NAMES_DIFFER)
@pytest.mark.parametrize(("name", "form"), WAYS_IN)
def test_the_form_of_the_training_images_says_nothing(fitted, name, form, tmp_path):
    X, y = draw_images()
    before = X.copy()
    again = clone(CLASSIFIERS[name]).fit(FORMS[form](X, tmp_path), y)
    expected = fitted[name].predict_proba(X)
    tolerance = 1e-5 if form in ("nested lists", "float32") else 0  # bytes are rounded elsewhere
    for other in ("4-D", "frame", form):
        answer = again.predict_proba(FORMS[other](X, tmp_path))
        np.testing.assert_allclose(answer, expected, rtol=tolerance, atol=0)
    np.testing.assert_array_equal(X, before)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_grey_images_have_one_channel_or_none(name):
    X, y = make_images(24, (8, 8, 1))
    classifier = clone(CLASSIFIERS[name]).set_params(image_shape=None).fit(X[..., 0], y)
    assert classifier.image_shape_ == (8, 8, 1)
    np.testing.assert_array_equal(classifier.predict_proba(X), classifier.predict_proba(X[..., 0]))


def test_one_image_has_one_row_of_probabilities(fitted):
    X, _ = make_images(24, SHAPE)
    for one in (X[:1], X[:1].reshape(1, -1)):
        probabilities = fitted["CNN"].predict_proba(one)
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
        fitted["CNN"].predict(images)


def test_dates_are_no_images(fitted):
    with pytest.raises(ValueError, match="Expected images of real numbers, received datetime64"):
        fitted["CNN"].predict(np.full((2, 192), np.datetime64("2026-01-01")))
