"""Images that are nearly one another: copies, flips, turns, other light, other photos of a cell."""

from itertools import combinations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from skwbc._ablation_arms import list_samplers
from skwbc._images import as_images, read_extremes, read_image_shape
from skwbc.metrics._pair_distances import iterate_squared_distances, list_poses

THUMBNAIL = 16  # pixels of the longer side
LEAST_CORRELATION = 0.95  # of the thumbnails of siblings
ROUNDING = 1e-4  # of sums of grey values, and of their share where all are less than 1
BLOCK = 256  # images at a time
N_NAMED = 5  # pairs that a warning names


def choose_image_shape(X, models, arms):
    """Find the shape of the images: that of X, or else the first that a part of the study has.

    Parameters
    ----------
    X : ndarray of shape (n_images, n_features) or (n_images, height, width[, channels])
        Images.
    models : dict of str to estimator
        Classifiers.
    arms : dict of str to dict
        As :func:`ablation_arms` gives them.

    Returns
    -------
    tuple of 3 int or None
        ``(height, width, channels)``; None if X is flat, and no part has an `image_shape` for it.

    Examples
    --------
    >>> import numpy as np
    >>> from skwbc import CNNClassifier
    >>> choose_image_shape(np.ones((9, 48)), {"CNN": CNNClassifier(image_shape=(4, 4, 3))}, {})
    (4, 4, 3)
    """
    if np.ndim(X) > 2:
        return read_image_shape(X)
    samplers = [step for arm in arms.values() for _, step in list_samplers(arm)]
    parameters = [part.get_params() for part in [*models.values(), *samplers]]
    for given in [*parameters, *arms.values()]:
        for name, value in given.items():
            if value is not None and name.split("__")[-1] == "image_shape":
                try:
                    return read_image_shape(X, value)
                except ValueError:  # which the fit of that part tells
                    continue
    return None


def can_be_compared(image_shape):
    """Tell whether near-duplicates can be looked for: in images of more than one line."""
    return image_shape is not None and min(image_shape[:2]) > 1


def find_copies(X):
    """Find the pairs of rows that are equal.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_features)

    Returns
    -------
    ndarray of int of shape (n_pairs, 2)
        Row numbers, the smaller one first; sorted.

    Examples
    --------
    >>> import numpy as np
    >>> find_copies(np.array([[1, 2], [3, 4], [1, 2], [1, 2]])).tolist()
    [[0, 2], [0, 3], [2, 3]]
    """
    alike = {}
    for number, row in enumerate(X):
        alike.setdefault(row.tobytes(), []).append(number)
    pairs = sorted(pair for rows in alike.values() for pair in combinations(rows, 2))
    return np.array(pairs, dtype=int).reshape(-1, 2)


def find_siblings(X, image_shape):
    """Find the pairs of images that are alike, whichever way they are flipped or turned.

    Grey thumbnails are compared by their correlation, which no change of light or contrast moves,
    without what all images share: one dark cell in the middle of a bright window is like any other
    until the mean of all is taken out. Turns by other than right angles, other scales, and shifts
    hide an image from this.

    Parameters
    ----------
    X : ndarray of shape (n_images, n_features)
        Flat images.
    image_shape : tuple of 3 int
        ``(height, width, channels)``, or None. Of images of one line, that is rows of a table, and
        without a shape, siblings are those that are equal.

    Returns
    -------
    ndarray of int of shape (n_pairs, 2)
        Row numbers, the smaller one first; sorted.

    Examples
    --------
    >>> import numpy as np
    >>> images = np.random.default_rng(0).integers(0, 256, (5, 16, 16, 1), dtype=np.uint8)
    >>> images[4] = np.rot90(images[1]) // 2 + 20
    >>> find_siblings(images.reshape(5, -1), (16, 16, 1)).tolist()
    [[1, 4]]
    """
    if not can_be_compared(image_shape):
        return find_copies(X)
    height, width, _ = image_shape
    scale = min(1.0, THUMBNAIL / max(height, width))
    shape = (max(2, round(height * scale)), max(2, round(width * scale)), 1)
    thumbnails = _shrink(X, image_shape, shape)
    poses = list_poses(shape)
    mean = thumbnails.mean(axis=0)
    thumbnails = _normalise(thumbnails - np.mean([mean[pose] for pose in poses], axis=0))
    farthest = 2 * (1 - LEAST_CORRELATION)  # the squared distance of two of length 1
    pairs = []
    for rows, squared in iterate_squared_distances(thumbnails, thumbnails, poses):
        first, second = np.nonzero(squared <= farthest)
        first = first + rows.start
        pairs.append(np.stack([first, second], axis=1)[first < second])
    return np.concatenate(pairs)


def _shrink(X, image_shape, shape):
    """Make grey thumbnails of mean 0 and length 1: (n, features) -> (n, height * width)."""
    rows, columns = map(_share_out_pixels, image_shape[:2], shape[:2])
    thumbnails = np.empty((len(X), shape[0] * shape[1]), dtype=np.float32)
    for start in range(0, len(X), BLOCK):
        grey = as_images(X[start : start + BLOCK], image_shape).mean(axis=-1, dtype=np.float32)
        thumbnails[start : start + BLOCK] = (rows @ grey @ columns.T).reshape(len(grey), -1)
    rounding = ROUNDING * min(1.0, max(map(abs, read_extremes(X))))
    return _normalise(thumbnails - thumbnails.mean(axis=1, keepdims=True), rounding)


def _share_out_pixels(side, n):
    """Give what each pixel adds to the mean of each of `n` parts of equal size: (n, side).

    A pixel on a border counts for both parts by its share, so that the parts are the same from
    both ends, and a flipped image has a flipped thumbnail.
    """
    edges, pixels = np.linspace(0, side, n + 1), np.arange(side)
    ends = np.minimum(edges[1:, None], pixels + 1)
    overlap = ends - np.maximum(edges[:-1, None], pixels)
    return (np.clip(overlap, 0, None) * n / side).astype(np.float32)


def _normalise(rows, rounding=ROUNDING):
    """Divide rows by their lengths; those of rounding errors alone become zero."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    is_seen = lengths > rounding
    return np.divide(rows, lengths, out=np.zeros_like(rows), where=is_seen)


def merge_groups(groups, pairs):
    """Put groups that hold siblings into one.

    Parameters
    ----------
    groups : ndarray of shape (n_images,)
        Any values.
    pairs : ndarray of int of shape (n_pairs, 2)
        Rows that belong together.

    Returns
    -------
    ndarray of int of shape (n_images,)
        From 0.

    Examples
    --------
    >>> import numpy as np
    >>> merge_groups(np.array(["a", "b", "b", "c"]), np.array([[0, 1]])).tolist()
    [0, 0, 0, 1]
    """
    _, codes = np.unique(groups, return_inverse=True)
    n = codes.max() + 1
    links = coo_array((np.ones(len(pairs)), (codes[pairs[:, 0]], codes[pairs[:, 1]])), shape=(n, n))
    return connected_components(links, directed=False)[1][codes]


def list_leaks(pairs, splits):
    """Keep the pairs of which, in some split, one image is tested on and the other fitted to.

    Parameters
    ----------
    pairs : ndarray of int of shape (n_pairs, 2)
        Rows.
    splits : list of Split
        Of a study.

    Returns
    -------
    ndarray of int of shape (n_leaks, 2)
    """
    leaks = np.zeros(len(pairs), dtype=bool)
    for split in splits:
        is_test = np.isin(pairs, split.test)
        is_fitted = np.isin(pairs, np.concatenate([split.train, split.validation]))
        leaks |= (is_test & is_fitted[:, ::-1]).any(axis=1)
    return pairs[leaks]


def describe_leaks(leaks, names=None):
    """Say which images are nearly the same, and why that matters.

    Parameters
    ----------
    leaks : ndarray of int of shape (n_leaks, 2)
        As :func:`list_leaks` gives them.
    names : list of str, default=None
        Of all images. By default rows are told.

    Examples
    --------
    >>> import numpy as np
    >>> describe_leaks(np.array([[0, 2]]), ["1.png", "2.png", "copy of 1.png"]).partition(":")[2]
    ' 1.png and copy of 1.png. The scores are too good by that.'
    """
    rows = leaks[:N_NAMED].tolist()
    if names is None:
        told = "rows " + ", ".join(f"{a} and {b}" for a, b in rows)
    else:
        told = ", ".join(f"{names[a]} and {names[b]}" for a, b in rows)
    pairs = "pair of images is" if len(leaks) == 1 else "pairs of images are"
    more = ", ..." if len(leaks) > N_NAMED else ""
    return (
        f"{len(leaks)} {pairs} nearly the same, one of them tested on and the other trained on in "
        f"some split: {told}{more}. The scores are too good by that."
    )
