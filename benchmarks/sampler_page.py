"""Write docs/samplers.md and its figure from the rows of results/samplers.csv."""

import os
import shlex
import textwrap
from collections import Counter
from importlib.metadata import version
from pathlib import Path

import pandas as pd
from gan_ingredients import INGREDIENTS, N_IMAGES
from sampler_figure import draw_figure
from sampler_goals import weigh_gain
from sampler_statistics import ARMS, NONE, SHARED, SPLIT, VANILLA, list_arms, list_samplers, take
from sampler_tables import (
    format_differences,
    format_each_class,
    format_goals,
    format_images,
    format_scores,
    list_differences,
    name_arm,
    split_arms,
    tell_differences,
    tell_range,
)

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE = DOCS / "samplers.md"
FIGURE = DOCS / "results" / "samplers.png"
DISTRIBUTIONS = ["skwbc", "tensorflow", "keras", "scikit-learn", "imbalanced-learn"]
N_FOLDS = 5
SHEETS = {
    "gan_images.png": f"Images of `{SHARED}`. Rows: classes.",
    "gan_nearest.png": "Synthetic images and the real image nearest to each. Rows: classes. "
    "The number is the distance of the two, by that of the real image to its nearest neighbour: 0 "
    "is a copy, and below 1 an image is nearer than real ones are.",
}
ABOUT = """
What helps when some classes of cell images are small: class weights, copies, changed copies,
images between neighbours, or a GAN? All were tried on crops of the [BCCD set](datasets.rst),
64x64 pixels, in folds that keep overlapping photos on one side. Whatever was fitted, be it
sampler, judge or classifier, saw the training part of a fold alone. All test images are real.
`VanillaGANOverSampler` trains for as many seconds as `GANOverSampler` took on the same fold. Some
folds of `GANOverSampler` were timed again later; the table has the later times, so that the seconds
of the two may differ. Folds that ran beside other work on the machine were not timed.
"""
CAPTION = """
A dot for each fold. Left, how far the images lie from real ones: less is better. Right, what a
classifier learns from real images and those of the sampler, with the mean and, of 5 folds or more,
its 95 % interval: more is better. The intervals are those of the corrected resampled t-test.
"""
ABOUT_IMAGES = """
The table gives means over folds. A ratio is that of means over the folds that both have. A cell
that rests on fewer folds than its line says so; an empty one was not measured.
"""
ABOUT_CLASSES = f"""
The two GANs class by class. The ratio is the distance of `{VANILLA}` divided by that of
`{SHARED}`; "beyond measure" where the latter is not above zero.
"""
ABOUT_SCORES = "Scores on real test images: mean and standard deviation over folds."
ABOUT_FEW = """
Not all arms were run on so many folds. All of them on the few folds that every one has, which may
be easy ones or hard ones: compare these lines with each other only.
"""
ABOUT_DIFFERENCES = f"""
Scores of `{SHARED}` minus those of each other arm, in points, on the folds that both were run on.
Intervals and p are those of the corrected resampled t-test (Nadeau and Bengio 2003). The last
column adjusts p by Holm's method, over the arms within each score.
"""
ABOUT_INGREDIENTS = f"""
The GAN with one part left out or exchanged. `{SHARED}` is the default; every other line is a
training of as many steps as fit into the time that the unchanged GAN takes for {N_IMAGES:,} images,
by a timing of a few steps before each. The seconds that it then took, drawing and search included,
are in the table. What differs by less than the folds above do tells nothing.
"""
ABOUT_PEERS = """
Public packages, each in an environment of its own. smote-variants blends the images of a class with
their mean (polynom-fit-SMOTE, star); GANexLib trains a DCGAN for each class; CTGAN, which is made
for tables, learns 50 principal components and the class; synthcity's image_cgan is a conditional
Wasserstein GAN, and can be imported only beside an older opacus than it installs. These GANs train
for the seconds of `GANOverSampler`; their start and drawing come on top. Not here: dsto-gan 0.1.9,
because what it returns are rows of SMOTE (its own come behind these and are cut off); and any GAN
with a pretrained discriminator, because no well-kept package was found that ships the weights.
"""
GAIN = """
A gain over changed copies, which was hoped for, did not come. The classifier changes its training
images itself, and a GAN that has seen the same few images knows of no others. In trials of which no
rows were kept, each on images held out of one training part, these did no better: three or twelve
synthetic images for each real one, only those that the discriminator's own head takes for their
class, only those that it is surest of, and a training of half the length. So begin with class
weights or `AugmentationOverSampler`, which cost nothing; the GAN is for what copies can't do, which
is to show images that are not in the set.
"""
READING = """
- The classifier is a `CompactCNNClassifier` without hold-out, with `view="plain"` and
  `augmentation="cells"`: it changes its training images in every epoch itself. The judge of the
  images is the one of real images alone. It knows these better than any others, so real test images
  lie at a distance too: compare with their line. They are also fewer, which lowers their coverage.
- Copies are perfect by distance and coverage and tell nothing. Read near-copies and authenticity
  first; a copy that is flipped or turned is still a copy. `GANOverSampler` leaves out near-copies
  by the very limit that is used here, so few are no surprise.
- Kernel distance is an unbiased estimate of a squared distance: about zero, or less, for images
  that can't be told from real ones. A ratio to a small distance is uncertain.
- Each fold has {n_test} test images; one of them is {points} points of accuracy. In balanced
  accuracy a class of few test images weighs as much as one of many, and so does each mistake there.
- Folds share training images, and those of different repeats share test images. So the folds
  differ less than independent ones would; the test corrects for it. The standard deviations do
  not.
- Synthetic images alone: three for each real one, so the classes are as frequent as in the real
  fold. Beside real images, they fill each class up to the largest.
- The classifier takes equally many steps of the optimiser in each arm, up to whole epochs: more
  images don't mean longer training.
- Peak memory is that of the whole process, TensorFlow and the data included: nearly all of it in
  the lines of copies.
"""


def write_page(rows, page=PAGE, figure=FIGURE):
    """Write the page and its figure.

    Parameters
    ----------
    rows : DataFrame
        Of results/samplers.csv: one row for each repeat, fold and arm.
    page, figure : path-like
        Files to write. Contact sheets are looked for beside the figure.
    """
    page, figure = Path(page), Path(figure)
    changed, rows = rows[rows["arm"].isin(INGREDIENTS)], rows[~rows["arm"].isin(INGREDIENTS)]
    figure.parent.mkdir(parents=True, exist_ok=True)
    draw_figure(rows).savefig(figure)
    folder = Path(os.path.relpath(figure.parent, page.parent)).as_posix()
    blocks = [
        *format_introduction(rows),
        f"![Kernel distances and balanced accuracies]({folder}/{figure.name})",
        fill(CAPTION),
        *format_sections(rows),
        *format_ingredients(changed, rows),
        *format_sheets(figure.parent, folder),
    ]
    page.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")


def format_introduction(rows):
    """Say what was run, and with what."""
    versions = ", ".join(f"{name} {version(name)}" for name in DISTRIBUTIONS)
    machines, commits, steps = (
        "; ".join(map(str, rows[name].unique())) for name in ("machine", "commit", "n_steps")
    )
    blocks = [
        "# Samplers: a GAN beside copies and SMOTE",
        fill(ABOUT),
        "This page is written by",
        f"```sh\n{format_commands(rows)}\n```",
        fill(
            f"Machine: {machines}. Versions when this was written: {versions}. "
            f"Commit: {commits}. Steps of the classifier: {steps}. {tell_minutes(rows)} "
            "What the folder of the real images holds stands under [contributing](contributing.md)."
        ),
    ]
    missing = [name_arm(arm) for arm in ARMS if arm not in list_arms(rows)]
    return blocks + ([f"Not run: {'; '.join(missing)}."] if missing else [])


def format_commands(rows):
    """Write the commands that run the arms on their folds, those with most folds first."""
    groups = {}
    for arm in list_arms(rows):
        mine = rows.loc[rows["arm"] == arm, SPLIT].astype(int)
        folds = tuple(sorted(set(mine["fold"])))
        groups.setdefault((int(mine["repeat"].max()) + 1, folds), []).append(arm)
    commands = []
    for (n_repeats, folds), arms in groups.items():
        words = ["python", "benchmarks/samplers.py", "../shared/data/bccd"]
        words += ["--repeats", str(n_repeats)] if n_repeats > 1 else []
        words += ["--folds", *map(str, folds)] if folds != tuple(range(N_FOLDS)) else []
        words += ["--arms", *arms] if set(arms) != set(ARMS) else []
        commands.append((-n_repeats * len(folds), shlex.join(words)))
    return "\n".join(command for _, command in sorted(commands))


def tell_minutes(rows):
    """Say how long the GANs took, drawing included."""
    minutes = {arm: take(rows, arm, "seconds") / 60 for arm in (SHARED, VANILLA)}
    told = [f"`{arm}` {tell_range(m, '.1f')}" for arm, m in minutes.items() if len(m)]
    return f"Minutes to train on a fold and draw: {', '.join(told)}." if told else ""


def format_sections(rows):
    """Write the tables and what to make of them."""
    samplers = list_samplers(rows)
    images = [fill(ABOUT_IMAGES), format_images(rows)]
    classes = [fill(ABOUT_CLASSES), format_each_class(rows)]
    differences = list_differences(rows)
    compared = [fill(ABOUT_DIFFERENCES), format_differences(differences)]
    return [
        "## Public packages",
        fill(ABOUT_PEERS),
        "## Images",
        *(images if samplers else ["No sampler was run."]),
        *format_warnings(rows),
        *(classes if {SHARED, VANILLA} & set(samplers) else []),
        "## Goals",
        format_goals(rows),
        "## Classifiers",
        *format_classifiers(rows),
        *(compared if differences else []),
        fill(tell_differences(differences)),
        *list_tried(rows),
        "## How to read it",
        format_reading(rows),
    ]


def format_classifiers(rows):
    """Write the scores of arms with many folds, and those of the others on their own few."""
    many, few = split_arms(rows)
    blocks = [ABOUT_SCORES, format_scores(rows, many)] if many else []
    if few:
        folds = pd.MultiIndex.from_frame(rows.loc[rows["arm"].isin(few), SPLIT]).unique()
        beside = rows[rows.set_index(SPLIT).index.isin(folds)]
        blocks += [fill(ABOUT_FEW), format_scores(beside, list_arms(beside))]
    return blocks


def list_tried(rows):
    """Say what was tried for a gain over changed copies, where there is none."""
    if weigh_gain(rows).reached is not False:
        return []
    return ["## The gain that was hoped for", fill(GAIN)]


def format_warnings(rows):
    """List what the samplers warned of; what follows a colon differs from fold to fold."""
    lines = []
    for arm in list_samplers(rows):
        told = rows.loc[rows["arm"] == arm].get("warnings", pd.Series()).dropna()
        heads = Counter(each.partition(":")[0] for row in told for each in row.split(" | ") if each)
        lines += [
            f"- {name_arm(arm)}, {n} time{'s' * (n > 1)}: {head}" for head, n in heads.items()
        ]
    about = "Warnings of the samplers. A class that another source filled says nothing of the GAN:"
    return [about, "\n".join(lines)] if lines else []


def format_ingredients(changed, rows):
    """Write a line for each changed GAN beside the default, on the folds of the former."""
    if not len(changed):
        return []
    folds = pd.MultiIndex.from_frame(changed[SPLIT]).unique()
    default = rows[rows["arm"].isin([NONE, SHARED]) & rows.set_index(SPLIT).index.isin(folds)]
    table = format_images(pd.concat([default, changed]), real=False)
    command = f"```sh\n{format_commands(changed)}\n```"
    return ["## Ingredients of the GAN", fill(ABOUT_INGREDIENTS), table, command]


def format_reading(rows):
    """Say what the figures can't tell."""
    n_test = rows["n_test"].astype(int)
    few, many = n_test.min(), n_test.max()
    told = f"{few} to {many}" if few < many else few
    reading = READING.format(n_test=told, points=f"{100 / n_test.mean():.1f}")
    return "\n".join("- " + fill(each).replace("\n", "\n  ") for each in reading.split("\n- ")[1:])


def format_sheets(pictures, folder):
    """Show the contact sheets that are there; `folder` is where the page finds `pictures`."""
    there = {name: text for name, text in SHEETS.items() if (pictures / name).exists()}
    blocks = [f"![{text}]({folder}/{name})\n\n{text}" for name, text in there.items()]
    return ["## Contact sheets", *blocks] if blocks else []


def fill(text):
    """Break a paragraph into lines."""
    return textwrap.fill(
        " ".join(text.split()), 100, break_long_words=False, break_on_hyphens=False
    )
