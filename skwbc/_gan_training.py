"""Run an adversarial model for a number of images, and draw images from its generator."""

import sys
import time
from typing import NamedTuple

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
        Parts, at most 50, and steps in each; together as many as needed, or up to 49 more.
    """
    n_steps = -(-max_images // batch_size)
    steps_an_epoch = -(-n_steps // min(HISTORY_LENGTH, n_steps))
    return -(-n_steps // steps_an_epoch), steps_an_epoch


def train_adversarial(
    model,
    make_batches,
    *,
    max_images,
    batch_size,
    verbose,
    description,
    callbacks,
    max_seconds=None,
    best=None,
):
    """Train until the discriminator has seen so many real images, until time is up, or Ctrl-C.

    Parameters
    ----------
    model : AdversarialModel
        Compiled.
    make_batches : callable
        ``make_batches(n_steps=...)`` gives a PyDataset of so many batches an epoch.
    max_images, batch_size : int
        Real images in all and a step; the last part may go over (see :func:`plan_epochs`).
    verbose : int
        0 is silent, otherwise a bar on standard error.
    description : str
        Of the bar.
    callbacks : list of keras.callbacks.Callback
        Called at the end of each part.
    max_seconds : float, default=None
        No step begins later.
    best : BestMoment, default=None
        What finds the best moment.

    Returns
    -------
    TrainingLog
        What happened.
    """
    n_epochs, steps_an_epoch = plan_epochs(max_images, batch_size)
    counter = _StepCounter()
    guards = [*filter(None, [best]), counter, _DivergenceGuard(), *callbacks]
    if max_seconds is not None:
        guards.append(TimeLimit(max_seconds))
    if verbose:
        guards.append(_Progress(n_epochs * steps_an_epoch, batch_size, description, best))
    history, interrupted = keras.callbacks.History(), False
    try:
        model.fit(
            make_batches(n_steps=steps_an_epoch),
            epochs=n_epochs,
            shuffle=False,
            verbose=0,
            callbacks=[history, *guards],
        )
    except KeyboardInterrupt:
        interrupted = True
        for guard in guards:
            guard.on_train_end()
    means = {name: [float(v) for v in values] for name, values in history.history.items()}
    if best is not None:
        means["distance"] = best.distances
    return TrainingLog(means, counter.n_steps * batch_size, interrupted)


class TrainingLog(NamedTuple):
    """What happened in a training.

    Attributes
    ----------
    history : dict of list of float
        Means over equal parts of the run, at most 50, and the distance after each.
    n_images_seen : int
        Real images drawn.
    interrupted : bool
        Whether Ctrl-C ended it.
    """

    history: dict
    n_images_seen: int
    interrupted: bool

    @property
    def diverged(self):
        """Whether a mean is no number, which ends a training."""
        return not all(np.isfinite(values[-1:]).all() for values in self.history.values())


def draw_images(generator, n, *, rng, one_hot=None, convert=np.asarray):
    """Draw images from a generator.

    Parameters
    ----------
    generator : keras.Model
        Of noise, or of noise and one-hot classes.
    n : int
        Images to draw.
    rng : numpy.random.Generator
        Source of the noise.
    one_hot : ndarray of shape (n_classes,) or (n, n_classes), default=None
        Class of all images or of each, for a generator that takes one.
    convert : callable, default=numpy.asarray
        What to make of each batch of images in [-1, 1], float32.

    Returns
    -------
    ndarray of shape (n, ...)
        As converted; of shape (n, height, width, channels) if they are left as they are.
    """
    latent_dim = keras.tree.flatten(generator.input)[0].shape[-1]
    latent = rng.standard_normal((n, latent_dim), dtype=np.float32)
    if one_hot is None:
        return run_generator(generator, latent, convert=convert)
    one_hot = np.broadcast_to(one_hot, (n, np.shape(one_hot)[-1])).astype(np.float32)
    return run_generator(generator, latent, one_hot, convert=convert)


def run_generator(generator, *inputs, convert=np.asarray):
    """Run a network batch by batch, all of one size so that it is traced once.

    Parameters
    ----------
    generator : keras.Model
        Of as many inputs.
    *inputs : ndarray of shape (n, n_values)
        Its inputs.
    convert : callable, default=numpy.asarray
        What to make of each batch.

    Returns
    -------
    ndarray of shape (n, ...)
        As converted; of shape (n, height, width, channels) if they are left as they are.
    """
    images, n = [], len(inputs[0])
    for start in range(0, n, DRAWING_BATCH_SIZE):
        parts = (values[start : start + DRAWING_BATCH_SIZE] for values in inputs)
        full = [np.resize(part, (DRAWING_BATCH_SIZE, part.shape[1])) for part in parts]
        drawn = generator.predict_on_batch(full if len(full) > 1 else full[0])
        # in the scope of a strategy each device gives all of them
        images.append(convert(np.asarray(drawn)[: min(n - start, DRAWING_BATCH_SIZE)]))
    return np.concatenate(images)


class _StepCounter(keras.callbacks.Callback):
    """Count the steps that were taken."""

    n_steps = 0

    def on_train_batch_end(self, batch, logs=None):
        self.n_steps += 1


class _DivergenceGuard(keras.callbacks.Callback):
    """Stop where a loss is no number: no step brings it back."""

    def on_epoch_end(self, epoch, logs=None):
        if not np.isfinite(list(logs.values())).all():
            self.model.stop_training = True


class TimeLimit(keras.callbacks.Callback):
    """Stop when time is up."""

    def __init__(self, seconds):
        super().__init__()
        self.seconds = seconds

    def on_train_begin(self, logs=None):
        self.end = time.monotonic() + self.seconds

    def on_train_batch_end(self, batch, logs=None):
        if time.monotonic() >= self.end:
            self.model.stop_training = True


class _Progress(keras.callbacks.Callback):
    """A bar that counts images and tells the distance; silent where there is no terminal."""

    bar = None

    def __init__(self, n_steps, batch_size, description, best):
        super().__init__()
        self.settings = {"total": n_steps * batch_size, "desc": description, "unit": "image"}
        self.batch_size = batch_size
        self.best = best

    def on_train_begin(self, logs=None):
        self.bar = tqdm(**self.settings, disable=None, leave=False, file=sys.stderr)

    def on_train_batch_end(self, batch, logs=None):
        self.bar.update(self.batch_size)

    def on_epoch_end(self, epoch, logs=None):
        if self.best is not None:
            now, least = self.best.distances[-1], self.best.best_distance
            self.bar.set_postfix_str(f"distance {now:.2f}, least {least:.2f}")

    def on_train_end(self, logs=None):
        if self.bar is not None:  # Ctrl-C may come before it
            self.bar.close()
