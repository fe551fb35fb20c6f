"""Photos of one laboratory in the colours of another."""

import warnings
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from skimage.color import lab2rgb, rgb2lab
from sklearn.base import OneToOneFeatureMixin, _fit_context
from sklearn.utils._param_validation import StrOptions

from skwbc._image_transformer import ImageTransformer, restore_rank
from skwbc._images import PixelRange, as_images
from skwbc._types import ImageShape

LEAST_STD = 0.05  # of Lab: below, there is nothing but rounding
DARKEST = 1 / 255  # of white: below, light is not told from none
LEAST_DENSITY = 0.15  # of a pixel that is stained, in each channel
LEAST_STAINED = 16  # pixels, to tell two dyes apart
ANGLES = (1, 99)  # percentiles, of the extreme colours
STRONGEST = 99  # percentile of the amount of each dye
WHITE = 95  # percentile of each channel


class StainNormalizer(OneToOneFeatureMixin, ImageTransformer):
    """Give each image the colours that the images in `fit` have on average.

    Laboratories stain, light and photograph differently, and a network takes such differences for
    those between cells. Every image is changed by itself, from its own colours.

    Images of one line, that is rows of a table, are handed on as they are.

    Parameters
    ----------
    method : {"reinhard", "macenko"}, default="reinhard"
        "reinhard" [1]_ brings mean and standard deviation of each channel in CIE Lab to those of
        the fit; "macenko" [2]_ finds the colours of two dyes in each image, takes them apart, and
        puts them together in the colours and strengths of the fit; what is white in an image, which
        the method takes for granted, is its brightest twentieth. An image in which too little is
        stained for that is left alone; on photos of very different light it can leave dark nuclei
        with pale centres, so look at some.
    image_shape : tuple of int, default=None
        ``(height, width, channels)`` of the images in a flat X. By default read from a 4-D X, while
        each row of a 2-D X is an image of one line.

    Attributes
    ----------
    mean_, std_ : ndarray of shape (3,)
        With "reinhard": the average mean and standard deviation of L, a and b.
    dyes_ : ndarray of shape (2, 3)
        With "macenko": average optical densities of red, green and blue of the bluer and the redder
        dye, of length 1.
    strengths_ : ndarray of shape (2,)
        With "macenko": their average amount in the strongest hundredth of the pixels.
    white_ : ndarray of shape (3,)
        With "macenko": average red, green and blue of what is white, in [0, 1].
    pixel_range_ : PixelRange
        The values of black and white: 0 and 255 for uint8 with values above 1, 0 and 1 for floats
        within these, 0 and the largest value in `fit` of other images without negative ones, or
        else the extremes. Values beyond count as black or white.
    image_shape_ : tuple of int
        ``(height, width, channels)``.
    n_features_in_ : int
        ``height * width * channels``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Column names, where X is a DataFrame with string names.

    References
    ----------
    .. [1] E. Reinhard et al., "Color Transfer between Images", IEEE Computer Graphics and
       Applications 21, 2001; in CIE Lab instead of their own space.
    .. [2] M. Macenko et al., "A Method for Normalizing Histology Slides for Quantitative Analysis",
       ISBI 2009.

    Examples
    --------
    >>> from skwbc import StainNormalizer
    >>> from skwbc.datasets import make_blood_cells
    >>> ours = make_blood_cells(8, image_shape=(32, 32, 3), random_state=0).images
    >>> theirs = (ours * [0.9, 0.9, 0.6]).astype("uint8")  # yellow light
    >>> changed = StainNormalizer().fit(ours).transform(theirs)
    >>> bool(abs(changed.mean(axis=(0, 1, 2)) - ours.mean(axis=(0, 1, 2))).max() < 5)
    True
    """

    _read_range = staticmethod(PixelRange.of_light)
    _parameter_constraints = {  # noqa: RUF012 - scikit-learn's convention
        **ImageTransformer._parameter_constraints,
        "method": [StrOptions({"reinhard", "macenko"})],
    }

    def __init__(self, *, method: str = "reinhard", image_shape: ImageShape | None = None) -> None:
        self.method = method
        self.image_shape = image_shape

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: Any = None) -> Self:
        """Learn the colours of images.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features) or (n_images, height, width, 3)
            Colour images, flat or not, of any real dtype.
        y : None
            Ignored.

        Returns
        -------
        self : StainNormalizer
            Fitted.

        Raises
        ------
        ValueError
            If X holds no colour images of `image_shape`, NaN or infinity; with "macenko", if too
            little is stained in all images.
        """
        rows = self._learn_rows(X)
        if self._is_table():
            return self
        if self.image_shape_[2] != 3:
            raise ValueError(
                f"Expected images of 3 channels, red, green and blue, received "
                f"{self.image_shape_[2]}."
            )
        images = self._iterate(rows)
        if self.method == "reinhard":
            labs = map(rgb2lab, images)
            found = [(lab.mean(axis=(0, 1)), lab.std(axis=(0, 1))) for lab in labs]
            self.mean_, self.std_ = np.mean(found, axis=0)
            return self
        found = [(find_white(image), find_dyes(measure_density(image))) for image in images]
        found = [(white, *dyes) for white, dyes in found if dyes is not None]
        if not found:
            raise ValueError("Too little is stained in all images to find the colours of two dyes.")
        self.white_, dyes, self.strengths_ = (
            np.mean(part, axis=0) for part in zip(*found, strict=True)
        )
        self.dyes_ = dyes / np.linalg.norm(dyes, axis=1, keepdims=True)
        return self

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Change images to the colours learned.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features) or (n_images, height, width, 3)
            Images of the shape and the range of those in `fit`.

        Returns
        -------
        ndarray of the shape and the dtype of X
            Changed images.

        Raises
        ------
        ValueError
            If X holds other images than `fit` did, NaN or infinity.
        """
        rows = self._check_rows(X)
        if self._is_table():
            return restore_rank(as_images(rows, self.image_shape_), X)
        change = self._change_by_reinhard if self.method == "reinhard" else self._change_by_macenko
        changed = np.empty((len(rows), *self.image_shape_), dtype=rows.dtype)
        for i, image in enumerate(self._iterate(rows)):
            new = change(image)
            if new is None:
                changed[i] = rows[i].reshape(self.image_shape_)
                continue
            signed = 2 * np.clip(new, 0, 1) - 1
            changed[i] = self.pixel_range_.from_signed(signed, rows.dtype)
        return restore_rank(changed, X)

    def _iterate(self, rows):
        """Yield image by image, scaled to [0, 1]: the floats of several would take much memory."""
        for image in as_images(rows, self.image_shape_):
            yield np.clip((self.pixel_range_.to_signed(image) + 1) / 2, 0, 1)

    def _change_by_reinhard(self, image):
        lab = rgb2lab(image)
        std = lab.std(axis=(0, 1))
        scale = np.divide(self.std_, std, out=np.ones(3), where=std > LEAST_STD)
        with warnings.catch_warnings():  # of colours that there are not, and that are clipped
            warnings.filterwarnings("ignore", "Conversion from CIE-LAB", UserWarning)
            return lab2rgb((lab - lab.mean(axis=(0, 1))) * scale + self.mean_)

    def _change_by_macenko(self, image):
        density = measure_density(image)
        found = find_dyes(density)
        if found is None:
            return None
        dyes, strengths = found
        amounts = take_apart(density, dyes) * (self.strengths_ / strengths)
        return self.white_ * np.exp(-(amounts @ self.dyes_)).reshape(image.shape)


def find_white(image):
    """Give red, green and blue of the brightest part of an image in [0, 1]."""
    return np.maximum(np.percentile(image, WHITE, axis=(0, 1)), DARKEST)


def measure_density(image):
    """Give the optical density of each pixel: (height, width, 3) in [0, 1] -> (n_pixels, 3)."""
    light = np.maximum(image, DARKEST) / find_white(image)
    return -np.log(light).reshape(-1, 3).astype(np.float64)


def find_dyes(density):
    """Find the colours of two dyes, and how much of each there is.

    Parameters
    ----------
    density : ndarray of shape (n_pixels, 3)

    Returns
    -------
    dyes : ndarray of shape (2, 3)
        Optical densities of red, green and blue, of length 1; the bluer dye, which takes more red
        light, first.
    strengths : ndarray of shape (2,)
        Amount of each in the strongest hundredth of the pixels.

    None, instead of both, if too little is stained.
    """
    stained = density[(density > LEAST_DENSITY).all(axis=1)]
    if len(stained) < LEAST_STAINED:
        return None
    plane = np.linalg.eigh(np.cov(stained.T))[1][:, :0:-1]  # of the two largest eigenvalues
    plane = plane * np.where(plane.sum(axis=0) < 0, -1, 1)
    along = stained @ plane
    angles = np.percentile(np.arctan2(along[:, 1], along[:, 0]), ANGLES)
    dyes = np.stack([np.cos(angles), np.sin(angles)], axis=1) @ plane.T
    dyes = np.abs(dyes[np.argsort(-dyes[:, 0])])
    dyes /= np.linalg.norm(dyes, axis=1, keepdims=True)
    strengths = np.percentile(take_apart(density, dyes), STRONGEST, axis=0)
    apart = np.linalg.norm(np.cross(*dyes)) > 1e-3
    return (dyes, strengths) if apart and (strengths > 0).all() else None


def take_apart(density, dyes):
    """Give the amount of each dye in each pixel, by least squares: (n_pixels, 2)."""
    return density @ np.linalg.pinv(dyes)
