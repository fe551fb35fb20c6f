"""Distances between many images, over the ways to lay one onto the other."""

import numpy as np
from sklearn.utils import gen_batches

_BLOCK_VALUES = 2**23  # of float32, 32 MB
_BLOCK_ROWS = 1024


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
    measured = np.empty(len(X))
    for rows in gen_batches(len(X), max(_BLOCK_VALUES // X.shape[1], 1)):
        part = X[rows].astype(np.result_type(X, Y, np.float32))
        differences = (part - Y[rows].take(pose, axis=1) for pose in poses)
        squared = (np.einsum("ij,ij->i", d, d, dtype=np.float64) for d in differences)
        measured[rows] = np.sqrt(np.min(list(squared), axis=0))
    return measured
