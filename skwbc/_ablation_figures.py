"""Figures of an ablation study, for files: no window, no global state."""

import math
from textwrap import fill

import numpy as np
import pandas as pd
from sklearn.metrics import ConfusionMatrixDisplay

from skwbc._ablation_mixture import TEST_REAL, TEST_SYNTHETIC
from skwbc._ablation_names import PUBLISHED
from skwbc._ablation_results import SCORES
from skwbc._ablation_splits import TEST
from skwbc.displays import (
    AblationDisplay,
    ClassBalanceDisplay,
    HistoryDisplay,
    ImageGridDisplay,
)

TITLE_WIDTH = 36  # characters above a sheet
ROW_HEIGHT = 0.3  # inches
CHARACTER = 0.08  # inches of a class name
N_COLUMNS = 4  # of panels: more are too small to read


def plot_confusions(study):
    """Draw the confusion matrices of the test images, a row for each model.

    Parameters
    ----------
    study : AblationStudy
        Fitted.

    Returns
    -------
    matplotlib.figure.Figure
    """
    of_names = CHARACTER * max(len(str(name)) for name in study.classes_)
    figure, axes = _make_grid(study, side=1.4 + 0.35 * len(study.classes_), margin=1 + of_names)
    for (arm, model), ax in axes.items():
        if (arm, model) not in study.confusion_matrices_:  # every fit of it failed
            ax.set_axis_off()
            continue
        matrix = study.confusion_matrices_[arm, model]
        display = ConfusionMatrixDisplay(matrix, display_labels=study.classes_)
        display.plot(ax=ax, cmap="Blues", colorbar=False, xticks_rotation=90, im_kw={"vmin": 0})
        ax.set(title=f"{model}\n{arm}", xlabel="predicted", ylabel="true")
        ax.label_outer()
    return figure


def plot_classes(study):
    """Draw how many images each class has.

    Parameters
    ----------
    study : AblationStudy
        Fitted.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure

    counts = pd.DataFrame({"real": study.class_counts_}, index=study.classes_)
    figure = Figure(figsize=(6, 0.9 + ROW_HEIGHT * len(counts)), layout="constrained")
    ClassBalanceDisplay(counts).plot(ax=figure.subplots())
    return figure


def plot_curves(study):
    """Draw the accuracy of training and validation by epoch, a row for each model.

    Of several splits, the first that did not fail is drawn; a classifier without a curve of the
    accuracy is left out.

    Parameters
    ----------
    study : AblationStudy
        Fitted.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = _make_grid(study, side=2.6, margin=1.0)
    handles = []
    for (arm, model), ax in axes.items():
        ax.set_title(f"{model}\n{arm}")
        fit = next((fit for fit in study.histories_ if fit[:2] == (arm, model)), None)
        # not every classifier has curves, or this one; not every fit works
        if "accuracy" not in study.histories_.get(fit, {}):
            ax.set_axis_off()
            continue
        HistoryDisplay(study.histories_[fit], study.best_epochs_[fit]).plot(ax=ax)
        handles = ax.get_legend_handles_labels()
        ax.get_legend().remove()
        ax.label_outer()
    if handles:
        figure.legend(*handles, loc="outside lower center", ncols=3)
    return figure


def plot_apart(study):
    """Draw the accuracy on all test images, on the real and on the synthetic ones.

    Parameters
    ----------
    study : AblationStudy
        Fitted, under the published protocol.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure

    scores = study.results_[study.results_["metric"] == "accuracy"]
    scores = scores.pivot_table(
        index=["arm", "model"], columns="split", values="value", sort=False
    ).reindex(columns=[TEST, TEST_REAL, TEST_SYNTHETIC])
    figure = Figure(figsize=(7, 1.2 + ROW_HEIGHT * len(scores)), layout="constrained")
    ax = figure.subplots()
    rows = range(len(scores))
    looks = {"s": ("all test images", "0.6"), "o": ("real", "C0"), "x": ("synthetic", "C3")}
    for name, (marker, (label, color)) in zip(scores, looks.items(), strict=True):
        ax.plot(100 * scores[name], rows, marker, color=color, label=label)
    ax.axvline(100 * study.majority_rate_, color="0.6", linestyle=":", label="constant guess, real")
    ax.set_yticks(rows, [f"{arm}, {model}" for arm, model in scores.index])
    ax.set(xlabel="accuracy (%), mean of all splits", ylim=(len(scores) - 0.5, -0.5))
    figure.legend(loc="outside lower center", ncols=4)
    return figure


def plot_differences(study, reference):
    """Draw the differences of each arm from `reference`, one axes for each score.

    Under the published protocol nothing is comparable, and :func:`plot_apart` is drawn.

    Parameters
    ----------
    study : AblationStudy
        Fitted, of at least two arms.
    reference : str
        An arm.

    Returns
    -------
    matplotlib.figure.Figure
    """
    if study.protocol == PUBLISHED:
        return plot_apart(study)
    from matplotlib.figure import Figure

    n_rows = (len(study.arms_) - 1) * max(1, 0.6 * len(study.models_))
    figure = Figure(figsize=(7, 3 * (0.8 + 0.35 * n_rows)), layout="constrained")
    table = study.compare(reference)
    axes = figure.subplots(len(SCORES))
    for ax, score in zip(axes, SCORES, strict=True):
        AblationDisplay(table.loc[score], reference, score).plot(ax=ax)
    for ax in axes[1:]:
        if ax.get_legend() is not None:
            ax.get_legend().remove()  # that of the first is above it
    return figure


def plot_synthetic(study):
    """Draw real training images beside synthetic ones, a row for each class.

    Parameters
    ----------
    study : AblationStudy
        Fitted.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure

    sheets = {"real": study.real_}
    for arm, images in study.synthetic_.items():
        sheets[f"synthetic: {arm}{_note_fallback(study, arm, study.classes_)}"] = images
    height, width = study.real_[0].shape[1:3]
    of_titles = _measure_titles(sheets)
    size = (1.0 + 4.2 * len(sheets), of_titles + 0.7 * height / width * len(study.classes_))
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots(1, len(sheets), squeeze=False)[0]
    for ax, (name, (images, labels)) in zip(axes, sheets.items(), strict=True):
        if len(images):
            ImageGridDisplay(images, labels, classes=study.classes_).plot(ax=ax)
        ax.set_title(name)
        ax.label_outer()
    return figure


def plot_nearest(study):
    """Draw synthetic images above the training image nearest to each, sampler beside sampler.

    Parameters
    ----------
    study : AblationStudy
        Fitted, with synthetic images in some arm.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure

    height, width = study.real_[0].shape[1:3]
    sheets = {
        f"{arm}{_note_fallback(study, arm, np.unique(display.labels))}": display
        for arm, display in study.nearest_.items()
    }
    n_rows = max(len(np.unique(display.labels)) for display in sheets.values())
    size = (1.0 + 4.2 * len(sheets), _measure_titles(sheets) + 1.6 * height / width * n_rows)
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots(1, len(sheets), squeeze=False)[0]
    for ax, (name, display) in zip(axes, sheets.items(), strict=True):
        display.plot(ax=ax)
        ax.set_title(name)
    return figure


def _note_fallback(study, arm, shown):
    """Give the line below the name of an arm: which of the classes shown are not of its GAN."""
    others = [str(c) for c in study.fallback_.get(arm, {}) if c in shown]
    if not others:
        return ""
    return "\n" + fill(f"(no images of the GAN: {', '.join(others)})", TITLE_WIDTH)


def _measure_titles(names):
    """Give the height that the titles of a row of sheets need, in inches."""
    return 0.7 + 0.25 * max(name.count("\n") for name in names)


def _make_grid(study, side, margin):
    """Make a figure with one axes for each fit: models begin a row each, arms follow."""
    from matplotlib.figure import Figure

    arms = list(dict.fromkeys(arm for arm, _ in study.reports_))
    n_rows = math.ceil(len(arms) / N_COLUMNS)  # of each model
    n_columns = math.ceil(len(arms) / n_rows)
    size = (margin + side * n_columns, margin + side * n_rows * len(study.models_))
    # the layout for axes of fixed aspect: "constrained" leaves too little room for their titles
    figure = Figure(figsize=size, layout="compressed")
    grid = figure.subplots(n_rows * len(study.models_), n_columns, squeeze=False)
    axes = {}
    for model, places in zip(study.models_, grid.reshape(len(study.models_), -1), strict=True):
        axes |= {(arm, model): ax for arm, ax in zip(arms, places, strict=False)}
        for ax in places[len(arms) :]:
            ax.set_axis_off()
    return figure, axes
