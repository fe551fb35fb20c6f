"""Names of the files of a study's report; quick to import, so that a command can look for them."""

import json
from pathlib import Path

CONTENT = "results.json"
DIFFERENCES, NEAREST = "figures/differences.png", "figures/nearest.png"
REPORT_FILES = (
    "report.html",
    "report.md",
    "results.csv",
    "predictions.csv",
    CONTENT,
    DIFFERENCES,
    "figures/confusion.png",
    "figures/curves.png",
    "figures/synthetic.png",
    NEAREST,
    "figures/classes.png",
)


def holds_report(folder):
    """Tell whether a study has written its report to a folder.

    Parameters
    ----------
    folder : str or path-like
        It need not be there.

    Returns
    -------
    bool
    """
    try:
        content = json.loads((Path(folder) / CONTENT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and {"settings", "majority_rate", "fits"} <= content.keys()
