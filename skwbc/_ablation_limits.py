"""What the tables of a study can't tell, in sentences."""

import numpy as np

from skwbc._ablation_names import PUBLISHED
from skwbc._ablation_siblings import can_be_compared
from skwbc._ablation_splits import number_tests
from skwbc._ablation_statistics import count_trials, wilson_interval


def describe_limits(study):
    """Say in sentences what the table of a fitted study can't tell."""
    splits = "all splits" if study.protocol == PUBLISHED else "each split"
    return [
        _describe_splits(study),
        *_describe_repeated_tests(study),
        *_describe_partial(study),
        *_describe_siblings(study),
        *_describe_guess(study),
        *_describe_certainty(study),
        *(
            f"The sampler of {arm!r} took {seconds:.1f} s in all, once for {splits} and all rows "
            "that use it; the seconds in the table are those of the classifier."
            for arm, seconds in study.sampler_seconds_.items()
        ),
        *_describe_search(study),
        *(
            f"The rows with the sampler of {arm!r} hold{_tell_number(study, arm, c)} no image of "
            f"its GAN for class {c}: {reason}."
            for arm, reasons in study.fallback_.items()
            for c, reason in reasons.items()
        ),
        *(
            f"The fit of {row.arm}, {row.model} failed in repeat {row.repeat}, fold {row.fold}: "
            f"{_find_error(row.traceback)}"
            for row in study.failures_.itertuples()
        ),
    ]


def _find_error(traceback):
    """Find the first line of the error in a traceback.

    Examples
    --------
    >>> _find_error('Traceback:\\n  File "a.py", line 1\\n    g(X)\\nValueError: NaN.\\nUse 0.')
    'ValueError: NaN.'
    """
    *_, stack = traceback.strip().rpartition('\n  File "')
    return next((line for line in stack.splitlines()[1:] if not line.startswith(" ")), stack)


def _describe_guess(study):
    """Say how often a constant guess is right."""
    if np.isnan(study.majority_rate_):
        return ["No real image was tested."]
    return [
        f"A constant guess of the most frequent class is right on {study.majority_rate_:.1%} of "
        "the real test images."
    ]


def _describe_repeated_tests(study):
    """Say how many splits test what another one tested before."""
    n_tests = len(set(number_tests(study.splits_).values()))
    n_splits = len(study.splits_)
    if n_tests == n_splits:
        return []
    return [
        f"The {n_splits} splits have {n_tests} different test sets: of so few groups not every "
        "split is another one. Splits that test the same images count once where arms are "
        "compared."
    ]


def _tell_number(study, arm, c):
    """Say in how many splits a sampler has no image of its GAN; one sampler may be of them all."""
    n_splits = len(study.splits_)
    return f", in {study.fallback_counts_[arm][c]} of {n_splits} splits," if n_splits > 1 else ""


def _describe_partial(study):
    """Say how many splits lack a class among their real test images."""
    real = study.predictions_[~study.predictions_["synthetic"]]
    n_there = real.groupby(["repeat", "fold"])["true"].nunique()
    n_partial, n_splits = (n_there < len(study.classes_)).sum(), len(n_there)
    if not n_partial:
        return []
    told = f"{n_partial} of {n_splits} splits test no image of some class"
    if n_partial == 1:
        told = f"1 of {n_splits} splits tests no image of some class"
    if n_splits == 1:
        told = "The split tests no image of some class"
    return [
        f"{told}: balanced accuracy and macro-F1 are not known there, and means and differences "
        "leave them out. The table of intervals has those of all test images at once."
    ]


def _describe_splits(study):
    if study.protocol == PUBLISHED:
        return (
            "This replays the published protocol, which can't tell whether synthetic images help: "
            "the GAN saw the test images, and arms with synthetic images are tested on those, too, "
            "so on other images than arms without."
        )
    split = study.splits_[0]
    sizes = (
        f"{len(split.train)} to train, {len(split.validation)} to choose the epoch, "
        f"{len(split.test)} to test; the same for every row."
    )
    n_splits = len(study.splits_)
    if n_splits == 1:
        return f"All images scored are real: {sizes}"
    return f"All images scored are real, in {n_splits} splits, the first of them: {sizes}"


def _describe_siblings(study):
    """Say how many images are independent of one another, and which copies are tested on."""
    n_images, n_independent = len(study.groups_), len(np.unique(study.groups_))
    told = []
    if not can_be_compared(study.image_shape_):
        told.append(
            "Near-duplicates could not be looked for, only rows that are equal: the images are "
            "flat, or of one line, and no model or sampler has their `image_shape`."
        )
    if n_independent < n_images:
        told.append(
            f"The {n_images} images count as {n_independent}: those of a group are not "
            "independent, nor are near-duplicates. The bootstrap weighs them together."
        )
    if len(study.siblings_):
        told.append(f"{_tell_leaks(study)}: the scores are too good by that.")
    return told


def _tell_leaks(study):
    n_pairs = len(study.siblings_)
    pairs, are, were = ("pair", "is", "was") if n_pairs == 1 else ("pairs", "are", "were")
    if study.protocol == PUBLISHED:
        return f"{n_pairs} {pairs} of near-duplicates {were} not kept on one side of the splits"
    return f"{n_pairs} {pairs} of near-duplicates {are} on both sides of a split"


def _describe_search(study):
    """Say whose seconds hold a search for parameters."""
    models = dict.fromkeys(model for _, model, _, _ in study.best_params_)
    if not models:
        return []
    return [
        f"The seconds of {', '.join(models)} hold the search for parameters, that is the fits of "
        "all candidates."
    ]


def _describe_certainty(study):
    """Say how wide an interval is, and what one split is worth."""
    if study.protocol == PUBLISHED:
        return []
    if len(study.splits_) > 1:
        return [
            "The intervals of the table are for other images, not for other trainings. A "
            "difference between rows has its own interval and test: see the differences."
        ]
    test = study.splits_[0].test
    n_test, n_trials = len(test), count_trials(study.groups_[test])
    low, high = wilson_interval(0.75 * n_trials, n_trials)
    return [
        f"With {n_test} test images, the 95 % interval of an accuracy of 75 % reaches from "
        f"{low:.0%} to {high:.0%}. Smaller differences between rows can be chance, and one "
        "split with one seed ranks nothing."
    ]
