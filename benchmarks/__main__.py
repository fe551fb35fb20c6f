"""Measure what users wait for, beside what they would use instead; write docs/performance.md.

python -m benchmarks                        # all suites, each as often as it says
python -m benchmarks start --repeats 5      # one of them
python -m benchmarks --page                 # only the page

Each trial runs in a process of its own. What is already in docs/results/performance.csv is not run
again, so that a run that was stopped goes on; delete the lines of what is to be measured anew.
"""

import argparse
import importlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from performance_page import RESULTS, SUITES, write_page  # noqa: E402 - the path comes first
from trial_rows import add_row, describe_run, read_rows  # noqa: E402

KEYS = ["suite", "case", "arm", "repeat"]


def main():
    """Run what is missing and write the page; or run one trial and print its figures."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=", ".join(SUITES))
    parser.add_argument("--repeats", type=int, help="of each trial (as the suite says)")
    parser.add_argument("--page", action="store_true", help="only write the page")
    parser.add_argument("--only", help=argparse.SUPPRESS)  # one trial, as JSON
    arguments = parser.parse_args()
    if arguments.only:
        trial = json.loads(arguments.only)
        print(json.dumps(load(trial["suite"]).run(trial["case"], trial["arm"])))
        return
    unknown = set(arguments.suites) - set(SUITES)
    if unknown:
        parser.error(f"expected suites of {', '.join(SUITES)}; received {', '.join(unknown)}")
    if not arguments.page:
        run_suites(arguments.suites or SUITES, arguments.repeats)
    write_page()


def run_suites(names, n_repeats=None):
    """Run what is missing, in turns."""
    suites = {name: load(name) for name in names}
    most = n_repeats or max(suite.N_REPEATS for suite in suites.values())
    for repeat in range(most):
        for name, suite in suites.items():
            if repeat < (n_repeats or suite.N_REPEATS):
                for case, arm in suite.TRIALS:
                    run_missing(dict(zip(KEYS, (name, case, arm, repeat), strict=True)))


def load(name):
    """Import a suite."""
    return importlib.import_module(f"speed_{name}")


def run_missing(trial):
    """Run a trial in a process of its own, and add its figures to the file."""
    rows = read_rows(RESULTS, KEYS)
    if (rows[KEYS] == [trial[key] for key in KEYS]).all(axis=1).any():
        return
    command = [sys.executable, "-m", HERE.name, "--only", json.dumps(trial)]
    start = time.perf_counter()
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=HERE.parent).stdout
    whole = time.perf_counter() - start
    figures = json.loads(output.splitlines()[-1])
    add_row(RESULTS, rows, trial | describe_run() | figures | {"whole trial (s)": whole})
    told = ", ".join(f"{name} {value:.4g}" for name, value in figures.items())
    print(f"{' | '.join(map(str, trial.values()))}: {told}", flush=True)


if __name__ == "__main__":
    main()
