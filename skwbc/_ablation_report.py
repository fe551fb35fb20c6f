"""The report of an ablation study, file by file."""

import json
import math
from pathlib import Path

import numpy as np

from skwbc._ablation_arms import list_samplers
from skwbc._ablation_figures import (
    plot_classes,
    plot_confusions,
    plot_curves,
    plot_differences,
    plot_nearest,
    plot_synthetic,
)
from skwbc._ablation_files import DIFFERENCES, NEAREST, REPORT_FILES, holds_report
from skwbc._ablation_html import write_html
from skwbc._ablation_names import PUBLISHED
from skwbc._ablation_settings import use_plain_keys
from skwbc._ablation_splits import PARTS
from skwbc._ablation_tables import (
    MOST_SIBLINGS,
    describe_differences,
    describe_intervals,
    describe_scores,
    describe_seed,
    describe_siblings,
    find_seed,
    format_differences,
    format_intervals,
    format_table,
    read_intervals,
    summarise_best_params,
    tabulate_siblings,
)
from skwbc._ablation_verdict import choose_reference, summarise_verdict, tell_verdict
from skwbc._replace_file import replace_file


def write_report(study, folder, *, notes=(), names=None):
    """Write the files of a fitted study and list them.

    Parameters
    ----------
    study : AblationStudy
        Fitted.
    folder : str or path-like
        Made if it is not there.
    notes : sequence of str, default=()
        Sentences to show before the limits.
    names : sequence of str, default=None
        Of the images, row by row.

    Returns
    -------
    list of Path
        One for each of `REPORT_FILES` with something to show. What an earlier report left at the
        place of another is removed.
    """
    is_again = holds_report(folder)
    names = None if names is None else list(names)  # those of a Series have another order
    content = use_plain_keys(_collect_content(study, notes, names))
    writers = (
        lambda study, path: write_html(study, content, path),
        lambda study, path: _write_markdown(study, content, path),
        lambda study, path: study.results_.to_csv(path, index=False),
        lambda study, path: _name_predictions(study, names).to_csv(path, index=False),
        lambda study, path: _write_json(content, path),
        lambda study, path: _draw(plot_differences(study, choose_reference(study.arms_)), path),
        lambda study, path: _draw(plot_confusions(study), path),
        lambda study, path: _draw(plot_curves(study), path),
        lambda study, path: _draw(plot_synthetic(study), path),
        lambda study, path: _draw(plot_nearest(study), path),
        lambda study, path: _draw(plot_classes(study), path),
    )
    from matplotlib import rc_context

    blank = _list_blank(study)
    paths = []
    for name, write in zip(REPORT_FILES, writers, strict=True):
        path = Path(folder) / name
        if name in blank:
            if is_again:
                path.unlink(missing_ok=True)
            continue
        # "$" in the name of a class is no formula
        with replace_file(path) as part, rc_context({"text.parse_math": False}):
            write(study, part)
        paths.append(path)
    return paths


def _list_blank(study):
    """List the figures that would show nothing."""
    has_differences = study.protocol == PUBLISHED or len(study.arms_) > 1
    return [*([] if has_differences else [DIFFERENCES]), *([] if study.nearest_ else [NEAREST])]


def _name_predictions(study, names):
    """Put the names of the images, if they have some, behind their rows."""
    predictions = study.predictions_
    if names is None:
        return predictions
    rows = zip(predictions["row"], predictions["synthetic"], strict=True)
    files = ["" if is_synthetic else str(names[row]) for row, is_synthetic in rows]
    named = predictions.copy()
    named.insert(named.columns.get_loc("row") + 1, "file", files)
    return named


def _write_markdown(study, content, path):
    lines = [
        *([content["summary"], ""] if content["summary"] else []),
        *content["verdict"],
        "",
        describe_scores(study),
        "",
        *_format_markdown(format_table(study.table())),
        "",
        *_tell_differences(study),
        *(f"- {sentence}" for sentence in content["limits"]),
        "",
        *_list_siblings(study, content),
        describe_intervals(study),
        "",
        *_format_markdown(format_intervals(read_intervals(content))),
        "",
        *_list_best_params(study),
        describe_seed(study),
        "",
    ]
    path.write_text("\n".join(lines), encoding="utf-8")


def _tell_differences(study):
    """Give the table of differences, where there are some and more than one split."""
    if len(study.arms_) < 2 or len(study.splits_) < 2:  # of a replay there are none
        return []
    reference = choose_reference(study.arms_)
    table = study.compare(reference)
    rows = _format_markdown(format_differences(table))
    return [f"Differences from {reference!r}. {describe_differences(table)}", "", *rows, ""]


def _list_best_params(study):
    """Give the table of what a search chose, if there was one."""
    if not study.best_params_:
        return []
    rows = _format_markdown(summarise_best_params(study))
    return ["Chosen parameters; where splits differ, how many chose each.", "", *rows, ""]


def _list_siblings(study, content):
    if study.siblings_.empty:
        return []
    rows = _format_markdown(tabulate_siblings(content).set_index("image"))
    return [f"Near-duplicates. {describe_siblings(study)}", "", *rows, ""]


def _format_markdown(table):
    """Write a table of text, and its index, in Markdown."""
    table = table.reset_index()
    lines = [list(table.columns), ["---"] * table.shape[1], *table.to_numpy().tolist()]
    cells = [[" ".join(text.split()).replace("|", r"\|") for text in line] for line in lines]
    return ["| " + " | ".join(line) + " |" for line in cells]


def _draw(figure, path):
    figure.savefig(path, dpi=150)


def _write_json(content, path):
    text = json.dumps(_replace_nan(content), indent=1, default=repr, allow_nan=False)
    path.write_text(text, encoding="utf-8")


def _replace_nan(content):
    """Put None in the place of numbers that JSON has no word for.

    Examples
    --------
    >>> _replace_nan({"low": float("nan"), "counts": [1, float("inf")]})
    {'low': None, 'counts': [1, None]}
    """
    if isinstance(content, dict):
        return {key: _replace_nan(value) for key, value in content.items()}
    if isinstance(content, (list, tuple)):
        return [_replace_nan(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content


def _name_siblings(study, names):
    """Give the names of the first near-duplicates, pair by pair, if images have names."""
    if names is None:
        return None
    if len(names) != len(study.groups_):
        raise ValueError(
            f"Expected a name for each of the {len(study.groups_)} images, received {len(names)}."
        )
    pairs = study.siblings_[:MOST_SIBLINGS].to_numpy()
    return [[str(names[row]) for row in pair] for pair in pairs]


def _collect_content(study, notes, names):
    """Collect what is worth keeping for programs."""
    settings = study.get_params(deep=False)
    settings.pop("resume")  # of the way to the fits, not of them
    return {
        "settings": {
            **settings,
            "models": {name: model.get_params() for name, model in study.models_.items()},
            "arms": {name: _tell_arm(arm) for name, arm in study.arms_.items()},
        },
        "seed": find_seed(study),
        "versions": study.origin_["versions"],
        "machine": study.origin_["machine"],
        "classes": study.classes_.tolist(),
        "class_counts": study.class_counts_.tolist(),
        "splits": [_tell_split(split) for split in study.splits_],
        "majority_rate": study.majority_rate_,
        "n_siblings": len(study.siblings_),
        "siblings": study.siblings_[:MOST_SIBLINGS].to_numpy().tolist(),
        "sibling_names": _name_siblings(study, names),
        "n_independent": len(np.unique(study.groups_)),
        "sampler_seconds": study.sampler_seconds_,
        "fallback": {
            arm: {str(c): reason for c, reason in reasons.items()}
            for arm, reasons in study.fallback_.items()
        },
        "summary": summarise_verdict(study),
        "verdict": tell_verdict(study),
        "differences": _list_differences(study),
        "intervals": study.intervals().reset_index().to_dict("records"),
        "class_table": study.class_table().reset_index().to_dict("records"),
        "limits": [*notes, *study.limits()],
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


def _list_differences(study):
    """List the differences of the other arms from the one to beat, where they mean something."""
    if study.protocol == PUBLISHED or len(study.arms_) < 2:
        return []
    reference = choose_reference(study.arms_)
    table = study.compare(reference).reset_index()
    return table.assign(baseline=reference).to_dict("records")


def _tell_arm(arm):
    """Show the settings of an arm, its samplers by class and parameters."""
    steps = [step for _, step in list_samplers(arm)]
    return arm | {"sampler": [{"class": type(s).__name__, **s.get_params()} for s in steps]}


def _tell_split(split):
    rows = {part: getattr(split, part).tolist() for part in PARTS}
    return {"repeat": split.repeat, "fold": split.fold, **rows}
