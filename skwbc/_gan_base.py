"""What the samplers that train a GAN share."""

from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from skwbc._filters import read_filters
from skwbc._image_over_sampler import ImageOverSampler
from skwbc._network_state import NetworkStateMixin
from skwbc._replicas import refuse_replicas
from skwbc._seeding import draw_seed
from skwbc._types import Seed

AFTER_CTRL_C = (
    "The fit goes on: in a pipeline, the next step follows. Another Ctrl-C ends that, too."
)


class GANOverSamplerBase(NetworkStateMixin, ImageOverSampler):
    """Draw images of a class from what was trained.

    A subclass trains in `_generate`, where it sets `classes_` and `pixel_range_`, and draws in
    `_draw_rows`.
    """

    _parameter_constraints = {  # noqa: RUF012 - scikit-learn's convention
        **ImageOverSampler._parameter_constraints,
        "latent_dim": [Interval(Integral, 1, None, closed="left")],
        "generator_filters": ["array-like"],
        "discriminator_filters": ["array-like"],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "max_images": [Interval(Integral, 1, None, closed="left")],
        "max_seconds": [Interval(Real, 0, None, closed="neither"), None],
        "dtype": [StrOptions({"auto", "float32", "mixed_bfloat16"})],
        "verbose": ["verbose"],
    }

    def fit_resample(self, X: ArrayLike, y: Any, **params) -> tuple[Any, Any]:
        # the docstring is the parent's
        refuse_replicas(type(self).__name__)
        return super().fit_resample(X, y, **params)

    fit_resample.__doc__ = ImageOverSampler.fit_resample.__doc__

    def sample(self, n_images: int, y: Any, *, random_state: Seed = None) -> np.ndarray:
        """Draw more images of a class, from where `fit_resample` took them: the GAN, as a rule.

        A class in `fallback_` has another source, which may be changed copies of its images.

        Parameters
        ----------
        n_images : int
            How many, at least 1.
        y : object
            A class of `classes_`.
        random_state : int, RandomState instance or None, default=None
            Of the noise.

        Returns
        -------
        ndarray of shape (n_images, n_features) or (n_images, height, width[, channels])
            In the rank, the dtype and the range of the images fitted.

        Raises
        ------
        ValueError
            If `y` is a class that was not trained, or `n_images` is less than 1.
        NotFittedError
            Before `fit_resample`; `fit` trains nothing.
        """
        check_is_fitted(self, "pixel_range_")
        if n_images < 1:
            raise ValueError(f"Expected n_images of at least 1, received {n_images}.")
        if y not in self.classes_:
            raise ValueError(f"No GAN was trained for class {y!r}; classes: {self.classes_}.")
        rng = np.random.default_rng(draw_seed(random_state))
        rows = self._draw_rows(y, n_images, rng)
        return rows.reshape(n_images, *self._row_shape)

    def _check_networks(self):
        """Refuse widths of which no network can be built."""
        for name in ("generator_filters", "discriminator_filters"):
            read_filters(getattr(self, name), name)

    def _draw_rows(self, c, n, rng):
        """Draw flat images of class `c` in the dtype and range of the images fitted."""
        raise NotImplementedError
