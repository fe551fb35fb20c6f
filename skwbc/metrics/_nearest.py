"""The nearest image, also if it was flipped or turned."""

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import gen_batches

from skwbc._types import ImageShape
from skwbc.metrics._pair_distances import iterate_squared_distances, list_poses, measure_pairs
from skwbc.metrics._rows import check_pixels, read_common_shape, refuse_two_scales
from skwbc.metrics._sketch import sketch_images

_N_MEASURED = 64  # images at a time
_CROWDED = 0.1  # of the images are candidates: to measure all at once is faster


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
        Images or features. Bytes are read as they are, in blocks. Scale the columns of features
        alike: the largest ones decide.
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
        If the images are not of `image_shape` or of different shapes, if bytes are compared with
        fractions, if there are too few, or NaN or infinity among the values.

    Notes
    -----
    The search multiplies matrices, in float32 unless the values are float64; the distance of what
    it finds is then taken from the difference. Of references that are nearest up to rounding, any
    may be found. References that are too far by the averages of their blocks of 4 x 4 pixels are
    not looked at; this changes no result.

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
    queries = check_pixels(queries, "queries", n_least=2 if alone else 1)
    references = queries if alone else check_pixels(references, "references")
    refuse_two_scales(queries, references)
    own = np.arange(len(queries)) if alone else None
    return _search(queries, references, shape, own)


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
    distances, _ = _search(images[indices], images, image_shape, indices)
    return distances


def _search(queries, references, image_shape, own=None):
    """Find the nearest references; `own` are those that the queries are themselves.

    By their sketches, most references of a set of photos are farther than one that is known: only
    the others are measured.
    """
    poses = list_poses(image_shape)
    short, short_poses = sketch_images(references, image_shape)
    asked = short if queries is references else sketch_images(queries, image_shape)[0]
    is_whole = short is references
    rounding = 0.0 if is_whole else np.finfo(short.dtype).eps * (np.ptp(short, axis=0) ** 2).sum()
    distances, nearest = np.empty(len(queries)), np.empty(len(queries), dtype=np.intp)
    for rows, bounds in iterate_squared_distances(asked, short, short_poses):
        if own is not None:
            bounds[np.arange(len(bounds)), own[rows]] = np.inf
        nearest[rows] = bounds.argmin(axis=1)
        distances[rows] = measure_pairs(queries[rows], references[nearest[rows]], poses)
        if not is_whole:
            bounds -= rounding
            _improve(queries[rows], references, poses, bounds, distances[rows], nearest[rows])
    return distances, nearest


def _improve(queries, references, poses, bounds, distances, nearest):
    """Replace, in place, what is not the nearest, by lower bounds of the squared distances."""
    can_be = bounds < distances[:, None] ** 2
    share = can_be.mean(axis=1)
    for i in np.flatnonzero((share > 0) & (share <= _CROWDED)):
        candidates = np.flatnonzero(can_be[i])
        candidates = candidates[bounds[i, candidates].argsort()]
        for some in gen_batches(len(candidates), _N_MEASURED):
            some = candidates[some]
            if bounds[i, some[0]] >= distances[i] ** 2:
                break
            best = some[[_compare_one(queries[i], references[some], poses).argmin()]]
            distance = measure_pairs(queries[[i]], references[best], poses)
            if distance < distances[i]:
                distances[[i]], nearest[[i]] = distance, best
    crowded = np.flatnonzero(share > _CROWDED)
    if len(crowded):
        for rows, squared in iterate_squared_distances(queries[crowded], references, poses):
            squared[np.isinf(bounds[crowded[rows]])] = np.inf
            nearest[crowded[rows]] = squared.argmin(axis=1)
        distances[crowded] = measure_pairs(queries[crowded], references[nearest[crowded]], poses)


def _compare_one(query, references, poses):
    """Give squared distances to one image, less what is the same of all."""
    dtype = np.result_type(query, references, np.float32)
    turned = np.stack([query.take(pose) for pose in poses]).astype(dtype)
    centre = turned.mean(axis=0)
    references = references - centre
    products = references @ (turned - centre).T
    return np.einsum("ij,ij->i", references, references) - 2 * products.max(axis=1)
