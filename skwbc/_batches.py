"""Batches of flat rows as images, in an order that only the seed decides."""

from contextlib import contextmanager

import keras
import numpy as np

from skwbc._images import as_images

AS_IT_IS = (False, 0)  # the pose of an image that is neither mirrored nor turned


class ImageBatches(keras.utils.PyDataset):
    """Hand rows to Keras batch by batch, without a copy of the whole set.

    Keras would shuffle with TensorFlow's global generator, and cast the whole set at once. It asks
    for the batches in order, in a thread of its own that is some batches ahead of the network: so
    files are read while the network computes.

    Parameters
    ----------
    rows : ndarray or LazyImages of shape (n_images, n_features)
        Flat images of any real dtype.
    image_shape : tuple of int
        ``(height, width, channels)``.
    targets : ndarray of shape (n_images,), default=None
        Class codes.
    weights : ndarray of shape (n_images,), default=None
        Weights of the images in the loss.
    batch_size : int, default=32
        Images a batch; the last batch of an epoch may be smaller.
    dtype : str, default="float32"
        Type of the batches. Those of bytes stay bytes: the network casts them itself, and the
        batches that wait for it take a quarter of the memory.
    seed : int, default=None
        Shuffle anew for every epoch; None keeps the order of the rows.
    poses : list of (bool, int), default=((False, 0),)
        Whether images are mirrored, and by how many quarters they are turned then. Each batch comes
        once in each pose, one after the other.

    Attributes
    ----------
    has_weights : bool
        Whether `weights` were given.
    failure : Exception or None
        Why a batch could not be read.
    """

    def __init__(
        self,
        rows,
        image_shape,
        targets=None,
        weights=None,
        *,
        batch_size=32,
        dtype="float32",
        seed=None,
        poses=(AS_IT_IS,),
    ):
        super().__init__()
        self.rows = rows
        self.image_shape = image_shape
        self.columns = [c for c in (targets, weights) if c is not None]
        self.has_weights = weights is not None
        self.batch_size = batch_size
        self.dtype = dtype
        self.poses = poses
        self.rng = None if seed is None else np.random.default_rng(seed)
        self.order = np.arange(len(rows))
        self.failure = None
        self._last = None, None  # the rows that were read last, and their images
        self.on_epoch_end()

    def __len__(self):
        return -(-len(self.rows) // self.batch_size) * len(self.poses)

    def __getitem__(self, index):
        batch, pose = divmod(index, len(self.poses))
        chosen = self.order[batch * self.batch_size : (batch + 1) * self.batch_size]
        images = self._read(chosen)
        mirrored, n_quarters = self.poses[pose]
        if mirrored:
            images = images[:, :, ::-1]
        images = np.rot90(images, n_quarters, axes=(1, 2))
        return (images, *(column[chosen] for column in self.columns))

    def _read(self, chosen):
        """Read images, and keep those of one batch for its other poses."""
        last, images = self._last
        if last is not None and np.array_equal(last, chosen):
            return images
        try:
            rows = np.asarray(self.rows[chosen])
        except Exception as error:
            self.failure = error
            raise
        if rows.dtype != np.uint8:
            rows = rows.astype(self.dtype)
        images = as_images(rows, self.image_shape)
        if len(self.poses) > 1:
            self._last = chosen, images
        return images

    def on_epoch_end(self):
        """Shuffle for the next epoch."""
        if self.rng is not None:
            self.rng.shuffle(self.order)


@contextmanager
def failures_as_raised(*batches):
    """Raise what reading a batch raised, and not what TensorFlow makes of it.

    Parameters
    ----------
    *batches : ImageBatches or None
        That are read in the block.
    """
    try:
        yield
    except Exception:
        for each in batches:
            if each is not None and each.failure is not None:
                raise each.failure from None
        raise
