"""Tables and files of an ablation study."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from skwbc._ablation_arms import list_samplers
from skwbc._ablation_figures import plot_confusions, plot_curves, plot_synthetic
from skwbc._ablation_scores import score_predictions
from skwbc._ablation_splits import PARTS
from skwbc._ablation_statistics import bootstrap_scores, wilson_interval
from skwbc._replace_file import replace_file
from skwbc._versions import describe_machine, read_versions

REPORT_FILES = (
    "table.md",
    "results.csv",
    "predictions.csv",
    "results.json",
    "figures/confusion.png",
    "figures/curves.png",
    "figures/synthetic.png",
)


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
    table.attrs["majority_rate"] = study.majority_rate_
    return table


def _arrange_row(study, fit, means):
    low, high = _find_interval(study, fit)
    return {
        "train": means.get(("train", "accuracy"), np.nan),
        "validation": means.get(("validation", "accuracy"), np.nan),
        "test": means["test", "accuracy"],
        "test 95 %": f"{low:.3f}-{high:.3f}",
        "balanced": means["test", "balanced_accuracy"],
        "macro-F1": means["test", "macro_f1"],
        "images": means.get(("fit", "n_images"), np.nan),
        "seconds": means.get(("fit", "classifier_seconds"), np.nan),
    }


def _find_interval(study, fit):
    """Give Wilson's interval of the accuracy on one split, a bootstrap one of many."""
    predictions = study.predictions_
    mine = predictions[(predictions["arm"] == fit[0]) & (predictions["model"] == fit[1])]
    if mine.empty:
        return np.nan, np.nan
    if len(study.splits_) == 1:
        return wilson_interval(int((mine["true"] == mine["predicted"]).sum()), len(mine))
    groups = study.groups_[mine["row"]]
    return bootstrap_scores(mine["true"], mine["predicted"], groups)["accuracy"]


def _arrange_constant_guess(study):
    """Score the most frequent class of the test images as the answer to all of them."""
    true = study.predictions_.drop_duplicates(["repeat", "fold", "row"])["true"]
    guess = true.mode()[0]
    scores = score_predictions(true, [guess] * len(true))
    n_images = true.size // study.n_repeats
    low, high = wilson_interval(round(scores["accuracy"] * n_images), n_images)
    return guess, {
        "train": np.nan,
        "validation": np.nan,
        "test": scores["accuracy"],
        "test 95 %": f"{low:.3f}-{high:.3f}",
        "balanced": scores["balanced_accuracy"],
        "macro-F1": scores["macro_f1"],
        "images": np.nan,
        "seconds": np.nan,
    }


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
    text = table.astype(object)
    for name in table.select_dtypes("number"):
        text[name] = _show(table[name], f"{{:.{decimals.get(name, 3)}f}}")
    return text


def format_differences(table):
    """Write a table of differences as text, in points.

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"difference": 0.05, "low": -0.01, "high": 0.11, "p": 0.09, "n_folds": 15}
    >>> table = pd.DataFrame([row | {"p_adjusted": 0.18, "smallest_difference": 0.08}])
    >>> format_differences(table).to_dict("list")["95 %"]
    ['-1.0 to +11.0']
    """
    points = table[["difference", "low", "high", "smallest_difference"]] * 100
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
            "could be found": _show(points["smallest_difference"], "{:.1f}"),
        },
        index=table.index,
    )


def _show(values, pattern):
    return ["" if np.isnan(value) else pattern.format(value) for value in values]


def describe_limits(study):
    """Say in sentences what the table of a fitted study can't tell."""
    return [
        _describe_splits(study),
        *_describe_siblings(study),
        f"A constant guess of the most frequent class is right on {study.majority_rate_:.1%} of "
        "the test images.",
        *_describe_certainty(study),
        *(
            f"The sampler of {arm!r} took {seconds:.1f} s in all, once for each split and all rows "
            "that use it; the seconds in the table are those of the classifier."
            for arm, seconds in study.sampler_seconds_.items()
        ),
        *(
            f"The rows with the sampler of {arm!r} hold, at least in one split, no image of its "
            f"GAN for class {c}: {reason}."
            for arm, reasons in study.fallback_.items()
            for c, reason in reasons.items()
        ),
        *(
            f"The fit of {row.arm}, {row.model} failed in repeat {row.repeat}, fold {row.fold}: "
            f"{row.traceback.strip().splitlines()[-1]}"
            for row in study.failures_.itertuples()
        ),
    ]


def _describe_splits(study):
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
    if n_independent < n_images:
        told.append(
            f"The {n_images} images count as {n_independent}: those of a group are not "
            "independent, nor are near-duplicates. The intervals draw them together."
        )
    if len(study.siblings_):
        told.append(
            f"{len(study.siblings_)} pairs of near-duplicates are on both sides of a split: the "
            "scores are too good by that."
        )
    return told


def _describe_certainty(study):
    """Say how wide an interval is, and what one split is worth."""
    if len(study.splits_) > 1:
        return [
            "The intervals of the table are for other images, not for other trainings. A "
            "difference between rows has its own interval and test: see compare()."
        ]
    n_test = len(study.splits_[0].test)
    low, high = wilson_interval(round(0.75 * n_test), n_test)
    return [
        f"With {n_test} test images, the 95 % interval of an accuracy of 75 % reaches from "
        f"{low:.0%} to {high:.0%}. Smaller differences between rows can be chance, and one "
        "split with one seed ranks nothing."
    ]


def write_report(study, folder):
    """Write the files of a fitted study and list them.

    Parameters
    ----------
    study : AblationStudy
        Fitted.
    folder : str or path-like
        Made if it is not there.

    Returns
    -------
    list of Path
        One for each of `REPORT_FILES`.
    """
    writers = (
        _write_markdown,
        lambda study, path: study.results_.to_csv(path, index=False),
        lambda study, path: study.predictions_.to_csv(path, index=False),
        _write_json,
        lambda study, path: plot_confusions(study).savefig(path, dpi=150),
        lambda study, path: plot_curves(study).savefig(path, dpi=150),
        lambda study, path: plot_synthetic(study).savefig(path, dpi=150),
    )
    paths = [Path(folder) / name for name in REPORT_FILES]
    for path, write in zip(paths, writers, strict=True):
        with replace_file(path) as part:
            write(study, part)
    return paths


def _write_markdown(study, path):
    table = format_table(study.table()).reset_index()
    lines = [list(table.columns), ["---"] * table.shape[1], *table.to_numpy().tolist()]
    rows = ["| " + " | ".join(line) + " |" for line in lines]
    limits = [f"- {sentence}" for sentence in study.limits()]
    path.write_text("\n".join([*rows, "", *limits, ""]), encoding="utf-8")


def _write_json(study, path):
    content = {
        "settings": {
            **study.get_params(deep=False),
            "models": {name: model.get_params() for name, model in study.models_.items()},
            "arms": {name: _tell_arm(arm) for name, arm in study.arms_.items()},
        },
        "versions": read_versions(),
        "machine": describe_machine(),
        "classes": study.classes_.tolist(),
        "splits": [_tell_split(split) for split in study.splits_],
        "majority_rate": study.majority_rate_,
        "siblings": study.siblings_.to_numpy().tolist(),
        "n_independent": len(np.unique(study.groups_)),
        "sampler_seconds": study.sampler_seconds_,
        "fallback": {
            arm: {str(c): reason for c, reason in reasons.items()}
            for arm, reasons in study.fallback_.items()
        },
        "limits": study.limits(),
        "table": study.table().reset_index().to_dict("records"),
        "results": study.results_.to_dict("records"),
        "rows": [
            {
                "arm": arm,
                "model": model,
                "report": report,
                "confusion_matrix": study.confusion_matrices_[arm, model].tolist(),
            }
            for (arm, model), report in study.reports_.items()
        ],
        "fits": [
            {
                **fit._asdict(),
                "history": history,
                "best_epoch": study.best_epochs_[fit],
                "best_params": study.best_params_.get(fit, {}),
            }
            for fit, history in study.histories_.items()
        ],
        "failures": study.failures_.to_dict("records"),
    }
    path.write_text(json.dumps(content, indent=1, default=repr), encoding="utf-8")


def _tell_arm(arm):
    """Show the settings of an arm, its samplers by class and parameters."""
    steps = [step for _, step in list_samplers(arm)]
    return arm | {"sampler": [{"class": type(s).__name__, **s.get_params()} for s in steps]}


def _tell_split(split):
    rows = {part: getattr(split, part).tolist() for part in PARTS}
    return {"repeat": split.repeat, "fold": split.fold, **rows}
