"""Show how many images each class has."""

from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.utils import column_or_1d

ROW_HEIGHT = 0.35  # inches
KINDS = ("real", "synthetic")


class ClassBalanceDisplay:
    """Bars of the number of images of each class, real ones and, behind them, synthetic ones.

    Parameters
    ----------
    counts : DataFrame
        Numbers of images: classes are the rows, "real" and, if there are some, "synthetic" the
        columns.

    Attributes
    ----------
    bars_ : dict of str to matplotlib.container.BarContainer
        By column of `counts`.
    ax_ : matplotlib.axes.Axes
        Where it was drawn.
    figure_ : matplotlib.figure.Figure
        The figure of `ax_`.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from skwbc import AugmentationOverSampler
    >>> from skwbc.datasets import make_blood_cells
    >>> from skwbc.displays import ClassBalanceDisplay
    >>> cells = make_blood_cells(30, image_shape=(8, 8, 3), random_state=0)
    >>> sampler = AugmentationOverSampler()
    >>> _, y = sampler.fit_resample(cells.images, cells.target_names[cells.target])
    >>> display = ClassBalanceDisplay.from_arrays(
    ...     y, synthetic_mask=sampler.synthetic_mask_, ax=Figure().subplots()
    ... )
    >>> display.counts["synthetic"].to_dict()
    {'eosinophil': 11, 'lymphocyte': 15, 'monocyte': 16, 'neutrophil': 0}
    """

    def __init__(self, counts: pd.DataFrame) -> None:
        self.counts = counts

    @classmethod
    def from_arrays(
        cls, y: Any, *, synthetic_mask: ArrayLike | None = None, ax: Any = None
    ) -> Self:
        """Count the images of each class, and draw the numbers.

        Parameters
        ----------
        y : array-like of shape (n_images,)
            Classes.
        synthetic_mask : array-like of bool of shape (n_images,), default=None
            Which images are synthetic, as `synthetic_mask_` of an over-sampler tells it. By
            default none.
        ax : matplotlib.axes.Axes, default=None
            Where to draw. By default on a new figure.

        Returns
        -------
        display : ClassBalanceDisplay
            Drawn.

        Raises
        ------
        ValueError
            If y is no list or column, or if there is not one entry of `synthetic_mask` an image.
        """
        y = column_or_1d(np.asarray(y))
        mask = np.zeros(len(y), dtype=bool) if synthetic_mask is None else synthetic_mask
        mask = np.asarray(mask, dtype=bool)
        if mask.shape != y.shape:
            raise ValueError(
                f"Expected one entry of synthetic_mask an image, received {len(y)} classes and "
                f"{len(mask)} entries."
            )
        classes = np.unique(y)
        kinds = KINDS if mask.any() else KINDS[:1]
        columns = dict(zip(kinds, (y[~mask], y[mask]), strict=False))
        counts = {k: [int(np.sum(of_kind == c)) for c in classes] for k, of_kind in columns.items()}
        return cls(pd.DataFrame(counts, index=pd.Index(classes, name="class"))).plot(ax=ax)

    def plot(self, ax: Any = None) -> Self:
        """Draw a bar for each class.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Where to draw. By default on a new figure.

        Returns
        -------
        self : ClassBalanceDisplay
            With `bars_`, `ax_` and `figure_`.
        """
        if ax is None:
            import matplotlib.pyplot as plt

            size = (6, 1.2 + ROW_HEIGHT * len(self.counts))
            _, ax = plt.subplots(figsize=size, layout="constrained")
        rows = np.arange(len(self.counts))
        start = np.zeros(len(rows))
        self.bars_ = {}
        for kind, values in self.counts.items():
            self.bars_[kind] = ax.barh(rows, values, left=start, label=kind)
            start = start + values.to_numpy()
        texts = [" + ".join(map(str, numbers)) for numbers in self.counts.to_numpy().tolist()]
        ax.bar_label(self.bars_[self.counts.columns[-1]], texts, padding=3)
        right = 1.25 * max(start, default=1)  # room for the numbers
        sharing = ax.get_shared_x_axes().get_siblings(ax)
        drawn = [other for other in sharing if other is not ax and other.has_data()]
        ax.set_xlim(0, max([right, *(other.get_xlim()[1] for other in drawn)]))
        ax.set_yticks(rows, [str(c) for c in self.counts.index])
        ax.set_ylim(len(rows) - 0.5, -0.5)  # the first class on top, also on an axis that is shared
        ax.set_xlabel("images")
        if len(self.bars_) > 1:
            ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2)
        self.ax_, self.figure_ = ax, ax.figure
        return self
