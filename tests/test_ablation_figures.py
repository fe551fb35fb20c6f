"""Figures of a study whose models are unlike."""

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier

from skwbc import AblationStudy
from skwbc._ablation_figures import plot_confusions, plot_curves
from skwbc._ablation_report import REPORT_FILES


class Curved(DummyClassifier):
    """Learns nothing, and has a curve of one metric."""

    def __init__(self, metric="accuracy"):
        super().__init__()
        self.metric = metric

    def fit(self, X, y, sample_weight=None):
        self.history_ = {self.metric: [0.25, 0.5]}
        self.best_epoch_ = 1
        return super().fit(X, y)


@pytest.fixture(scope="module")
def study():
    X = np.random.default_rng(0).integers(0, 256, (40, 4, 4, 1), dtype=np.uint8)
    models = {"full": Curved(), "lossy": Curved("loss"), "none": DummyClassifier()}
    return AblationStudy(models, {"original": {}}).fit(X, np.repeat(["a", "b"], [28, 12]))


def test_curves_without_accuracy_are_left_out(study):
    axes = {ax.get_title(): ax for ax in plot_curves(study).axes}
    assert axes["full\noriginal"].lines[0].get_ydata().tolist() == [0.25, 0.5]
    assert [axes[f"{name}\noriginal"].axison for name in study.models_] == [True, False, False]


def test_report_of_a_model_without_accuracy(study, tmp_path):
    assert len(study.report(tmp_path)) == len(REPORT_FILES)


def test_many_arms_are_drawn_in_rows():
    X = np.random.default_rng(0).integers(0, 256, (40, 4, 4, 1), dtype=np.uint8)
    arms = {str(number): {} for number in range(5)}
    study = AblationStudy({"a": Curved(), "b": Curved()}, arms)
    study.fit(X, np.repeat(["x", "y"], [28, 12]))
    for figure in (plot_confusions(study), plot_curves(study)):
        axes = {ax.get_title(): ax for ax in figure.axes if ax.axison}
        assert list(axes) == [f"{model}\n{arm}" for model in "ab" for arm in arms]
        places = [ax.get_subplotspec() for ax in axes.values()]
        assert [place.rowspan.start for place in places] == [0, 0, 0, 1, 1, 2, 2, 2, 3, 3]
        assert [place.colspan.start for place in places] == [0, 1, 2, 0, 1] * 2
