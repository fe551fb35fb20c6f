"""An estimator stays as it was if its fit fails."""

from contextlib import contextmanager

SKLEARN_CALLBACKS = ("_skl_callbacks", "_callback")  # attributes that it sees to itself


@contextmanager
def attributes_kept(estimator, errors=BaseException):
    """Give an estimator its attributes back if the block ends by an error.

    Parameters
    ----------
    estimator : estimator
        What the block changes in place, such as weights, is not given back.
    errors : type, default=BaseException
        Of the errors that count; by default Ctrl-C is one of them.
    """
    before = dict(vars(estimator))
    try:
        yield
    except errors:
        for name in [n for n in vars(estimator) if not n.startswith(SKLEARN_CALLBACKS)]:
            if name in before:
                setattr(estimator, name, before[name])
            else:
                delattr(estimator, name)
        raise
