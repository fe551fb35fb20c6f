"""Short stand-ins of images, no two of which lie farther apart than the images."""

import numpy as np
from sklearn.utils import gen_batches

from skwbc.metrics._pair_distances import list_poses

_BLOCKS = 4, 2  # pixels that become one, of each side
_BATCH = 256  # images at a time


def sketch_images(images, image_shape):
    """Average blocks of pixels, and note how far an image is from its averages.

    The averages are a projection, and the length of what is left adds one more coordinate: the
    distance between two such sketches is at most that between the images, in any pose.

    Parameters
    ----------
    images : ndarray of shape (n_images, n_features)
        Flat.
    image_shape : tuple of 3 int
        ``(height, width, channels)``.

    Returns
    -------
    sketches : ndarray of shape (n_images, n_columns)
        Of blocks of 4 x 4 pixels, or of 2 x 2 where four don't divide both sides or are all of
        one, float32 unless images are float64; where neither fits, the images themselves.
    poses : list of ndarray of int
        Orders of the columns that flip and turn, each once.

    Examples
    --------
    >>> import numpy as np
    >>> checks = np.tile([[0, 2], [2, 0]], (2, 2)).astype(np.uint8)
    >>> plain = np.ones((4, 4), dtype=np.uint8)
    >>> sketches, poses = sketch_images(np.stack([checks, plain]).reshape(2, 16), (4, 4, 1))
    >>> sketches
    array([[2., 2., 2., 2., 4.],
           [2., 2., 2., 2., 0.]], dtype=float32)
    >>> len(poses)
    8
    """
    height, width, channels = image_shape
    least = min(height, width)  # a sketch of one line would have no poses
    block = next((n for n in _BLOCKS if n < least and height % n == width % n == 0), 1)
    if block == 1:
        return images, list_poses(image_shape)
    shape = height // block, width // block, channels
    dtype = np.result_type(images, np.float32)
    sketches = np.empty((len(images), np.prod(shape) + 1), dtype=dtype)
    for rows in gen_batches(len(images), _BATCH):
        blocks = images[rows].reshape(-1, shape[0], block, shape[1], block, channels).astype(dtype)
        averages = blocks.mean(axis=(2, 4), keepdims=True)
        blocks -= averages
        sketches[rows, :-1] = block * averages.reshape(len(blocks), -1)
        sketches[rows, -1] = np.linalg.norm(blocks.reshape(len(blocks), -1), axis=1)
    return sketches, [np.append(pose, len(pose)) for pose in list_poses(shape)]
