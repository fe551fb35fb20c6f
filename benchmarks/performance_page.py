"""Write docs/performance.md from the rows of docs/results/performance.csv."""

import importlib
import textwrap
from importlib.metadata import version
from pathlib import Path

import pandas as pd
from cost_figure import draw_cost, list_growth, tell_growth
from performance_goals import tell_goals
from performance_tables import join_cells, list_lines, list_parts

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE = DOCS / "performance.md"
RESULTS = DOCS / "results" / "performance.csv"
FIGURE = "performance_cost.png"  # beside the CSV
SUITES = (
    "start",
    "prediction",
    "loading",
    "training",
    "accuracy",
    "gan",
    "onednn",
    "optimizer",
    "search",
    "memory",
    "cost",
)
DISTRIBUTIONS = ["skwbc", "tensorflow", "keras", "scikit-learn", "scikeras", "numpy"]
ABOUT = """
What a user waits for, beside what they would use instead. Each line is the median of its trials,
each in a process of its own; the arms take turns, so that whatever else the machine does hits all
of them. Below each table stand the commits that its lines were run at: lines of different commits
took no turns. The last column says how many times as fast as that arm skwbc is: the median of
the ratios within a turn, by the first measure of the line. Seconds are those of this machine; only
ratios travel.
"""


def write_page(page=PAGE, results=RESULTS):
    """Write the page.

    Parameters
    ----------
    page : path-like
        File to write.
    results : path-like
        CSV with a row for each suite, case, arm and repeat.
    """
    rows = pd.read_csv(results, dtype={"commit": str})
    machines = "; ".join(rows["machine"].unique())
    versions = ", ".join(f"{name} {version(name)}" for name in DISTRIBUTIONS)
    blocks = [
        "# Performance",
        fill(ABOUT),
        "```sh\npython -m benchmarks\n```",
        fill(f"Machine: {machines}. Versions when this was written: {versions}."),
    ]
    blocks += ["## Goals", join_cells(tell_goals(rows))]
    for name in SUITES:
        mine = rows[rows["suite"] == name]
        if len(mine):
            suite = importlib.import_module(f"speed_{name}")
            blocks += [f"## {suite.TITLE}", fill(suite.ABOUT), join_cells(list_lines(mine, suite))]
            blocks.append(fill(tell_origin(mine)))
            if name == "gan":
                blocks += show_parts(mine, suite)
            if name == "cost":
                blocks += show_cost(mine, Path(results).with_name(FIGURE))
    Path(page).write_text("\n\n".join(blocks) + "\n", encoding="utf-8")


def show_parts(rows, suite):
    """Give the parts of a step as blocks of the page, if they were timed."""
    rows = rows[rows["case"] == suite.OF_A_STEP]
    return [fill(suite.ABOUT_PARTS), join_cells(list_parts(rows))] if len(rows) else []


def show_cost(rows, path):
    """Draw the figure of the cost; give it and what it shows as blocks of the page."""
    draw_cost(rows).savefig(path)
    return [
        f"![Cost curves](results/{path.name})",
        join_cells(list_growth(rows)),
        fill(tell_growth(rows)),
    ]


def fill(text):
    """Break a paragraph into lines."""
    return textwrap.fill(" ".join(text.split()), 100, break_on_hyphens=False)


def tell_origin(rows):
    """Say how many trials lines rest on, and which of them were run at which commit.

    Examples
    --------
    >>> lines = {"case": ["CNN", "CNN", "GAN"], "arm": "skwbc", "commit": ["a", "a", "b"]}
    >>> tell_origin(pd.DataFrame(lines))
    'Trials of a line: 1 to 2. Commits: a (CNN), b (GAN).'
    """
    n_trials = tell_range(rows.groupby(["case", "arm"]).size())
    groups = list(rows.groupby("commit", sort=False))
    if len(groups) == 1:
        return f"Trials of a line: {n_trials}. Commit: {groups[0][0]}."
    told = [f"{commit} ({' · '.join(name_lines(mine, rows))})" for commit, mine in groups]
    return f"Trials of a line: {n_trials}. Commits: {', '.join(told)}."


def name_lines(mine, rows):
    """Name the lines of a commit: by their case, where all of its arms are there."""
    names = []
    for case, found in mine.groupby("case", sort=False):
        arms = list(found["arm"].unique())
        is_whole = len(arms) == rows.loc[rows["case"] == case, "arm"].nunique()
        names.append(case if is_whole else f"{case}: {', '.join(arms)}")
    return names


def tell_range(counts):
    """Write the least and the largest of some numbers.

    Examples
    --------
    >>> tell_range(pd.Series([3, 3])), tell_range(pd.Series([1, 3]))
    ('3', '1 to 3')
    """
    return " to ".join(map(str, sorted({counts.min(), counts.max()})))
