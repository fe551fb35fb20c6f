"""Write docs/classifiers.md from the rows of results/classifiers.csv."""

import shlex
from pathlib import Path

import numpy as np
import pandas as pd

from skwbc._ablation_scores import score_predictions
from skwbc._ablation_statistics import bootstrap_scores, corrected_t_test, wilson_interval

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "classifiers.md"
FIGURE = PAGE.parent / "results" / "classifier_errors.png"
COSTS = HERE / "results" / "augmentation_cost.csv"
CASTS = HERE / "results" / "colour_casts.csv"
OURS, THEIRS = "BCCD", "ds1"
BEST, BOXES = "compact CNN, crops", "compact CNN, annotated boxes"
SCORES = ["accuracy", "balanced accuracy", "macro-F1"]
# of held-out images
CONDITIONS = ["as they are", "in other colours", "in far other colours", "of another laboratory"]
N_FOLDS = 5
TEST_SHARE = 1 / (N_FOLDS - 1)  # images to test by images to train
TEXT = """\
# Classifiers

Real images alone, no sampler: what does finding the cell bring, and what the network? All rows saw
the same five folds of BCCD (four classes, photos that overlap on one side of each split); rows of
more folds saw the images split anew as well. Fields are whole photos at 60x80 pixels, as
published; crops are 64x64 pixels, a window around the cell that
{{class}}`~skwbc.CellCropper` finds, or around the centre of the annotated box. Classifiers that
choose an epoch hold 15 % of the training images out for it, photos that overlap not kept together
there. The compact CNN is two networks whose
answers are averaged, one that sees colours and one that sees shapes, trained on images as of many
laboratories; "plain" is one network that sees images as they are, trained with
`augmentation="cells"`. The row of "annotated boxes, plain" is older than the rest: it kept the
epoch of the highest accuracy, where the package now keeps that of the lowest loss. "Roots of class
weights" is `class_weight="sqrt_balanced"`.

```sh
{commands}
```

{run} What the folder of the real images holds stands under [contributing](contributing.md).

{scores}

Means over the folds of all repeats that are whole, with the 95 % interval of the corrected
resampled t-test. Other work ran beside, and machines differed: the compact CNN but for "annotated
boxes, plain" and the later folds of the published networks had one of two cores, the other rows
both, so that seconds don't compare.

Five folds of `{best}` were hoped to take two cores no more than 15 minutes. Two workers
that share the folds of a repeat would train for {minutes}, by machine;
for {box_minutes} in the repeats of `{boxes}`, the
same network. The least is that of a processor with bfloat16.

## Class by class

Share of the images of each class that are told right, with Wilson's 95 % interval; an image that
was tested in several repeats counts once there. Images count, not photos that overlap, so that the
intervals are a little narrow. [The study](results.md) has the published networks on whole photos,
too, in other folds and from other seeds: its figures differ from these by some points.

{classes}

## Differences

`{best}` minus each other row, in points, on the folds that both were run on.

{differences}

## What it gets wrong

![Errors of the network for crops](results/classifier_errors.png)

Test images of the first five folds that `{best}` got wrong: annotated class, and what it said.

{reading}

## Another laboratory

Trained on all of BCCD, tested on `ds1`: 299 of its 300 images of single cells (the only basophil is
left out), another stain, a yellow background. In both, every cell fills its window
(``scale="cell"``). Hoped for was a balanced accuracy of 60 %, and better of 80 %. Scores of up to
{n_seeds} trainings together, with intervals of a Bayesian bootstrap over the images. The constant
guess has one, too, for the bootstrap can't know that its answers never vary. Reinhard and Macenko
stand before "plain".

{laboratory}

Class by class, as above:

{laboratory_classes}

Monocytes, of which BCCD has twenty, are taken for eosinophils or lymphocytes by all rows that tell
the others apart.

But for class weights (below), no setting was chosen by images of `ds1`; yet they were looked at.
That shapes carry over where colours don't was first seen on them, in trials with a grey view; and
nuclei that are red, and cells that are alone or out of focus, are why
`augmentation="laboratories"` has hues, bare surroundings and blur. So expect less of a laboratory
that nobody has looked at.

What the network sees, `view`, and what it is trained on, `augmentation`, were chosen on BCCD alone,
on images of training parts that were held out (`python benchmarks/colour_casts.py ../shared/data`),
once for all five folds. Images that one fold holds out are test images of another, so that many of
these had a part in the choice, and the compact networks' scores on BCCD may be a little too good.
The images were told as they are, in other colours that were drawn, and as another laboratory might
show them, with other hues, sizes and sharpness and, for half of them, bare surroundings. All of
these are drawn much as those of `augmentation="laboratories"` are, which favours it. Rows of a
white balance are of earlier defaults, which divided colours by the white of their image and were
trained in other dyes and light ("dyes") or, as "cells", little of them; in far other colours the
best of them is still ahead. "no hold-out" trains on all images and keeps the last epoch, not that
of the lowest loss on images held out. "narrow" has fewer channels: 16, 32, 64, 128.

Classes weigh the same in the rows of "class weights"; "roots of class weights" are the square roots
of such weights, by about the counts of all of BCCD (`class_weight="sqrt_balanced"` counts the
training images). The roots find more of what is drawn as of another laboratory, monocytes above
all, and cost hardly any accuracy in images as they are; so they were to be the
default. They are not, because the test images above say otherwise (BCCD not beyond chance): by that
choice the default stayed what it was. Rows
of which cells are as large as in the frame, as {{class}}`~skwbc.CellCropper` cuts them by itself,
have three folds. Balanced accuracy over all images of the folds, in per cent, and in brackets
accuracy:

{casts}

## What the augmentation costs

Steps of a training of `CompactCNNClassifier` on batches of 32 crops: milliseconds, and how much
longer than without augmentation: medians of interleaved runs, the second of the ratios within a
run, by `python benchmarks/augmentation_cost.py`. "turned by Keras" are two layers of Keras,
`RandomFlip` and `RandomRotation`.

{costs}
"""

READING = """\
Read by eye, by no haematologist, when these 39 were drawn: 32 are eosinophils and neutrophils taken
for each other, 25 of them annotated as eosinophils. Most of those show three lobes or more and no
red granules, as neutrophils do: there the annotation is doubtful. So is that of the first monocyte
that was called a neutrophil. About ten cells lie at the border of the photo, where the window shows
a reflection of them, that is, more of a nucleus than there is; `CellCropper(border="shift")` avoids
that, and was no better where that was tried ("windows shifted", below). The rest, lymphocytes and
monocytes of which a round nucleus fills the cell among them, are the network's errors. A row that
was to reach an accuracy of 92 % and a macro-F1 of 90 %, as was hoped for, would have to learn what
the annotators saw there."""


def write_page(rows, page=PAGE):
    """Write the page.

    Parameters
    ----------
    rows : DataFrame
        Of results/classifiers.csv.
    page : Path
        File to write.
    """
    ours, theirs = (rows[rows["laboratory"] == name] for name in (OURS, THEIRS))
    ours = keep_whole_repeats(ours)
    casts = pd.read_csv(CASTS)
    text = TEXT.format(
        commands=format_commands(ours, theirs),
        n_seeds=theirs["repeat"].nunique(),
        run=describe(rows),
        scores=format_table(map(summarise, *split_by_arm(ours))),
        classes=format_table(map(tell_classes, *split_by_arm(ours))),
        differences=format_table(list_differences(ours)),
        laboratory=format_table(map(summarise_laboratory, *split_by_arm(theirs))),
        laboratory_classes=format_table(map(tell_classes, *split_by_arm(theirs))),
        best=BEST,
        boxes=BOXES,
        minutes=share_folds(ours[ours["arm"] == BEST]),
        box_minutes=share_folds(ours[ours["arm"] == BOXES]),
        reading=READING,
        casts=format_table(summarise_casts(casts)),
        costs=format_table(pd.read_csv(COSTS).to_dict("records") if COSTS.exists() else []),
    )
    Path(page).write_text(text, encoding="utf-8")


def keep_whole_repeats(rows):
    """Leave out repeats of which a row does not have every fold yet: a split tests images once.

    Examples
    --------
    >>> rows = pd.DataFrame({"arm": "guess", "repeat": [0] * 5 + [1], "fold": [0, 1, 2, 3, 4, 0]})
    >>> keep_whole_repeats(rows)["repeat"].tolist()
    [0, 0, 0, 0, 0]
    """
    return rows[rows.groupby(["arm", "repeat"])["fold"].transform("count") == N_FOLDS]


def share_folds(rows, n_workers=2):
    """Tell in what time workers train the folds of a repeat, each the next that nobody has.

    Examples
    --------
    >>> share_folds(pd.DataFrame({"repeat": [0] * 3 + [1] * 3, "seconds": [60] * 3 + [120] * 3}))
    '2.0 to 4.0 minutes'
    """
    minutes = []
    for _, seconds in rows.groupby("repeat")["seconds"]:
        busy = np.zeros(n_workers)
        for each in seconds:
            busy[busy.argmin()] += each
        minutes.append(busy.max() / 60)
    return f"{min(minutes):.1f} to {max(minutes):.1f} minutes" if minutes else "a time not measured"


def format_commands(ours, theirs):
    """Write the commands that run the rows on their folds, those with most folds first.

    Examples
    --------
    >>> ours = pd.DataFrame({"arm": ["a b", "c", "c"], "repeat": [0, 0, 1]})
    >>> print(format_commands(ours, pd.DataFrame({"arm": ["d"]})))
    python benchmarks/classifiers.py ../shared/data --repeats 2 --arms c
    python benchmarks/classifiers.py ../shared/data --repeats 1 --arms 'a b'
    python benchmarks/classifiers.py ../shared/data --arms d
    """
    n_repeats = ours.groupby("arm", sort=False)["repeat"].max() + 1
    words = {n: ["--repeats", str(n)] for n in sorted(set(n_repeats), reverse=True)}
    groups = [(words[n], n_repeats.index[n_repeats == n]) for n in words]
    groups.append(([], dict.fromkeys(theirs["arm"])))
    start = ["python", "benchmarks/classifiers.py", "../shared/data"]
    return "\n".join(shlex.join([*start, *repeats, "--arms", *arms]) for repeats, arms in groups)


def summarise_casts(casts):
    """Give balanced accuracy and accuracy of each row, over the images of all folds."""
    groups = casts.groupby("row", sort=False)
    sums, n_folds = groups.sum(numeric_only=True, min_count=1), groups["fold"].count()
    prefix = "images, "
    classes = [name.removeprefix(prefix) for name in sums if name.startswith(prefix)]
    lines = []
    for row, found in sums.iterrows():
        lines.append({"view and augmentation": row, "folds": n_folds[row]})
        n_images = np.array([found[prefix + c] for c in classes])
        for condition in CONDITIONS:
            right = np.array([found.get(f"{condition}, {c}", np.nan) for c in classes])
            if not np.isnan(right).any():
                balanced, whole = np.mean(right / n_images), right.sum() / n_images.sum()
                lines[-1][condition] = f"{100 * balanced:.1f} ({100 * whole:.1f})"
    return lines


def describe(rows):
    """Name machines and commits."""
    commits = ", ".join(dict.fromkeys(rows["commit"]))
    starred = " (with a star: files of the package differed from it)" * ("*" in commits)
    return f"Machine: {', '.join(dict.fromkeys(rows['machine']))}. Commits{starred}: {commits}."


def split_by_arm(rows):
    """Give the names of the rows, and what belongs to each."""
    groups = list(rows.groupby("arm", sort=False))
    return [name for name, _ in groups], [mine for _, mine in groups]


def summarise(arm, rows):
    """Give the means of a row of BCCD, with their intervals."""
    line = {"row": arm, "folds": len(rows)}
    for score in SCORES:
        found = corrected_t_test(rows[score].to_numpy(), TEST_SHARE)
        line[f"{score} (%)"] = f"{100 * found.mean:.1f}"
        if not np.isnan(found.low):  # nothing spreads, where all are the same
            line[f"{score} (%)"] += f" ({100 * found.low:.1f} to {100 * found.high:.1f})"
    return line | {"seconds a fold": f"{rows['seconds'].mean():.1f}"}


def read_codes(rows):
    """Give true and predicted classes, of all folds together."""
    names = rows["classes"].iloc[0].split()
    texts = ("".join(rows[column]) for column in ("true", "predicted"))
    return [np.array([names[ord(letter) - ord("a")] for letter in text]) for text in texts]


def tell_classes(arm, rows):
    """Give the recall of each class."""
    true, predicted = read_codes(rows)
    n_repeats = rows["repeat"].nunique()
    line = {"row": arm}
    for name in np.unique(true):
        right = (predicted == name)[true == name]
        low, high = wilson_interval(right.sum() / n_repeats, len(right) / n_repeats)
        line[name] = f"{100 * right.mean():.0f} ({100 * low:.0f} to {100 * high:.0f})"
    return line


def list_differences(rows):
    """Compare the network for crops with each other row, fold by fold."""
    by_arm = rows.pivot(index=["repeat", "fold"], columns="arm", values=SCORES)
    for arm in dict.fromkeys(rows["arm"]):
        if arm == BEST or BEST not in set(rows["arm"]):
            continue
        line = {"row": arm}
        for score in SCORES:
            values = (by_arm[score, BEST] - by_arm[score, arm]).dropna().to_numpy()
            found = corrected_t_test(values, TEST_SHARE)
            line["folds"] = len(values)
            line[score] = f"{100 * found.mean:+.1f}"
            if not np.isnan(found.low):
                line[score] += f" ({100 * found.low:+.1f} to {100 * found.high:+.1f})"
        yield line


def summarise_laboratory(arm, rows):
    """Give the scores of a row on the other laboratory, with their intervals."""
    true, predicted = read_codes(rows)
    images = np.tile(np.arange(len(true) // len(rows)), len(rows))
    intervals = bootstrap_scores(true, predicted, images)
    line = {"row": arm, "trainings": len(rows)}
    found = score_predictions(true, predicted)
    for score, (name, value) in zip(SCORES, found.items(), strict=True):
        low, high = intervals[name]
        line[f"{score} (%)"] = f"{100 * value:.1f} ({100 * low:.1f} to {100 * high:.1f})"
    return line


def format_table(lines):
    """Write lines, each a dict, as a table in Markdown."""
    table = pd.DataFrame(list(lines)).fillna("")
    if table.empty:
        return "Not run yet."
    rows = [list(table.columns), ["---"] * table.shape[1], *table.to_numpy().tolist()]
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in rows)
