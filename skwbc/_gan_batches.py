"""Batches of real images for training a GAN, counted in images and not in epochs."""

import keras
import numpy as np

from skwbc._images import as_images


class GANBatches(keras.utils.PyDataset):
    """Draw a class, then one of its images, then a pose, for every image of a batch.

    The draws depend on the seed, the epoch and the number of the batch alone. Classes are drawn
    in proportion to the square root of their size: a small class is seen more often than its
    share, and not so often that it is learned by heart.

    Parameters
    ----------
    rows : ndarray or LazyImages of shape (n_images, n_features)
        Flat images of any real dtype.
    image_shape : tuple of int
        ``(height, width, channels)``.
    codes : ndarray of shape (n_images,)
        Class codes, from 0.
    pixel_range : PixelRange
        Scale of the rows.
    batch_size, n_steps : int
        Images a batch, and batches an epoch.
    seed : int
        Of the draws.
    one_hot : bool, default=True
        Also give the classes.
    poses : bool, default=True
        Flip images at random, and turn square ones by multiples of 90 degrees. Images of one
        line, which are rows of a table, are left as they are.
    """

    def __init__(
        self,
        rows,
        image_shape,
        codes,
        pixel_range,
        *,
        batch_size,
        n_steps,
        seed,
        one_hot=True,
        poses=True,
    ):
        super().__init__()
        self.rows = rows
        self.image_shape = image_shape
        self.pixel_range = pixel_range
        self.batch_size = batch_size
        self.n_steps = n_steps
        self.seed = seed
        self.one_hot = one_hot
        self.poses = poses and min(image_shape[:2]) > 1
        self.epoch = 0
        self.members = [np.flatnonzero(codes == c) for c in range(codes.max() + 1)]
        share = np.sqrt([len(m) for m in self.members])
        self.share = share / share.sum()

    def __len__(self):
        return self.n_steps

    def __getitem__(self, index):
        rng = np.random.default_rng((self.seed, self.epoch, index))
        codes = rng.choice(len(self.members), self.batch_size, p=self.share)
        chosen = [rng.choice(self.members[c]) for c in codes]
        images = as_images(self.pixel_range.to_signed(self.rows[chosen]), self.image_shape)
        if self.poses:
            images = np.stack([self._pose(image, rng) for image in images])
        if not self.one_hot:
            return (images,)
        return images, np.eye(len(self.members), dtype="float32")[codes]

    def _pose(self, image, rng):
        step = 1 if image.shape[0] == image.shape[1] else 2
        image = np.rot90(image, step * rng.integers(4))
        return image[:, ::-1] if rng.random() < 0.5 else image

    def on_epoch_end(self):
        """Go on to other draws."""
        self.epoch += 1
