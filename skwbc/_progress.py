"""Count the parts of a long work on standard error."""

import sys
from time import perf_counter

from tqdm import tqdm


def track(names, results, verbose):
    """Yield results as they come, and say how far the work is and how long it will go on.

    Parameters
    ----------
    names : list of str
        What each result is of.
    results : iterable
        As many, each made when it is asked for.
    verbose : int or bool
        If false, nothing is said. Otherwise a bar with the name of what is in work, or, where
        standard error is no terminal, a line for each result.

    Yields
    ------
    object
        The results.
    """
    if not verbose:
        yield from results
    elif sys.stderr.isatty():
        with tqdm(total=len(names), unit="fit", file=sys.stderr) as bar:
            bar.set_description(names[0])
            for following, result in zip([*names[1:], "done"], results, strict=True):
                yield result
                bar.update()
                bar.set_description(following)
    else:
        start = last = perf_counter()
        for number, (name, result) in enumerate(zip(names, results, strict=True), 1):
            now = perf_counter()
            left = (now - start) / number * (len(names) - number)
            print(
                f"{number} of {len(names)}: {name}, {now - last:.1f} s, about {_tell(left)} left",
                file=sys.stderr,
                flush=True,
            )
            last = now
            yield result


def _tell(seconds):
    return f"{seconds / 60:.0f} min" if seconds > 90 else f"{seconds:.0f} s"


def watch(names, results, context, **facts):
    """Yield results as they come, and tell scikit-learn's callbacks of each as of a task.

    Parameters
    ----------
    names : list of str
        Of the tasks.
    results : iterable
        As many, each made when it is asked for.
    context : sklearn.callback.CallbackContext or NoContext
        Of the whole work.
    **facts
        What the callbacks may see, as in scikit-learn's `call_on_fit_task_begin`.

    Yields
    ------
    object
        The results.
    """
    context.call_on_fit_task_begin(**facts)
    results = iter(results)
    for name in names:
        task = context.subcontext(task_name=name)
        task.call_on_fit_task_begin(**facts)
        result = next(results)
        task.call_on_fit_task_end(**facts)
        yield result
    context.call_on_fit_task_end(**facts)
