"""Count the fits of a study on standard error."""

import sys
from time import perf_counter

from tqdm import tqdm


def track(items, verbose):
    """Yield ``(name, item)`` pairs, and say how far the work has come.

    Parameters
    ----------
    items : dict of tuple of str to object
        What is worked through.
    verbose : int or bool
        If false, nothing is said. Otherwise a bar with the name of the item in work, or, where
        standard error is no terminal, a line for each item that is done.

    Yields
    ------
    tuple of str, object
    """
    if not verbose:
        yield from items.items()
    elif sys.stderr.isatty():
        with tqdm(items.items(), unit="fit", file=sys.stderr) as bar:
            for name, item in bar:
                bar.set_description(", ".join(name))
                yield name, item
    else:
        for number, (name, item) in enumerate(items.items(), 1):
            start = perf_counter()
            yield name, item
            seconds = perf_counter() - start
            line = f"{number} of {len(items)}: {', '.join(name)}, {seconds:.1f} s"
            print(line, file=sys.stderr, flush=True)
