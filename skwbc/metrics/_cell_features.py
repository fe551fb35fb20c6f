"""What a haematologist looks at, as numbers."""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy import ndimage
from skimage.color import gray2rgb, rgb2lab
from skimage.measure import regionprops
from sklearn.base import _fit_context
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted

from skwbc._images import PixelRange, as_images
from skwbc._types import ImageShape
from skwbc.metrics._image_features import ImageFeatures
from skwbc.metrics._nucleus import find_nucleus, label_blobs, measure_offset

_RING = 0.12  # width of the ring around the nucleus, in sides of the frame
_GRAIN = 1.5 / 64  # what is coarser than this, in sides of the frame, is no granule
_CORE = 0.7  # pixels deeper than this share of the depth are the cores of lobes
_UNLIKE_BACKGROUND = 8.0  # distance in Lab


class CellFeatures(ImageFeatures):
    """Form and colour of a stained white cell, measured without training.

    The nucleus is found by its stain: dark and blue against everything else. Features are
    measured on it, on a ring around it that holds the cytoplasm, and on the background. Granules
    as dark as the nucleus, which some eosinophils have, are taken for a part of it.

    Images of 3 channels are read as RGB, of 4 as RGB with another one that is ignored, and of
    any other number as grey: the mean of the channels. Grey images have the same features, those
    of colour (a and b) being zero.

    Parameters
    ----------
    image_shape : tuple of int, default=None
        ``(height, width[, channels])`` of the images in a flat X. By default read from a 4-D or
        3-D X, while each row of a 2-D X is an image of one line.

    Attributes
    ----------
    pixel_range_ : PixelRange
        The values of black and white: 0 and 255 for uint8 with values above 1, 0 and 1 for floats
        within these, 0 and the largest value in `fit` of other images without negative ones, or
        else the extremes. Values beyond count as black or white. Nothing else is learned.
    image_shape_ : tuple of int
        ``(height, width, channels)``.
    n_features_in_ : int
        ``height * width * channels``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Column names, where X is a DataFrame with string names.

    Notes
    -----
    The features, in their order (lengths and areas are relative, so that the size of the frame
    in pixels matters little; colours are in CIE Lab: L from 0 to 100, a from green to red, b from
    blue to yellow):

    - ``nucleus_area``, share of the frame; ``n_nucleus_parts``, separate blobs; ``n_lobes``, the
      pieces that are left when the nucleus is eaten away from its edge to 70 % of its depth;
    - ``eccentricity``, of the ellipse of the same moments; ``solidity``, share of the convex hull;
      ``roughness``, squared perimeter by area, 1 for a disc; ``depth`` and ``mean_depth``, the
      distance from the edge by the radius of a disc of the same area;
    - ``nucleus_y`` and ``nucleus_x``, of its centre relative to that of the frame, in heights and
      widths of it;
    - ``nucleus_L``, ``_a``, ``_b``, mean colour; ``nucleus_spread_L``, ``_a``, ``_b``, its standard
      deviation;
    - ``ring_L``, ``_a``, ``_b`` and ``ring_spread_L``, ``_a``, ``_b``, the same of the ring;
      ``ring_red`` and ``ring_blue``, the tenth of its pixels of the largest a and of the smallest
      b begins there;
    - ``granularity_L``, ``_a``, ``_b``, root of the mean square of what a blur takes from the ring;
    - ``cytoplasm_area``, pixels of the ring that differ from the background, by those of the
      nucleus;
    - ``contrast``, distance between the mean colours of nucleus and ring;
    - ``background_L``, ``_a``, ``_b``, median of the brighter half of what is neither nucleus nor
      ring.

    All are zero for an image in which no nucleus stands out.

    Their units differ: shares are at most 1, lightness is at most 100. Scale the columns alike
    before any distance is taken, for example by a ``StandardScaler`` that is fitted on real images.

    Examples
    --------
    >>> from skwbc.datasets import make_blood_cells
    >>> from skwbc.metrics import CellFeatures
    >>> cells = make_blood_cells(4, image_shape=(32, 32, 3), random_state=0)
    >>> features = CellFeatures().set_output(transform="pandas").fit_transform(cells.images)
    >>> features.shape
    (4, 32)
    >>> list(features.columns[:3])
    ['nucleus_area', 'n_nucleus_parts', 'n_lobes']
    """

    _read_range = staticmethod(PixelRange.of_light)
    _parameter_constraints = {  # noqa: RUF012 - scikit-learn's convention
        "image_shape": [tuple, list, None]
    }

    def __init__(self, *, image_shape: ImageShape | None = None) -> None:
        self.image_shape = image_shape

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: Any = None) -> Self:
        """Read the shape of the images and the range of their values.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features) or (n_images, height, width[, channels])
            Images, flat or not, of any real dtype.
        y : None
            Ignored.

        Returns
        -------
        self : CellFeatures
            Fitted.

        Raises
        ------
        ValueError
            If X holds no images of `image_shape`, NaN or infinity.
        """
        self._learn_pixels(X)
        return self

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Measure each image.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features) or (n_images, height, width[, channels])
            Images, in either form, whichever one `fit` got.

        Returns
        -------
        ndarray of shape (n_images, 32), dtype float64
            Never NaN.

        Raises
        ------
        ValueError
            If the images are of another shape or scale than those in `fit`.
        """
        check_is_fitted(self)
        images = as_images(self._read_pixels(X), self.image_shape_)
        return np.array([_measure_image(np.clip(self._scale(image), 0, 1)) for image in images])

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> np.ndarray:
        """Name the features.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Not used; has to be the columns of the DataFrame in `fit`, if there was one.

        Returns
        -------
        ndarray of str
            In the order of the columns.
        """
        check_is_fitted(self)
        _check_feature_names_in(self, input_features, generate_names=False)
        return np.array(_NAMES, dtype=object)


def _measure_image(image):
    """Measure one image of values in [0, 1]."""
    lab = _to_lab(image)
    nucleus = find_nucleus(lab)
    if not nucleus.any():
        return [0.0] * len(_NAMES)
    ring, background = _find_surroundings(lab, nucleus)
    return [
        *_measure_form(nucleus),
        *_measure_colours(lab, nucleus, ring, background),
    ]


def _to_lab(image):
    """Turn (height, width, channels) in [0, 1] into CIE Lab."""
    if image.shape[-1] in (3, 4):
        return rgb2lab(image[..., :3])
    lab = rgb2lab(gray2rgb(image.mean(axis=-1)))
    lab[..., 1:] = 0  # free of rounding errors
    return lab


def _find_surroundings(lab, nucleus):
    """Find the ring around the nucleus, gaps between its lobes included, and the background.

    Neither is ever empty: where there is no room for them, they are all that is no nucleus.
    """
    side = min(nucleus.shape)
    region = regionprops(nucleus.astype(np.uint8))[0]
    hull = nucleus.copy()
    hull[region.slice] |= region.image_convex
    near = ndimage.distance_transform_edt(~hull) <= side * _RING
    edge = ndimage.distance_transform_edt(~nucleus) <= side / 64  # where the two colours mix
    ring = near & ~edge & ~nucleus
    outside = ~near & ~nucleus
    ring, outside = (part if part.any() else ~nucleus for part in (ring, outside))
    lightness = lab[..., 0]
    return ring, outside & (lightness >= np.median(lightness[outside]))


_FORM = (
    *("nucleus_area", "n_nucleus_parts", "n_lobes"),
    *("eccentricity", "solidity", "roughness", "depth", "mean_depth"),
    *("nucleus_y", "nucleus_x"),
)


def _measure_form(nucleus):
    """Measure `_FORM`."""
    region = regionprops(nucleus.astype(np.uint8))[0]
    depth = ndimage.distance_transform_edt(np.pad(nucleus, 1))
    radius = np.sqrt(region.area / np.pi)
    return [
        nucleus.mean(),
        label_blobs(nucleus)[1],
        label_blobs(depth > _CORE * depth.max())[1],
        region.eccentricity,
        region.solidity,
        region.perimeter**2 / (4 * np.pi * region.area),
        depth.max() / radius,
        depth[depth > 0].mean() / radius,
        *measure_offset(np.array(region.centroid), nucleus.shape),
    ]


def _name_colours(name):
    return [f"{name}_{axis}" for axis in "Lab"]


_COLOURS = (
    *_name_colours("nucleus"),
    *_name_colours("nucleus_spread"),
    *_name_colours("ring"),
    *_name_colours("ring_spread"),
    *("ring_red", "ring_blue"),
    *_name_colours("granularity"),
    *("cytoplasm_area", "contrast"),
    *_name_colours("background"),
)
_NAMES = (*_FORM, *_COLOURS)


def _measure_colours(lab, nucleus, ring, background):
    """Measure `_COLOURS`."""
    sigma = min(nucleus.shape) * _GRAIN
    grains = (lab - ndimage.gaussian_filter(lab, (sigma, sigma, 0)))[ring]
    of_nucleus, of_ring = lab[nucleus], lab[ring]
    of_background = np.median(lab[background], axis=0)
    differs = np.linalg.norm(of_ring - of_background, axis=1) > _UNLIKE_BACKGROUND
    return [
        *of_nucleus.mean(axis=0),
        *of_nucleus.std(axis=0),
        *of_ring.mean(axis=0),
        *of_ring.std(axis=0),
        np.quantile(of_ring[:, 1], 0.9),
        np.quantile(of_ring[:, 2], 0.1),
        *np.sqrt(np.mean(grains**2, axis=0)),
        differs.sum() / nucleus.sum(),
        np.linalg.norm(of_nucleus.mean(axis=0) - of_ring.mean(axis=0)),
        *of_background,
    ]
