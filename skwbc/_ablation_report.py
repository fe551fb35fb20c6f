"""Tables and files of an ablation study."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from skwbc._ablation_figures import plot_confusions, plot_curves, plot_synthetic
from skwbc._ablation_scores import score_predictions
from skwbc._ablation_statistics import wilson_interval
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
        fit: _arrange_row(results.set_index(["split", "metric"])["value"].to_dict())
        for fit, results in study.results_.groupby(["arm", "model"], sort=False)
    }
    guess, values = _score_constant_guess(study)
    rows["constant guess", str(guess)] = _arrange_row(values)
    index = pd.MultiIndex.from_tuples(rows, names=["arm", "model"])
    table = pd.DataFrame(list(rows.values()), index=index)
    table.attrs["majority_rate"] = study.majority_rate_
    return table


def _arrange_row(values):
    low, high = values["test", "accuracy_low"], values["test", "accuracy_high"]
    return {
        "train": values.get(("train", "accuracy"), np.nan),
        "validation": values.get(("validation", "accuracy"), np.nan),
        "test": values["test", "accuracy"],
        "test 95 %": f"{low:.3f}-{high:.3f}",
        "balanced": values["test", "balanced_accuracy"],
        "macro-F1": values["test", "macro_f1"],
        "images": values.get(("fit", "n_images"), np.nan),
        "seconds": values.get(("fit", "classifier_seconds"), np.nan),
    }


def _score_constant_guess(study):
    """Score the most frequent class of the test images as the answer to all of them."""
    true = study.predictions_["true"].head(len(study.split_["test"]))
    guess = true.mode()[0]
    low, high = wilson_interval(int((true == guess).sum()), len(true))
    scores = score_predictions(true, [guess] * len(true))
    scores |= {"accuracy_low": low, "accuracy_high": high}
    return guess, {("test", name): score for name, score in scores.items()}


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
        shown = f"{{:.{decimals.get(name, 3)}f}}".format
        text[name] = ["" if np.isnan(value) else shown(value) for value in table[name]]
    return text


def describe_limits(study):
    """Say in sentences what the table of a fitted study can't tell."""
    sizes = {part: len(rows) for part, rows in study.split_.items()}
    low, high = wilson_interval(round(0.75 * sizes["test"]), sizes["test"])
    return [
        f"All images scored are real: {sizes['train']} to train, {sizes['validation']} to choose "
        f"the epoch, {sizes['test']} to test; the same for every row.",
        f"A constant guess of the most frequent class is right on {study.majority_rate_:.1%} of "
        "the test images.",
        f"With {sizes['test']} test images, the 95 % interval of an accuracy of 75 % reaches from "
        f"{low:.0%} to {high:.0%}. Smaller differences between rows can be chance, and one "
        "split with one seed ranks nothing.",
        f"The GAN was trained once, in {study.gan_seconds_:.1f} s, for all rows that use it; the "
        "seconds in the table are those of the classifier.",
        *(
            f"The rows with a GAN hold no image of it for class {c}: {reason}."
            for c, reason in study.gan_fallback_.items()
        ),
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
    fits = [
        {
            "arm": arm,
            "model": model,
            "report": study.reports_[arm, model],
            "confusion_matrix": study.confusion_matrices_[arm, model].tolist(),
            "history": study.histories_[arm, model],
            "best_epoch": study.best_epochs_[arm, model],
        }
        for arm, model in study.reports_
    ]
    content = {
        "settings": {
            **study.get_params(deep=False),
            "models": {name: model.get_params() for name, model in study.models_.items()},
            "gan": {"class": type(study.gan_).__name__, **study.gan_.get_params()},
        },
        "versions": read_versions(),
        "machine": describe_machine(),
        "classes": study.classes_.tolist(),
        "split": {part: rows.tolist() for part, rows in study.split_.items()},
        "split_sizes": {part: len(rows) for part, rows in study.split_.items()},
        "majority_rate": study.majority_rate_,
        "gan_seconds": study.gan_seconds_,
        "gan_fallback": {str(c): reason for c, reason in study.gan_fallback_.items()},
        "limits": study.limits(),
        "results": study.results_.to_dict("records"),
        "fits": fits,
    }
    path.write_text(json.dumps(content, indent=1, default=repr), encoding="utf-8")
