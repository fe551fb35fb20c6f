"""Bars that were level, to see how far they were turned."""

import numpy as np

SIDE = 33


def draw_bars(n):
    """Draw bars in the middle of images, clear of the borders whatever the turn."""
    bars = np.zeros((n, SIDE, SIDE, 1), dtype=np.float32)
    bars[:, 15:18, 6:27] = 1
    return bars


def measure_slopes(images):
    """Give the slope of the bar in each image, in degrees."""
    y, x = np.mgrid[:SIDE, :SIDE] - SIDE // 2
    xy, xx, yy = (
        np.sum(images[..., 0] * product, axis=(1, 2)) for product in (x * y, x * x, y * y)
    )
    return np.degrees(np.arctan2(2 * xy, xx - yy)) / 2
