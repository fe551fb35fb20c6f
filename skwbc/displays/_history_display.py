"""Plot how the training of a network went."""

from typing import Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted


class HistoryDisplay:
    """Training and validation curves, one value an epoch.

    Parameters
    ----------
    history : dict of list of float
        Per epoch, as in the attribute `history_` of a classifier: "accuracy" and "loss" and,
        where there were validation images, "val_accuracy" and "val_loss".
    best_epoch : int, default=None
        Epoch of which the weights were kept, counted from 0; marked by a vertical line.

    Attributes
    ----------
    lines_ : list of matplotlib.lines.Line2D
        The curve of training and, where there is one, that of validation.
    best_epoch_line_ : matplotlib.lines.Line2D or None
        The mark of the best epoch.
    ax_ : matplotlib.axes.Axes
        Where it was drawn.
    figure_ : matplotlib.figure.Figure
        The figure of `ax_`.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from skwbc.displays import HistoryDisplay
    >>> history = {"accuracy": [0.5, 0.8, 0.9], "val_accuracy": [0.4, 0.7, 0.6]}
    >>> display = HistoryDisplay(history, best_epoch=1)
    >>> [line.get_label() for line in display.plot(ax=Figure().subplots()).lines_]
    ['training', 'validation']
    """

    def __init__(self, history: dict[str, list[float]], best_epoch: int | None = None) -> None:
        self.history = history
        self.best_epoch = best_epoch

    @classmethod
    def from_estimator(cls, estimator: Any, *, ax: Any = None, metric: str = "accuracy") -> Self:
        """Draw the curves of a fitted classifier.

        Parameters
        ----------
        estimator : CNNClassifier, any other with `history_` and `best_epoch_`, or Pipeline
            A fitted classifier, or a pipeline that ends in one.
        ax : matplotlib.axes.Axes, default=None
            Where to draw. By default on a new figure.
        metric : str, default="accuracy"
            "accuracy" or "loss".

        Returns
        -------
        display : HistoryDisplay
            Drawn.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the classifier is not fitted.
        TypeError
            If the estimator is of a kind that has no `history_` and `best_epoch_`.
        ValueError
            If `history_` does not hold the metric.
        """
        while hasattr(estimator, "steps"):
            estimator = estimator.steps[-1][1]
        if not (hasattr(estimator, "history_") and hasattr(estimator, "best_epoch_")):
            check_is_fitted(estimator)
            raise TypeError(
                "Expected a classifier with history_ and best_epoch_, or a pipeline that ends in "
                f"one; received {estimator!r}."
            )
        return cls(estimator.history_, estimator.best_epoch_).plot(ax=ax, metric=metric)

    def plot(self, ax: Any = None, *, metric: str = "accuracy") -> Self:
        """Draw the curves of one metric.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Where to draw. By default on a new figure.
        metric : str, default="accuracy"
            Key of `history`; its validation counterpart is ``"val_" + metric``.

        Returns
        -------
        self : HistoryDisplay
            With `lines_`, `best_epoch_line_`, `ax_` and `figure_`.

        Raises
        ------
        ValueError
            If `history` does not hold the metric.
        """
        if metric not in self.history:
            raise ValueError(f"Expected a metric of {sorted(self.history)}, received {metric!r}.")
        from matplotlib.ticker import MaxNLocator

        if ax is None:
            import matplotlib.pyplot as plt

            _, ax = plt.subplots()
        curves = {"training": metric, "validation": f"val_{metric}"}
        self.lines_ = [
            self._draw_curve(ax, self.history[key], label)
            for label, key in curves.items()
            if key in self.history
        ]
        self.best_epoch_line_ = None
        if self.best_epoch is not None:
            self.best_epoch_line_ = ax.axvline(
                self.best_epoch + 1, color="0.6", linestyle=":", zorder=0, label="kept epoch"
            )
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.set(xlabel="epoch", ylabel=metric)
        if metric == "accuracy":
            ax.set_ylim(-0.02, 1.02)
        ax.legend()
        self.ax_, self.figure_ = ax, ax.figure
        return self

    @staticmethod
    def _draw_curve(ax, values, label):
        epochs = np.arange(1, len(values) + 1)
        marker = "." if len(values) < 10 else None  # a single epoch has no line
        return ax.plot(epochs, values, label=label, marker=marker)[0]
