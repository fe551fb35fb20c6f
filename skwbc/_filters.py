"""The widths of a network's layers, as users give them."""

from numbers import Integral


def read_filters(filters, name="filters"):
    """Give widths as integers of Python, which Keras asks for.

    Parameters
    ----------
    filters : sequence of int
        NumPy's integers, too.
    name : str
        What to call them in an error.

    Returns
    -------
    tuple of int

    Raises
    ------
    ValueError
        If there is none, or one that is no positive integer.

    Examples
    --------
    >>> import numpy as np
    >>> read_filters(2 ** np.arange(3, 5))
    (8, 16)
    """
    if not len(filters) or not all(isinstance(n, Integral) and n > 0 for n in filters):
        raise ValueError(f"Expected {name} as positive integers, received {filters!r}.")
    return tuple(map(int, filters))
