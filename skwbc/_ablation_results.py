"""Tables of what the fits of a study did."""

import math
from collections import Counter

import numpy as np
import pandas as pd
from sklearn.base import clone

from skwbc._ablation_arms import list_samplers
from skwbc._ablation_fit import N_EXAMPLES, SAMPLER_SECONDS, SEARCH_SAMPLER_SECONDS
from skwbc._ablation_mixture import TEST_REAL, TEST_SYNTHETIC
from skwbc._ablation_run import Fit
from skwbc._ablation_scores import score_predictions
from skwbc._ablation_settings import hash_settings
from skwbc._ablation_splits import TEST
from skwbc._images import as_images, read_image_shape
from skwbc.displays._nearest_real_display import search_nearest

CLASS_MEANS = ("balanced_accuracy", "macro_f1")
SCORES = ("accuracy", *CLASS_MEANS)
FEWEST_REAL = 2  # images of a class, or the nearest one has no other to be measured by


def name_samplers(arms):
    """Name the sampler of each arm that has one: by the first arm with the same.

    Examples
    --------
    >>> from skwbc import AugmentationOverSampler
    >>> copies = {"sampler": AugmentationOverSampler()}
    >>> name_samplers({"none": {}, "copies": copies, "copies, too": copies})
    {'copies': 'copies', 'copies, too': 'copies'}
    """
    hashes = {name: hash_settings(list_samplers(arm)) for name, arm in arms.items()}
    first = {}
    for name, digest in hashes.items():
        first.setdefault(digest, name)
    return {name: first[hashes[name]] for name, arm in arms.items() if list_samplers(arm)}


def refuse_failure_of_all(evaluations):
    """Raise an error if no fit succeeded."""
    errors = [evaluation.error for evaluation in evaluations.values()]
    if all(errors):
        told = "The only fit failed. Its error:"
        if len(errors) > 1:
            told = f"All {len(errors)} fits failed. The first of the errors:"
        raise ValueError(f"{told}\n{errors[0]}")


def tabulate_failures(evaluations):
    """List the fits that failed, with their tracebacks."""
    failed = [(*fit, done.error) for fit, done in evaluations.items() if done.error]
    return pd.DataFrame(failed, columns=[*Fit._fields, "traceback"])


def tabulate_results(evaluations, samplers, error_score, *, shares_samplers):
    """List every score, count and time; that of a sampler once, where it was first needed.

    The time of the samplers in the folds of a search is added to that of the sampler.

    Parameters
    ----------
    evaluations : dict of Fit to Evaluation
    samplers : dict of str to str
        As :func:`name_samplers` gives them.
    error_score : float
        Score of a fit that failed.
    shares_samplers : bool
        Whether a sampler was trained once for all splits.

    Returns
    -------
    DataFrame
        Columns "arm", "model", "repeat", "fold", "split", "metric", "value".
    """
    missing = {TEST: dict.fromkeys(SCORES, error_score)}
    rows = []
    paid = set()
    for fit, done in evaluations.items():
        images = () if shares_samplers else (fit.repeat, fit.fold)
        sampler = (samplers[fit.arm], *images) if fit.arm in samplers else None
        for split, metrics in (missing if done.error else done.metrics).items():
            for metric, value in _charge_once(metrics, sampler, paid).items():
                rows.append((*fit, split, metric, float(value)))
    return pd.DataFrame(rows, columns=[*Fit._fields, "split", "metric", "value"])


def _charge_once(metrics, sampler, paid):
    """Sum up the seconds of a sampler that no fit before was charged with; leave out the others.

    Parameters
    ----------
    metrics : dict of str to float
        Of a fit.
    sampler : tuple or None
        What names the sampler and the images that it was trained on.
    paid : set of (str, tuple)
        What was charged before; what is charged now is added.

    Returns
    -------
    dict of str to float
    """
    times = [name for name in (SAMPLER_SECONDS, SEARCH_SAMPLER_SECONDS) if name in metrics]
    due = [name for name in times if sampler is not None and (name, sampler) not in paid]
    paid.update((name, sampler) for name in due)
    charged = {
        name: sum(metrics[part] for part in due) if name == SAMPLER_SECONDS else value
        for name, value in metrics.items()
        if name != SEARCH_SAMPLER_SECONDS
    }
    if not due:
        charged.pop(SAMPLER_SECONDS, None)
    return charged


def blank_failures(results, failures):
    """Put NaN in the place of the scores of fits that failed, whatever `error_score` was.

    Parameters
    ----------
    results : DataFrame
        As of :func:`tabulate_results`.
    failures : DataFrame
        As of :func:`tabulate_failures`.

    Returns
    -------
    DataFrame
    """
    failed = set(_list_fits(failures))
    is_failed = [fit in failed for fit in _list_fits(results)]
    return results.assign(value=results["value"].mask(is_failed))


def blank_class_means(results, predictions, n_classes):
    """Put NaN for the means over classes of test images that lack a class.

    A mean over the classes that are there is another score: two classes are guessed less often than
    one.

    Parameters
    ----------
    results : DataFrame
        As of :func:`tabulate_results`.
    predictions : DataFrame
        As of :func:`tabulate_predictions`.
    n_classes : int
        Of the study.

    Returns
    -------
    DataFrame
    """
    is_synthetic = predictions["synthetic"]
    kinds = {
        TEST: predictions,
        TEST_REAL: predictions[~is_synthetic],
        TEST_SYNTHETIC: predictions[is_synthetic],
    }
    partial = {
        (*fit, split)
        for split, rows in kinds.items()
        for fit, true in rows.groupby(list(Fit._fields))["true"]
        if true.nunique() < n_classes
    }
    fits = results[[*Fit._fields, "split"]].itertuples(index=False, name=None)
    is_partial = np.array([fit in partial for fit in fits])
    is_mean = results["metric"].isin(CLASS_MEANS)
    return results.assign(value=results["value"].mask(is_mean & is_partial))


def _list_fits(table):
    return table[list(Fit._fields)].itertuples(index=False, name=None)


def tabulate_predictions(done, classes, n_real):
    """List the answer to each test image; rows from `n_real` on are synthetic."""
    names = [f"proba_{c}" for c in classes]
    tables = [
        pd.DataFrame(evaluation.probabilities, columns=names).assign(
            **fit._asdict(),
            row=evaluation.rows,
            synthetic=evaluation.rows >= n_real,
            true=classes[evaluation.true],
            predicted=classes[evaluation.predicted],
        )
        for fit, evaluation in done.items()
    ]
    table = pd.concat(tables, ignore_index=True)
    return table[[*Fit._fields, "row", "synthetic", "true", "predicted", *names]]


def score_constant_guess(predictions):
    """Score the most frequent class of the real test images as the answer to all of them.

    Returns
    -------
    guess : object
        The class; None if no real image was tested.
    scores : dict of str to float
        As of :func:`score_predictions`; NaN then.
    rows : Series of int
        Those that were tested, those of a repeat again.
    """
    real = predictions[~predictions["synthetic"]]
    real = real.drop_duplicates(["repeat", "fold", "row"])
    if real.empty:
        return None, dict.fromkeys(SCORES, math.nan), real["row"]
    guess = real["true"].mode()[0]
    return guess, score_predictions(real["true"], [guess] * len(real)), real["row"]


def list_groups(study, rows):
    """Give the group of each row that was tested on; a synthetic image is one by itself."""
    rows, n_real = np.asarray(rows), len(study.groups_)
    return np.where(rows < n_real, study.groups_[np.minimum(rows, n_real - 1)], rows)


def sum_sampler_seconds(results, samplers):
    """Sum up what each sampler took."""
    seconds = results[results["metric"] == SAMPLER_SECONDS]
    return seconds.groupby(seconds["arm"].map(samplers), sort=False)["value"].sum().to_dict()


def collect_fallbacks(done, samplers, classes):
    """Tell by sampler which classes have synthetic images of another origin, and why."""
    told = {}
    for fit, evaluation in done.items():
        for code, reason in evaluation.fallback:
            told.setdefault(samplers[fit.arm], {})[classes.tolist()[code]] = reason
    return told


def count_fallbacks(done, samplers, classes):
    """Count by sampler and class the splits in which synthetic images have another origin."""
    told = {
        (samplers[fit.arm], classes.tolist()[code], fit.repeat, fit.fold)
        for fit, evaluation in done.items()
        for code, _ in evaluation.fallback
    }
    counts = {}
    for (sampler, c), n_splits in sorted(Counter(split[:2] for split in told).items()):
        counts.setdefault(sampler, {})[c] = n_splits
    return counts


def take_real_examples(X, y, train, classes, image_shape, done):
    """Take the first of the rows `train` of each class, in a shape that is known or a fit found."""
    rows = [train[y[train] == c][:N_EXAMPLES] for c in classes]
    rows = np.concatenate(rows)
    if image_shape is None:  # or rows of a table, to a model without a shape
        shapes = [tuple(e.image_shape) for e in done.values() if len(e.image_shape)]
        image_shape = next((shape for shape in shapes if shape[0] > 1), None)
    X = np.asarray(X)
    return as_images(X[rows], read_image_shape(X, image_shape)), y[rows]


def choose_shown_fits(done, samplers):
    """Choose by sampler the fit whose synthetic images are shown: the first that has not failed."""
    shown = {}
    for fit in done:
        if fit.arm in samplers:
            shown.setdefault(samplers[fit.arm], fit)
    return shown


def take_synthetic_examples(done, shown, classes):
    """Take the first synthetic images of each class, by sampler, from the fits that are shown."""
    return {
        arm: (done[fit].examples, classes[done[fit].example_codes]) for arm, fit in shown.items()
    }


def list_shown_rows(shown, splits, n_images):
    """List by sampler the rows that it was trained on in the fit that is shown.

    Without `splits`, as under the published protocol, those are all.
    """
    train = {(split.repeat, split.fold): split.train for split in splits}
    every = np.arange(n_images)
    return {arm: train.get((fit.repeat, fit.fold), every) for arm, fit in shown.items()}


def search_nearest_examples(synthetic, X, y, train, arms):
    """Find the training image nearest to each synthetic one, by arm.

    Parameters
    ----------
    synthetic : dict of str to tuple of (ndarray, ndarray)
        Images and their classes.
    X, y : array-like, ndarray
        All real images and classes.
    train : dict of str to ndarray of int
        By the same arms, the rows that their samplers were trained on.
    arms : dict of str to dict
        Those arms and others, with their steps.

    Returns
    -------
    dict of str to NearestRealDisplay
        Not drawn; of the arms that have synthetic images, without the classes of which a sampler
        was trained on fewer than `FEWEST_REAL` images.
    """
    X = np.asarray(X)
    found = {}
    for arm, (images, labels) in synthetic.items():
        rows = train[arm]
        classes, counts = np.unique(y[rows], return_counts=True)
        shown = np.isin(labels, classes[counts >= FEWEST_REAL])
        if shown.any():
            seen = _transform_as_before(list_samplers(arms[arm]), X[rows], y[rows])
            found[arm] = search_nearest(
                seen.reshape(len(rows), -1),
                images[shown],
                y_real=y[rows],
                y_fake=labels[shown],
                image_shape=images.shape[1:],
                n_images=N_EXAMPLES,
                random_state=0,
            )
    return found


def _transform_as_before(steps, X, y):
    """Give real images as the last of the steps, a sampler, saw them: cropped, for example."""
    for _, step in steps[:-1]:
        if hasattr(step, "transform"):
            X = np.asarray(clone(step).fit(X, y).transform(X))
    return X
