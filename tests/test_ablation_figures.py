"""Figures of a study whose models are unlike."""

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier

from skwbc import AblationStudy
from skwbc._ablation_figures import plot_curves
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
