"""Tables of the speed suites, from the rows of docs/results/performance.csv."""

import pandas as pd

ACCURACY = "validation accuracy (%)"
MEASURES = {  # name of a column: whether more is better
    "ms": False,
    "seconds": False,
    "seconds an epoch": False,
    "images a second": True,
    "share of matrix rate (%)": True,
    ACCURACY: True,
    "memory by that of the images": False,
    "MB a fit": False,
    "seconds in the system": False,
    "page faults": False,
    "peak memory (MB)": False,
    "whole trial (s)": False,
}


def list_lines(rows, suite):
    """List the lines of a suite, in its order.

    Parameters
    ----------
    rows : DataFrame
        Of the suite.
    suite : module
        With its `TRIALS` and `REFERENCE`.

    Returns
    -------
    list of list of str
        Cells of a table, its head first.
    """
    rows = rows[~rows["case"].isin(getattr(suite, "APART", []))]
    measures = [name for name in MEASURES if name in rows and rows[name].notna().any()]
    compared = suite.REFERENCE is not None
    ratio_head = [f"{suite.REFERENCE} is so many times as fast"] * compared
    lines = [["case", "arm", *measures, *ratio_head]]
    for case in dict.fromkeys(case for case, _ in suite.TRIALS):
        of_case = rows[rows["case"] == case]
        for arm in [arm for at, arm in suite.TRIALS if at == case]:
            mine = of_case[of_case["arm"] == arm]
            if len(mine):
                cells = [tell_number(mine[name].median()) for name in measures]
                ratio = compare(of_case, arm, suite.REFERENCE) if compared else None
                name = f"`{arm}`" if "--" in arm else arm  # else printed as a dash
                lines.append([case, name, *cells, *([tell_number(ratio)] * compared)])
    return lines


def list_parts(rows):
    """List the parts of a step and their shares of the first, the whole, as cells of a table."""
    medians = rows.groupby("arm", sort=False)["ms"].median()
    shares = medians / medians.iloc[0]
    cells = [[arm, tell_number(medians[arm]), f"{shares[arm]:.0%}"] for arm in medians.index]
    return [[rows["case"].iloc[0], "ms", "share of a step"], *cells]


def join_cells(lines):
    """Write lines of cells as a table, the head first."""
    ruled = [lines[0], ["---"] * len(lines[0]), *lines[1:]]
    return "\n".join(f"| {' | '.join(line)} |" for line in ruled)


def compare(rows, arm, reference):
    """Give the median ratio of the reference's speed to that of an arm, within each turn.

    Trials of one repeat and one commit are a turn.

    Parameters
    ----------
    rows : DataFrame
        Of a case.
    arm, reference : str
        Names.

    Returns
    -------
    float
        By the first measure that there is; NaN if the two were not run in one turn.
    """
    measure = next((name for name in MEASURES if name in rows and rows[name].notna().any()), None)
    if measure is None or not {arm, reference} <= set(rows["arm"]):
        return float("nan")
    table = rows.pivot(index=["repeat", "commit"], columns="arm", values=measure)
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
