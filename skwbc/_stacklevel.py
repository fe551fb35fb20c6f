"""The stacklevel by which a warning names the user's line."""

import sys

BETWEEN = {"contextlib", "imblearn", "joblib", "sklearn", "skwbc"}  # packages that lie between


def find_stacklevel():
    """Give the stacklevel for a warning of the calling function.

    How many calls lie between depends on decorators, and on the pipeline or search that a fit
    stands in. So the first caller is looked for that is of none of these packages.

    Returns
    -------
    int
        For :func:`warnings.warn`.
    """
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and _is_between(frame):
        level, frame = level + 1, frame.f_back
    return level


def _is_between(frame):
    return frame.f_globals.get("__name__", "").partition(".")[0] in BETWEEN
