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
TITLE_CHARACTER, TITLE_LINE = 0.1, 0.2  # inches of the title of a panel
CURVES_SIDE = 2.6  # inches of a panel
LEGEND_WIDTH = 5.0  # inches of three entries in a row
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
    side = 1.4 + 0.35 * len(study.classes_)
    figure, axes = _make_grid(study, side=side, margin=1 + of_names)
    drawn = []
    for (arm, model), ax in axes.items():
        if (arm, model) not in study.confusion_matrices_:  # every fit of it failed
            ax.set_axis_off()
            continue
        matrix = study.confusion_matrices_[arm, model]
        display = ConfusionMatrixDisplay(matrix, display_labels=study.classes_)
        display.plot(ax=ax, cmap="Blues", colorbar=False, xticks_rotation=90, im_kw={"vmin": 0})
        ax.set(title=_title(model, arm, side), xlabel="predicted", ylabel="true")
        drawn.append(ax)
    _label_outer(drawn)
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
    figure, axes = _make_grid(study, side=CURVES_SIDE, margin=1.0)
    handles, drawn = [], []
    for (arm, model), ax in axes.items():
        ax.set_title(_title(model, arm, CURVES_SIDE))
        fit = next((fit for fit in study.histories_ if fit[:2] == (arm, model)), None)
        # not every classifier has curves, or this one; not every fit works
        if "accuracy" not in study.histories_.get(fit, {}):
            ax.set_axis_off()
            continue
        HistoryDisplay(study.histories_[fit], study.best_epochs_[fit]).plot(ax=ax)
        handles = ax.get_legend_handles_labels()
        ax.get_legend().remove()
        drawn.append(ax)
    if handles:
        ends = [ax.get_xlim() for ax in drawn]
        for ax in drawn:  # one scale, that of the longest training
            ax.set_xlim(min(low for low, _ in ends), max(high for _, high in ends))
        n_columns = 3 if figure.get_size_inches()[0] > LEGEND_WIDTH else 1
        figure.legend(*handles, loc="outside lower center", ncols=n_columns)
    _label_outer(drawn)
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
        name = fill(f"synthetic: {arm}", TITLE_WIDTH)
        sheets[f"{name}{_note_fallback(study, arm, study.classes_)}"] = images
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
        f"{fill(arm, TITLE_WIDTH)}{_note_fallback(study, arm, np.unique(display.labels))}": display
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


def _title(model, arm, side):
    """Write the names of a panel within its width."""
    width = max(int(side / TITLE_CHARACTER), 1)
    return f"{fill(model, width)}\n{fill(arm, width)}"


def _label_outer(drawn):
    """Leave labels to the lowest panel that is drawn of each column, and to the first column."""
    places = [ax.get_subplotspec() for ax in drawn]
    lowest = {}
    for place in places:
        column, row = place.colspan.start, place.rowspan.start
        lowest[column] = max(row, lowest.get(column, 0))
    for ax, place in zip(drawn, places, strict=True):
        if place.rowspan.start != lowest[place.colspan.start]:
            ax.tick_params(labelbottom=False)
            ax.set_xlabel("")
        if place.colspan.start:
            ax.tick_params(labelleft=False)
            ax.set_ylabel("")


def _make_grid(study, side, margin):
    """Make a figure with one axes for each fit: models begin a row each, arms follow."""
    from matplotlib.figure import Figure

    arms = list(dict.fromkeys(arm for arm, _ in study.reports_))
    n_rows = math.ceil(len(arms) / N_COLUMNS)  # of each model
    n_columns = math.ceil(len(arms) / n_rows)
    lines = [_title(model, arm, side).count("\n") for model in study.models_ for arm in arms]
    height = side + TITLE_LINE * (max(lines) - 1)
    size = (margin + side * n_columns, margin + height * n_rows * len(study.models_))
    # the layout for axes of fixed aspect: "constrained" leaves too little room for their titles
    figure = Figure(figsize=size, layout="compressed")
    grid = figure.subplots(n_rows * len(study.models_), n_columns, squeeze=False)
    axes = {}
    for model, places in zip(study.models_, grid.reshape(len(study.models_), -1), strict=True):
        axes |= {(arm, model): ax for arm, ax in zip(arms, places, strict=False)}
        for ax in places[len(arms) :]:
            ax.set_axis_off()
    return figure, axes
