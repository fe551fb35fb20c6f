"""The nearest image, also if it was flipped or turned."""

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import gen_batches

from skwbc._types import ImageShape
from skwbc.metrics._rows import check_pixels, read_common_shape

_BLOCK_VALUES = 2**23  # of float32, 32 MB
_BLOCK_ROWS = 1024


def nearest_distances(
    queries: ArrayLike,
    references: ArrayLike | None = None,
    *,
    image_shape: ImageShape | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Find the nearest reference of each image.

    Distances are Euclidean, over pixels or any other features. Those of images are the least over
    all ways to lay one onto the other: four flips and turns of an oblong image, eight of a square
    one. A row of a table, that is an image of one line, is not flipped.

    Parameters
    ----------
    queries : array-like of shape (n_queries, n_features) or \
            (n_queries, height, width[, channels])
        Images or features. Bytes are read as they are, in blocks.
    references : array-like of shape (n_references, n_features) or \
            (n_references, height, width[, channels]), default=None
        Where to search. By default among the queries, of which at least 2 are needed; each, in
        any pose, is then left out of its own search.
    image_shape : tuple of int, default=None
        ``(height, width[, channels])`` of flat images. By default read from 3-D or 4-D images.

    Returns
    -------
    distances : ndarray of shape (n_queries,)
        To the nearest reference, float64; 0 for a copy.
    indices : ndarray of shape (n_queries,)
        Which reference that is, int.

    Raises
    ------
    ValueError
        If the images are not of `image_shape` or of different shapes, if there are too few, or
        NaN or infinity among the values.

    Notes
    -----
    The search multiplies matrices, in float32 unless the values are float64; the distance of what
    it finds is then taken from the difference. Of references that are nearest up to rounding, any
    may be found.

    Examples
    --------
    >>> import numpy as np
    >>> from skwbc.datasets import make_blood_cells
    >>> from skwbc.metrics import nearest_distances
    >>> images = make_blood_cells(20, image_shape=(16, 16, 3), random_state=0).images
    >>> distances, indices = nearest_distances(np.rot90(images[7:9], axes=(1, 2)), images)
    >>> distances
    array([0., 0.])
    >>> indices
    array([7, 8])
    """
    alone = references is None
    shape = read_common_shape(queries, queries if alone else references, image_shape)
    poses = list_poses(shape)
    queries = check_pixels(queries, "queries", n_least=2 if alone else 1)
    references = queries if alone else check_pixels(references, "references")
    own = np.arange(len(queries)) if alone else None
    return _search(queries, references, poses, own)


def nearest_others(images, indices, image_shape):
    """Find how far some images are from the nearest other one of all.

    Parameters
    ----------
    images : ndarray of shape (n_images, n_features)
        At least 2.
    indices : ndarray of int of shape (n_queries,)
        Which to ask for.
    image_shape : tuple of int
        ``(height, width, channels)``.

    Returns
    -------
    ndarray of shape (n_queries,)
        As of :func:`nearest_distances` among the images.
    """
    images = check_pixels(images, "images", n_least=2)
    distances, _ = _search(images[indices], images, list_poses(image_shape), indices)
    return distances


def _search(queries, references, poses, own):
    """Find the nearest references; `own` are those that a query is itself, or None."""
    distances, nearest = np.empty(len(queries)), np.empty(len(queries), dtype=np.intp)
    for rows, squared in iterate_squared_distances(queries, references, poses):
        if own is not None:
            squared[np.arange(len(squared)), own[rows]] = np.inf
        nearest[rows] = squared.argmin(axis=1)
        distances[rows] = measure_pairs(queries[rows], references[nearest[rows]], poses)
    return distances, nearest


def list_poses(image_shape):
    """List the orders of an image's columns, when flat, that flip and turn it.

    Parameters
    ----------
    image_shape : tuple of 3 int
        ``(height, width, channels)``.

    Returns
    -------
    list of ndarray of int
        The first leaves the image as it is.

    Examples
    --------
    >>> len(list_poses((4, 4, 3))), len(list_poses((4, 6, 3))), len(list_poses((1, 6, 1)))
    (8, 4, 1)
    """
    height, width, _ = image_shape
    columns = np.arange(np.prod(image_shape)).reshape(image_shape)
    if min(height, width) == 1:
        return [columns.ravel()]
    turns = range(4) if height == width else (0, 2)
    mirrored = columns[:, ::-1]
    return [np.rot90(c, turn).ravel() for c in (columns, mirrored) for turn in turns]


def iterate_squared_distances(queries, references, poses):
    """Yield squared distances to all references, for some queries at a time.

    Parameters
    ----------
    queries : ndarray of shape (n_queries, n_features)
        From :func:`check_pixels`.
    references : ndarray of shape (n_references, n_features)
        From :func:`check_pixels`.
    poses : list
        From :func:`list_poses`.

    Yields
    ------
    rows : slice
        Of the queries.
    squared : ndarray of shape (n_rows, n_references)
        The least over the poses, up to rounding: zeros may come out a little below.
    """
    dtype = np.result_type(queries, references, np.float32)
    # A centre that no pose changes takes nothing from the distances, and digits off the products.
    mean = references.mean(axis=0)
    centre = np.mean([mean[pose] for pose in poses], axis=0).astype(dtype)
    size = min(max(_BLOCK_VALUES // len(centre), 1), _BLOCK_ROWS)
    for rows in gen_batches(len(queries), size):
        X = queries[rows] - centre
        norms = np.einsum("ij,ij->i", X, X)
        squared = np.empty((len(X), len(references)), dtype=dtype)
        for columns in gen_batches(len(references), size):
            Y = references[columns] - centre
            products = np.max([X @ Y.take(pose, axis=1).T for pose in poses], axis=0)
            squared[:, columns] = norms[:, None] + np.einsum("ij,ij->i", Y, Y) - 2 * products
        yield rows, squared


def measure_pairs(X, Y, poses):
    """Measure from each row of X to the same row of Y, (n, d), (n, d) -> (n,), without rounding.

    Examples
    --------
    >>> import numpy as np
    >>> bytes = np.array([[0, 200], [30, 160]], dtype=np.uint8)
    >>> measure_pairs(bytes, bytes[::-1], poses=[[0, 1]])
    array([50., 50.])
    """
    X = X.astype(np.result_type(X, Y, np.float32))
    differences = (X - Y.take(pose, axis=1) for pose in poses)
    squared = (np.einsum("ij,ij->i", d, d, dtype=np.float64) for d in differences)
    return np.sqrt(np.min(list(squared), axis=0))
