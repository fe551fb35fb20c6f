import imblearn.pipeline
import numpy as np
import pytest
import sklearn.pipeline
from matplotlib.figure import Figure
from numpy.testing import assert_array_equal
from sklearn.exceptions import NotFittedError
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import skwbc
from skwbc import CNNClassifier
from skwbc.displays import HistoryDisplay

pytestmark = pytest.mark.usefixtures("untraced")

HISTORY = {
    "accuracy": [0.5, 0.8, 0.9],
    "loss": [1.0, 0.6, 0.4],
    "val_accuracy": [0.4, 0.7, 0.6],
    "val_loss": [1.1, 0.8, 0.9],
}


@pytest.fixture
def ax():
    return Figure().subplots()


@pytest.mark.parametrize("metric", ["accuracy", "loss"])
def test_curves_are_the_history(ax, metric):
    display = HistoryDisplay(HISTORY, best_epoch=1)
    assert display.plot(ax, metric=metric) is display
    training, validation = display.lines_
    assert_array_equal(training.get_xdata(), [1, 2, 3])
    assert_array_equal(training.get_ydata(), HISTORY[metric])
    assert_array_equal(validation.get_ydata(), HISTORY[f"val_{metric}"])
    assert display.best_epoch_line_.get_xdata()[0] == 2
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", metric)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "training",
        "validation",
        "kept epoch",
    ]
    assert (display.ax_, display.figure_) == (ax, ax.figure)


def test_no_validation_and_no_best_epoch(ax):
    display = HistoryDisplay({"accuracy": [0.5]}).plot(ax)
    assert [line.get_label() for line in display.lines_] == ["training"]
    assert display.best_epoch_line_ is None
    assert display.lines_[0].get_marker() == "."


def test_unknown_metric_is_named(ax):
    with pytest.raises(ValueError, match=r"\['accuracy'\], received 'f1'"):
        HistoryDisplay({"accuracy": [0.5]}).plot(ax, metric="f1")


def test_from_estimator_reads_a_classifier(ax, images):
    classifier = CNNClassifier(filters=(2,), dense_units=4, epochs=2, random_state=0).fit(*images)
    display = HistoryDisplay.from_estimator(classifier, ax=ax, metric="loss")
    assert_array_equal(display.lines_[0].get_ydata(), classifier.history_["loss"])
    assert display.best_epoch_line_.get_xdata()[0] == classifier.best_epoch_ + 1


@pytest.mark.parametrize("module", [sklearn.pipeline, imblearn.pipeline, skwbc])
def test_from_estimator_reads_the_last_step_of_a_pipeline(ax, images, module):
    classifier = CNNClassifier(filters=(2,), dense_units=4, epochs=2, random_state=0)
    inner = sklearn.pipeline.Pipeline([("classifier", classifier)])
    pipeline = module.Pipeline([("same", FunctionTransformer()), ("inner", inner)]).fit(*images)
    display = HistoryDisplay.from_estimator(pipeline, ax=ax)
    assert_array_equal(display.lines_[0].get_ydata(), classifier.history_["accuracy"])
    assert len(display.history["accuracy"]) == 2


def test_from_estimator_refuses_what_has_no_history(ax):
    scaler = StandardScaler().fit(np.eye(2))
    message = r"Expected a classifier with history_ and best_epoch_, .* received StandardScaler\(\)"
    for estimator in (scaler, sklearn.pipeline.make_pipeline(scaler)):
        with pytest.raises(TypeError, match=message):
            HistoryDisplay.from_estimator(estimator, ax=ax)
    with pytest.raises(NotFittedError, match="CNNClassifier instance is not fitted"):
        HistoryDisplay.from_estimator(skwbc.make_pipeline(CNNClassifier()), ax=ax)


def test_new_figure_by_default():
    plt = pytest.importorskip("matplotlib.pyplot")
    with plt.rc_context({"backend": "agg"}):
        display = HistoryDisplay(HISTORY).plot()
        assert plt.fignum_exists(display.figure_.number)
        plt.close(display.figure_)


def test_axes_with_ticks_of_their_own(ax):
    ax.set_xticks([1, 2])
    HistoryDisplay({"accuracy": [0.1, 0.2, 0.3]}).plot(ax=ax)
    assert all(tick == int(tick) for tick in ax.get_xticks())
