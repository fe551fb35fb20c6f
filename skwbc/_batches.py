"""Batches of flat rows as images, in an order that only the seed decides."""

import keras
import numpy as np

from skwbc._images import as_images


class ImageBatches(keras.utils.PyDataset):
    """Hand rows to Keras batch by batch, without a copy of the whole set.

    Keras would shuffle with TensorFlow's global generator, and cast the whole set at once.

    Parameters
    ----------
    rows : ndarray of shape (n_images, n_features)
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
        Type of the batches.
    seed : int, default=None
        Shuffle anew for every epoch; None keeps the order of the rows.
    pose : tuple of (bool, int), default=(False, 0)
        Whether images are mirrored, and by how many quarters they are turned then.
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
        pose=(False, 0),
    ):
        super().__init__()
        self.rows = rows
        self.image_shape = image_shape
        self.columns = [c for c in (targets, weights) if c is not None]
        self.batch_size = batch_size
        self.dtype = dtype
        self.pose = pose
        self.rng = None if seed is None else np.random.default_rng(seed)
        self.order = np.arange(len(rows))
        self.on_epoch_end()

    def __len__(self):
        return -(-len(self.rows) // self.batch_size)

    def __getitem__(self, index):
        chosen = self.order[index * self.batch_size : (index + 1) * self.batch_size]
        images = as_images(self.rows[chosen].astype(self.dtype), self.image_shape)
        mirrored, n_quarters = self.pose
        if mirrored:
            images = images[:, :, ::-1]
        images = np.rot90(images, n_quarters, axes=(1, 2))
        return (images, *(column[chosen] for column in self.columns))

    def on_epoch_end(self):
        """Shuffle for the next epoch."""
        if self.rng is not None:
            self.rng.shuffle(self.order)
