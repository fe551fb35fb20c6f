"""Count the parts of a long work on standard error."""

import sys
from collections import defaultdict
from itertools import chain
from statistics import mean
from time import perf_counter

from tqdm import tqdm


def track(names, results, verbose, found=None, kinds=None):
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
    kinds : list of hashable, default=None
        Of each result: what is left is told by the time that others of its kind took. By default
        all are of one kind.

    Yields
    ------
    object
        The results.
    """
    if not verbose:
        yield from results
        return
    found = [False] * len(names) if found is None else found
    time_left = _TimeLeft([None] * len(names) if kinds is None else kinds, found)
    tell = _draw_bar if sys.stderr.isatty() else _print_lines
    yield from tell(names, results, found, time_left)


class _TimeLeft:
    """Tell by the seconds of what is done how long the rest will take."""

    def __init__(self, kinds, found):
        self.kinds, self.found = kinds, found
        self.left = [kind for kind, is_found in zip(kinds, found, strict=True) if not is_found]
        self.seconds = defaultdict(list)  # of each kind
        self.last = perf_counter()

    def take(self, index):
        """Take note that a result is there; give the seconds since the one before."""
        now = perf_counter()
        took, self.last = now - self.last, now
        if not self.found[index]:
            self.left.remove(self.kinds[index])
            self.seconds[self.kinds[index]].append(took)
        return took

    def describe(self):
        """Say it in words, or nothing if nobody knows yet."""
        if not self.left:
            return "about 0 s left"
        if not self.seconds:
            return ""
        means = {kind: mean(seconds) for kind, seconds in self.seconds.items()}
        of_all = mean(chain.from_iterable(self.seconds.values()))
        left = sum(means.get(kind, of_all) for kind in self.left)
        return f"about {left / 60:.0f} min left" if left > 90 else f"about {left:.0f} s left"


def _draw_bar(names, results, found, time_left):
    form = "{l_bar}{bar}| {n_fmt}/{total_fmt} [{elapsed}{postfix}]"  # tqdm knows no kinds
    with tqdm(total=len(names), initial=sum(found), bar_format=form, file=sys.stderr) as bar:
        bar.set_description(names[0])
        in_work = [*names[1:], "done"]
        for index, (following, result) in enumerate(zip(in_work, results, strict=True)):
            time_left.take(index)
            bar.update(not found[index])
            bar.set_description(following, refresh=False)
            bar.set_postfix_str(time_left.describe())
            yield result


def _print_lines(names, results, found, time_left):
    for index, (name, result) in enumerate(zip(names, results, strict=True)):
        took = time_left.take(index)
        facts = [name, "found" if found[index] else f"{took:.1f} s", time_left.describe()]
        facts = ", ".join(filter(None, facts))
        print(f"{index + 1} of {len(names)}: {facts}", file=sys.stderr, flush=True)
        yield result


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
