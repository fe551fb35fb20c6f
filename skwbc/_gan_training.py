"""Run an adversarial model for a number of images, and draw images from its generator."""

import sys

import keras
import numpy as np
from tqdm import tqdm

HISTORY_LENGTH = 50  # entries of a history at most, however long the run
DRAWING_BATCH_SIZE = 64


def plan_epochs(max_images, batch_size):
    """Divide a training into equal parts, Keras' epochs.

    Parameters
    ----------
    max_images, batch_size : int
        Real images in all and a step.

    Returns
    -------
    n_epochs, n_steps : int
        Parts, at most 50, and steps in each.
    """
    n_steps = -(-max_images // batch_size)
    steps_an_epoch = -(-n_steps // min(HISTORY_LENGTH, n_steps))
    return -(-n_steps // steps_an_epoch), steps_an_epoch


def train_adversarial(model, make_batches, *, max_images, batch_size, verbose, description, tasks):
    """Train until the discriminator has seen so many real images.

    Parameters
    ----------
    model : AdversarialModel
        Compiled.
    make_batches : callable
        ``make_batches(n_steps)`` gives a PyDataset of so many batches an epoch.
    max_images, batch_size : int
        Real images in all and a step; the last step may go over.
    verbose : int
        0 is silent, otherwise a bar on standard error.
    description : str
        Of the bar.
    tasks : FitTasks
        Tell scikit-learn's callbacks of the parts.

    Returns
    -------
    history : dict of list of float
        Mean losses over equal parts of the run, at most 50.
    n_images_seen : int
        Real images drawn.
    """
    n_epochs, steps_an_epoch = plan_epochs(max_images, batch_size)
    progress = _Progress(n_epochs * steps_an_epoch, batch_size, description)
    history = model.fit(
        make_batches(steps_an_epoch),
        epochs=n_epochs,
        shuffle=False,
        verbose=0,
        callbacks=[progress, tasks] if verbose else [tasks],
    ).history
    losses = {name: [float(v) for v in values] for name, values in history.items()}
    n_epochs_run = len(next(iter(losses.values())))  # fewer, if a callback stopped the training
    return losses, n_epochs_run * steps_an_epoch * batch_size


def draw_images(generator, n, *, rng, one_hot=None):
    """Draw images from a generator.

    Parameters
    ----------
    generator : keras.Model
        Of noise, or of noise and one-hot classes.
    n : int
        Images to draw.
    rng : numpy.random.Generator
        Source of the noise.
    one_hot : ndarray of shape (n_classes,), default=None
        Class of all images, for a generator that takes one.

    Returns
    -------
    ndarray of shape (n, height, width, channels), dtype float32
        In [-1, 1].
    """
    images = []
    latent_dim = keras.tree.flatten(generator.input)[0].shape[-1]
    for start in range(0, n, DRAWING_BATCH_SIZE):
        latent = rng.standard_normal((DRAWING_BATCH_SIZE, latent_dim), dtype=np.float32)
        inputs = [latent]
        if one_hot is not None:
            inputs.append(np.tile(one_hot, (len(latent), 1)).astype(np.float32))
        drawn = generator.predict_on_batch(inputs if len(inputs) > 1 else latent)
        images.append(np.asarray(drawn)[: n - start])
    return np.concatenate(images)


class _Progress(keras.callbacks.Callback):
    """A bar that counts images; silent where standard error is no terminal."""

    def __init__(self, n_steps, batch_size, description):
        super().__init__()
        self.settings = {"total": n_steps * batch_size, "desc": description, "unit": "image"}
        self.batch_size = batch_size

    def on_train_begin(self, logs=None):
        self.bar = tqdm(**self.settings, disable=None, leave=False, file=sys.stderr)

    def on_train_batch_end(self, batch, logs=None):
        self.bar.update(self.batch_size)

    def on_train_end(self, logs=None):
        self.bar.close()
