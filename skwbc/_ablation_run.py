"""Plan the fits of a study, and do them, one after the other or side by side."""

from itertools import groupby
from typing import NamedTuple

import joblib
from joblib import Parallel, delayed
from joblib.parallel import get_active_backend
from sklearn.base import clone

from skwbc._ablation_arms import OF_CLASSIFIER, ablation_pipelines
from skwbc._ablation_fit import Search, try_to
from skwbc._ablation_mixture import MixedSplit
from skwbc._ablation_splits import Split
from skwbc._ablation_store import NAMING, MissingFitsError, name_fit
from skwbc._orphans import end_with_parent
from skwbc._progress import track, watch
from skwbc._seeding import seed_stream


class Fit(NamedTuple):
    """What names a fit, and the index of all that is kept by fit."""

    arm: str
    model: str
    repeat: int
    fold: int


class Task(NamedTuple):
    """A fit that is to be done.

    Attributes
    ----------
    fit : Fit
        Its name.
    pipeline : Pipeline
        Not fitted, all seeds set.
    split : Split or MixedSplit
        The rows.
    search : Search or None
        What parameters to choose from.
    key : str
        Its name in the store.
    """

    fit: Fit
    pipeline: object
    split: Split
    search: Search | None
    key: str


def plan_tasks(models, arms, splits, *, param_grid, memory, seed, dependencies, versions):
    """List the fits of a study: split by split and arm by arm.

    All arms of a split have the same seeds, also of the folds of a search, and each split has its
    own; but if the samplers see all images, they are trained once for all splits.

    Parameters
    ----------
    models : dict of str to estimator
        Classifiers.
    arms : dict of str to dict
        As :func:`ablation_arms` gives them.
    splits : list of Split or MixedSplit
        What each is fitted on.
    param_grid : dict of str to dict, or None
        By model, the parameters of the classifier to choose from.
    memory : joblib.Memory
        Of all pipelines.
    seed : int
        Fills in each `random_state` that is None.
    dependencies : tuple
        What else the result of a fit depends on.
    versions : dict of str to str
        Of skwbc and Keras, with which the fits are done or were done.

    Returns
    -------
    list of Task
    """
    tasks = []
    for split in splits:
        seeds = seed_stream((seed, split.repeat, split.fold))
        sampler_seed, model_seed, search_seed = (next(seeds) for _ in range(3))
        if isinstance(split, MixedSplit):
            sampler_seed = next(seed_stream(seed))
        by_model = {}
        for name, model in models.items():
            pipelines = ablation_pipelines(_with_seed(model, model_seed), arms=arms, memory=memory)
            by_model[name] = {a: _with_seed(p, sampler_seed) for a, p in pipelines.items()}
        for arm in arms:
            for name in models:
                fit = Fit(arm, name, split.repeat, split.fold)
                grid = _address_classifier((param_grid or {}).get(name))
                search = Search(grid, search_seed) if grid else None
                pipeline = by_model[name][arm]
                # without a search, the grid as it came: the fits of before keep their keys
                chosen = search or grid
                of_versions = [versions[package] for package in NAMING]
                key = name_fit(fit, pipeline.steps, chosen, split, *of_versions, dependencies)
                tasks.append(Task(fit, pipeline, split, search, key))
    return tasks


def run_tasks(tasks, evaluate, X, y, groups, classes, *, store, n_jobs, verbose, study, **settings):
    """Do the fits that the store does not have yet.

    Side by side, those whose sampler another fit of their repeat trains come after the others, so
    that each sampler is trained once.

    Parameters
    ----------
    tasks : list of Task
    evaluate : callable
        What does a fit, such as :func:`evaluate_split`.
    X, y, groups : array-like, ndarray, ndarray
        All images, classes and groups.
    classes : ndarray
        Sorted.
    store : FitStore
        Where each finished fit goes.
    n_jobs : int or None
        Of joblib.
    verbose : int
        Whether to tell of progress.
    study : AblationStudy
        Of which scikit-learn's callbacks are told.
    **settings
        Of `evaluate`, and `error_score`.

    Returns
    -------
    dict of Fit to Evaluation
        In the order of the tasks.
    """
    alone = joblib.effective_n_jobs(n_jobs) == 1
    waves = [tasks] if alone else _split_waves(tasks)
    in_order = [task for wave in waves for task in wave]
    # in a tuple, images go with the task: dask does that again if its worker dies, but can't get
    # back what joblib sent ahead to the workers, as it does with arguments that are arrays
    data = X, y, groups, classes

    def work():
        for wave in waves:
            yield from Parallel(n_jobs=n_jobs, return_as=_choose_return(alone))(
                delayed(_run_task)(task, store, evaluate, data, settings) for task in wave
            )

    names = [_tell(task.fit) for task in in_order]
    context = study._init_callback_context(max_subtasks=len(tasks))
    watched = watch(names, work(), context, estimator=study, X=X, y=y)
    fits = [task.fit for task in in_order]
    found = [store.is_done(task.key) for task in in_order] if verbose else None
    kinds = [(fit.arm, fit.model) for fit in fits]
    done = dict(zip(fits, track(names, watched, verbose, found, kinds), strict=True))
    return {task.fit: done[task.fit] for task in tasks}


def _choose_return(alone):
    """Let joblib give results as they come, or all at the end if its backend, as ray's, can't."""
    backend, _ = get_active_backend()
    return "generator" if alone or backend.supports_return_generator else "list"


def find_evaluations(tasks, store):
    """Find all fits in the store; do none.

    Parameters
    ----------
    tasks : list of Task
    store : FitStore

    Returns
    -------
    dict of Fit to Evaluation
        In the order of the tasks; also of those that failed.

    Raises
    ------
    MissingFitsError
        If some are not there.
    ValueError
        If a file can't be read.
    """
    n_found = sum(store.has(task.key) for task in tasks)
    if n_found < len(tasks):
        raise MissingFitsError(store.folder, n_found, len(tasks))
    return {task.fit: store.read(task.key) for task in tasks}


def _run_task(task, store, evaluate, data, settings):
    """Do a fit, and keep it as soon as it is done."""
    end_with_parent()
    evaluation = store.find(task.key)
    if evaluation is None or evaluation.error:
        evaluation = try_to(
            evaluate,
            clone(task.pipeline),
            task.split,
            *data,
            search=task.search,
            **settings,
        )
        store.keep(task.key, evaluation)
    return evaluation


def _split_waves(tasks):
    """Divide the fits so that none waits inside a wave for a sampler that another fit trains.

    Repeats end in their order, so that a study which is stopped has whole ones: a wave holds what
    waited in the repeat before, then, the longest first, the first fit with each new sampler on
    the same rows and those without one.
    """
    waves, waiting, trained = [], [], set()
    for _, of_repeat in groupby(tasks, key=lambda task: task.fit.repeat):
        first, plain, later, new = [], [], [], set()
        for task in of_repeat:
            steps = task.pipeline.steps[:-1]
            rows = () if isinstance(task.split, MixedSplit) else (task.fit.repeat, task.fit.fold)
            sampler = rows, joblib.hash(steps)
            is_ready = not steps or sampler in trained
            wave = plain if is_ready else later if sampler in new else first
            wave.append(task)
            new.add(sampler)
        waves.append(waiting + first + plain)
        waiting, trained = later, trained | new
    return [*waves, waiting]


def _tell(fit):
    """Name a fit in words."""
    return f"{fit.arm}, {fit.model}, repeat {fit.repeat}, fold {fit.fold}"


def _address_classifier(grid):
    """Turn parameters of a classifier into those of its pipeline."""
    if isinstance(grid, list):
        return [_address_classifier(one) for one in grid]
    return grid and {OF_CLASSIFIER + name: values for name, values in grid.items()}


def _with_seed(estimator, seed):
    """Copy an estimator and fill in each `random_state` that is None."""
    unset = [
        name
        for name, value in estimator.get_params().items()
        if value is None and (name == "random_state" or name.endswith("__random_state"))
    ]
    return clone(estimator).set_params(**dict.fromkeys(unset, seed))
