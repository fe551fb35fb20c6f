"""Draw the figure of docs/samplers.md: a dot for each fold."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator
from sampler_statistics import (
    DISTANCE,
    FEWEST_FOLDS,
    list_arms,
    list_samplers,
    read_test_share,
    take,
)

from skwbc._ablation_statistics import corrected_t_test

SCORE = "balanced accuracy"
WIDTH = 7  # inches, of 100 pixels on the page
DOTS = {"s": 20, "linewidths": 0.8, "alpha": 0.7, "clip_on": False}
BLUE, ORANGE = "#2a6f9e", "#c8551b"


def draw_figure(rows):
    """Draw kernel distances by sampler and balanced accuracies by arm.

    Parameters
    ----------
    rows : DataFrame
        Of results/samplers.csv.

    Returns
    -------
    matplotlib.figure.Figure
        Not known to pyplot.
    """
    arms = list_arms(rows)
    figure = Figure(figsize=(WIDTH, 0.8 + 0.3 * len(arms)), dpi=200, layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    draw_distances(left, rows, arms)
    draw_scores(right, rows, arms)
    left.set_yticks(range(len(arms)), arms)
    left.set_ylim(len(arms) - 0.4, -0.6)
    for ax in (left, right):
        ax.grid(axis="x", color="0.9")
        ax.set_axisbelow(True)
        ax.spines[["top", "right", "left"]].set_visible(False)
        ax.tick_params(axis="y", length=0)
        ax.tick_params(labelsize=9)
    figure.get_layout_engine().set(wspace=0.06)
    return figure


def draw_distances(ax, rows, arms):
    """Draw kernel distances on a log scale; those of zero or less are marked at its edge."""
    found = {arm: take(rows, arm, DISTANCE).to_numpy() for arm in list_samplers(rows)}
    positive = np.concatenate([[], *found.values()])
    positive = positive[positive > 0]
    edge = positive.min() / 2 if len(positive) else 0.1
    for arm, values in found.items():
        above, below = values[values > 0], np.sum(values <= 0)
        scatter(ax, above, arms.index(arm), marker="o", color=BLUE)
        scatter(ax, np.full(below, edge), arms.index(arm), marker="<", color=ORANGE)
    ax.set_xscale("log")
    clipped = any((values <= 0).any() for values in found.values())
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 3)))
    ax.xaxis.set_major_formatter("{x:g}")
    ax.xaxis.set_minor_formatter("")
    ax.set_xlabel(DISTANCE + (" (triangle: 0 or below)" if clipped else ""))


def draw_scores(ax, rows, arms):
    """Draw scores, with their mean and, of enough folds, its interval."""
    for i, arm in enumerate(arms):
        values = take(rows, arm, SCORE).to_numpy() * 100
        scatter(ax, values, i, marker="o", color=BLUE)
        mean, low, high, *_ = corrected_t_test(values, read_test_share(rows))
        ax.plot([mean, mean], [i - 0.3, i + 0.3], color=ORANGE, linewidth=2)
        if len(values) >= FEWEST_FOLDS:
            ax.plot([low, high], [i, i], color=ORANGE, linewidth=1.2)
    ax.set_xlabel(f"{SCORE} (%)")


def scatter(ax, values, level, **style):
    """Draw dots in a row, each a little above or below the next so that they can be told apart."""
    offsets = 0.12 * (np.arange(len(values)) % 3 - 1)
    ax.scatter(values, level + offsets, **DOTS, **style)
