"""Show synthetic images above the real images that they are most like."""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_consistent_length

from skwbc._images import PixelRange, as_images, flatten_images, read_image_shape
from skwbc._seeding import draw_seed, seed_stream
from skwbc._types import ImageShape, Seed
from skwbc.displays._sheet import draw_sheet
from skwbc.metrics._memorisation import compare_distances
from skwbc.metrics._nearest import nearest_distances, nearest_others
from skwbc.metrics._pair_distances import list_poses
from skwbc.metrics._rows import refuse_two_scales

_HEADROOM = 0.3  # for the ratios, in heights of an image
_NO_CLASS = "synthetic"  # the name of the row where there are no classes


class NearestRealDisplay:
    """Two rows for each class: synthetic images, and under each its nearest real image.

    Has the generator learned its training images by heart? The number above a pair is the distance
    between the two, divided by the distance from that real image to the nearest other one: 1 is
    as far as real images lie apart, 0 a copy. Real images are flipped and turned as they fit best.

    Parameters
    ----------
    fake : array-like of shape (n_images, n_features) or (n_images, height, width[, channels])
        Synthetic images of 1 (grey), 3 (RGB) or 4 channels; of another number the mean is drawn.
    nearest : array-like of the shape of `fake`
        The real image for each, flipped and turned.
    ratios : array-like of shape (n_images,)
        The number for each.
    labels : array-like of shape (n_images,), default=None
        Classes of the synthetic images. By default all stand in one row.
    image_shape : tuple of int, default=None
        ``(height, width[, channels])`` of flat images. By default read from `fake`.

    Attributes
    ----------
    image_ : matplotlib.image.AxesImage
        The whole sheet.
    texts_ : list of matplotlib.text.Text
        The numbers, row by row.
    ax_ : matplotlib.axes.Axes
        Where it was drawn.
    figure_ : matplotlib.figure.Figure
        The figure of `ax_`.

    See Also
    --------
    skwbc.metrics.nearest_real_ratio : The numbers alone.

    Examples
    --------
    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> from skwbc.datasets import make_blood_cells
    >>> from skwbc.displays import NearestRealDisplay
    >>> cells = make_blood_cells(30, image_shape=(16, 16, 3), random_state=0)
    >>> copies = np.rot90(cells.images[:2], axes=(1, 2))
    >>> display = NearestRealDisplay.from_arrays(cells.images, copies, ax=Figure().subplots())
    >>> [text.get_text() for text in display.texts_]
    ['0.00', '0.00']
    >>> bool((display.nearest == copies).all())
    True
    """

    def __init__(
        self,
        fake: ArrayLike,
        nearest: ArrayLike,
        ratios: ArrayLike,
        labels: ArrayLike | None = None,
        *,
        image_shape: ImageShape | None = None,
    ) -> None:
        self.fake = fake
        self.nearest = nearest
        self.ratios = ratios
        self.labels = labels
        self.image_shape = image_shape

    @classmethod
    def from_arrays(
        cls,
        real: ArrayLike,
        fake: ArrayLike,
        *,
        y_real: ArrayLike | None = None,
        y_fake: ArrayLike | None = None,
        image_shape: ImageShape | None = None,
        n_images: int = 8,
        random_state: Seed = None,
        ax: Any = None,
    ) -> Self:
        """Search the nearest real images, and draw.

        Parameters
        ----------
        real : array-like of shape (n_real, n_features) or (n_real, height, width[, channels])
            Real images, of each class at least 2: those that the generator was fitted on.
        fake : array-like of shape (n_fake, n_features) or (n_fake, height, width[, channels])
            Synthetic images.
        y_real : array-like of shape (n_real,), default=None
            Classes of the real images: the search is then among those of the same class. By
            default it is among all.
        y_fake : array-like of shape (n_fake,), default=None
            Classes of the synthetic images, needed with `y_real`. By default all stand in one row.
        image_shape : tuple of int, default=None
            ``(height, width[, channels])`` of flat images. By default read from `real`.
        n_images : int, default=8
            The most synthetic images of a class.
        random_state : int, RandomState instance or None, default=None
            Of the choice, where a class has more of them.
        ax : matplotlib.axes.Axes, default=None
            Where to draw. By default on a new figure.

        Returns
        -------
        display : NearestRealDisplay
            Drawn.

        Raises
        ------
        ValueError
            If there are no synthetic images, if the images are not of `image_shape` or of different
            shapes, if bytes are compared with fractions, if there is not one class for each, or if
            a class has fewer than 2 real images.
        """
        display = search_nearest(
            real,
            fake,
            y_real=y_real,
            y_fake=y_fake,
            image_shape=image_shape,
            n_images=n_images,
            random_state=random_state,
            cls=cls,
        )
        return display.plot(ax=ax)

    @classmethod
    def from_estimator(
        cls,
        sampler: Any,
        X: ArrayLike,
        y: Any,
        *,
        n_images: int = 8,
        random_state: Seed = None,
        ax: Any = None,
    ) -> Self:
        """Draw images of each class from a fitted GAN, and search the nearest real ones.

        Parameters
        ----------
        sampler : GANOverSampler or any other with `sample`, `classes_` and `image_shape_`
            A fitted sampler.
        X : array-like of shape (n_real, n_features) or (n_real, height, width[, channels])
            The images that it was fitted on.
        y : array-like of shape (n_real,)
            Their classes.
        n_images : int, default=8
            Synthetic images of a class.
        random_state : int, RandomState instance or None, default=None
            Of the noise.
        ax : matplotlib.axes.Axes, default=None
            Where to draw. By default on a new figure.

        Returns
        -------
        display : NearestRealDisplay
            Drawn.

        Raises
        ------
        ValueError
            If X holds no images of the shape fitted, or fewer than 2 of a class.
        """
        seeds = seed_stream(draw_seed(random_state))
        drawn = [sampler.sample(n_images, c, random_state=next(seeds)) for c in sampler.classes_]
        return cls.from_arrays(
            X,
            np.concatenate(drawn),
            y_real=y,
            y_fake=np.repeat(sampler.classes_, n_images),
            image_shape=sampler.image_shape_,
            n_images=n_images,
            ax=ax,
        )

    def plot(self, ax: Any = None) -> Self:
        """Draw the sheet.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Where to draw. By default on a new figure of the sheet's proportions.

        Returns
        -------
        self : NearestRealDisplay
            With `image_`, `texts_`, `ax_` and `figure_`.

        Raises
        ------
        ValueError
            If `fake` and `nearest` hold no images of one shape and scale, or there are not as many
            of both, of `ratios` and of `labels`.
        """
        check_consistent_length(self.fake, self.nearest, self.ratios, self.labels)
        fake, nearest = self._scale()
        labels = np.full(len(fake), _NO_CLASS) if self.labels is None else np.asarray(self.labels)
        rows, names, ratios = [], [], []
        for label in np.unique(labels):
            of_class = labels == label
            rows += [fake[of_class], nearest[of_class]]
            names += [str(label), "nearest real"]
            ratios.append(np.asarray(self.ratios)[of_class])
        height, width = fake.shape[1:3]
        headroom = [max(1, round(_HEADROOM * height)), 0] * len(ratios)
        sheet = draw_sheet(rows, names, ax=ax, headroom=headroom)
        self.image_ = sheet.image
        self.ax_, self.figure_ = sheet.image.axes, sheet.image.figure
        self.texts_ = [
            self._write_ratio(ratio, left + (width - 1) / 2, top - 1)
            for top, of_class in zip(sheet.tops[::2], ratios, strict=True)
            for left, ratio in zip(sheet.lefts, of_class, strict=False)  # others have more columns
        ]
        return self

    def _scale(self):
        """Give both sets as images, scaled to [0, 1] by one range."""
        shape = read_image_shape(self.fake, self.image_shape)
        read_image_shape(self.nearest, shape)
        both = [as_images(images, shape) for images in (self.fake, self.nearest)]
        refuse_two_scales(*both)
        both = np.concatenate(both)
        return np.split((PixelRange.of(both).to_signed(both) + 1) / 2, 2)

    def _write_ratio(self, ratio, x, y):
        return self.ax_.text(x, y, f"{ratio:.2f}", ha="center", va="bottom", fontsize="small")


def search_nearest(
    real, fake, *, y_real, y_fake, image_shape, n_images, random_state, cls=NearestRealDisplay
):
    """Do as :meth:`NearestRealDisplay.from_arrays`, but draw nothing."""
    shape = read_image_shape(real, image_shape)
    read_image_shape(fake, shape)
    real, fake = (np.asarray(flatten_images(images)) for images in (real, fake))
    y_real, y_fake = _check_classes(real, fake, y_real, y_fake)
    if not len(fake):
        raise ValueError("Expected at least 1 synthetic image, received none.")
    rng = np.random.default_rng(draw_seed(random_state))
    parts = []
    for label in np.unique(y_fake):
        chosen = _choose(np.flatnonzero(y_fake == label), n_images, rng)
        of_class = real if y_real is None else _take_class(real, y_real, label)
        parts.append((fake[chosen], *_find_nearest(of_class, fake[chosen], shape), chosen))
    fake, nearest, ratios, chosen = (np.concatenate(part) for part in zip(*parts, strict=True))
    images = (as_images(rows, shape) for rows in (fake, nearest))
    return cls(*images, ratios, y_fake[chosen])


def _check_classes(real, fake, y_real, y_fake):
    """Give the classes as arrays; None for `y_real` stays."""
    if y_fake is None:
        if y_real is not None:
            raise ValueError("With y_real, y_fake is needed too; received y_real alone.")
        y_fake = np.full(len(fake), _NO_CLASS)
    classes = []
    for name, images, y in (("real", real, y_real), ("fake", fake, y_fake)):
        y = None if y is None else np.asarray(y)
        if y is not None and len(y) != len(images):
            raise ValueError(
                f"Expected one class an image, received {len(images)} {name} images and "
                f"{len(y)} classes."
            )
        classes.append(y)
    return classes


def _take_class(real, y_real, label):
    of_class = real[y_real == label]
    if len(of_class) < 2:
        raise ValueError(
            f"Expected at least 2 real images of class {label}, received {len(of_class)}."
        )
    return of_class


def _choose(indices, n_images, rng):
    """Choose some indices at random and keep their order."""
    return np.sort(rng.choice(indices, min(n_images, len(indices)), replace=False))


def _find_nearest(real, fake, image_shape):
    """Give the nearest real row of each synthetic one, flipped and turned, and the ratios."""
    to_real, indices = nearest_distances(fake, real, image_shape=image_shape)
    found, positions = np.unique(indices, return_inverse=True)
    ratios = compare_distances(to_real, positions, nearest_others(real, found, image_shape))
    turned = np.stack([real[indices][:, pose] for pose in list_poses(image_shape)])
    squared = np.sum((turned.astype(np.float64) - fake) ** 2, axis=-1)  # (n_poses, n_images)
    return turned[np.argmin(squared, axis=0), np.arange(len(fake))], ratios
