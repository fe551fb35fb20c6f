"""The goals set for GANOverSampler, and whether the rows of results/samplers.csv reach them."""

import math
from typing import NamedTuple

from sampler_statistics import (
    AUGMENTED,
    DISTANCE,
    NONE,
    SHARED,
    VANILLA,
    compare,
    divide,
    list_classes,
    pair,
    take,
)

LEAST_RATIO = 3  # of the kernel distances of the GANs
LEAST_COVERAGE = 0.7
LEAST_DIVERSITY = 0.7
LEAST_SHARE = 0.97  # of the accuracy that real images give
LEAST_FOLDS = 15  # for a gain: three repeats of five folds
MOST_SECONDS = 600
MOST_MEMORY = 3000  # MB
VERDICTS = {True: "reached", False: "not reached", None: "not measured"}


class Goal(NamedTuple):
    """A goal and what became of it.

    Attributes
    ----------
    text : str
        What was to be reached.
    measured : str
        What came out, empty if nothing did.
    n_folds : int
        How many folds that rests on.
    reached : bool or None
        None if it was not measured, or on too few folds.
    """

    text: str
    measured: str
    n_folds: int
    reached: bool | None


def list_goals(rows):
    """Look up all goals."""
    return [
        weigh_distance(rows),
        weigh_class_distances(rows),
        weigh_coverage(rows),
        weigh_copies(rows),
        weigh_diversity(rows),
        weigh_synthetic_alone(rows),
        weigh_gain(rows),
        weigh_cost(rows),
    ]


def weigh_distance(rows):
    """Compare the kernel distances of the two GANs, over all classes."""
    ratio, n_folds = compare_gans(rows, DISTANCE)
    text = f"kernel distance of `{VANILLA}` at least {LEAST_RATIO} times that of `{SHARED}`"
    return settle(text, tell_ratio(ratio), n_folds, [ratio], ratio >= LEAST_RATIO)


def weigh_class_distances(rows):
    """Compare the kernel distances of the two GANs in each class."""
    found = {c: compare_gans(rows, f"{DISTANCE}, {c}") for c in list_classes(rows)}
    ratios = [ratio for ratio, _ in found.values()]
    measured = ", ".join(f"{c} {tell_ratio(ratio)}" for c, (ratio, n) in found.items() if n)
    n_folds = min((n for _, n in found.values()), default=0)
    text = f"the same in each class, at least {LEAST_RATIO} times"
    return settle(text, measured, n_folds, ratios, min(ratios, default=0) >= LEAST_RATIO)


def weigh_coverage(rows):
    """Look up the coverage."""
    coverage = take(rows, SHARED, "coverage")
    mean = coverage.mean()
    text = f"coverage of at least {LEAST_COVERAGE}"
    return settle(text, f"{mean:.3f}", len(coverage), [mean], mean >= LEAST_COVERAGE)


def weigh_copies(rows):
    """Compare near-copies with those that chance makes of real images."""
    real = "near-copies among real test images"
    both = pair(rows, (SHARED, "near-copies"), (SHARED, real))
    mine, theirs = both.mean()
    text = "no more near-copies than among real test images"
    measured = f"{mine:.2%} against {theirs:.2%}"
    return settle(text, measured, len(both), [mine, theirs], mine <= theirs)


def weigh_diversity(rows):
    """Look up the diversity of each class."""
    found = {c: take(rows, SHARED, f"diversity, {c}") for c in list_classes(rows)}
    means = [values.mean() for values in found.values()]
    measured = ", ".join(f"{c} {values.mean():.3f}" for c, values in found.items() if len(values))
    n_folds = min(map(len, found.values()), default=0)
    text = f"diversity of at least {LEAST_DIVERSITY} in each class"
    return settle(text, measured, n_folds, means, min(means, default=0) >= LEAST_DIVERSITY)


def weigh_synthetic_alone(rows):
    """Look up what synthetic images alone teach a classifier."""
    share, n_folds = compare_with_real(rows, SHARED)
    text = f"synthetic images alone give at least {LEAST_SHARE} of the accuracy of real ones"
    return settle(text, f"{share:.3f}", n_folds, [share], share >= LEAST_SHARE)


def weigh_gain(rows):
    """Look up the gain over images that are flipped and turned."""
    gain = compare(rows, SHARED, AUGMENTED, "balanced accuracy")
    mean, low, high = (100 * value for value in gain[:3])
    measured = f"{mean:+.1f} points"
    if gain.n_folds > 1:
        measured += f" ({low:+.1f} to {high:+.1f})"
    enough = math.nan if gain.n_folds < LEAST_FOLDS else gain.n_folds
    text = (
        f"balanced accuracy above that of `{AUGMENTED}`, by an interval that excludes zero "
        f"(at least {LEAST_FOLDS} folds)"
    )
    return settle(text, measured, gain.n_folds, [mean, enough], low > 0)


def weigh_cost(rows):
    """Look up the longest training and the most memory."""
    both = pair(rows, (SHARED, "seconds"), (SHARED, "peak memory (MB)"))
    seconds, memory = both.max()
    text = f"within {MOST_SECONDS / 60:.0f} minutes and {MOST_MEMORY / 1000:.0f} GB"
    within = seconds <= MOST_SECONDS and memory <= MOST_MEMORY
    measured = f"at most {seconds / 60:.1f} minutes and {memory / 1000:.2f} GB"
    return settle(text, measured, len(both), [seconds, memory], within)


def settle(text, measured, n_folds, values, reached):
    """Make a goal, which is reached or not only if all its values are numbers."""
    known = bool(values) and not any(map(math.isnan, values))
    return Goal(text, measured if n_folds else "", n_folds, bool(reached) if known else None)


def compare_gans(rows, column):
    """Give a kernel distance of VanillaGANOverSampler divided by GANOverSampler's, and the folds.

    It is the ratio of the means over the folds that both were run on.
    """
    both = pair(rows, (VANILLA, column), (SHARED, column))
    return divide(*both.mean()), len(both)


def compare_with_real(rows, arm):
    """Give the accuracy by synthetic images alone divided by that of real ones, and the folds."""
    both = pair(rows, (arm, "synthetic alone, accuracy"), (NONE, "accuracy"))
    mine, theirs = both.mean()
    return mine / theirs, len(both)


def tell_ratio(ratio):
    """Write a ratio of kernel distances, to three digits.

    Examples
    --------
    >>> tell_ratio(3.14159), tell_ratio(1234.5), tell_ratio(float("inf")), tell_ratio(float("nan"))
    ('3.14', '1,230', 'beyond measure', '')
    """
    if math.isnan(ratio):
        return ""
    return "beyond measure" if math.isinf(ratio) else f"{float(f'{ratio:.3g}'):,.10g}"
