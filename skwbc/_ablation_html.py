"""The report of a study as one HTML file that needs no network."""

import base64
import html
import io
import json

import numpy as np
import pandas as pd

from skwbc._ablation_arms import OF_CLASSIFIER
from skwbc._ablation_figures import (
    plot_classes,
    plot_confusions,
    plot_curves,
    plot_differences,
    plot_nearest,
    plot_synthetic,
)
from skwbc._ablation_names import PUBLISHED
from skwbc._ablation_splits import PARTS
from skwbc._ablation_tables import (
    describe_differences,
    describe_intervals,
    describe_scores,
    describe_seed,
    describe_siblings,
    format_classes,
    format_differences,
    format_intervals,
    format_table,
    read_intervals,
    tabulate_siblings,
)
from skwbc._ablation_verdict import choose_reference

FIGURE_DPI = 110
LEAST_SCALE = 0.6  # of a wide figure, that its letters can be read: it is scrolled then
USES = dict(zip(PARTS, ("to train on", "to choose the epoch", "to test on"), strict=True))
STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, sans-serif; color: #222; background: #fff; margin: 0 auto;
  padding: 1rem; max-width: 70rem; }
h1 { font-size: 1.5rem; line-height: 1.25; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
.verdict { border-left: .3rem solid #2a6f9e; padding: .1rem 0 .1rem 1rem; font-size: 1.1rem; }
p, li { overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .6rem; text-align: left; white-space: nowrap; }
.names td { white-space: normal; overflow-wrap: anywhere; }
tbody tr { border-top: 1px solid #ddd; } thead { border-bottom: 2px solid #999; }
img { max-width: 100%; height: auto; } figure { margin: 1rem 0; }
figcaption, .note { color: #555; font-size: .85rem; }
pre { overflow-x: auto; font-size: .8rem; background: #f6f6f6; padding: .6rem; }
@media print { body { max-width: none; font-size: 11px; padding: 0; } .wide { overflow: visible; }
  img { min-width: 0 !important; }
  h2 { break-after: avoid; } figure, tr { break-inside: avoid; } }
"""


def write_html(study, content, path):
    """Write the report of a fitted study.

    Parameters
    ----------
    study : AblationStudy
        Fitted.
    content : dict
        What ``results.json`` holds.
    path : Path
        The file.
    """
    path.write_text(format_html(study, content), encoding="utf-8")


def format_html(study, content):
    """Give the text of the report."""
    reference = choose_reference(study.arms_)
    title, kind = "Does it help? A study of augmentation on held-out images", "real"
    if study.protocol == PUBLISHED:
        title, kind = "What was published, replayed: a score, taken apart", "all"
    scores = format_table(study.table()).reset_index()
    sections = [
        (f"Scores on {kind} test images", [_frame(scores), _note(describe_scores(study))]),
        ("Intervals", _tell_intervals(study, content)),
        *_list_differences(study, reference),
        ("What the tables can't tell", [_list(content["limits"])]),
        ("Near-duplicates", _list_siblings(study, content)),
        ("Class by class", _tell_classes(study)),
        ("Confusion", [_embed(plot_confusions(study), "Confusion matrices of the test images.")]),
        ("Images", _show_images(study)),
        ("Chosen parameters", _list_best_params(study)),
        ("Training", [_embed(plot_curves(study), "Accuracy by epoch, of the first split.")]),
        ("Data", _tell_data(study)),
        ("Settings", [_paragraph(describe_seed(study)), *_fold_all(content)]),
    ]
    body = [
        f"<h1>{title}</h1>",
        f'<div class="verdict">{_summarise(content)}'
        f"{''.join(_paragraph(text) for text in content['verdict'])}</div>",
        *(f"<h2>{_escape(title)}</h2>\n" + "\n".join(parts) for title, parts in sections if parts),
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<link rel="icon" href="data:,">\n'  # or a browser asks for one
        f"<title>Ablation study</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


def _summarise(content):
    """Put the one sentence, if there is one, above those of the verdict."""
    text = content["summary"]
    return f"<p><strong>{_escape(text)}</strong></p>" if text else ""


def _list_differences(study, reference):
    """Give the section of differences, where there are some that mean something."""
    if study.protocol == PUBLISHED:
        text = "Accuracy on all test images, on the real and on the synthetic ones."
        return [
            ("The same scores, taken apart", [_embed(plot_differences(study, reference), text)])
        ]
    if len(study.arms_) < 2:
        return []
    title = f"Differences from {reference!r}"
    table = study.compare(reference)
    shown = _frame(format_differences(table).reset_index())
    figure = _embed(plot_differences(study, reference), title)
    return [(title, [figure, shown, _note(describe_differences(table))])]


def _tell_intervals(study, content):
    table = format_intervals(read_intervals(content)).reset_index()
    return [_frame(table), _note(describe_intervals(study))]


def _list_siblings(study, content):
    """Give the table of near-duplicates, where there are some."""
    if study.siblings_.empty:
        return []
    names = f'<div class="names">{_frame(tabulate_siblings(content))}</div>'
    return [names, _note(describe_siblings(study))]


def _show_images(study):
    figures = [_embed(plot_synthetic(study), "Real training images and synthetic ones.")]
    if study.nearest_:
        text = (
            "Synthetic images, and under each the training image of its class that is nearest, in "
            "the pose that fits best. The number is their distance, divided by the distance from "
            "that training image to the nearest other one: 0 is a copy. Classes with a single "
            "training image are left out."
        )
        figures.append(_embed(plot_nearest(study), text))
    return figures


def _tell_classes(study):
    note = "Test images of all splits, with Wilson's 95 % intervals."
    table = format_classes(study.class_table()).reset_index()
    return [_frame(table), _note(note)]


def _tell_data(study):
    n_images, n_independent = len(study.groups_), len(np.unique(study.groups_))
    height, width, channels = study.real_[0].shape[1:]
    text = (
        f"{n_images} images, {n_independent} of them independent; {height} x {width} pixels, "
        f"{channels} channel{'s' * (channels > 1)}."
    )
    if study.splits_:
        sizes = [f"{len(getattr(study.splits_[0], part))} {use}" for part, use in USES.items()]
        text += f" Splits: {len(study.splits_)}; the first has {', '.join(sizes)}."
    return [_paragraph(text), _embed(plot_classes(study), "Real images of each class.")]


def _list_best_params(study):
    """Give the table of what a search chose, if there was one."""
    if not study.best_params_:
        return []
    rows = [  # as text: a column with gaps would turn whole numbers into fractions
        fit._asdict()
        | {name.removeprefix(OF_CLASSIFIER): str(value) for name, value in chosen.items()}
        for fit, chosen in study.best_params_.items()
    ]
    return [_frame(pd.DataFrame(rows))]


def _fold_all(content):
    """Give the parts that are shown when they are asked for."""
    return [_fold(content, name) for name in ("settings", "versions", "machine")]


def _fold(content, name):
    text = json.dumps(content[name], indent=1, default=repr)
    return f"<details><summary>{_escape(name)}</summary><pre>{_escape(text)}</pre></details>"


def _embed(figure, text):
    """Put a figure into the page itself."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=FIGURE_DPI)
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    width, height = (round(FIGURE_DPI * side) for side in figure.get_size_inches())
    return (
        f'<figure><div class="wide"><img src="data:image/png;base64,{data}" width="{width}" '
        f'height="{height}" style="min-width: max(34rem, {LEAST_SCALE * width:.0f}px)" '
        f'alt="{_escape(text)}"></div>'
        f"<figcaption>{_escape(text)}</figcaption></figure>"
    )


def _frame(table):
    return f'<div class="wide">{table.to_html(index=False, border=0, na_rep="")}</div>'


def _list(sentences):
    return "<ul>" + "".join(f"<li>{_escape(text)}</li>" for text in sentences) + "</ul>"


def _note(text):
    return f'<p class="note">{_escape(text)}</p>'


def _paragraph(text):
    return f"<p>{_escape(text)}</p>"


def _escape(text):
    return html.escape(str(text))
