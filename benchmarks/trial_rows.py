"""Rows of a benchmark: each trial in a process of its own, its figures in a file at once."""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pandas as pd

HERE = Path(__file__).parent


def read_rows(path, keys):
    """Read the results so far; a commit such as 02e2246 is no number, though it looks like one."""
    if not path.exists():
        return pd.DataFrame(columns=keys)
    return pd.read_csv(path, dtype={"commit": str, "sampled at": str})


def run_trial(script, folder, trial):
    """Run a trial in a process of its own: a memory peak, and what a library leaks, are its own.

    Parameters
    ----------
    script : str
        That prints the figures of the trial as JSON, given ``--only``.
    folder : str
        Of the data.
    trial : dict
        Of JSON.

    Returns
    -------
    dict
    """
    command = [sys.executable, script, folder, "--only", json.dumps(trial)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    return json.loads(output.splitlines()[-1])


def add_row(path, rows, row):
    """Add a row to the file, whole or not at all."""
    rows = pd.concat([rows, pd.DataFrame([row])], ignore_index=True)
    unfinished = path.with_suffix(".part")
    rows.to_csv(unfinished, index=False, float_format="%.5g")
    unfinished.replace(path)


def describe_run():
    """Tell the machine and the commit."""
    return {"machine": f"{platform.machine()}, {os.cpu_count()} cores", "commit": name_commit()}


def name_commit():
    """Name the commit of this checkout, with a star if files of the package differ from it."""
    git = ["git", "-C", str(HERE)]
    commit = subprocess.check_output([*git, "rev-parse", "--short", "HEAD"], text=True).strip()
    changed = subprocess.run([*git, "diff", "--quiet", "HEAD", "--", "../skwbc"]).returncode
    return commit + "*" * changed
