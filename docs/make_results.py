"""Write docs/results.md from the reports of both protocols, and of a tuned study if there is one.

The protocols may be run together (``skwbc ablation --protocol both``) or one by one, for example to
test in more splits than are replayed.

skwbc ablation --data bccd --protocol both --repeats 3 --out study
python docs/make_results.py study/honest study/published \
    "skwbc ablation --data bccd --protocol both --repeats 3"

What it reads is kept in docs/results, so that the page can be written anew, by other words of this
script, without an argument. The present page is of a run before that: its reports were not kept.

python docs/make_results.py
"""

import argparse
import json
import shutil
import textwrap
from pathlib import Path

import numpy as np
import pandas as pd

from skwbc._ablation_protocols import PUBLISHED_ACCURACY, describe_samplers, format_protocols
from skwbc._ablation_tables import format_classes, format_differences, format_table

DOCS = Path(__file__).parent
KEPT = "results/reports.json"
HONEST, PUBLISHED = "honest", "published"
GUESS = "constant guess"
FIGURES = {
    HONEST: {
        "differences.png": "Differences from the arm to beat, with their intervals.",
        "confusion.png": "Confusion matrices of the test images.",
        "curves.png": "Accuracy by epoch, of the first split; the dotted line is the epoch that "
        "was kept.",
        "synthetic.png": "Real training images and images of the GAN, class by class.",
    },
    PUBLISHED: {
        "differences.png": "The scores of the replay, taken apart.",
        "synthetic.png": "Real images and images of the published GANs, class by class.",
    },
}


def main(argv=None):
    """Write the page, of the folders that are named or of what was kept of others."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(HONEST, type=Path, nargs="?", help="what the honest study wrote")
    parser.add_argument(PUBLISHED, type=Path, nargs="?", help="what the replay wrote")
    parser.add_argument("commands", nargs="*", help="the commands that wrote them")
    parser.add_argument("--note", help="what else is to be known of the run")
    parser.add_argument("--seen", help="what the images of the replay's GANs show, by eye")
    parser.add_argument("--tuned", type=Path, help="what skwbc ablation --tune wrote")
    parser.add_argument("--tuned-command", help="the command that wrote that")
    parser.add_argument("--tuned-note", help="what else is to be known of that run")
    arguments = parser.parse_args(argv)
    if arguments.honest is None:
        kept = json.loads((DOCS / KEPT).read_text(encoding="utf-8"))
    elif not arguments.commands:
        parser.error("expected the folders of both reports, and the commands that wrote them")
    else:
        kept = keep_reports(arguments)
    lines = format_page(kept["reports"], kept["commands"], kept["note"], kept["seen"])
    if kept["tuned"]:
        lines += format_tuning(kept["tuned"], kept["tuned_command"], kept["tuned_note"])
    (DOCS / "results.md").write_text("\n".join([*lines, ""]), encoding="utf-8")


def keep_reports(arguments):
    """Copy what the page is made of into the documentation, and give all but the figures."""
    kept = {name: value for name, value in vars(arguments).items() if name not in FIGURES}
    kept["reports"] = {name: read_report(getattr(arguments, name)) for name in FIGURES}
    kept["tuned"] = arguments.tuned and read_report(arguments.tuned)
    (DOCS / KEPT).parent.mkdir(exist_ok=True)
    (DOCS / KEPT).write_text(json.dumps(kept, separators=(",", ":")), encoding="utf-8")
    for protocol, figures in FIGURES.items():
        for name in figures:
            source = getattr(arguments, protocol) / "figures" / name
            shutil.copyfile(source, (DOCS / KEPT).with_name(f"{protocol}_{name}"))
    return kept


def break_command(command):
    """Break a command into lines that a page holds, with a backslash between them."""
    lines = textwrap.wrap(
        command, 96, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
    )
    return " \\\n".join(lines)


def read_report(folder):
    """Read what a study wrote for programs."""
    return json.loads((folder / "results.json").read_text(encoding="utf-8"))


def read_table(records):
    """Read a table; JSON has no NaN, so that it comes as None."""
    return pd.DataFrame(records).fillna(np.nan).infer_objects()


def format_page(reports, commands, note=None, seen=None):
    """Write the page in Markdown, line by line."""
    honest, replay = reports[HONEST], reports[PUBLISHED]
    protocols = compare_reports(honest, replay)
    return [
        "# Results: the published pipelines, measured again",
        "",
        "This page is written by `docs/make_results.py` from the report of",
        "",
        "```sh",
        *map(break_command, commands),
        "```",
        "",
        describe_run(reports) + (f" {note}" if note else ""),
        "",
        "## Published, replayed, and measured on real images",
        "",
        "Test accuracy in percent, means over the splits. The replay tests on synthetic images, "
        "too, as the publication did; its score is taken apart into that on synthetic and that on "
        "real images. The honest study tests on real images that nothing was fitted to.",
        "",
        *format_markdown(format_protocols(protocols).reset_index().fillna("")),
        "",
        *(f"- {sentence}" for sentence in describe_samplers(*map(name_samplers, (replay, honest)))),
        "",
        "## What follows, and what does not",
        "",
        *(f"- {sentence}" for sentence in conclude(protocols, honest, seen)),
        "",
        "## The honest study",
        "",
        *format_markdown(format_table(select(honest["table"], TABLE))),
        "",
        *format_honest_differences(honest),
        *(f"- {sentence}" for sentence in list_limits(honest)),
        *format_constant_answers(honest),
        "",
        "Class by class, test images of all splits, with Wilson's 95 % intervals:",
        "",
        *format_markdown(format_class_table(honest)),
        "",
        *show_figures(HONEST),
        "## The replay",
        "",
        describe_gan(replay),
        "",
        *format_markdown(format_table(select(replay["table"], REPLAY_TABLE))),
        "",
        *(f"- {sentence}" for sentence in [*replay["verdict"], *list_limits(replay)]),
        *format_constant_answers(replay),
        "",
        *show_figures(PUBLISHED),
    ]


TABLE = ["arm", "model", "train", "validation", "test", "test 95 %", "balanced", "macro-F1"]
TABLE += ["images", "seconds"]
REPLAY_TABLE = ["arm", "model", "train", "validation", "test", "synthetic", "on synthetic"]
REPLAY_TABLE += ["on real", "real 95 %", "real, balanced", "images", "seconds"]


def describe_run(reports):
    """Say on what, where and how long it was run."""
    honest, replay = reports[HONEST], reports[PUBLISHED]
    versions = ", ".join(
        f"{name} {honest['versions'][name]}"
        for name in ("skwbc", "tensorflow", "keras", "scikit-learn", "imbalanced-learn")
    )
    minutes = {name: count_minutes(report) for name, report in reports.items()}
    first, machine = honest["splits"][0], honest["machine"]
    return (
        f"Seed {honest['settings']['random_state']}. Honest study: {len(honest['splits'])} splits, "
        f"the first of them {len(first['train'])} images to train, {len(first['validation'])} to "
        f"choose the epoch and {len(first['test'])} to test, photos that overlap on one side; "
        f"{minutes[HONEST]:.0f} minutes of training. Replay: {replay['settings']['n_repeats']} "
        f"splits; {minutes[PUBLISHED]:.0f} minutes of training. Machine: {machine['processor']}, "
        f"{machine['cpus']} cores. Versions: {versions}. What the folder of the real images holds "
        "stands under [contributing](contributing.md)."
    )


def count_minutes(report):
    """Add up what the training of samplers and classifiers took."""
    timed = ("sampler_seconds", "classifier_seconds")
    return sum(row["value"] for row in report["results"] if row["metric"] in timed) / 60


def describe_gan(replay):
    """Say how the replay's GAN differs from the published one."""
    (sampler,) = replay["settings"]["arms"]["GAN"]["sampler"]
    length = f"{sampler['max_images']} real images each"
    if sampler["epochs"]:
        length = f"{sampler['epochs']} epochs each"
    size = "the size of the images"
    if sampler["train_shape"]:
        size = "{} x {} pixels".format(*sampler["train_shape"])
    return (
        f"`{sampler['class']}`, one GAN a class, at {size} and for {length}; published: 256 x 256 "
        "and 700 epochs. Networks, loss and optimiser are the published ones. It saw all images of "
        "its class, and was trained once for all splits."
    )


def name_samplers(report):
    """Name the classes of the samplers of each arm."""
    arms = report["settings"]["arms"]
    return {name: [step["class"] for step in arm["sampler"]] for name, arm in arms.items()}


def compare_reports(honest, replay):
    """Set what was published, replayed and measured side by side, as ``compare_protocols`` does."""
    fit = ["arm", "model"]
    parts, scores = (read_table(report["table"]).set_index(fit) for report in (replay, honest))
    ends = scores["test 95 %"].replace("", "nan-nan")  # where there is none
    low, high = ends.str.split("-", expand=True).astype(float).to_numpy().T
    table = pd.DataFrame(
        {
            "published": pd.Series(PUBLISHED_ACCURACY) / 100,
            "replay": parts["test"],
            "synthetic share": parts["synthetic"],
            "on synthetic": parts["on synthetic"],
            "on real": parts["on real"],
            "honest": scores["test"],
            "low": pd.Series(low, scores.index),
            "high": pd.Series(high, scores.index),
            "honest, balanced": scores["balanced"],
        }
    )
    both = scores.index.intersection(parts.index, sort=False)
    table = table.reindex(both.drop(GUESS, level="arm", errors="ignore"))
    guess = {"on real": replay["majority_rate"], "honest": honest["majority_rate"]}
    guess["honest, balanced"] = 1 / len(honest["classes"])
    table.loc[(GUESS, ""), list(guess)] = list(guess.values())
    return table.rename_axis(fit)


def conclude(protocols, honest, seen):
    """Say what the tables show, by their own numbers, and what the images do, by eye."""
    percent = 100 * protocols
    rows = percent.drop(index=GUESS, level="arm")
    guess = percent.xs(GUESS, level="arm").iloc[0]
    mixed = rows[rows["synthetic share"] > 0]
    told = [
        f"{arm}, {model}: {row['replay']:.1f} % in the replay, where "
        f"{row['synthetic share']:.0f} % of the images are synthetic; {row['on synthetic']:.1f} % "
        f"of those and {row['on real']:.1f} % of the real ones, where a constant guess has "
        f"{guess['on real']:.1f} %."
        for (arm, model), row in mixed.iterrows()
    ]
    return [
        *told,
        *([f"The images of the replay's GANs, below, by eye: {seen}"] if seen else []),
        "The published rows with a GAN can't be compared with those without one: they are scores "
        "on other images, most of them synthetic. The replay shows how such a score comes about; "
        "it does not show that the published networks did no better on real images, which were "
        "never scored apart.",
        compare_with_guess(honest),
        *([f"On real images: {honest['summary']}"] if honest["summary"] else []),
        *(f"On real images, {sentence}" for sentence in honest["verdict"]),
        "This is about BCCD, whole photos and two networks. On crops, and against other samplers, "
        "[the comparison of samplers](samplers.md) says more; [the one of "
        "classifiers](classifiers.md) has the published networks in other folds and from other "
        "seeds, some points off these.",
    ]


def compare_with_guess(honest):
    """Say which rows of the honest study are above a constant guess."""
    table = read_table(honest["intervals"]).set_index(["arm", "model", "score"])
    accuracy = table.xs("accuracy", level="score")
    better = accuracy.index[accuracy["low"] > honest["majority_rate"]]
    named = ", ".join(f"{model} ({arm})" for arm, model in better) or "none"
    balanced = table.xs("balanced_accuracy", level="score")["value"]
    arm, model = balanced.idxmax()
    return (
        "Rows of the honest study whose accuracy is above that of a constant guess, by its "
        f"interval: {named}. The highest balanced accuracy, over the test images of all splits at "
        f"once, is that of {model} ({arm}), {100 * balanced.max():.1f} %; the tables have means "
        f"over the splits. A guess has {100 / len(honest['classes']):.1f} %."
    )


def list_limits(report):
    """List what a table can't tell; the command stands at the head of the page."""
    return [sentence for sentence in report["limits"] if not sentence.startswith("Command:")]


def select(records, columns):
    """Turn records into a table of some columns."""
    return read_table(records)[columns]


def format_honest_differences(honest):
    """Give the table of differences, if there is one."""
    if not honest["differences"]:
        return []
    table = read_table(honest["differences"])
    baseline = table["baseline"].iloc[0]
    text = format_differences(table.set_index(["score", "model", "arm"])).reset_index()
    return [
        f"Differences from {baseline!r}, in points, with the corrected resampled t-test:",
        "",
        *format_markdown(text),
        "",
    ]


def format_class_table(report):
    """Give precision and recall as text."""
    table = read_table(report["class_table"]).set_index(["arm", "model", "class"])
    return format_classes(table).reset_index()


def format_constant_answers(report):
    """Name the networks that give one answer to all test images."""
    constant = [
        f"{row['model']} ({row['arm']})"
        for row in report["rows"]
        if sum(any(column) for column in zip(*row["confusion_matrix"], strict=True)) == 1
    ]
    if not constant:
        return []
    return [
        f"- One class is the answer to all test images of: {', '.join(constant)}. Such a network "
        "has learned nothing, and its row says nothing about augmentation or GAN."
    ]


def format_tuning(report, command, note=None):
    """Write the section of a study in which parameters were chosen."""
    chosen = [
        {"arm": fit["arm"], "model": fit["model"], "fold": fit["fold"]}
        | {name.rpartition("__")[2]: str(value) for name, value in fit["best_params"].items()}
        for fit in report["fits"]
    ]
    return [
        "## Parameters chosen inside the training images",
        "",
        "```sh",
        break_command(command),
        "```",
        "",
        f"{count_minutes(report):.0f} minutes of training. For each arm and split, filters, kernel "
        "size, dropout and learning rate were chosen by `GridSearchCV`: balanced accuracy in three "
        "folds of the training images, for each of which the GAN was trained once."
        + (f" {note}" if note else ""),
        "",
        *format_markdown(pd.DataFrame(chosen)),
        "",
        *format_markdown(format_table(select(report["table"], TABLE))),
        "",
        *(f"- {sentence}" for sentence in [*report["verdict"], *list_limits(report)]),
    ]


def show_figures(protocol):
    """Show the figures of a study."""
    return [
        line
        for name, text in FIGURES[protocol].items()
        for line in (text, "", f"![{text}](results/{protocol}_{name})", "")
    ]


def format_markdown(table):
    """Write a table of text in Markdown."""
    lines = [list(table.columns), ["---"] * table.shape[1], *table.to_numpy().tolist()]
    return ["| " + " | ".join(map(str, line)) + " |" for line in lines]


if __name__ == "__main__":
    main()
