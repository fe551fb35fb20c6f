"""New images between real ones of a class too small for a GAN.

After DeepSMOTE (D. Dablain, B. Krawczyk and N. V. Chawla, "DeepSMOTE: Fusing Deep Learning and
SMOTE for Imbalanced Data", IEEE TNNLS 2023): an autoencoder learns from all classes; a class is
then over-sampled between the codes of its images.
"""

import keras
import numpy as np
from sklearn.utils import gen_batches

from skwbc._dtype_policy import resolve_dtype
from skwbc._gan_batches import GANBatches
from skwbc._gan_training import DRAWING_BATCH_SIZE, TimeLimit
from skwbc._images import as_images
from skwbc._optimizers import FusedAdam, settle_optimizer
from skwbc._seeding import seed_stream
from skwbc.networks._conditional_gan import build_conditional_generator
from skwbc.networks._encoder import build_encoder

LEARNING_RATE = 1e-3
BATCH_SIZE = 32


class _Reconstruction(keras.utils.PyDataset):
    """Batches of real images, each with itself as the target."""

    def __init__(self, batches):
        super().__init__()
        self.batches = batches

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, index):
        (images,) = self.batches[index]
        return images, images


def train_autoencoder(
    rows,
    codes,
    image_shape,
    pixel_range,
    *,
    latent_dim,
    filters,
    max_images,
    dtype,
    seed,
    max_seconds=None,
):
    """Train an encoder and a decoder on the images of all classes.

    Parameters
    ----------
    rows : ndarray of shape (n_images, n_features)
        Real images of any real dtype.
    codes : ndarray of shape (n_images,)
        Class codes, from 0.
    image_shape : tuple of int
        ``(height, width, channels)``.
    pixel_range : PixelRange
        Scale of the rows.
    latent_dim : int
        Length of the codes that images get.
    filters : sequence of int
        Of the decoder, as in a generator.
    max_images : int
        Images to train on in all, repeats counted.
    dtype : str
        "auto", "float32" or "mixed_bfloat16".
    seed : int
        Of weights and draws.
    max_seconds : float, default=None
        No step begins later.

    Returns
    -------
    encoder, decoder : keras.Model
        (batch, height, width, channels) -> (batch, latent_dim) and back.
    """
    seeds, dtype = seed_stream(seed), resolve_dtype(dtype)
    encoder = build_encoder(image_shape, latent_dim=latent_dim, dtype=dtype, seed=next(seeds))
    generator = build_conditional_generator(
        image_shape, 1, latent_dim=latent_dim, filters=filters, dtype=dtype, seed=next(seeds)
    )
    code = keras.Input((latent_dim,), dtype=encoder.output.dtype)
    decoder = keras.Model(code, generator([code, 1 + 0 * code[:, :1]]), name="decoder")
    autoencoder = keras.Model(encoder.input, decoder(encoder.output))
    adam = settle_optimizer(FusedAdam(LEARNING_RATE), autoencoder.trainable_variables)
    autoencoder.compile(adam, "mean_absolute_error")
    batches = GANBatches(
        rows,
        image_shape,
        codes,
        pixel_range,
        batch_size=BATCH_SIZE,
        n_steps=-(-max_images // BATCH_SIZE),
        seed=next(seeds),
        one_hot=False,
    )
    limits = [] if max_seconds is None else [TimeLimit(max_seconds)]
    autoencoder.fit(_Reconstruction(batches), shuffle=False, verbose=0, callbacks=limits)
    return encoder, decoder


def encode(encoder, rows, image_shape, pixel_range):
    """Give the codes of a class's images: (n_images, n_features) -> (n_images, latent_dim)."""
    codes = []
    for batch in gen_batches(len(rows), DRAWING_BATCH_SIZE):
        images = as_images(pixel_range.to_signed(rows[batch]), image_shape)
        # in the scope of a strategy each device gives all of them
        codes.append(np.asarray(encoder.predict_on_batch(images))[: len(images)])
    return np.concatenate(codes)


def interpolate(latents, n, rng):
    """Draw points between two codes each, at random: (n_images, d) -> (n, d).

    Examples
    --------
    >>> import numpy as np
    >>> points = interpolate(np.array([[0.0], [1.0]]), 50, np.random.default_rng(0))
    >>> points.shape, bool(points.min() < 0.1 < 0.9 < points.max())
    ((50, 1), True)
    """
    first, step = rng.integers(len(latents), size=n), rng.integers(1, len(latents), size=n)
    second = (first + step) % len(latents)
    share = rng.random((n, 1)).astype(latents.dtype)
    return latents[first] + share * (latents[second] - latents[first])
