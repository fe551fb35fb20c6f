"""Plots that keep their arrays: `plot` draws them, as often and wherever you like."""

from skwbc.displays._ablation_display import AblationDisplay
from skwbc.displays._box_display import BoxDisplay
from skwbc.displays._class_balance_display import ClassBalanceDisplay
from skwbc.displays._history_display import HistoryDisplay
from skwbc.displays._image_grid_display import ImageGridDisplay
from skwbc.displays._nearest_real_display import NearestRealDisplay

__all__ = [
    "AblationDisplay",
    "BoxDisplay",
    "ClassBalanceDisplay",
    "HistoryDisplay",
    "ImageGridDisplay",
    "NearestRealDisplay",
]
