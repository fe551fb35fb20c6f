"""Set real images aside for validation."""

import numpy as np
import pandas as pd
from sklearn.utils import assert_all_finite, check_consistent_length, column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _num_samples


def hold_out(y, fraction, seed, *, groups=None):
    """Split rows once, keeping the shares of the classes and the groups whole.

    Parameters
    ----------
    y : array-like of shape (n_samples,)
        Class of each row.
    fraction : float
        Share of each class to hold out, in (0, 1), rounded: at least one row of every class is
        held out, and one kept. (scikit-learn's stratified split rounds the total instead, and
        can leave a small class on one side only.)
    seed : int
        Of the split.
    groups : array-like of shape (n_samples,), default=None
        Rows of one group stay on one side of the split; by default each row is a group. A group
        too large for what is still to be held out is kept, so that less may be held out; but of a
        class of which nothing would be, the smallest group is, if another one is left to train on.

    Returns
    -------
    kept, held_out : ndarray of int
        Sorted row numbers.

    Raises
    ------
    ValueError
        If a class has a single row, or a single group, so that it can't be on both sides; if y or
        groups has several columns; if a value of groups is missing.

    Examples
    --------
    >>> import numpy as np
    >>> kept, held_out = hold_out(np.repeat(["a", "b"], [90, 10]), 0.2, seed=0)
    >>> len(kept), len(held_out)
    (80, 20)
    """
    y = column_or_1d(y, warn=True)
    classes, codes, counts = np.unique(y, return_inverse=True, return_counts=True)
    _refuse(classes[counts < 2], "at least 2 images of every class")
    groups = np.arange(len(codes)) if groups is None else check_groups(groups)
    _, group_of_row = np.unique(groups, return_inverse=True)
    members = np.zeros((group_of_row.max() + 1, len(classes)), dtype=int)
    np.add.at(members, (group_of_row, codes), 1)
    needed = np.clip(np.rint(fraction * counts).astype(int), 1, counts - 1)
    taken = np.zeros(len(members), dtype=bool)
    order = np.random.default_rng(seed).permutation(len(members))
    for group in order:
        if (members[group] <= needed).all():
            taken[group] = True
            needed -= members[group]
    for code in range(len(classes)):
        if not members[taken, code].any():
            taken[_choose_smallest(members, taken, order, code)] = True
    n_taken = members[taken].sum(axis=0)
    _refuse(
        classes[n_taken == 0],
        "at least 2 groups in every class",
    )
    return np.flatnonzero(~taken[group_of_row]), np.flatnonzero(taken[group_of_row])


def check_groups(groups):
    """Give groups as an array, one for each row.

    Raises
    ------
    ValueError
        If they are no single column, or some are missing.

    Examples
    --------
    >>> check_groups([[3], [3], [5]]).tolist()
    [3, 3, 5]
    """
    try:
        groups = column_or_1d(groups)
    except ValueError as error:  # which speaks of y
        raise ValueError("Expected one column of groups, with a group for each row.") from error
    if pd.isna(groups).any():
        raise ValueError("Expected a group for each row, but some values of groups are missing.")
    return groups


def check_classes(y, name):
    """Refuse classes that can't be split.

    Parameters
    ----------
    y : array-like of shape (n_samples,) or None
        Class of each row.
    name : str
        Of the classifier that needs them.

    Raises
    ------
    ValueError
        If y is None or empty, has missing or infinite values, or holds numbers that are no classes.
    """
    if y is None:
        raise ValueError(
            f"This {name} estimator requires y to be passed, but the target y is None."
        )
    if _num_samples(y) == 0:
        raise ValueError(f"Found 0 samples in X and y, while a minimum of 1 is required by {name}.")
    if pd.isna(np.asarray(y, dtype=object)).any():
        raise ValueError("Input y contains NaN or another missing value; expected classes.")
    assert_all_finite(y, input_name="y")
    check_classification_targets(y)


def check_validation(X_val, y_val, sample_weight_val):
    """Refuse rows to validate on that don't belong together.

    Parameters
    ----------
    X_val, y_val, sample_weight_val : array-like or None
        What `fit` received.

    Raises
    ------
    ValueError
        If there are rows without classes, classes or weights without rows, if they differ in
        length, or if the weights are no numbers of 0 or more, or all 0.
    """
    if (X_val is None) != (y_val is None):
        raise ValueError("X_val and y_val are given together or not at all; received one.")
    if X_val is None and sample_weight_val is not None:
        raise ValueError("sample_weight_val has no meaning without X_val and y_val.")
    check_consistent_length(X_val, y_val, sample_weight_val)
    if sample_weight_val is None:
        return
    weights = np.asarray(sample_weight_val, dtype=float)
    if weights.ndim != 1 or not (np.isfinite(weights) & (weights >= 0)).all() or not weights.any():
        raise ValueError(
            "Expected in sample_weight_val a number of 0 or more for each row of X_val, not 0 for "
            f"all; received {sample_weight_val!r}."
        )


def _choose_smallest(members, taken, order, code):
    """Give the smallest group with images of a class that leaves some of each class, or none."""
    left = members[~taken].sum(axis=0)
    able = [
        group
        for group in order
        if members[group, code] and not taken[group] and (left > members[group]).all()
    ]
    return min(able, key=lambda group: members[group].sum(), default=[])


def _refuse(classes, need):
    if len(classes):
        names = ", ".join(repr(c) for c in classes.tolist())
        raise ValueError(
            f"A stratified split needs {need}, which is not so for class {names}. "
            "Add images, leave the class out, or give a validation set yourself."
        )
