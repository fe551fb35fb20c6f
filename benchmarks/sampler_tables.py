"""Tables of docs/samplers.md, and how numbers are written in them."""

import math
from typing import NamedTuple

import numpy as np
from sampler_goals import VERDICTS, compare_gans, compare_with_real, list_goals, tell_ratio
from sampler_statistics import (
    DISTANCE,
    FEWEST_FOLDS,
    SCORES,
    SHARED,
    SPLIT,
    VANILLA,
    compare,
    list_arms,
    list_classes,
    list_samplers,
    take,
)

from skwbc._ablation_statistics import Interval, adjust_holm

REAL = "real test images"
# what is measured of real test images, too
REAL_COLUMNS = {
    f"{DISTANCE} of {REAL}": DISTANCE,
    f"coverage of {REAL}": "coverage",
    f"near-copies among {REAL}": "near-copies",
    f"authenticity of {REAL}": "authenticity",
}
COSTS = {"seconds": ".0f", "peak memory (MB)": ".0f"}
QUALITIES = {
    "coverage": ".2f",
    "near-copies": ".1%",
    "authenticity": ".2f",
    "taken for their class": ".0%",
}
LEVEL = 0.05


class Difference(NamedTuple):
    """What GANOverSampler scores more than another arm."""

    score: str
    other: str
    interval: Interval
    adjusted_p: float


def format_images(rows, *, real=True):
    """Write a line for each sampler, and one for real test images."""
    heads = [
        "images of",
        "folds",
        *COSTS,
        f"{DISTANCE} (lowest to highest)",
        *QUALITIES,
        "least diversity of a class",
        "accuracy by them alone / by real images",
    ]
    lines = []
    arms = list_samplers(rows)
    splits = [set(take(rows, arm, DISTANCE).index) for arm in arms]
    common = set.intersection(*splits) if splits else set()
    shared = rows[rows.set_index(SPLIT).index.isin(common)]
    for arm in arms:
        lines.append(format_sampler(rows, arm))
        if 0 < len(common) < len(take(rows, arm, DISTANCE)):
            name, *cells = format_sampler(shared, arm)
            lines.append([f"{name}, where all were run", *cells])
    if real:
        rows = rows.reindex(columns=[*SPLIT, *REAL_COLUMNS]).rename(columns=REAL_COLUMNS)
        rows = rows.groupby(SPLIT, as_index=False).mean().assign(arm=REAL)
        lines.append(format_sampler(rows, REAL))
    return format_table(heads, lines)


def format_sampler(rows, arm):
    """Write the cells of a sampler."""
    distance = take(rows, arm, DISTANCE)
    n_folds = len(distance)
    pooled = tell_mean(distance, ".3g", n_folds)
    diversities = [take(rows, arm, f"diversity, {c}") for c in list_classes(rows)]
    measured = [values for values in diversities if len(values)]
    share, n_both = compare_with_real(rows, arm)
    return [
        name_arm(arm),
        str(n_folds),
        *(tell_mean(take(rows, arm, name), spec, n_folds) for name, spec in COSTS.items()),
        f"{pooled} ({tell_range(distance, '.3g')})" if n_folds > 1 else pooled,
        *(tell_mean(take(rows, arm, name), spec, n_folds) for name, spec in QUALITIES.items()),
        tell_mean(min(measured, key=np.mean, default=[]), ".2f", n_folds),
        tell(share, ".3f") + tell_folds(n_both, n_folds),
    ]


def format_each_class(rows):
    """Write a line for each class, on the folds that both GANs were run on, if both were."""
    gans = [arm for arm in (SHARED, VANILLA) if arm in list_samplers(rows)]
    for arm in gans:
        rows = rows[rows.set_index(SPLIT).index.isin(take(rows, arm, DISTANCE).index)]
    heads = ["class", "folds", *(f"{DISTANCE}, `{arm}`" for arm in gans), "ratio"]
    lines = [format_class(rows, gans, "all", DISTANCE, "diversity")]
    lines += [
        format_class(rows, gans, c, f"{DISTANCE}, {c}", f"diversity, {c}")
        for c in list_classes(rows)
    ]
    return format_table(heads + [f"diversity, `{arm}`" for arm in gans], lines)


def format_class(rows, gans, c, distance, diversity):
    """Write the cells of a class."""
    n_folds = max((len(take(rows, arm, distance)) for arm in gans), default=0)
    ratio, n_both = compare_gans(rows, distance)
    return [
        c,
        str(n_folds),
        *(tell_mean(take(rows, arm, distance), ".3g", n_folds) for arm in gans),
        tell_ratio(ratio) + tell_folds(n_both, n_folds),
        *(tell_mean(take(rows, arm, diversity), ".2f", n_folds) for arm in gans),
    ]


def format_goals(rows):
    """Write a line for each goal."""
    lines = [[g.text, g.measured, str(g.n_folds), VERDICTS[g.reached]] for g in list_goals(rows)]
    return format_table(["goal", "measured", "folds", "verdict"], lines)


def format_scores(rows, arms):
    """Write a line for each arm."""
    lines = []
    for arm in arms:
        scores = [100 * take(rows, arm, score) for score in SCORES]
        lines.append([name_arm(arm), str(len(scores[0])), *map(tell_spread, scores)])
    return format_table(["arm", "folds", *(f"{score} (%)" for score in SCORES)], lines)


def split_arms(rows):
    """Tell the arms that were run on enough folds from those that were not."""
    folds = {arm: len(take(rows, arm, SCORES[0])) for arm in list_arms(rows)}
    many = [arm for arm, n_folds in folds.items() if n_folds >= FEWEST_FOLDS]
    return many, [arm for arm in folds if arm not in many]


def list_differences(rows):
    """Compare GANOverSampler with each other arm, in each score."""
    others = [arm for arm in list_arms(rows) if arm != SHARED]
    differences = []
    for score in SCORES:
        intervals = [compare(rows, SHARED, other, score) for other in others]
        adjusted = adjust_holm([interval.p for interval in intervals])
        differences += map(Difference, [score] * len(others), others, intervals, adjusted)
    return [each for each in differences if each.interval.n_folds]


def format_differences(differences):
    """Write a line for each difference."""
    lines = []
    for score, other, interval, adjusted_p in differences:
        mean, low, high = (100 * value for value in interval[:3])
        reach = tell(low, "+.1f") and f"{low:+.1f} to {high:+.1f}"
        p_values = [tell_p(interval.p), tell_p(adjusted_p)]
        lines.append(
            [score, name_arm(other), str(interval.n_folds), f"{mean:+.1f}", reach, *p_values]
        )
    heads = ["score", "compared with", "folds", "difference", "95 % interval", "p", "p, adjusted"]
    return format_table(heads, lines)


def tell_differences(differences):
    """Say which differences exclude zero, of those on enough folds."""
    known = [each for each in differences if each.interval.n_folds >= FEWEST_FOLDS]
    clear = [each for each in known if each.interval.low > 0 or each.interval.high < 0]
    if not known:
        return (
            f"No arm shares {FEWEST_FOLDS} folds with `{SHARED}`: no difference is a finding yet."
        )
    if not clear:
        arms = " and ".join(dict.fromkeys(name_arm(each.other) for each in known))
        return (
            f"All intervals include zero: `{SHARED}` can't be told from {arms}. The other arms "
            "were run on too few folds to tell anything."
        )
    told = "; ".join(tell_difference(each) for each in clear)
    n_left = sum(each.adjusted_p < LEVEL for each in clear)
    return (
        f"{len(clear)} of {len(known)} intervals exclude zero. `{SHARED}` is {told}. "
        f"The adjusted p is below {LEVEL} for {n_left or 'none'} of them."
    )


def tell_difference(difference):
    """Say who is ahead, and by how much."""
    points = 100 * difference.interval.mean
    way = "above" if points > 0 else "below"
    return f"{way} {name_arm(difference.other)} in {difference.score} by {abs(points):.1f} points"


def format_table(heads, lines):
    """Write a table in Markdown."""
    rows = [heads, ["---"] * len(heads), *lines]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def name_arm(arm):
    """Write an arm; a class as code."""
    return f"`{arm}`" if arm.endswith("Sampler") else arm


def tell_mean(values, spec, n_folds):
    """Write the mean over folds, and how many these are unless they are `n_folds`."""
    if not len(values):
        return ""
    return tell(values.mean(), spec) + tell_folds(len(values), n_folds)


def tell_spread(values):
    """Write the mean over folds and, of two or more, the standard deviation."""
    spread = tell(values.std(), ".1f")
    return tell(values.mean(), ".1f") + (f" ± {spread}" if spread else "")


def tell_folds(n, n_folds):
    """Say how many folds a cell rests on, unless there are `n_folds` or none.

    Examples
    --------
    >>> tell_folds(3, 5), tell_folds(5, 5), tell_folds(0, 5)
    (' (3 folds)', '', '')
    """
    return f" ({n} fold{'s' * (n > 1)})" if n not in (0, n_folds) else ""


def tell_range(values, spec):
    """Write the lowest and the highest value, or the one that there is."""
    if len(values) == 1:
        return tell(values.iloc[0], spec)
    return f"{tell(min(values), spec)} to {tell(max(values), spec)}"


def tell(value, spec):
    """Write a number, without an exponent if it is large; what was not measured stays empty.

    Examples
    --------
    >>> tell(0.1234, ".3g"), tell(12345.6, ".3g"), tell(float("nan"), ".3g")
    ('0.123', '12,346', '')
    """
    if math.isnan(value):
        return ""
    text = f"{value:{spec}}"
    return f"{value:,.0f}" if "e+" in text else text


def tell_p(p):
    """Write a p-value."""
    return "below 0.001" if p < 0.001 else tell(p, ".3f")
