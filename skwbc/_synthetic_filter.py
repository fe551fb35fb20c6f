"""Leave out generated images that repeat a real one or each other, and say how many did."""

from typing import NamedTuple

import numpy as np

from skwbc.metrics._diversity import near_twins
from skwbc.metrics._nearest import nearest_distances

MOST_DRAWN = 4  # times as many as needed, before a class is given up
LEAST_DRAWN = 16  # images at a time
N_TRIED = 512  # images, before more are drawn: to search through a large set takes long


class Drawn(NamedTuple):
    """Images that passed, and how many did not.

    Attributes
    ----------
    rows : ndarray of shape (n_images, n_features)
        As many as were asked for, or fewer.
    n_drawn : int
        Images that were looked at.
    n_copies, n_twins : int
        Of these, near-copies of a real image, and near-copies of an image already kept.
    """

    rows: np.ndarray
    n_drawn: int
    n_copies: int
    n_twins: int


class SyntheticFilter:
    """Compare with real images and with each other, in any pose.

    Parameters
    ----------
    real : ndarray of shape (n_images, n_features)
        Real images.
    image_shape : tuple of int
        ``(height, width, channels)``.
    limit : float or None
        Distance at which one image is a copy of another. None lets everything pass.
    """

    def __init__(self, real, image_shape, limit):
        self.real = real
        self.image_shape = image_shape
        self.limit = limit

    def draw(self, draw_rows, n):
        """Draw until n images have passed, or four times as many have been seen.

        Of more than 512, so many are drawn first; if fewer than an eighth of these pass, that was
        all.

        Parameters
        ----------
        draw_rows : callable
            ``draw_rows(n)`` gives n rows.
        n : int
            Images needed.

        Returns
        -------
        Drawn
            The first n that passed.
        """
        if self.limit is None:
            return Drawn(draw_rows(n), n, 0, 0)
        kept, n_drawn, n_copies, n_twins = self.real[:0], 0, 0, 0
        while len(kept) < n and n_drawn < max(MOST_DRAWN * n, LEAST_DRAWN):
            is_trial = n > N_TRIED and n_drawn == 0
            rows = draw_rows(N_TRIED if is_trial else max(n - len(kept), LEAST_DRAWN))
            n_drawn += len(rows)
            to_real, _ = nearest_distances(rows, self.real, image_shape=self.image_shape)
            n_copies += int((to_real <= self.limit).sum())
            rows, n_left = self._leave_out_twins(rows[to_real > self.limit], kept)
            kept = np.concatenate([kept, rows])
            n_twins += n_left
            if is_trial and len(kept) < N_TRIED / (2 * MOST_DRAWN):
                break
        return Drawn(kept[:n], n_drawn, n_copies, n_twins)

    def _leave_out_twins(self, rows, kept):
        """Give the rows that repeat neither one of those kept nor an earlier one; count others."""
        n_rows, settings = len(rows), {"image_shape": self.image_shape}
        if len(rows) and len(kept):
            rows = rows[nearest_distances(rows, kept, **settings)[0] > self.limit]
        if len(rows):
            rows = rows[~near_twins(rows, distance=self.limit, **settings)]
        return rows, n_rows - len(rows)
