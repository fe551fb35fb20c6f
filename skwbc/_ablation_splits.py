"""The splits of a study: which images train, choose the epoch, and test."""

import warnings
from copy import copy
from numbers import Integral
from typing import NamedTuple

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold, check_cv
from sklearn.utils import _safe_indexing

from skwbc._hold_out import hold_out
from skwbc._seeding import seed_stream

TRAIN, VALIDATION, TEST = "train", "validation", "test"
PARTS = (TRAIN, VALIDATION, TEST)
OF_SPLITTER = 1  # names the stream of seeds that a splitter draws from


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
    cv : int, splitter, iterable or None
        Number of folds, or what gives them by its `split`, or pairs of rows to train and to test
        on, or None for one random split a repeat.
    n_repeats : int
        How often to split anew.
    test_size : float
        Share of all images to test on, where `cv` is None.
    validation_size : float
        Share of the images not tested on that choose the epoch.
    seed : int
        Of all splits, those of a splitter without a seed of its own included.

    Returns
    -------
    list of Split

    Raises
    ------
    ValueError
        If a part would lack a class; if a splitter gives no split, an unusual one, one that shares
        a group between both sides, or one of which the test set was there before; if pairs are
        given and `n_repeats` is not 1.
    """
    seeds = seed_stream(seed)
    name = repr(cv) if hasattr(cv, "split") else "`cv`"
    cv = _as_splitter(cv, n_repeats, seed)
    splits = []
    for repeat in range(n_repeats):
        pairs = list(_list_tests(y, groups, cv, test_size, next(seeds)))
        for fold, (rest, test) in enumerate(pairs):
            if not len(test):
                raise ValueError(
                    f"Fold {fold} of repeat {repeat} has no image to test on: there are few groups "
                    "for so many folds. Use fewer folds, or LeaveOneGroupOut as `cv`."
                )
            _refuse_lost_classes(y, rest, test, repeat, fold)
            _refuse_shared_groups(groups, rest, test, name, fold)
            try:
                kept, held_out = _set_aside(y[rest], groups[rest], validation_size, next(seeds))
            except ValueError:
                _refuse_single_groups(y[rest], groups[rest], repeat, fold)
                raise
            splits.append(Split(repeat, fold, rest[kept], rest[held_out], np.sort(test)))
    if hasattr(cv, "split"):
        _refuse_repeated_tests(splits, name)
    return splits


def _as_splitter(cv, n_repeats, seed):
    """Give pairs of rows a `split`, and a splitter that would draw by chance a generator."""
    if hasattr(cv, "split") and getattr(cv, "random_state", 0) is None:
        cv = copy(cv)
        cv.random_state = np.random.RandomState(next(seed_stream((seed, OF_SPLITTER))))
    if cv is None or isinstance(cv, Integral) or hasattr(cv, "split"):
        return cv
    try:
        pairs = [(train, test) for train, test in cv]
    except (TypeError, ValueError):
        raise ValueError("Expected pairs (train, test) of row numbers in `cv`.") from None
    if n_repeats != 1:
        raise ValueError(
            f"Pairs of row numbers in `cv` can't be drawn anew; expected n_repeats=1, received "
            f"{n_repeats}."
        )
    return check_cv(pairs)


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
    X = np.zeros((len(y), 1))
    if hasattr(cv, "split"):
        with warnings.catch_warnings():  # whether groups are whole is looked at afterwards
            warnings.filterwarnings("ignore", "The groups parameter is ignored", UserWarning)
            pairs = list(cv.split(X, y, groups))
        if not pairs:
            raise ValueError("Expected at least one split of `cv`, received none.")
        pairs = [[_read_rows(rows, len(y)) for rows in pair] for pair in pairs]
    else:
        folds = StratifiedGroupKFold(cv, shuffle=True, random_state=seed)
        pairs = folds.split(X, y, groups)
    for rest, test in pairs:
        yield np.sort(rest), test


def _read_rows(rows, n_rows):
    """Turn rows as a splitter gives them, numbers or a mask, into an array of numbers."""
    rows = np.asarray(rows)
    if rows.dtype == bool and rows.shape == (n_rows,):
        rows = np.flatnonzero(rows)
    is_list = rows.ndim == 1 and rows.dtype.kind in "iu" and len(rows)
    if not is_list or rows.min() < 0 or rows.max() >= n_rows or len(np.unique(rows)) < len(rows):
        raise ValueError(
            f"Expected row numbers of `cv` from 0 to {n_rows - 1}, each once; received "
            f"{np.array2string(rows, threshold=6)}."
        )
    return rows


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


def _refuse_single_groups(y, groups, repeat, fold):
    """Name the classes of which there is one image, or group, to train on and to validate."""
    single = [c for c in np.unique(y).tolist() if len(np.unique(groups[y == c])) < 2]
    if single:
        raise ValueError(
            f"Fold {fold} of repeat {repeat} leaves one image, or one group, of class "
            f"{', '.join(map(repr, single))} to train on and to choose the epoch. Leave the class "
            "out, or add images of it; more folds leave more of them, too."
        ) from None


def _refuse_shared_groups(groups, rest, test, name, fold):
    shared = np.intersect1d(groups[rest], groups[test])
    if len(shared):
        of = "1 group" if len(shared) == 1 else f"{len(shared)} groups"
        raise ValueError(
            f"Expected whole groups on one side of each split; fold {fold} of {name} has "
            f"images of {of} on both, such as {shared.tolist()[0]!r}. Use "
            "StratifiedGroupKFold, or the number of folds as `cv`."
        )


def number_tests(splits):
    """Number the test sets of splits by their first; the same images have the same number.

    Few groups can't be split anew each time.

    Parameters
    ----------
    splits : list of Split

    Returns
    -------
    dict of (int, int) to int
        By repeat and fold.
    """
    numbers = {}
    return {
        (split.repeat, split.fold): numbers.setdefault(split.test.tobytes(), len(numbers))
        for split in splits
    }


def _refuse_repeated_tests(splits, name):
    """Refuse test sets that were there before: as new ones they would make intervals narrower."""
    before = {}
    for split in splits:
        first = before.setdefault(split.test.tobytes(), split)
        if first is not split:
            raise ValueError(
                f"Expected another test set in each split; fold {split.fold} of repeat "
                f"{split.repeat} has that of fold {first.fold} of repeat {first.repeat}. With a "
                f"fixed seed, or none, {name} splits alike each time: use n_repeats=1, "
                "random_state=None in the splitter, or RepeatedStratifiedKFold."
            )
