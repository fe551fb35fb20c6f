"""SMOTE on the pixels of images, of any dtype and rank."""

from numbers import Integral

import numpy as np
from imblearn.over_sampling import SMOTE
from sklearn.utils._param_validation import Interval

from skwbc._image_over_sampler import ImageOverSampler
from skwbc._images import PixelRange
from skwbc._seeding import draw_seed
from skwbc._types import ImageShape, SamplingStrategy, Seed


class PixelSMOTE(ImageOverSampler):
    """Draw images between an image of a class and one of its nearest neighbours [1]_.

    imbalanced-learn's SMOTE, with what it lacks for images: pixels are interpolated as floats (as
    bytes they would wrap around), rounded to the dtype of X, and keep their shape; a class of few
    images has fewer neighbours.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        As in imbalanced-learn.
    k_neighbors : int, default=5
        Neighbours to choose from; all others of a class that has fewer.
    image_shape : tuple of int, default=None
        ``(height, width[, channels])`` of the images in a flat X.
    random_state : int, RandomState instance or None, default=None
        Of the draws.

    References
    ----------
    .. [1] N. Chawla et al., "SMOTE: Synthetic Minority Over-sampling Technique", Journal of
       Artificial Intelligence Research 16, 2002.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.array([[0], [200], [255], [255], [255]], dtype=np.uint8)
    >>> sampler = PixelSMOTE(random_state=0)
    >>> X, y = sampler.fit_resample(X.reshape(5, 1, 1, 1), [0, 0, 1, 1, 1])
    >>> X.shape, X.dtype.name, bool(0 < X[5].item() < 200)
    ((6, 1, 1, 1), 'uint8', True)
    """

    _parameter_constraints = {  # noqa: RUF012
        **ImageOverSampler._parameter_constraints,
        "k_neighbors": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        *,
        sampling_strategy: SamplingStrategy = "auto",
        k_neighbors: int = 5,
        image_shape: ImageShape | None = None,
        random_state: Seed = None,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.k_neighbors = k_neighbors
        self.image_shape = image_shape
        self.random_state = random_state

    def _generate(self, X, y, needed, context):
        seed = draw_seed(self.random_state)
        pixel_range = PixelRange.of(X)
        return [
            pixel_range.fit_in(self._fill_class(X, y, c, n, seed), X.dtype)
            for c, n in needed.items()
        ]

    def _fill_class(self, X, y, c, n_needed, seed):
        rows = np.flatnonzero(y == c)
        n_images = len(rows)
        if n_images < 2:
            raise ValueError(
                f"SMOTE draws between two images, but class {str(c)!r} has 1. Add images, or leave "
                "the class out of `sampling_strategy`."
            )
        smote = SMOTE(
            sampling_strategy={c: n_images + n_needed},
            k_neighbors=min(self.k_neighbors, n_images - 1),
            random_state=seed,
        )
        # SMOTE copies what it is given: so the class alone, and one image more, for it wants two
        rows = np.append(rows, np.flatnonzero(y != c)[:1])
        floats = X[rows].astype(np.promote_types(X.dtype, np.float32))
        return smote.fit_resample(floats, y[rows])[0][len(rows) :]
