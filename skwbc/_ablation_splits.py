"""The splits of a study: which images train, choose the epoch, and test."""

from typing import NamedTuple

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.utils import _safe_indexing

from skwbc._hold_out import hold_out
from skwbc._seeding import seed_stream

TRAIN, VALIDATION, TEST = "train", "validation", "test"
PARTS = (TRAIN, VALIDATION, TEST)
HONEST, PUBLISHED = "honest", "published"  # protocols


class Part(NamedTuple):
    """Images that a split uses alike.

    Attributes
    ----------
    images : array-like of shape (n, ...)
    labels : ndarray of shape (n,)
        Their classes.
    rows : ndarray of int of shape (n,)
        Where they stand among all.
    groups : ndarray of int of shape (n,)
        What they have in common.
    """

    images: object
    labels: np.ndarray
    rows: np.ndarray
    groups: np.ndarray


def take_part(rows, X, y, groups):
    """Take rows of images, classes and groups.

    Returns
    -------
    Part
    """
    return Part(_safe_indexing(X, rows), y[rows], rows, groups[rows])


class Split(NamedTuple):
    """One split of the images.

    Attributes
    ----------
    repeat, fold : int
        Counted from 0.
    train, validation, test : ndarray of int
        Sorted row numbers, of each row once.
    """

    repeat: int
    fold: int
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray

    def take(self, X, y, groups):
        """Give each `Part` by its name."""
        return {part: take_part(getattr(self, part), X, y, groups) for part in PARTS}


def list_splits(y, groups, *, cv, n_repeats, test_size, validation_size, seed):
    """Split images in every way that a study asks for.

    Parameters
    ----------
    y : ndarray of shape (n_images,)
        Classes.
    groups : ndarray of shape (n_images,)
        A group stays on one side of each split.
    cv : int, splitter or None
        Number of folds, or what gives them by its `split`, or None for one random split a repeat.
    n_repeats : int
        How often to split anew.
    test_size : float
        Share of all images to test on, where `cv` is None.
    validation_size : float
        Share of the images not tested on that choose the epoch.
    seed : int
        Of all splits.

    Returns
    -------
    list of Split

    Raises
    ------
    ValueError
        If a part would lack a class, or a splitter gives none or an unusual split.
    """
    seeds = seed_stream(seed)
    splits = []
    for repeat in range(n_repeats):
        pairs = list(_list_tests(y, groups, cv, test_size, next(seeds)))
        for fold, (rest, test) in enumerate(pairs):
            _refuse_lost_classes(y, rest, test, repeat, fold)
            kept, held_out = _set_aside(y[rest], groups[rest], validation_size, next(seeds))
            splits.append(Split(repeat, fold, rest[kept], rest[held_out], np.sort(test)))
    return splits


def _set_aside(y, groups, fraction, seed):
    """Split rows once; where groups are too large for the exact share, take a fold of about it."""
    try:
        return hold_out(y, fraction, seed, groups=groups)
    except ValueError:
        classes, counts = np.unique(y, return_counts=True)
        n_folds = min(round(1 / fraction), len(np.unique(groups)), counts.min())
        if n_folds < 2:
            raise
        folds = StratifiedGroupKFold(n_folds, shuffle=True, random_state=seed)
        for kept, held_out in folds.split(np.zeros((len(y), 1)), y, groups):
            if all(len(np.unique(y[rows])) == len(classes) for rows in (kept, held_out)):
                return kept, held_out
        raise


def _list_tests(y, groups, cv, test_size, seed):
    """Yield the rows to fit on and those to test on, of each fold of a repeat."""
    if cv is None:
        yield _set_aside(y, groups, test_size, seed)
        return
    if not hasattr(cv, "split"):
        cv = StratifiedGroupKFold(cv, shuffle=True, random_state=seed % 2**32)
    for rest, test in cv.split(np.zeros((len(y), 1)), y, groups):
        yield np.sort(rest), test


def _refuse_lost_classes(y, rest, test, repeat, fold):
    if np.intersect1d(rest, test).size:
        raise ValueError(f"Fold {fold} of `cv` tests on images that it also trains on.")
    lost = np.setdiff1d(y, y[rest])
    if len(lost):
        names = ", ".join(repr(c) for c in lost.tolist())
        raise ValueError(
            f"Fold {fold} of repeat {repeat} has no image of class {names} to train on. Use fewer "
            "folds, add images, or leave the class out."
        )
