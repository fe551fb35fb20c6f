"""Ours in scikit-learn's displays and inspection."""

import matplotlib as mpl
import numpy as np
import pytest
from composition_cases import LEARNING, make_case, make_cnn, make_rnn
from sklearn.inspection import permutation_importance
from sklearn.metrics import (
    ConfusionMatrixDisplay,
    RocCurveDisplay,
    confusion_matrix,
    roc_auc_score,
    roc_curve,
)

pytestmark = pytest.mark.usefixtures("untraced")

mpl.use("agg")


@pytest.fixture
def plt():
    from matplotlib import pyplot

    yield pyplot
    pyplot.close("all")


@pytest.mark.parametrize(("form", "labels"), [("4-D", "int"), ("frame", "str")])
def test_a_confusion_matrix_counts_the_answers(plt, form, labels):
    X, y = make_case(form, labels, 4)
    classifier = make_cnn().fit(X, y)
    display = ConfusionMatrixDisplay.from_estimator(classifier, X, y, normalize=None)
    np.testing.assert_array_equal(
        display.confusion_matrix, confusion_matrix(y, classifier.predict(X))
    )
    assert display.display_labels.tolist() == classifier.classes_.tolist()
    assert [text.get_text() for text in display.ax_.get_xticklabels()] == [
        str(c) for c in classifier.classes_
    ]


def test_a_roc_curve_goes_by_the_probabilities(plt):
    X, y = make_case("flat", "str", 2)
    classifier = make_rnn().fit(X, y)
    display = RocCurveDisplay.from_estimator(classifier, X, y)
    probabilities = classifier.predict_proba(X)[:, 1]
    false_positives, true_positives, _ = roc_curve(y, probabilities, pos_label="neutrophil")
    (line,) = display.ax_.get_lines()
    np.testing.assert_array_equal(line.get_xdata(), false_positives)
    np.testing.assert_array_equal(line.get_ydata(), true_positives)
    area = roc_auc_score(y, probabilities)
    assert line.get_label() == f"CNNRNNClassifier (AUC = {area:0.2f})"


def test_only_the_column_that_tells_the_class_is_important():
    table = np.zeros((40, 5))
    table[:, 2] = np.random.default_rng(0).uniform(-1, 1, 40)
    y = np.where(table[:, 2] > 0, "high", "low")
    settings = {**LEARNING, "epochs": 5, "filters": (8,), "dense_units": 16}
    classifier = make_cnn(**settings, image_shape=None).fit(table, y)
    assert classifier.image_shape_ == (1, 5, 1)
    importance = permutation_importance(classifier, table, y, n_repeats=3, random_state=0)
    assert importance.importances.shape == (5, 3)
    assert importance.importances_mean[2] > 0.25
    assert not importance.importances[[0, 1, 3, 4]].any()
