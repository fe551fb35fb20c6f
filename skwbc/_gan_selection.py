"""Find the best moment of a GAN's training, by images that it was not trained on."""

import keras
import numpy as np
from sklearn.preprocessing import StandardScaler

from skwbc._gan_training import draw_images
from skwbc._images import as_images
from skwbc.metrics._image_statistics import image_statistics
from skwbc.metrics._kernel_distance import KernelDistanceInterval, kernel_distance_interval

N_DRAWN = 192  # images for each measurement, drawn from the same noise every time
MOST_HELD_OUT = 1_000  # of more, a sample: each measurement draws as many images
N_DESCRIBED = 64  # rows turned into floats at a time
N_RESAMPLES = 100  # for the uncertainty of each measurement
LEAST_SCALE = 1e-5  # of a statistic: those of photos vary by far more, rounding by far less
STANDARD_ERRORS = 1.96  # from the middle of a 95 % interval to its ends
NO_NUMBERS = KernelDistanceInterval(np.inf, np.inf, np.inf, np.nan)


class ValidationDistance:
    """The kernel distance of generated images to held-out real ones, classes included.

    An image is described by its statistics, scaled by those of real images, and by its class, so
    that images of the wrong class are far away, too. The same noise is used at every call: what
    changes from one to the next is the generator.

    Parameters
    ----------
    rows : ndarray or LazyImages of shape (n_images, n_features)
        All real images, of which the statistics are scaled.
    codes : ndarray of shape (n_images,)
        Class codes, from 0.
    held_out : ndarray of int
        Rows that the generator is not trained on.
    image_shape : tuple of int
        ``(height, width, channels)``.
    pixel_range : PixelRange
        Scale of the rows.
    seed : int
        Of the noise.
    """

    def __init__(self, rows, codes, held_out, image_shape, pixel_range, *, seed):
        self.seed = seed
        self.n_classes = codes.max() + 1
        statistics = describe_rows(rows, image_shape, pixel_range)
        self.scaler = fit_scaler(statistics)
        if len(held_out) > MOST_HELD_OUT:
            held_out = np.random.default_rng(seed).choice(held_out, MOST_HELD_OUT, replace=False)
        n_drawn = max(N_DRAWN, len(held_out))
        self.codes = codes[held_out][np.arange(n_drawn) * len(held_out) // n_drawn]
        self.real = self._join(statistics[held_out], codes[held_out])

    def __call__(self, generator):
        """Measure a generator of noise and classes, as KernelDistanceInterval.

        Where it draws no numbers, all is infinite but the floor, which is NaN.
        """
        rng = np.random.default_rng(self.seed)
        one_hot = np.eye(self.n_classes, dtype=np.float32)[self.codes]
        with np.errstate(all="ignore"):  # of what is no number
            statistics = draw_images(
                generator, len(self.codes), rng=rng, one_hot=one_hot, convert=image_statistics
            )
        if not np.isfinite(statistics).all():
            return NO_NUMBERS
        drawn = self._join(statistics, self.codes)
        return kernel_distance_interval(
            self.real, drawn, n_resamples=N_RESAMPLES, random_state=self.seed
        )

    def _join(self, statistics, codes):
        """Put scaled statistics beside the class, which weighs as much as all of them."""
        scaled = self.scaler.transform(statistics)
        of_class = np.eye(self.n_classes)[codes] * np.sqrt(scaled.shape[1])
        return np.concatenate([scaled, of_class], axis=1)


class BestMoment(keras.callbacks.Callback):
    """Keep the last averaged generator that can't be told from the one of the least distance.

    A few held-out images tell moments apart but roughly, and longer training makes sharper
    images. So the rule is that of one standard error [1]_: the last moment whose distance is not
    larger than the least by more than the standard error of the latter.

    Parameters
    ----------
    measure : callable
        ``measure(generator)`` gives a KernelDistanceInterval of 95 %.

    Attributes
    ----------
    distances : list of float
        After each part.
    best_distance : float
        The least of them, and of what a warm start began with.

    References
    ----------
    .. [1] L. Breiman, J. H. Friedman, R. A. Olshen and C. J. Stone, "Classification and Regression
       Trees", 1984, section 3.4.3.
    """

    def __init__(self, measure):
        super().__init__()
        self.measure = measure
        self.distances = []
        self.best_distance = np.inf
        self._error = 0.0
        self._weights = None

    def on_epoch_end(self, epoch, logs=None):
        """Compare this moment with the best."""
        self.distances.append(self.consider(self.model.averaged))

    def consider(self, generator):
        """Measure a generator, and keep its weights if it is as good as the best.

        Parameters
        ----------
        generator : keras.Model
            Of noise and classes.

        Returns
        -------
        float
            Its distance.
        """
        found = self.measure(generator)
        if found.value < self.best_distance:
            self.best_distance = float(found.value)
            self._error = (found.high - found.low) / (2 * STANDARD_ERRORS)
        if np.isfinite(found.value) and found.value <= self.best_distance + self._error:
            self._weights = generator.get_weights()
        return float(found.value)

    def restore(self, generator):
        """Give a generator the weights of the best moment, if there was one."""
        if self._weights is not None:
            generator.set_weights(self._weights)


def fit_scaler(statistics):
    """Fit a StandardScaler, to which a statistic that varies by rounding alone is constant."""
    scaler = StandardScaler().set_output(transform="default").fit(statistics)
    scaler.scale_[scaler.scale_ < LEAST_SCALE] = 1.0
    return scaler


def describe_rows(rows, image_shape, pixel_range):
    """Describe flat images of any dtype, without a copy of them all: (n, n_statistics)."""
    parts = (rows[start : start + N_DESCRIBED] for start in range(0, len(rows), N_DESCRIBED))
    images = (as_images(pixel_range.to_signed(part), image_shape) for part in parts)
    return np.concatenate([image_statistics(part) for part in images])
