"""Figures of a study whose models are unlike, and whose names are long."""

from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier

from skwbc import AblationStudy
from skwbc._ablation_figures import (
    plot_confusions,
    plot_curves,
    plot_differences,
    plot_nearest,
    plot_synthetic,
)
from skwbc.displays import NearestRealDisplay


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
    assert tmp_path / "figures" / "curves.png" in study.report(tmp_path)


def test_curves_have_one_scale_that_the_lowest_of_each_column_shows():
    lengths = {("a", "short"): 3, ("b", "short"): 3, ("a", "long"): 9, ("c", "short"): 3}
    histories = {
        fit: {"accuracy": [0.5] * n, "val_accuracy": [0.5] * n} for fit, n in lengths.items()
    }
    fits = {**lengths, ("b", "long"): None, ("c", "long"): None}
    study = SimpleNamespace(
        histories_=histories,
        best_epochs_=dict.fromkeys(lengths, 1),
        reports_=fits,
        models_=["short", "long"],
    )
    axes = {ax.get_title(): ax for ax in plot_curves(study).axes}
    drawn = [axes[f"{model}\n{arm}"] for arm, model in lengths]
    assert len({ax.get_xlim() for ax in drawn}) == 1
    shows = [ax.xaxis.get_tick_params()["labelbottom"] for ax in drawn]
    assert shows == [False, True, True, True]


@pytest.mark.parametrize("arm", ["original", "an arm of which the name says all that it does"])
def test_titles_and_legend_of_one_arm_are_within_the_figure(arm):
    fits = {(arm, "CNN"): {"accuracy": [0.5, 0.6], "val_accuracy": [0.4, 0.5]}}
    study = SimpleNamespace(
        histories_=fits, best_epochs_=dict.fromkeys(fits, 1), reports_=fits, models_=["CNN"]
    )
    figure = plot_curves(study)
    figure.draw_without_rendering()
    left, bottom, right, top = figure.get_tightbbox().extents
    width, height = figure.get_size_inches()
    assert min(left, bottom) >= 0
    assert right <= width
    assert top <= height


@pytest.mark.parametrize("n_arms", [1, 3])
@pytest.mark.parametrize(
    "names", [["a", "b"], ["EOSINOPHIL", "MONOCYTE", "c", "d"], ["a" * 40] * 2]
)
def test_confusions_are_within_the_figure(n_arms, names):
    fits = {(f"augmented copies {i}", "CNN"): np.eye(len(names), dtype=int) for i in range(n_arms)}
    known = {"confusion_matrices_": fits, "reports_": fits, "models_": ["CNN"]}
    figure = plot_confusions(SimpleNamespace(classes_=np.array(names), **known))
    figure.draw_without_rendering()
    left, bottom, right, top = figure.get_tightbbox().extents
    assert min(left, bottom) >= 0
    assert right <= figure.get_figwidth()
    assert top <= figure.get_figheight()
    assert min(ax.get_position().width * figure.get_figwidth() for ax in figure.axes) > 1.5


def test_the_legend_covers_no_interval():
    X = np.random.default_rng(0).integers(0, 256, (40, 4, 4, 1), dtype=np.uint8)
    arms = {"original": {}, "copies": {}}
    study = AblationStudy({"one": DummyClassifier(), "two": DummyClassifier()}, arms)
    figure = plot_differences(study.fit(X, np.repeat(["a", "b"], [28, 12])), "original")
    figure.draw_without_rendering()
    first, *others = figure.axes
    assert [ax.get_legend() for ax in others] == [None] * len(others)
    legend = first.get_legend().get_window_extent()
    assert legend.ymin > first.bbox.ymax
    assert legend.ymax <= figure.bbox.ymax


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


def test_images_that_are_not_of_the_gan_are_named_above_them():
    images, labels = np.zeros((4, 4, 4, 1), dtype=np.uint8), np.repeat([0, 1], 2)
    images[:, 0] = 255
    study = SimpleNamespace(
        classes_=np.array([0, 1, 2]),
        real_=(images, labels),
        synthetic_={"GAN": (images, labels), "copies": (images, labels)},
        nearest_={
            arm: NearestRealDisplay(images, images, np.ones(4), labels) for arm in ("GAN", "copies")
        },
        fallback_={"GAN": {1: "too few images", 2: "too few images"}},
    )
    titles = [ax.get_title() for ax in plot_nearest(study).axes]
    assert titles == ["GAN\n(no images of the GAN: 1)", "copies"]
    titles = [ax.get_title() for ax in plot_synthetic(study).axes]
    told = "synthetic: GAN\n(no images of the GAN: 1, 2)"
    assert titles == ["real", told, "synthetic: copies"]
