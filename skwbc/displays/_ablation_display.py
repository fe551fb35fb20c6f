"""Plot the differences between the arms of a study."""

from typing import Any, Self

import numpy as np
import pandas as pd

SCORE_NAMES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro-F1",
}
POINTS = 100  # percentage points of a score of 1
ROW_HEIGHT = 0.35  # inches
MODEL_OFFSET = 0.22  # rows


class AblationDisplay:
    """A forest plot: how much better each arm is than one of them, with intervals.

    Parameters
    ----------
    differences : DataFrame
        By model and arm, in this order of the index: "difference", "low" and "high", scores in
        [-1, 1]. Where an end is NaN, as of one split, no interval is drawn; where one is beyond
        what a difference can be, as of few splits, the interval ends there.
    baseline : str
        The arm that the others are compared with.
    score : str
        Which score that is, for the axis.

    Attributes
    ----------
    bars_ : dict of str to matplotlib.container.ErrorbarContainer
        By model.
    ax_ : matplotlib.axes.Axes
        Where it was drawn.
    figure_ : matplotlib.figure.Figure
        The figure of `ax_`.

    Examples
    --------
    >>> import pandas as pd
    >>> from matplotlib.figure import Figure
    >>> from skwbc.displays import AblationDisplay
    >>> index = pd.MultiIndex.from_product([["CNN"], ["traditional", "GAN"]])
    >>> columns = ["difference", "low", "high"]
    >>> table = pd.DataFrame([[0.02, -0.01, 0.05], [0.01, -0.03, 0.05]], index, columns)
    >>> display = AblationDisplay(table, "original", "accuracy").plot(Figure().subplots())
    >>> [label.get_text() for label in display.ax_.get_yticklabels()]
    ['traditional', 'GAN']
    """

    def __init__(self, differences: pd.DataFrame, baseline: str, score: str) -> None:
        self.differences = differences
        self.baseline = baseline
        self.score = score

    @classmethod
    def from_estimator(
        cls,
        study: Any,
        *,
        baseline: str | None = None,
        score: str = "balanced_accuracy",
        ax: Any = None,
    ) -> Self:
        """Draw the differences of a fitted study.

        Parameters
        ----------
        study : AblationStudy
            Fitted, with at least two arms.
        baseline : str, default=None
            An arm. By default that of :meth:`skwbc.AblationStudy.compare`.
        score : str, default="balanced_accuracy"
            "accuracy", "balanced_accuracy" or "macro_f1".
        ax : matplotlib.axes.Axes, default=None
            Where to draw. By default on a new figure.

        Returns
        -------
        display : AblationDisplay
            Drawn.
        """
        table = study.compare(baseline)
        return cls(table.loc[score], table.attrs["baseline"], score).plot(ax=ax)

    def plot(self, ax: Any = None) -> Self:
        """Draw a row for each arm, and in it a dot and its interval, if any, for each model.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Where to draw. By default on a new figure.

        Returns
        -------
        self : AblationDisplay
            With `bars_`, `ax_` and `figure_`.
        """
        models, arms = (self.differences.index.unique(level) for level in (0, 1))
        if ax is None:
            import matplotlib.pyplot as plt

            _, ax = plt.subplots(figsize=(6, 1.2 + ROW_HEIGHT * len(arms)), layout="constrained")
        ax.axvline(0, color="0.6", linewidth=1, zorder=0)
        offsets = MODEL_OFFSET * (np.arange(len(models)) - (len(models) - 1) / 2)
        self.bars_ = {
            model: self._draw_model(ax, model, arms, offset)
            for model, offset in zip(models, offsets, strict=True)
        }
        ax.set_yticks(range(len(arms)), arms)
        ax.set_ylim(len(arms) - 0.5, -0.5)
        name = SCORE_NAMES.get(self.score, self.score)
        has_intervals = self.differences[["low", "high"]].notna().all(axis=1).any()
        note = "dots, with 95 % intervals" if has_intervals else "dots, without intervals"
        ax.set_xlabel(f"{name}: points more than {self.baseline!r}\n({note})")
        if len(models) > 1:
            ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=len(models))
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _draw_model(self, ax, model, arms, offset):
        table = POINTS * self.differences.loc[model].loc[arms, ["difference", "low", "high"]]
        below = table["difference"] - table["low"].clip(lower=-POINTS)
        above = table["high"].clip(upper=POINTS) - table["difference"]
        return ax.errorbar(
            table["difference"],
            np.arange(len(arms)) + offset,
            xerr=np.stack([below, above]),  # of NaN nothing is drawn
            fmt="o",
            markersize=4,
            capsize=3,
            label=model,
        )
