"""Train and test one pipeline of a study on one split."""

import math
import sys
import traceback
import warnings
from dataclasses import dataclass, field
from time import perf_counter
from typing import NamedTuple

import numpy as np
from imblearn import FunctionSampler
from sklearn import config_context
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold
from sklearn.utils import _safe_indexing

from skwbc._ablation_pipeline import LevelPipeline
from skwbc._ablation_scores import score_predictions
from skwbc._ablation_splits import TEST, TRAIN, VALIDATION
from skwbc._images import as_images, read_image_shape
from skwbc.pipeline import Pipeline, takes_validation

N_EXAMPLES = 6  # synthetic images of each class that are kept to look at
INNER_FOLDS = 3
SAMPLER_SECONDS = "sampler_seconds"  # of the training on all rows that the classifier is fitted to
SEARCH_SAMPLER_SECONDS = "search_sampler_seconds"  # of those in the folds of a search


class Search(NamedTuple):
    """What the parameters of a pipeline are chosen from, and in which folds.

    Attributes
    ----------
    grid : dict or list of dict
        By parameters of the pipeline.
    seed : int
        Of the folds of the training rows; all arms and models of a split have the same.
    """

    grid: object
    seed: int


@dataclass
class Evaluation:
    """What one pipeline did on one split.

    Attributes
    ----------
    metrics : dict of str to dict of str to float
        By split ("train", "validation", "test", "fit") and name.
    rows : ndarray of int of shape (n_test,)
        Where the test images stand among all.
    true : ndarray of int of shape (n_test,)
        Codes of their classes.
    predicted : ndarray of int of shape (n_test,)
        Codes of the classes.
    probabilities : ndarray of float of shape (n_test, n_classes)
        Of the test images.
    history : dict of list of float
        Of the classifier.
    best_epoch : int
        Of the classifier, counted from 0.
    best_params : dict
        What the search chose; empty without one.
    image_shape : tuple of int
        ``(height, width, channels)``.
    examples, example_codes : ndarray
        The first synthetic images of each class that were trained on, 4-D, and the codes of their
        classes.
    fallback : list of (int, str)
        Codes of the classes whose synthetic images are not the GAN's, and why.
    error : str
        The traceback, if the fit failed; the other attributes are empty then.
    """

    metrics: dict = field(default_factory=dict)
    rows: np.ndarray = field(default_factory=lambda: np.empty(0, int))
    true: np.ndarray = field(default_factory=lambda: np.empty(0, int))
    predicted: np.ndarray = field(default_factory=lambda: np.empty(0, int))
    probabilities: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))
    history: dict = field(default_factory=dict)
    best_epoch: int = 0
    best_params: dict = field(default_factory=dict)
    image_shape: tuple = ()
    examples: np.ndarray = field(default_factory=lambda: np.empty((0, 1, 1, 1), np.uint8))
    example_codes: np.ndarray = field(default_factory=lambda: np.empty(0, int))
    fallback: list = field(default_factory=list)
    error: str = ""


def try_to(evaluate, *arguments, error_score, **settings):
    """Evaluate a pipeline; unless `error_score` is "raise", keep an error as the result.

    Returns
    -------
    Evaluation
    """
    try:
        return evaluate(*arguments, **settings)
    except Exception:
        if error_score == "raise":
            raise
        return Evaluation(error=traceback.format_exc())


def evaluate_split(pipeline, split, X, y, groups, classes, **settings):
    """Do as :func:`evaluate_pipeline` on the parts of a split."""
    return evaluate_pipeline(pipeline, split.take(X, y, groups), classes, **settings)


def evaluate_pipeline(pipeline, parts, classes, *, memory, budget="epochs", search=None):
    """Fit a pipeline to the training rows, and score it on all parts.

    Parameters
    ----------
    pipeline : Pipeline
        Samplers, then a classifier of images, "classifier".
    parts : dict of str to Part
        "train", "validation" and "test".
    classes : ndarray of shape (n_classes,)
        The classes, sorted.
    memory : joblib.Memory
        The cache of the pipeline.
    budget : {"steps", "epochs"}
        With "steps", the classifier takes as many steps of its optimiser as it would on the real
        images alone, in whole epochs, also in the folds of a search; with "epochs", as many
        epochs.
    search : Search, default=None
        Parameters of the pipeline to choose from by cross-validation of the training rows, in
        folds that keep groups whole.

    Returns
    -------
    Evaluation

    Raises
    ------
    KeyboardInterrupt
        If Ctrl-C ended the training of a sampler or the classifier, which keeps what it has learnt.
    """
    X, y, _, groups = parts[TRAIN]
    X_fit, y_fit, sampler_seconds, fallback = resample(pipeline.steps[:-1], X, y, memory)
    n_images = len(y_fit)
    shown = _list_first_of_each(y_fit, classes, start=len(y))
    X_fit, y_fit = _safe_indexing(X_fit, shown), _safe_indexing(y_fit, shown)
    folds = [] if search is None else _list_folds(X, y, groups, search.seed)
    sampler_seconds = {SAMPLER_SECONDS: sampler_seconds}
    if folds:
        sampler_seconds[SEARCH_SAMPLER_SECONDS] = _sample_folds(pipeline, X, y, folds, memory)
    if budget == "steps":
        pipeline = LevelPipeline(pipeline.steps, memory=pipeline.memory)
    start = perf_counter()
    pipeline, best_params = _fit(pipeline, X, y, parts[VALIDATION], search, folds)
    seconds = perf_counter() - start
    _refuse_interrupted(pipeline[-1:])
    n_epochs, best_epoch = (getattr(pipeline[-1], f"{n}_", 0) for n in ("n_epochs", "best_epoch"))
    predicted = {name: pipeline.predict(part.images) for name, part in parts.items()}
    evaluation = Evaluation(
        metrics={
            **{
                name: score_predictions(part.labels, predicted[name])
                for name, part in parts.items()
            },
            "fit": {
                "n_images": n_images,
                "n_synthetic_images": n_images - len(y),
                **sampler_seconds,
                "classifier_seconds": seconds,
                "n_epochs": n_epochs,
                "best_epoch": best_epoch,
                "peak_memory_mb": _read_peak_memory(),
            },
        },
        rows=parts[TEST].rows,
        true=np.searchsorted(classes, parts[TEST].labels),
        predicted=np.searchsorted(classes, predicted[TEST]),
        probabilities=_predict_proba(pipeline, parts[TEST].images, classes),
        history=getattr(pipeline[-1], "history_", {}),
        best_epoch=int(best_epoch),
        best_params=best_params,
        image_shape=_find_image_shape(pipeline, X),
    )
    show_synthetic(evaluation, X_fit, y_fit, 0, classes, fallback)
    return evaluation


def show_synthetic(evaluation, X, y, n_real, classes, fallback):
    """Keep the first synthetic images of each class, and why some are not a GAN's.

    Parameters
    ----------
    evaluation : Evaluation
        Where they are kept.
    X, y : array-like
        What was trained on, the real images first.
    n_real : int
        How many are real.
    classes : ndarray of shape (n_classes,)
        The classes, sorted.
    fallback : dict of class to str
        As samplers tell it.
    """
    shown = _list_first_of_each(y, classes, start=n_real)
    evaluation.examples = as_images(np.asarray(X)[shown], evaluation.image_shape)
    evaluation.example_codes = np.searchsorted(classes, np.asarray(y)[shown])
    evaluation.fallback = [(int(np.searchsorted(classes, c)), why) for c, why in fallback.items()]


def resample(samplers, X, y, memory):
    """Run what stands before the classifier, or find its result in the memory.

    Parameters
    ----------
    samplers : list of (str, estimator)
        Steps; there may be none.
    X, y : array-like
        Real images and classes.
    memory : joblib.Memory

    Returns
    -------
    X, y : array-like
        Real and synthetic images and their classes.
    seconds : float
        What it took when it was run.
    fallback : dict of class to str
        Why images of some classes are not a GAN's.
    """
    if not samplers:
        return X, y, 0.0, {}
    tell = memory.cache(_tell_resampling, ignore=["memory"])
    seconds, fallback = tell(samplers, X, y, memory=memory)
    X, y, _ = _resample(samplers, X, y, memory)  # the rows are in the memory, once
    return X, y, seconds, fallback


def _tell_resampling(samplers, X, y, memory):
    """Run what stands before the classifier; give seconds and fallbacks.

    The pipeline finds the result in its memory when it is fitted: so the time of a GAN is known
    apart from that of the classifier, and its images can be shown.
    """
    start = perf_counter()
    _, _, pipeline = _resample(samplers, X, y, memory)
    _refuse_interrupted(pipeline)
    seconds = perf_counter() - start
    fallback = {c: why for step in pipeline for c, why in getattr(step, "fallback_", {}).items()}
    return seconds, fallback


def _resample(samplers, X, y, memory):
    """Give the rows and classes that samplers make, and the pipeline of them."""
    unchanged = ("unchanged", FunctionSampler(validate=False))
    pipeline = Pipeline([*samplers, unchanged], memory=memory)
    return *pipeline.fit_resample(X, y), pipeline


def _refuse_interrupted(steps):
    """Go on with Ctrl-C that ended a training early: what was cut short is no result."""
    if any(getattr(step, "interrupted_", False) for step in steps):
        raise KeyboardInterrupt


def _list_folds(X, y, groups, seed):
    """List the rows to fit on and those to score, of each fold of a search.

    A fold that has all images of a class to score, and none to fit on, is left out.
    """
    folds = StratifiedGroupKFold(INNER_FOLDS, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        pairs = list(folds.split(X, y, groups))
    whole = [(fit, score) for fit, score in pairs if np.isin(y, np.asarray(y)[fit]).all()]
    if not whole:
        raise ValueError(
            f"A search for parameters needs one of {INNER_FOLDS} folds in which every class has "
            "training images; too many classes have one image or one group. Add images of them, "
            "leave them out, or leave out the search."
        )
    return whole


def _sample_folds(pipeline, X, y, folds, memory):
    """Train the samplers in the folds of a search, ahead of it; give the seconds.

    The search finds the results in the memory: so they do not count as time of the classifier.
    """
    samplers = pipeline.steps[:-1]
    if not samplers:
        return 0.0
    return sum(
        resample(samplers, _safe_indexing(X, rows), _safe_indexing(y, rows), memory)[2]
        for rows, _ in folds
    )


def _fit(pipeline, X, y, part, search, folds):
    """Fit a pipeline, or the best of those in a grid; give it and its parameters."""
    validation = {}
    if takes_validation(pipeline[-1]):
        validation = {"X_val": part.images, "y_val": part.labels}
    if search is None:
        return pipeline.fit(X, y, **validation), {}
    best = GridSearchCV(pipeline, search.grid, cv=folds, scoring=_score_whole, error_score="raise")
    with config_context(enable_metadata_routing=False):  # which would ask who takes them
        best.fit(X, y, **validation)
    return best.best_estimator_, best.best_params_


def _score_whole(pipeline, X, y):
    """Score a candidate by its balanced accuracy, unless Ctrl-C cut it short."""
    _refuse_interrupted(pipeline)
    return get_scorer("balanced_accuracy")(pipeline, X, y)


def _list_first_of_each(y, classes, start):
    """List the first rows of each class from `start` on."""
    y = np.asarray(y)
    return np.concatenate(
        [start + np.flatnonzero(y[start:] == c)[:N_EXAMPLES] for c in classes]
    ).astype(int)


def _predict_proba(pipeline, X, classes):
    """Give the probabilities: 0 of a class not trained on, NaN from a classifier that has none."""
    if not hasattr(pipeline, "predict_proba"):
        return np.full((len(X), len(classes)), math.nan)
    probabilities = np.zeros((len(X), len(classes)))
    probabilities[:, np.searchsorted(classes, pipeline.classes_)] = pipeline.predict_proba(X)
    return probabilities


def _find_image_shape(pipeline, X):
    """Ask the last step that knows the shape of the images."""
    shapes = [step.image_shape_ for _, step in pipeline.steps if hasattr(step, "image_shape_")]
    return shapes[-1] if shapes else read_image_shape(np.asarray(X))


def _read_peak_memory():
    """Read the most memory that this process has had so far, in megabytes."""
    try:
        import resource
    except ImportError:  # on Windows
        return math.nan
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
