"""Curves of a training that goes on, put behind those of before."""

import numpy as np


def join_histories(before, new):
    """Put the values of a training behind those of before, NaN where one of them lacks a value.

    Parameters
    ----------
    before, new : dict of str to list of float
        Values of each epoch or part, by name. Neither is changed.

    Returns
    -------
    dict of str to list of float
        Lists of one length.

    Examples
    --------
    >>> join_histories({"won": [0.5]}, {"won": [0.75, 0.5], "distance": [3.0]})
    {'won': [0.5, 0.75, 0.5], 'distance': [nan, 3.0, nan]}
    """
    n_before, n_new = (max(map(len, lists.values()), default=0) for lists in (before, new))
    joined = {}
    for name in dict.fromkeys([*before, *new]):
        values = new.get(name, [])  # Ctrl-C may come before the last of them
        joined[name] = before.get(name, [np.nan] * n_before) + values
        joined[name] += [np.nan] * (n_new - len(values))
    return joined
