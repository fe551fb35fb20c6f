import math

import numpy as np
import pytest
from noise_images import make_images
from sklearn.linear_model import RidgeClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.utils.validation import check_is_fitted

from skwbc.metrics import train_on_synthetic

REAL = [[0.0], [1.0], [8.0], [9.0]], ["a", "a", "b", "b"]
TEST = [[0.4], [0.6], [7.0], [4.0]], ["a", "a", "b", "b"]


def one_neighbour():
    return KNeighborsClassifier(n_neighbors=1)


def test_by_hand():
    """Of the synthetic pair, b is too far off for one of the two b in the test."""
    synthetic = [[0.0], [9.0]], ["a", "b"]
    result = train_on_synthetic(one_neighbour(), synthetic, REAL, TEST)
    assert result == (0.75, 0.75, 1)
    synthetic = [[6.0], [9.0]], ["a", "b"]
    result = train_on_synthetic(one_neighbour(), synthetic, REAL, TEST)
    assert (result.synthetic, result.real, result.ratio) == (0.5, 0.75, 0.5 / 0.75)


def test_copies_teach_the_same():
    X, y = make_images(60, (4, 4, 3))
    X = X.reshape(60, -1) / 255
    real, test = (X[:30], y[:30]), (X[30:], y[30:])
    result = train_on_synthetic(RidgeClassifier(), real, real, test)
    assert result.synthetic == result.real == result.ratio == 1


def test_wrong_labels_teach_nothing():
    X, y = make_images(60, (4, 4, 3))
    X = X.reshape(60, -1) / 255
    swapped = train_on_synthetic(
        RidgeClassifier(), (X[:30], 1 - y[:30]), (X[:30], y[:30]), (X[30:], y[30:])
    )
    assert swapped == (0, 1, 0)


def test_real_score_of_0_has_no_ratio():
    wrong = REAL[0], REAL[1][::-1]
    result = train_on_synthetic(one_neighbour(), REAL, wrong, ([[0.0], [9.0]], ["a", "b"]))
    assert result[:2] == (1, 0)
    assert math.isnan(result.ratio)


def test_scores_below_0_have_no_ratio():
    result = train_on_synthetic(one_neighbour(), REAL, REAL, TEST, scoring="neg_log_loss")
    assert result.synthetic == result.real < 0
    assert math.isnan(result.ratio)


def test_scoring_may_be_a_name_or_a_function():
    result = train_on_synthetic(one_neighbour(), REAL, REAL, TEST, scoring="accuracy")
    assert result.real == 0.75
    result = train_on_synthetic(
        one_neighbour(), REAL, REAL, TEST, scoring=lambda classifier, X, y: len(X)
    )
    assert result == (4, 4, 1)


def test_classifier_is_left_alone():
    classifier = one_neighbour()
    train_on_synthetic(classifier, REAL, REAL, TEST)
    with pytest.raises(ValueError, match="not fitted"):
        check_is_fitted(classifier)


def test_pairs_are_pairs():
    with pytest.raises(ValueError, match=r"Expected test to be a pair \(X, y\), received"):
        train_on_synthetic(one_neighbour(), REAL, REAL, np.zeros((2, 1)))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        train_on_synthetic(one_neighbour(), (REAL[0], ["a"]), REAL, TEST)
