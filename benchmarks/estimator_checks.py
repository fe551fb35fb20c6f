"""Count the estimator checks that skwbc and its peers pass; write docs/estimator_contract.md.

python benchmarks/estimator_checks.py            # all rows
python benchmarks/estimator_checks.py skwbc      # the rows whose name begins so
python benchmarks/estimator_checks.py --only skwbc.CNNClassifier    # one row, printed as JSON

Each row is run in a process of its own. Counts are kept in results/estimator_checks.json, so that
a run of a few rows leaves the others on the page as they were.
"""

import argparse
import contextlib
import io
import json
import os
import platform
import re
import subprocess
import sys
import textwrap
import traceback
import unittest
import warnings
from collections import Counter
from importlib.metadata import version
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("SCIPY_ARRAY_API", "1")  # read when SciPy is imported

import imblearn.utils.estimator_checks as imblearn_checks
from checked_estimators import CLASSIFIERS, SAMPLERS
from sklearn.base import is_classifier
from sklearn.utils.estimator_checks import check_estimator

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "estimator_checks.json"
PAGE = HERE.parent / "docs" / "estimator_contract.md"
ESTIMATORS = {**CLASSIFIERS, **SAMPLERS}
# what the versions of a row are taken from, by the first part of its name
DISTRIBUTIONS = {
    "skwbc": ["skwbc", "keras", "tensorflow"],
    "scikeras": ["scikeras", "keras", "tensorflow"],
    "keras": ["keras", "tensorflow"],
    "skorch": ["skorch", "torch"],
    "sklearn": ["scikit-learn"],
    "imblearn": ["imbalanced-learn"],
}
SUITES = ["scikit-learn", "imbalanced-learn"]
STATES = ["passed", "failed", "skipped"]

INTRODUCTION = """\
# The estimator contract

scikit-learn and imbalanced-learn bring tests of what they expect of an estimator: that it clones,
pickles, keeps its parameters, checks its input, weighs its samples, and so on. This page counts
how many of them skwbc passes, and, for comparison, the wrappers and samplers that are nearest to
it. No check is declared as an expected failure.

An estimator gets the checks that fit what it says of itself, so the number of checks differs, and
passing all of a few is less than it seems: one that scikit-learn can't tell is a classifier gets
none of the checks of classifiers. A check that runs in several forms is counted once for each.
"""
SAMPLER_NOTE = """\
imbalanced-learn's checks are those that its own test suite runs on each sampler: those of
`parametrize_with_checks`, `check_param_validation` and
`check_dataframe_column_names_consistency`. scikit-learn's see in a sampler an estimator without
`predict` and `transform`.
"""
SETUP_NOTE = """\
## How each was set up

Each estimator is a small network, set up to pass: seeded, in double precision where it can be,
with batches that hold a whole table, and without a hold-out. What is left as a failure lies in
the wrapper.

- scikeras and Keras' wrapper compute in double precision through Keras' global setting.
- Keras' wrapper loses `fit_kwargs` when it is cloned, which every check does, and so trains for
  one epoch in batches of 32, whatever is asked for. It says of itself that it is not deterministic,
  which skips or leaves out four checks, and that its scores may be poor.
- skorch's nets take no seed and don't tell the module how many classes there are: a callback sets
  the seed, and the network has ten outputs. With skorch's own way of setting the input size, a
  callback that changes parameters during `fit`, fewer checks pass.
- scikit-learn's `MLPClassifier` is the reference. scikit-learn runs one of its checks on it with
  another solver (`lbfgs`), a table of exceptions that other packages can't enter.

`benchmarks/checked_estimators.py`:

```{literalinclude} ../benchmarks/checked_estimators.py
:language: python
```

`benchmarks/torch_network.py`:

```{literalinclude} ../benchmarks/torch_network.py
:language: python
```
"""
REPRODUCTION = """\
## Reproduce it

```sh
pip install -e . skorch torch
python benchmarks/estimator_checks.py
```

The script writes this page. Rows of packages that are not installed are left out.
"""


def main():
    """Run rows, keep their counts and write the page; or print one row."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("prefixes", nargs="*", help="run the rows whose name begins so")
    parser.add_argument("--only", choices=ESTIMATORS, help="run one row here and print JSON")
    arguments = parser.parse_args()
    if arguments.only:
        print(json.dumps(check_row(arguments.only)))
        return
    rows = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    for name in ESTIMATORS:
        if name.startswith(tuple(arguments.prefixes) or ""):
            run_row(name, rows)
    PAGE.write_text(format_page(rows), encoding="utf-8")


def run_row(name, rows):
    """Check one estimator in a process of its own, and keep what came out in `rows` and on disk."""
    command = [sys.executable, __file__, "--only", name]
    row = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    if "missing" in row:
        print(f"{name}: left out, {row['missing']} is not installed", file=sys.stderr)
        return
    print(f"{name}: {count(row['checks'])}", file=sys.stderr)
    rows[name] = row
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(rows, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def check_row(name):
    """Check one estimator; give back its checks, versions and what scikit-learn takes it for."""
    warnings.simplefilter("ignore")
    try:
        estimator = ESTIMATORS[name]()
    except ModuleNotFoundError as error:
        return {"missing": error.name}
    with contextlib.redirect_stdout(io.StringIO()):  # progress bars and messages of the checks
        checks = run_sklearn_checks(estimator)
        if name in SAMPLERS:
            checks += run_imblearn_checks(estimator)
    distributions = [*DISTRIBUTIONS[name.partition(".")[0]], "scikit-learn", "imbalanced-learn"]
    return {
        "checks": checks,
        "is_classifier": is_classifier(estimator),
        "machine": f"{platform.system()}, {platform.machine()}, {os.cpu_count()} cores",
        "versions": {each: version(each) for each in ["numpy", "scipy", *distributions]},
    }


def run_sklearn_checks(estimator):
    """Run the checks that scikit-learn has for an estimator."""
    return [
        describe("scikit-learn", result["check_name"], result["status"], result["exception"])
        for result in check_estimator(estimator, on_skip=None, on_fail=None)
    ]


def run_imblearn_checks(sampler):
    """Run the checks that imbalanced-learn's own suite applies to a sampler."""
    name = type(sampler).__name__
    generated = imblearn_checks.estimator_checks_generator(sampler)
    checks = {check.func.__name__: check.func for _, check in generated}
    for more in ("check_param_validation", "check_dataframe_column_names_consistency"):
        checks[more] = getattr(imblearn_checks, more)
    results = []
    for check_name, check in checks.items():
        state, error = "passed", None
        try:
            check(name, sampler)
        except unittest.SkipTest as skip:
            state, error = "skipped", skip
        except Exception as failure:
            state, error = "failed", failure
        results.append(describe("imbalanced-learn", check_name, state, error))
    return results


def describe(suite, check_name, state, error):
    """Write the outcome of one check as a record."""
    record = {"suite": suite, "name": check_name, "state": state}
    if error is not None:
        # an assertion without a message is told by its line
        told = str(error).strip() or traceback.extract_tb(error.__traceback__)[-1].line
        told = re.sub(r" at 0x[0-9a-f]+", "", told).replace("`", "'")
        record["error"] = f"{type(error).__name__}: {textwrap.shorten(told, 150)}"
    return record


def count(checks):
    """Write how many checks there are and how they ended, as cells of a table."""
    states = Counter(check["state"] for check in checks)
    return " | ".join(str(n) for n in [len(checks), *(states[state] for state in STATES)])


def format_page(rows):
    """Write the page in Markdown."""
    return "\n".join(
        [
            INTRODUCTION,
            *format_classifiers(rows),
            *format_samplers(rows),
            *format_left_out(rows),
            *format_versions(rows),
            *format_not_passed(rows),
            SETUP_NOTE,
            REPRODUCTION.rstrip(),
            "",
        ]
    )


def format_classifiers(rows):
    """Write the table of the classifiers."""
    return [
        "## Classifiers: scikit-learn's checks\n",
        "| estimator | a classifier to scikit-learn | checks got | passed | failed | skipped |",
        "|---|---|---|---|---|---|",
        *(
            f"| `{name}` | {'yes' if rows[name]['is_classifier'] else 'no'} "
            f"| {count(rows[name]['checks'])} |"
            for name in CLASSIFIERS
            if name in rows
        ),
        "",
    ]


def format_samplers(rows):
    """Write the table of the samplers, a line for each suite."""
    return [
        "## Samplers: scikit-learn's and imbalanced-learn's checks\n",
        "| estimator | checks of | checks got | passed | failed | skipped |",
        "|---|---|---|---|---|---|",
        *(
            f"| `{name}` | {suite} "
            f"| {count([each for each in rows[name]['checks'] if each['suite'] == suite])} |"
            for name in SAMPLERS
            if name in rows
            for suite in SUITES
        ),
        "",
        SAMPLER_NOTE,
    ]


def format_left_out(rows):
    """Say which rows were never run."""
    names = [f"`{name}`" for name in ESTIMATORS if name not in rows]
    return [f"Left out, not installed or not run: {', '.join(names)}.\n"] if names else []


def format_versions(rows):
    """Write the versions and machines that the rows were run with."""
    versions = sorted({" ".join(item) for row in rows.values() for item in row["versions"].items()})
    machines = sorted({row["machine"] for row in rows.values()})
    text = f"Versions: {', '.join(versions)}. Machine: {'; '.join(machines)}."
    return [textwrap.fill(text, 100) + "\n"]


def format_not_passed(rows):
    """List the checks that failed or were skipped, with the beginning of the message."""
    lines = ["## Checks that failed or were skipped\n"]
    for name in ESTIMATORS:
        checks = [each for each in rows.get(name, {"checks": []})["checks"] if "error" in each]
        if checks:
            lines += [f"### `{name}`\n", *format_records(checks), ""]
    return lines


def format_records(checks):
    """Write one line for each check and message, with how often it came."""
    told = Counter(f"- {each['state']}: `{each['name']}`: `{each['error']}`" for each in checks)
    return [line + (f" ({n} times)" if n > 1 else "") for line, n in told.items()]


if __name__ == "__main__":
    main()
