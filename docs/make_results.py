"""Write docs/results.md from the report of a study.

skwbc ablation --data bccd --out skwbc-ablation
python docs/make_results.py skwbc-ablation "skwbc ablation --data bccd"
"""

import argparse
import json
import shutil
from pathlib import Path

DOCS = Path(__file__).parent
FIGURES = {
    "confusion.png": "Confusion matrices of the test images.",
    "curves.png": "Accuracy by epoch; the dotted line is the epoch that was kept.",
    "synthetic.png": "Real training images and images of the GAN, class by class.",
}
# test accuracy in %, Sangal and Krishnan, table 2
PUBLISHED = {
    "CNN": {"original": 48.21, "traditional": 62.50, "GAN": 83.33, "GAN + traditional": 86.67},
    "CNN-RNN": {"original": 58.92, "traditional": 66.07, "GAN": 87.22, "GAN + traditional": 87.77},
}


def main():
    """Read the folder of a report; write the page and copy its figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="what skwbc ablation wrote")
    parser.add_argument("command", help="the command that wrote it")
    arguments = parser.parse_args()
    report = json.loads((arguments.folder / "results.json").read_text(encoding="utf-8"))
    (DOCS / "results").mkdir(exist_ok=True)
    for name in FIGURES:
        shutil.copyfile(arguments.folder / "figures" / name, DOCS / "results" / name)
    page = format_page(report, arguments.command)
    (DOCS / "results.md").write_text(page, encoding="utf-8")


def format_page(report, command):
    """Write the page in Markdown."""
    scores = read_scores(report)
    sizes = {part: len(report["splits"][0][part]) for part in ("train", "validation", "test")}
    sampler_seconds = sum(report["sampler_seconds"].values())
    versions = ", ".join(
        f"{name} {report['versions'][name]}"
        for name in ("skwbc", "tensorflow", "keras", "scikit-learn", "imbalanced-learn")
    )
    seconds = sampler_seconds + sum(s["classifier_seconds"] for s in scores.values())
    return "\n".join(
        [
            "# Results: the published pipelines, tested on real images",
            "",
            "This page is written by `docs/make_results.py` from the report of",
            "",
            "```sh",
            command,
            "```",
            "",
            f"Seed {report['settings']['random_state']}; {sizes['train']} images to train, "
            f"{sizes['validation']} to choose the epoch, {sizes['test']} to test, all real, photos "
            "that overlap on one side of each split. Machine: "
            f"{report['machine']['processor']}, {report['machine']['cpus']} cores, "
            f"{seconds / 60:.0f} minutes of training, {sampler_seconds / 60:.0f} of them for "
            f"the GAN. Versions: {versions}.",
            "",
            *format_table(scores, report["majority_rate"]),
            "",
            "## How to read it",
            "",
            *(f"- {sentence}" for sentence in report["limits"]),
            *READING,
            *format_constant_answers(report),
            "",
            "## Figures",
            "",
            *(f"{text}\n\n![{text}](results/{name})\n" for name, text in FIGURES.items()),
        ]
    )


def read_scores(report):
    """Collect the scores of each arm and model."""
    scores = {}
    for row in report["results"]:
        name = row["metric"] if row["split"] in ("test", "fit") else f"{row['split']}_accuracy"
        if row["split"] in ("test", "fit") or row["metric"] == "accuracy":
            scores.setdefault((row["arm"], row["model"]), {})[name] = row["value"]
    for row in report["table"]:
        if (row["arm"], row["model"]) in scores:
            ends = [100 * float(end) for end in row["test 95 %"].split("-")]
            scores[row["arm"], row["model"]]["interval"] = "{:.1f} to {:.1f}".format(*ends)
    return scores


def format_table(scores, majority_rate):
    """Set our figures beside the published ones, in percent; the intervals are Wilson's."""
    lines = [
        "| data | network | published test accuracy | test accuracy (95 % interval) | "
        "balanced accuracy | macro-F1 | training accuracy | validation accuracy |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for (arm, model), s in scores.items():
        lines.append(
            f"| {arm} | {model} | {PUBLISHED[model][arm]:.2f} | {100 * s['accuracy']:.1f} "
            f"({s['interval']}) | "
            f"{100 * s['balanced_accuracy']:.1f} | {100 * s['macro_f1']:.1f} | "
            f"{100 * s['train_accuracy']:.1f} | {100 * s['validation_accuracy']:.1f} |"
        )
    lines.append(f"| constant guess | | 58.3 | {100 * majority_rate:.1f} | 25.0 | | | |")
    return lines


def format_constant_answers(report):
    """Name the networks that give one answer to all test images."""
    constant = [
        f"{fit['model']} ({fit['arm']})"
        for fit in report["rows"]
        if sum(any(column) for column in zip(*fit["confusion_matrix"], strict=True)) == 1
    ]
    if not constant:
        return []
    return [
        f"- One class is the answer to all test images of: {', '.join(constant)}. Where the "
        "training curve stands still as well, the network has learned nothing, and its row says "
        "nothing about augmentation or GAN."
    ]


READING = [
    "- The published rows with a GAN are accuracies on other test sets: 180 images, about 125 of "
    "them synthetic, while the rows without one are on 56 real images. Ours are all on the same "
    "real images. The two columns can't be subtracted.",
    "- Training accuracy is that of the kept epoch on the real training images, without dropout.",
    "- A balanced accuracy of 25 % is that of a constant guess among four classes.",
]


if __name__ == "__main__":
    main()
