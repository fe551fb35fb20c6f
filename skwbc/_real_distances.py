"""Distances among real images, found when they are asked for."""

import numpy as np

from skwbc.metrics._nearest import nearest_others

MOST_SAMPLED = 2_000  # images that a limit rests on; all of a smaller set


class RealDistances:
    """The distance of each real image to its nearest other one, in any pose.

    To find them all takes time with the square of the number of images.

    Parameters
    ----------
    rows : ndarray of shape (n_images, n_features)
        Real images, at least 2.
    image_shape : tuple of int
        ``(height, width, channels)``.

    Examples
    --------
    >>> import numpy as np
    >>> among_real = RealDistances(np.array([[0.0], [1.0], [5.0]]), (1, 1, 1))
    >>> among_real[np.array([2, 0, 2])].tolist()
    [4.0, 1.0, 4.0]
    """

    def __init__(self, rows, image_shape):
        self._rows, self._image_shape = rows, image_shape
        self._found = np.full(len(rows), np.nan)

    def __getitem__(self, indices):
        """Give the distances of some images: (n,) of int -> (n,)."""
        wanted = np.unique(indices)
        unknown = wanted[np.isnan(self._found[wanted])]
        if len(unknown):
            self._found[unknown] = nearest_others(self._rows, unknown, self._image_shape)
        return self._found[indices]

    def sample(self):
        """Give the distances of all images, of a large set those of a sample."""
        indices = np.arange(len(self._rows))
        if len(indices) > MOST_SAMPLED:
            indices = np.random.default_rng(0).choice(indices, MOST_SAMPLED, replace=False)
        return self[indices]
