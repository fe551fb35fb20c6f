"""How a benchmark and a peer in another environment exchange images; NumPy is all it needs.

A peer is run as ``python <name>_peer.py task.npz made.npz``.
"""

import sys
import time
from typing import NamedTuple

import numpy as np


class Task(NamedTuple):
    """What a sampler is to do.

    Attributes
    ----------
    rows : ndarray of shape (n_images, n_features), dtype uint8
        Real images.
    y : ndarray of shape (n_images,), dtype str
        Their classes.
    image_shape : tuple of int
        Of one image.
    n_needed : dict of str to int
        Images to make of each class.
    seed : int
        Of everything random that takes a seed.
    seconds : float or None
        Of the training, where another arm sets it.
    max_images : int or None
        Length of the training of skwbc's GAN, where it is not the default.
    """

    rows: np.ndarray
    y: np.ndarray
    image_shape: tuple
    n_needed: dict
    seed: int
    seconds: float | None = None
    max_images: int | None = None


def write_task(path, task):
    """Write what a peer is to do."""
    np.savez(
        path,
        rows=task.rows,
        y=np.asarray(task.y, dtype=str),
        image_shape=task.image_shape,
        classes=np.array(list(task.n_needed), dtype=str),
        counts=list(task.n_needed.values()),
        seed=task.seed,
        seconds=task.seconds or np.nan,
    )


def answer(make):
    """Run `make` on the task that the command line names, and write what it returns.

    Parameters
    ----------
    make : callable
        ``make(task)`` gives the images of each class, dict of str to ndarray of shape
        (n, n_features) in [0, 255].

    Raises
    ------
    ValueError
        If there are more or fewer images of a class than the task needs, or no numbers in them.
    """
    with np.load(sys.argv[1]) as file:
        counts = zip(file["classes"].tolist(), file["counts"].tolist(), strict=True)
        task = Task(
            rows=file["rows"],
            y=file["y"],
            image_shape=tuple(file["image_shape"].tolist()),
            n_needed=dict(counts),
            seed=int(file["seed"]),
            seconds=float(file["seconds"]) if np.isfinite(file["seconds"]) else None,
        )
    made = make(task)
    received = {c: len(rows) for c, rows in made.items()}
    if received != task.n_needed:
        raise ValueError(f"Expected {task.n_needed} images, received {received}.")
    rows = np.concatenate([made[c] for c in task.n_needed])
    if not np.isfinite(rows).all():
        raise ValueError("Expected images, received NaN or infinity in them.")
    np.savez(
        sys.argv[2],
        rows=np.clip(np.rint(rows), 0, 255).astype(np.uint8),
        y=np.repeat(list(task.n_needed), list(task.n_needed.values())),
    )


def read_made(path):
    """Read the images that a peer made, and their classes."""
    with np.load(path) as file:
        return file["rows"], file["y"]


def count_epochs(seconds, train, tried):
    """Count the epochs that can be trained in the seconds that are left after trying two lengths.

    Parameters
    ----------
    seconds : float
        For everything.
    train : callable
        ``train(n_epochs)`` builds a network and trains it.
    tried : tuple of (int, int)
        Two numbers of epochs, to tell the time of an epoch from that of the rest.
    """
    times = []
    for n_epochs in tried:
        start = time.perf_counter()
        train(n_epochs)
        times.append(time.perf_counter() - start)
    per_epoch = (times[1] - times[0]) / (tried[1] - tried[0])
    rest = times[0] - tried[0] * per_epoch
    return max(1, int((seconds - sum(times) - rest) / per_epoch))
