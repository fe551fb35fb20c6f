"""Over-sampling by changed copies of real images."""

from numbers import Real

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions

from skwbc._changed_copies import change_cells, change_images
from skwbc._image_over_sampler import ImageOverSampler
from skwbc._images import PixelRange
from skwbc._seeding import draw_seed
from skwbc._types import ImageShape, SamplingStrategy, Seed


class AugmentationOverSampler(ImageOverSampler):
    """Draw real images of a class with replacement, and change each copy at random.

    It is the bar that a GAN has to beat: it costs nothing and invents nothing.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        As in imbalanced-learn: "auto" and "not majority" bring every other class to the size of
        the largest; a dict gives totals per class, originals included; a float is the ratio of
        minority to majority of two classes.
    augmentation : {"traditional", "cells"}, default="traditional"
        "traditional": copies are flipped and turned, as the next three parameters say. "cells":
        they are changed as a classifier with ``augmentation="cells"`` changes its training images,
        by all flips and turns by quarters, shifts, more or less of each dye and of light; the next
        three parameters are not used.
    horizontal_flip : bool, default=True
        Mirror about half of the copies, left to right.
    vertical_flip : bool, default=False
        Mirror about half of the copies, top to bottom.
    rotation : float, default=10.0
        Largest turn, either way, in degrees, in [0, 180]; corners are filled by reflection.
        Together with the horizontal flip the default is the published "traditional" augmentation.
    image_shape : tuple of int, default=None
        ``(height, width[, channels])`` of the images in a flat X. By default read from a 4-D or
        3-D X, while each row of a 2-D X is an image of one line.
    random_state : int, RandomState instance or None, default=None
        Of the draws.

    Attributes
    ----------
    sampling_strategy_ : dict
        Rows made for each class.
    image_shape_ : tuple of int
        ``(height, width, channels)``.
    sample_indices_ : ndarray of int
        Row of X that each row of the result is, or is a changed copy of.
    synthetic_mask_ : ndarray of shape (n_rows,)
        True for each row returned that is synthetic.
    n_features_in_ : int
        ``height * width * channels``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Column names, where X is a DataFrame with string names.

    See Also
    --------
    GANOverSampler : New images instead of changed copies.

    Examples
    --------
    >>> from collections import Counter
    >>> from skwbc import AugmentationOverSampler
    >>> from skwbc.datasets import make_blood_cells
    >>> cells = make_blood_cells(40, weights=(1, 1, 2, 4), random_state=0)
    >>> sampler = AugmentationOverSampler(sampling_strategy={0: 10, 1: 8}, random_state=0)
    >>> images, target = sampler.fit_resample(cells.images, cells.target)
    >>> images.shape, images.dtype.name
    ((48, 60, 80, 3), 'uint8')
    >>> sorted(Counter(target.tolist()).items())
    [(0, 10), (1, 8), (2, 10), (3, 20)]
    """

    _parameter_constraints = {  # noqa: RUF012
        **ImageOverSampler._parameter_constraints,
        "augmentation": [StrOptions({"traditional", "cells"})],
        "horizontal_flip": ["boolean"],
        "vertical_flip": ["boolean"],
        "rotation": [Interval(Real, 0, 180, closed="both")],
    }

    def __init__(
        self,
        *,
        sampling_strategy: SamplingStrategy = "auto",
        augmentation: str = "traditional",
        horizontal_flip: bool = True,
        vertical_flip: bool = False,
        rotation: float = 10.0,
        image_shape: ImageShape | None = None,
        random_state: Seed = None,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.augmentation = augmentation
        self.horizontal_flip = horizontal_flip
        self.vertical_flip = vertical_flip
        self.rotation = rotation
        self.image_shape = image_shape
        self.random_state = random_state

    def _generate(self, X, y, needed, context):
        rng = np.random.default_rng(draw_seed(self.random_state))
        drawn = [rng.choice(np.flatnonzero(y == c), n) for c, n in needed.items()]
        self.sample_indices_ = np.concatenate([np.arange(len(X)), *drawn])
        pixel_range = PixelRange.of(X)
        return [self._change(X[rows], pixel_range, rng) for rows in drawn]

    def _change(self, rows, pixel_range, rng):
        """Change images as `augmentation` says."""
        if self.augmentation == "cells":
            return change_cells(rows, self.image_shape_, pixel_range, rng)
        return change_images(
            rows,
            self.image_shape_,
            pixel_range,
            rng,
            flips=(self.horizontal_flip, self.vertical_flip),
            rotation=self.rotation,
        )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.sampler_tags.sample_indices = True
        return tags
