"""Tables of a study for reading."""

from collections import Counter

import numpy as np
import pandas as pd

from skwbc._ablation_arms import OF_CLASSIFIER
from skwbc._ablation_mixture import TEST_REAL, TEST_SYNTHETIC
from skwbc._ablation_names import PUBLISHED
from skwbc._ablation_results import list_groups, score_constant_guess
from skwbc._ablation_splits import TEST
from skwbc._ablation_statistics import (
    bootstrap_scores,
    count_trials,
    share_interval,
    wilson_interval,
)
from skwbc.displays._ablation_display import POINTS, SCORE_NAMES

N_PAIRS = 20  # near-duplicates that a report names
MOST_SIBLINGS = 1_000  # pairs that results.json names: of n like images there are n (n - 1) / 2
APART = ["synthetic", "on synthetic", "on real", "real 95 %", "real, balanced"]


def arrange_table(study):
    """Arrange the scores of a fitted study, one row for each arm and model."""
    rows = {
        fit: _arrange_row(study, fit, results.groupby(["split", "metric"])["value"].mean())
        for fit, results in study.results_.groupby(["arm", "model"], sort=False)
    }
    guess, row = _arrange_constant_guess(study)
    rows["constant guess", str(guess)] = row
    index = pd.MultiIndex.from_tuples(rows, names=["arm", "model"])
    table = pd.DataFrame(list(rows.values()), index=index)
    if study.protocol != PUBLISHED:
        table = table.drop(columns=APART)
    table.attrs["majority_rate"] = study.majority_rate_
    return table


def _arrange_row(study, fit, means):
    predictions = study.predictions_
    mine = predictions[(predictions["arm"] == fit[0]) & (predictions["model"] == fit[1])]
    real = mine[~mine["synthetic"]]
    return {
        "train": means.get(("train", "accuracy"), np.nan),
        "validation": means.get(("validation", "accuracy"), np.nan),
        "test": means[TEST, "accuracy"],
        "test 95 %": _show_interval(study, mine),
        "synthetic": mine["synthetic"].mean(),
        "on synthetic": means.get((TEST_SYNTHETIC, "accuracy"), np.nan),
        "on real": means.get((TEST_REAL, "accuracy"), np.nan),
        "real 95 %": _show_interval(study, real) if study.protocol == PUBLISHED else "",
        "real, balanced": means.get((TEST_REAL, "balanced_accuracy"), np.nan),
        "balanced": means[TEST, "balanced_accuracy"],
        "macro-F1": means[TEST, "macro_f1"],
        "images": means.get(("fit", "n_images"), np.nan),
        "seconds": means.get(("fit", "classifier_seconds"), np.nan),
    }


def find_interval(study, predictions):
    """Give Wilson's interval of the accuracy on one split, a bootstrap one of many."""
    if predictions.empty:
        return np.nan, np.nan
    true, predicted = predictions["true"], predictions["predicted"]
    groups = list_groups(study, predictions["row"])
    if _count_splits(predictions) == 1:
        return share_interval(true == predicted, groups)
    return bootstrap_scores(true, predicted, groups)["accuracy"]


def _count_splits(predictions):
    return len(predictions[["repeat", "fold"]].drop_duplicates())


def _show_interval(study, predictions):
    low, high = find_interval(study, predictions)
    return "" if np.isnan(low) else f"{low:.3f}-{high:.3f}"


def _arrange_constant_guess(study):
    """Arrange the scores of the constant guess, on real images alone."""
    guess, scores, rows = score_constant_guess(study.predictions_)
    if guess is None:
        return "", {}
    n_trials = count_trials(list_groups(study, rows))
    low, high = wilson_interval(scores["accuracy"] * n_trials, n_trials)
    names = ("on real", "real 95 %", "real, balanced")
    if study.protocol != PUBLISHED:
        names = ("test", "test 95 %", "balanced")
    values = scores["accuracy"], f"{low:.3f}-{high:.3f}", scores["balanced_accuracy"]
    row = dict(zip(names, values, strict=True))
    return guess, row if study.protocol == PUBLISHED else row | {"macro-F1": scores["macro_f1"]}


def format_table(table):
    """Write the numbers of a table as text, blank where there is none.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"test": [0.5, float("nan")], "images": [12.0, 9.0]})
    >>> format_table(table).to_dict("list")
    {'test': ['0.500', ''], 'images': ['12', '9']}
    """
    decimals = {"images": 0, "seconds": 1}
    text = table.astype(object).where(table.notna(), "")
    for name in table.select_dtypes("number"):
        text[name] = _show(table[name], f"{{:.{decimals.get(name, 3)}f}}")
    return text


def format_differences(table):
    """Write a table of differences as text, in points; no share differs by more than 100.

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"difference": 0.05, "low": -0.01, "high": 0.11, "p": 0.09, "n_folds": 15}
    >>> table = pd.DataFrame([row | {"p_adjusted": 0.18, "smallest_difference": 0.08}])
    >>> format_differences(table).to_dict("list")["95 %"]
    ['-1.0 to +11.0']
    >>> few = table.assign(low=-1.285, smallest_difference=4.817)
    >>> format_differences(few)[["95 %", "detectable"]].to_dict("list")
    {'95 %': ['-100.0 to +11.0'], 'detectable': ['> 100']}
    """
    points = (table[["difference", "low", "high", "smallest_difference"]] * POINTS).round(1) + 0.0
    points[["low", "high"]] = points[["low", "high"]].clip(-POINTS, POINTS)
    detectable = points["smallest_difference"]
    return pd.DataFrame(
        {
            "difference": _show(points["difference"], "{:+.1f}"),
            "95 %": [
                "" if np.isnan(low) else f"{low:+.1f} to {high:+.1f}"
                for low, high in zip(points["low"], points["high"], strict=True)
            ],
            "p": _show(table["p"], "{:.3f}"),
            "p, adjusted": _show(table["p_adjusted"], "{:.3f}"),
            "folds": table["n_folds"].astype(str),
            "detectable": np.where(detectable > POINTS, f"> {POINTS}", _show(detectable, "{:.1f}")),
        },
        index=table.index,
    ).rename(index=lambda name: SCORE_NAMES.get(name, name))


def describe_differences(table):
    """Say what the columns of a table of differences are, and why some are empty.

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"difference": 0.05, "n_folds": 1, "smallest_difference": float("nan")}
    >>> describe_differences(pd.DataFrame([row]))
    'In points. One split tells nothing of how far they spread, so that there are no intervals.'
    """
    if table["n_folds"].max() < 1:
        return "In points. No split has fits of both arms that did not fail."
    if table["n_folds"].max() < 2:
        return (
            "In points. One split tells nothing of how far they spread, so that there are no "
            "intervals."
        )
    told = (
        "In points. Intervals and p are those of the corrected resampled t-test over the splits; p "
        "is adjusted for the number of arms and models by Holm's method; the last column is the "
        "true difference that such a study would find four times in five."
    )
    if (POINTS * table["smallest_difference"]).round(1).gt(POINTS).any():
        told += (
            f' "> {POINTS}" means that it would have to be larger than a difference can be: the '
            "study could find none."
        )
    return told


def _show(values, pattern):
    return ["" if np.isnan(value) else pattern.format(value) for value in values]


def format_intervals(table):
    """Write pooled scores with their intervals as text, in percent, a row for each arm and model.

    Examples
    --------
    >>> import pandas as pd
    >>> index = pd.MultiIndex.from_tuples([("GAN", "CNN", "macro_f1")])
    >>> row = {"value": 0.5, "low": 0.4, "high": 0.625}
    >>> format_intervals(pd.DataFrame([row], index)).to_dict("list")
    {'macro-F1 (%)': ['50.0 (40.0 to 62.5)']}
    """
    percent = 100 * table
    ends = zip(percent["value"], percent["low"], percent["high"], strict=True)
    text = [f"{value:.1f} ({low:.1f} to {high:.1f})" for value, low, high in ends]
    by_score = pd.Series(text, table.index).unstack(sort=False)
    shown = {name: f"{title} (%)" for name, title in SCORE_NAMES.items()}
    return by_score.rename(columns=shown).rename_axis(columns=None)  # or HTML has a column of it


def read_intervals(content):
    """Take the table of :meth:`AblationStudy.intervals` from what ``results.json`` holds."""
    return pd.DataFrame(content["intervals"]).set_index(["arm", "model", "score"])


def describe_scores(study):
    """Say what the table of scores is of: that of intervals may have others by the same name."""
    n_splits = _count_splits(study.predictions_)
    if n_splits == 1:
        return "Scores of one split."
    return (
        f"Means over the {n_splits} splits; the 95 % intervals and the constant guess are of the "
        "test images of all splits at once."
    )


def describe_intervals(study):
    """Say what the table of intervals is of."""
    of = "one split"
    if _count_splits(study.predictions_) > 1:
        of = "all splits at once, not means over the splits"
    synthetic = ", synthetic ones included" if study.protocol == PUBLISHED else ""
    return (
        f"Scores of the test images of {of}{synthetic}, with the 95 % "
        "intervals of a Bayesian bootstrap, which gives random weights to images, one to those of "
        "a group. They are for other images, not for other trainings; of a class with few images "
        "little is known, and the intervals of the means over classes say so."
    )


def format_classes(table):
    """Write precision and recall as text, in percent, with their intervals.

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"precision": 0.5, "precision_low": 0.2, "precision_high": 0.8}
    >>> row |= {"recall": 1.0, "recall_low": 0.4, "recall_high": 1.0, "images": 3}
    >>> format_classes(pd.DataFrame([row | {"predictions": 6}])).to_dict("list")["precision (%)"]
    ['50 (20 to 80)']
    """
    columns = {f"{name} (%)": _show_share(table, name) for name in ("precision", "recall")}
    counts = {name: table[name] for name in ("images", "predictions")}
    return pd.DataFrame({**columns, **counts}, index=table.index)


def _show_share(table, name):
    ends = zip(table[name], table[f"{name}_low"], table[f"{name}_high"], strict=True)
    return [
        "" if np.isnan(share) else f"{100 * share:.0f} ({100 * low:.0f} to {100 * high:.0f})"
        for share, low, high in ends
    ]


def summarise_best_params(study):
    """Tell what a search chose by arm and model, and in how many splits where these differ.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> chosen = [{"classifier__dropout": value} for value in (0.5, 0.25, 0.5)]
    >>> fits = {("GAN", "CNN", 0, fold): chosen[fold] for fold in range(3)}
    >>> summarise_best_params(SimpleNamespace(best_params_=fits)).to_dict("list")
    {'dropout': ['0.5 (2), 0.25 (1)']}
    """
    rows = {}
    for (arm, model, _, _), chosen in study.best_params_.items():
        counts = rows.setdefault((arm, model), {})
        for name, value in chosen.items():
            counts.setdefault(name.removeprefix(OF_CLASSIFIER), Counter())[str(value)] += 1
    text = [{name: _tell_counts(values) for name, values in row.items()} for row in rows.values()]
    return pd.DataFrame(text, pd.MultiIndex.from_tuples(rows, names=["arm", "model"])).fillna("")


def _tell_counts(counts):
    if len(counts) == 1:
        return next(iter(counts))
    return ", ".join(f"{value} ({n})" for value, n in counts.most_common())


def tabulate_siblings(content):
    """Name the first near-duplicates of what ``results.json`` holds, by row if it has no names.

    Examples
    --------
    >>> tabulate_siblings({"siblings": [[3, 20]], "sibling_names": None}).to_dict("list")
    {'image': ['row 3'], 'near-duplicate': ['row 20']}
    >>> content = {"siblings": [[3, 20]], "sibling_names": [["a/1.png", "a/7.png"]]}
    >>> tabulate_siblings(content).to_dict("list")
    {'image': ['a/1.png'], 'near-duplicate': ['a/7.png']}
    """
    pairs = content["sibling_names"]
    if pairs is None:
        pairs = [[f"row {row}" for row in pair] for pair in content["siblings"]]
    return pd.DataFrame(pairs[:N_PAIRS], columns=["image", "near-duplicate"])


def describe_siblings(study):
    """Say which pairs the table of near-duplicates names, and how many it does not."""
    where = "Of each pair, one image was tested on and the other trained on in some split."
    if study.protocol == PUBLISHED:
        where = "All pairs that were found, on whichever side of the splits they are."
    n_more = len(study.siblings_) - N_PAIRS
    if n_more <= 0:
        return where
    n_kept = min(n_more, MOST_SIBLINGS - N_PAIRS)
    are = "is" if n_kept == 1 else "are"
    of = "" if n_kept == n_more else f" of {n_more}"
    return f"{where} {N_PAIRS} are shown, and {n_kept}{of} more {are} in results.json."


def describe_seed(study):
    """Say of which seed a study is, and what was drawn if that is known."""
    seed = find_seed(study)
    drawn = "" if seed is None else f", which gave the seed {seed}"
    return f"Random state: {study.random_state!r}{drawn}."


def find_seed(study):
    """Give the seed that a fitted study drew from its `random_state`, None if it kept none."""
    seed = getattr(study, "seed_", None)
    return None if seed is None else int(seed)
