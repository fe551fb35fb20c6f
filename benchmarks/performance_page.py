"""Write docs/performance.md from the rows of docs/results/performance.csv."""

import importlib
import textwrap
from importlib.metadata import version
from pathlib import Path

import pandas as pd
from cost_figure import draw_cost, list_growth

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE = DOCS / "performance.md"
RESULTS = DOCS / "results" / "performance.csv"
FIGURE = "performance_cost.png"  # beside the CSV
SUITES = ("start", "prediction", "loading", "training", "gan", "search", "memory", "cost")
MEASURES = {  # name of a column: whether more is better
    "ms": False,
    "seconds": False,
    "seconds an epoch": False,
    "images a second": True,
    "share of matrix rate (%)": True,
    "memory by that of the images": False,
    "MB a fit": False,
    "peak memory (MB)": False,
    "whole process (s)": False,
}
DISTRIBUTIONS = ["skwbc", "tensorflow", "keras", "scikit-learn", "scikeras", "numpy"]
ABOUT = """
What a user waits for, beside what they would use instead. Each line is the median of {n_repeats}
trials, each in a process of its own; the arms take turns, so that whatever else the machine does
hits all of them. The last column says how many times as fast as that arm skwbc is: the median of
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
    machines, commits = ("; ".join(rows[name].unique()) for name in ("machine", "commit"))
    versions = ", ".join(f"{name} {version(name)}" for name in DISTRIBUTIONS)
    blocks = [
        "# Performance",
        fill(ABOUT.format(n_repeats=tell_range(rows.groupby(["suite", "case", "arm"]).size()))),
        "```sh\npython -m benchmarks\n```",
        fill(
            f"Machine: {machines}. Versions when this was written: {versions}. Commit: {commits}."
        ),
    ]
    for name in SUITES:
        mine = rows[rows["suite"] == name]
        if len(mine):
            suite = importlib.import_module(f"speed_{name}")
            blocks += [f"## {suite.TITLE}", fill(suite.ABOUT), format_table(mine, suite)]
            if name == "cost":
                blocks += show_cost(mine, Path(results).with_name(FIGURE))
    Path(page).write_text("\n\n".join(blocks) + "\n", encoding="utf-8")


def show_cost(rows, path):
    """Draw the figure of the cost; give it and what it shows as blocks of the page."""
    draw_cost(rows).savefig(path)
    return [f"![Cost curves](results/{path.name})", join_cells(list_growth(rows))]


def fill(text):
    """Break a paragraph into lines."""
    return textwrap.fill(" ".join(text.split()), 100, break_on_hyphens=False)


def tell_range(counts):
    """Write the least and the largest of some numbers.

    Examples
    --------
    >>> tell_range(pd.Series([3, 3])), tell_range(pd.Series([1, 3]))
    ('3', '1 to 3')
    """
    return " to ".join(map(str, sorted({counts.min(), counts.max()})))


def format_table(rows, suite):
    """Write the lines of a suite, in its order."""
    measures = [name for name in MEASURES if name in rows and rows[name].notna().any()]
    cases = dict.fromkeys(case for case, _ in suite.TRIALS)
    compared = suite.REFERENCE is not None
    heads = [
        "case",
        "arm",
        *measures,
        *([f"{suite.REFERENCE} is so many times as fast"] * compared),
    ]
    lines = [heads]
    for case in cases:
        of_case = rows[rows["case"] == case]
        for arm in [arm for at, arm in suite.TRIALS if at == case]:
            mine = of_case[of_case["arm"] == arm]
            if len(mine):
                cells = [tell_number(mine[name].median()) for name in measures]
                ratio = compare(of_case, arm, suite.REFERENCE, measures) if compared else None
                lines.append([case, arm, *cells, *([tell_number(ratio)] * compared)])
    return join_cells(lines)


def join_cells(lines):
    """Write lines of cells as a table, the head first."""
    ruled = [lines[0], ["---"] * len(lines[0]), *lines[1:]]
    return "\n".join(f"| {' | '.join(line)} |" for line in ruled)


def compare(rows, arm, reference, measures):
    """Give the median ratio of the reference's speed to that of an arm, within each repeat."""
    measure = next(name for name in measures if rows[name].notna().any())
    table = rows.pivot(index="repeat", columns="arm", values=measure)
    ratio = (table[reference] / table[arm]).median()
    return ratio if MEASURES[measure] else 1 / ratio


def tell_number(value):
    """Write a number to three digits; nothing for one that isn't there.

    Examples
    --------
    >>> tell_number(0.01234), tell_number(1234.5), tell_number(float("nan"))
    ('0.0123', '1,230', '')
    """
    return "" if pd.isna(value) else f"{float(f'{value:.3g}'):,.10g}"
