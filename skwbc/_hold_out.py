"""Set real images aside for validation."""

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold


def hold_out(y, fraction, seed, *, groups=None):
    """Split rows once, keeping the shares of the classes.

    Parameters
    ----------
    y : ndarray of shape (n_samples,)
        Class of each row.
    fraction : float
        Share of each class to hold out, in (0, 1), rounded: at least one row of every class is
        held out, and one kept. (scikit-learn's stratified split rounds the total instead, and
        can leave a small class on one side only.)
    seed : int
        Of the split.
    groups : ndarray of shape (n_samples,), default=None
        Rows of one group stay on one side of the split.

    Returns
    -------
    kept, held_out : ndarray of int
        Sorted row numbers.

    Raises
    ------
    ValueError
        If a class has a single row, which cannot be on both sides.

    Examples
    --------
    >>> import numpy as np
    >>> kept, held_out = hold_out(np.repeat(["a", "b"], [90, 10]), 0.2, seed=0)
    >>> len(kept), len(held_out)
    (80, 20)
    """
    y = np.asarray(y)
    classes, counts = np.unique(y, return_counts=True)
    if counts.min() < 2:
        alone = ", ".join(repr(c) for c in classes[counts < 2].tolist())
        raise ValueError(
            f"A stratified split needs at least 2 images of every class, but class {alone} has "
            "1. Add images, leave the class out, or give a validation set yourself."
        )
    rows = np.arange(len(y))
    if groups is not None and len(np.unique(groups)) < len(y):
        folds = StratifiedGroupKFold(max(2, round(1 / fraction)), shuffle=True, random_state=seed)
        return next(folds.split(rows, y, groups))
    rng = np.random.default_rng(seed)
    held_out = np.sort(
        np.concatenate(
            [
                rng.permutation(rows[y == c])[: min(max(round(fraction * n), 1), n - 1)]
                for c, n in zip(classes, counts, strict=True)
            ]
        )
    )
    return np.setdiff1d(rows, held_out), held_out
