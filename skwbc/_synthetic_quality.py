"""Judge the synthetic images of each class beside the real ones."""

import numpy as np

from skwbc._gan_selection import describe_rows, fit_scaler
from skwbc.metrics._diversity import diversity
from skwbc.metrics._kernel_distance import kernel_distance, kernel_distance_interval
from skwbc.metrics._memorisation import compare_distances
from skwbc.metrics._nearest import nearest_distances

LEAST_FOR_DISTANCE = 4  # images of a class, real and synthetic
MOST_JUDGED = 2_000  # of each, a sample of more: their number squared is the time it takes
DISTANCES = ["kernel_distance", "kernel_distance_low", "kernel_distance_high"]
DISTANCES += ["kernel_distance_floor", "closest_class"]
COUNTS = ["n_real", "n_synthetic", "n_drawn", "n_near_copies", "n_near_twins"]
FIGURES = [*COUNTS, "diversity", "nearest_real_ratio", *DISTANCES]
NEAR = 1.0  # kernel distance at which classes are too much alike to be a measure of it


class ClassJudge:
    """Compare synthetic images of a class with all real ones, by statistics and pixels.

    Parameters
    ----------
    rows : ndarray of shape (n_images, n_features)
        Real images.
    y : ndarray of shape (n_images,)
        Their classes.
    image_shape : tuple of int
        ``(height, width, channels)``.
    pixel_range : PixelRange
        Scale of the rows.
    among_real : RealDistances or ndarray of shape (n_images,)
        Distance of each real image to its nearest other one, in pixels.
    min_diversity : float
        Of the synthetic images, as a share of that of the real ones.
    max_distance : float or None
        Kernel distance of the synthetic images to the real ones, as a multiple of that of the
        farthest other class.
    """

    def __init__(
        self, rows, y, image_shape, pixel_range, among_real, *, min_diversity, max_distance
    ):
        self.rows, self.y, self.among_real = rows, y, among_real
        self.image_shape, self.pixel_range = image_shape, pixel_range
        self.min_diversity, self.max_distance = min_diversity, max_distance
        statistics = describe_rows(rows, image_shape, pixel_range)
        self.scaler = fit_scaler(statistics)
        scaled = self.scaler.transform(statistics)
        self.of_class = {c: _sample(scaled[y == c]) for c in np.unique(y).tolist()}

    def find_fault(self, c, drawn, n):
        """Say why images of a class can't be used, or give None.

        Parameters
        ----------
        c : object
            The class.
        drawn : Drawn
            Images that passed the filter.
        n : int
            Images needed.

        Returns
        -------
        str or None
        """
        if len(drawn.rows) < n:
            left_out = {"of real ones": drawn.n_copies, "of each other": drawn.n_twins}
            told = " and ".join(f"{m} were near-copies {of}" for of, m in left_out.items() if m)
            return (
                f"it gave {len(drawn.rows)} of the {n} images needed: of {drawn.n_drawn} drawn, "
                f"{told}"
            )
        if len(drawn.rows) > 1 and self.min_diversity > 0:
            found = self._measure_diversity(c, drawn.rows)
            if found < self.min_diversity:
                return f"its images are only {found:.2f} times as diverse as the real ones"
        if self.max_distance is not None and not self._has_few(c, drawn.rows):
            return self._find_distance(c, drawn.rows)
        return None

    def _find_distance(self, c, rows):
        """Say that images are too far from the real ones, or give None."""
        real = self.of_class[c]
        to_others = [
            kernel_distance(real, other)
            for name, other in self.of_class.items()
            if name != c and len(other) >= LEAST_FOR_DISTANCE
        ]
        found = self._measure_distances(c, rows)[DISTANCES.index("kernel_distance_low")]
        if not to_others or found <= self.max_distance * max(NEAR, *to_others):
            return None
        return (
            f"its images are too far from the real ones: their kernel distance is at least "
            f"{found:.3g}, that of the farthest other class {max(to_others):.3g}"
        )

    def _has_few(self, c, rows):
        """Tell whether a class has too few images for distances, or only equal ones."""
        real = self.rows[self.y == c]
        return min(len(real), len(rows)) < LEAST_FOR_DISTANCE or (real == real[0]).all()

    def describe(self, c, drawn):
        """Give the `FIGURES` of a class as a dict, NaN where there are too few images."""
        real = self.rows[self.y == c]
        few = self._has_few(c, drawn.rows)
        distances = [np.nan] * len(DISTANCES) if few else self._measure_distances(c, drawn.rows)
        figures = [
            *(len(real), len(drawn.rows), drawn.n_drawn, drawn.n_copies, drawn.n_twins),
            np.nan if few else self._measure_diversity(c, drawn.rows),
            self._measure_ratio(drawn.rows),
            *distances,
        ]
        return dict(zip(FIGURES, figures, strict=True))

    def _measure_diversity(self, c, rows):
        return diversity(_sample(self.rows[self.y == c]), _sample(rows))

    def _measure_ratio(self, rows):
        found = nearest_distances(_sample(rows), self.rows, image_shape=self.image_shape)
        return float(np.median(compare_distances(*found, self.among_real)))

    def _measure_distances(self, c, rows):
        """Give the `DISTANCES`: to the class's real images and the floor, and the nearest class."""
        rows = _sample(rows)
        fake = self.scaler.transform(describe_rows(rows, self.image_shape, self.pixel_range))
        distance = kernel_distance_interval(self.of_class[c], fake, random_state=0)
        to_classes = {
            other: kernel_distance(real, fake)
            for other, real in self.of_class.items()
            if len(real) >= LEAST_FOR_DISTANCE
        }
        closest = min(to_classes, key=to_classes.get)
        return [*distance, closest]


def _sample(rows):
    if len(rows) <= MOST_JUDGED:
        return rows
    return rows[np.random.default_rng(0).choice(len(rows), MOST_JUDGED, replace=False)]
