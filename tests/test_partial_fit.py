"""What a training in parts asks of the later ones, and how it weighs images."""

import numpy as np
import pytest

from skwbc import CNNClassifier
from skwbc._images import PixelRange

pytestmark = pytest.mark.usefixtures("untraced")

SMALL = {"filters": (4,), "dense_units": 8, "epochs": 1, "random_state": 0, "dtype": "float32"}
STEADY = {**SMALL, "validation_fraction": 0, "dropout": 0, "dense_dropout": 0, "batch_size": 24}


def test_the_first_part_decides_what_is_white(images):
    X, y = images[0] / 255, images[1]
    classifier = CNNClassifier(**SMALL).partial_fit(X / 2, y, classes=[0, 1])
    expected = PixelRange.of(X / 2)
    assert classifier.partial_fit(X, y).pixel_range_ == expected != PixelRange.of(X)


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (np.zeros((24, 9, 8, 3)), r"Expected images of shape \(8, 8, 3\)"),
        (np.zeros((24, 191)), "X has 191 features, but CNNClassifier is expecting 192"),
        (np.linspace(0, 1, 24 * 192).reshape(24, 192), "0 to 255; received 0 to 1"),
        (np.full((24, 192), np.nan), "contains NaN"),
    ],
)
def test_a_later_part_unlike_the_first_is_refused(images, part, message):
    X, y = images
    classifier = CNNClassifier(**SMALL).partial_fit(X, y, classes=[0, 1])
    expected = classifier.predict_proba(X)
    with pytest.raises(ValueError, match=message):
        classifier.partial_fit(part, y)
    assert classifier.n_epochs_ == 1
    np.testing.assert_array_equal(classifier.predict_proba(X), expected)


@pytest.mark.parametrize(("learn", "factor"), [("fit", 1), ("partial_fit", 2)])
def test_weights_are_brought_to_a_mean_of_one_in_a_whole_fit_alone(images, learn, factor):
    X, y = images
    classes = {"classes": [0, 1]} if learn == "partial_fit" else {}
    once, twice = (
        getattr(CNNClassifier(**STEADY), learn)(
            X, y, sample_weight=weight * np.linspace(0.5, 1.5, 24), **classes
        ).history_["loss"]
        for weight in (1, 2)
    )
    assert twice == pytest.approx([factor * once[0]], rel=1e-5)
