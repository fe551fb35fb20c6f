"""Drawn fields of blood smears, for examples and tests that need no download."""

from collections.abc import Sequence
from itertools import islice
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils._param_validation import Interval, validate_params

from skwbc._seeding import draw_seed, seed_stream
from skwbc._types import ImageShape, Seed
from skwbc.datasets._bunch import image_bunch
from skwbc.datasets._cell_drawing import KINDS, blend, draw_field
from skwbc.datasets._read_image import check_image_shape

_GREY = np.array([[0.299], [0.587], [0.114]])  # ITU-R BT.601, as Pillow converts to "L"

_DESCR = """\
Drawn blood cells
-----------------
Every image is a drawing of a smear: one white cell somewhere among red cells and platelets. Size,
place, stain, light, focus and noise vary from field to field. The classes differ as real ones do:

- eosinophil: a nucleus of two lobes, coarse orange-red granules in pinkish cytoplasm;
- lymphocyte: small, a dense round nucleus, a thin rim of blue cytoplasm;
- monocyte: large, a paler kidney-shaped nucleus, grey-blue cytoplasm, often vacuoles;
- neutrophil: three to five joined lobes, pale pink cytoplasm with fine granules.

The images are for trying out code, examples and tests without a download. They are no
substitute for real ones: a score reached on them says nothing about the diagnosis of cells.
"""


@validate_params(
    {
        "n_samples": [Interval(Integral, 1, None, closed="left")],
        "weights": ["array-like"],
        "image_shape": [tuple, list],
        "overlap": [Interval(Real, 0, 1, closed="both")],
        "random_state": ["random_state"],
        "return_X_y": ["boolean"],
    },
    prefer_skip_nested_validation=True,
)
def make_blood_cells(
    n_samples: int = 352,
    *,
    weights: Sequence[float] = (0.25, 0.10, 0.06, 0.59),
    image_shape: ImageShape = (60, 80, 3),
    overlap: float = 0.6,
    random_state: Seed = None,
    return_X_y: bool = False,
) -> Any:
    """Draw fields of blood smears with one white cell each.

    The fields look like those of :func:`fetch_bccd`, squeezed to `image_shape`: the white cell is
    small and anywhere in the field, so that a model has to find it as well as to name it. By
    default there are about as many images of each class as in BCCD.

    Parameters
    ----------
    n_samples : int, default=352
        Number of images.
    weights : array-like of shape (4,), default=(0.25, 0.10, 0.06, 0.59)
        Shares of eosinophils, lymphocytes, monocytes and neutrophils; they need not sum to 1.
        Counts are exact (largest remainders). A class of weight 0 is left out; every other one
        has at least one image.
    image_shape : tuple of 2 or 3 int, default=(60, 80, 3)
        ``(height, width)``, or ``(height, width, channels)`` with 1 channel (grey) or 3 (colour).
        One seed draws the same scenes at every shape, sharper or coarser.
    overlap : float, default=0.6
        How alike the classes are, from 0 to 1. Each cell takes up to this share of its size and
        stains from another class; only the shape of the nucleus stays its own. At 0 every cell is
        typical and colours alone tell the class, at 1 they tell next to nothing.
    random_state : int, RandomState instance or None, default=None
        Give an integer for the same images at every call.
    return_X_y : bool, default=False
        Return ``(data, target)`` instead of a Bunch.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the entries

        - data : ndarray of shape (n_samples, height * width * channels), uint8, 0-255
        - images : ndarray of shape (n_samples, height, width, channels), uint8; `data` is its view
        - image_shape : tuple of int, ``(height, width, channels)``
        - target : ndarray of shape (n_samples,), int; codes 0-3 of `target_names`, shuffled
        - target_names : ndarray of shape (4,), str; the classes, sorted
        - boxes : ndarray of shape (n_samples, 4), float64; xmin, ymin, xmax, ymax of the white
          cell (what the frame shows of it), in pixels of the image from its top left corner
        - filenames : list of str, "cell_00000" and so on
        - groups : ndarray of shape (n_samples,), int; every image is a source of its own
        - DESCR : str

    (data, target) : tuple of ndarray
        If `return_X_y`.

    Raises
    ------
    ValueError
        If `weights` are not four finite numbers >= 0 with a positive sum, if there are fewer
        samples than classes of positive weight, or if `image_shape` is not one of the above.

    See Also
    --------
    fetch_bccd : The real images.

    Examples
    --------
    >>> import numpy as np
    >>> from skwbc.datasets import make_blood_cells
    >>> cells = make_blood_cells(20, image_shape=(24, 32, 3), random_state=0)
    >>> cells.images.shape, cells.images.dtype
    ((20, 24, 32, 3), dtype('uint8'))
    >>> dict(zip(cells.target_names.tolist(), np.bincount(cells.target).tolist()))
    {'eosinophil': 5, 'lymphocyte': 2, 'monocyte': 1, 'neutrophil': 12}
    """
    height, width, channels = check_image_shape(image_shape)
    target = np.repeat(np.arange(len(KINDS)), _class_counts(n_samples, _check_weights(weights)))
    seeds = seed_stream(draw_seed(random_state))
    np.random.default_rng(next(seeds)).shuffle(target)
    images = np.empty((n_samples, height, width, channels), dtype=np.uint8)
    boxes = np.empty((n_samples, 4))
    for i, seed in enumerate(islice(seeds, n_samples)):
        rng = np.random.default_rng(seed)
        field, boxes[i] = draw_field(_draw_kind(target[i], overlap, rng), height, width, rng)
        images[i] = _as_pixels(field, channels)
    return image_bunch(
        images,
        target,
        list(KINDS),
        filenames=[f"cell_{i:05d}" for i in range(n_samples)],
        groups=np.arange(n_samples),
        return_X_y=return_X_y,
        boxes=boxes,
        DESCR=_DESCR,
    )


def _check_weights(weights):
    """Check that there is a share for every class; return them with a sum of 1."""
    shares = np.asarray(weights, dtype=np.float64)
    if (
        shares.shape != (len(KINDS),)
        or not np.isfinite(shares).all()
        or shares.min() < 0
        or shares.sum() == 0
    ):
        raise ValueError(
            f"Expected weights as {len(KINDS)} finite numbers >= 0, not all of them 0, for "
            f"{', '.join(KINDS)}; received {weights!r}."
        )
    shares = shares / shares.max()  # so that the sum of huge weights stays finite
    return shares / shares.sum()


def _class_counts(n_samples, shares):
    """Apportion samples by largest remainder, and at least one to every share above 0."""
    n_present = np.count_nonzero(shares)
    if n_samples < n_present:
        raise ValueError(
            f"Expected n_samples >= {n_present}, one for each class of positive weight; "
            f"received {n_samples}."
        )
    exact = n_samples * shares
    counts = np.floor(exact).astype(int)
    largest_first = np.argsort(counts - exact, kind="stable")
    counts[largest_first[: n_samples - counts.sum()]] += 1
    for absent in np.flatnonzero((counts == 0) & (shares > 0)):
        counts[np.argmax(counts)] -= 1
        counts[absent] = 1
    return counts


def _draw_kind(code, overlap, rng):
    """Draw what one cell of a class looks like: typical of it, or a step towards another."""
    kinds = list(KINDS.values())
    other = kinds[(code + rng.integers(1, len(kinds))) % len(kinds)]
    return blend(kinds[code], other, rng.uniform(0, overlap))


def _as_pixels(field, channels):
    """Round a (height, width, 3) field to uint8, grey where one channel is wanted."""
    if channels == 1:
        field = field @ _GREY
    return np.clip(np.rint(field), 0, 255).astype(np.uint8)
