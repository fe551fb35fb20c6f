"""Count the parts of a long work on standard error."""

import sys
from time import perf_counter

from tqdm import tqdm


def track(names, results, verbose, found=None):
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
    found : list of bool, default=None
        Which results are there already: they tell nothing of the time that others take. By default
        none.

    Yields
    ------
    object
        The results.
    """
    found = [False] * len(names) if found is None else found
    if not verbose:
        yield from results
    elif sys.stderr.isatty():
        yield from _draw_bar(names, results, found)
    else:
        yield from _print_lines(names, results, found)


def _draw_bar(names, results, found):
    with tqdm(total=len(names), initial=sum(found), unit="fit", file=sys.stderr) as bar:
        bar.set_description(names[0])
        for following, result, is_found in zip([*names[1:], "done"], results, found, strict=True):
            yield result
            bar.update(not is_found)
            bar.set_description(following)


def _print_lines(names, results, found):
    last, spent, n_done, n_left = perf_counter(), 0.0, 0, len(found) - sum(found)
    for number, (name, result, is_found) in enumerate(zip(names, results, found, strict=True), 1):
        now = perf_counter()
        took = "found"
        if not is_found:
            spent, n_done, n_left = spent + now - last, n_done + 1, n_left - 1
            took = f"{now - last:.1f} s"
        left = ""  # nobody knows before the first is done
        if n_done or not n_left:
            left = f", about {_tell(spent / max(n_done, 1) * n_left)} left"
        print(f"{number} of {len(names)}: {name}, {took}{left}", file=sys.stderr, flush=True)
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
