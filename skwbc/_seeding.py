"""The one road of randomness: ``random_state`` becomes independent integer seeds.

No global generator is read or written: ``random_state=None`` draws fresh entropy from the
operating system.
"""

import random
from contextlib import contextmanager

import numpy as np
from sklearn.utils import check_random_state

_N_SEEDS = np.iinfo(np.int32).max  # every library here takes a non-negative int32


def draw_seed(random_state):
    """Turn a ``random_state`` into one integer.

    Parameters
    ----------
    random_state : None, int or numpy.random.RandomState
        An integer is the seed; an instance is advanced by one draw, so that two fits that
        share it differ; None gives a new seed at every call.

    Returns
    -------
    int
        In ``[0, 2**31 - 1)``, or the integer that was given.
    """
    if random_state is None:
        return int(np.random.default_rng().integers(_N_SEEDS))
    if isinstance(random_state, (int, np.integer)):
        return int(random_state)
    return int(check_random_state(random_state).randint(_N_SEEDS))


def seed_stream(seed):
    """Yield independent integer seeds, the same ones for the same ``seed``.

    Parameters
    ----------
    seed : int or tuple of int
        For example from :func:`draw_seed`.

    Yields
    ------
    int
        In ``[0, 2**31 - 1)``.

    Examples
    --------
    >>> stream = seed_stream(0)
    >>> first, second = next(stream), next(stream)
    >>> first == second
    False
    >>> next(seed_stream(0)) == first
    True
    """
    rng = np.random.default_rng(seed)
    while True:
        yield int(rng.integers(_N_SEEDS))


def seed_draws(layer, seed):
    """Seed all random draws of a layer and of those within it."""
    seeds = seed_stream(seed)
    for variable in layer.variables:
        if variable.path.endswith("seed_generator_state"):
            variable.assign([next(seeds), 0])


@contextmanager
def python_random_kept():
    """Hold the state of Python's global generator, from which Keras seeds what has no seed."""
    state = random.getstate()
    try:
        yield
    finally:
        random.setstate(state)
