"""What a result was made with."""

import os
import platform
import re
from importlib.metadata import PackageNotFoundError, version

_PACKAGES = (
    "skwbc",
    "numpy",
    "scipy",
    "pandas",
    "scikit-learn",
    "imbalanced-learn",
    "scikeras",
    "keras",
    "tensorflow",
    "matplotlib",
    "pillow",
)
_NUMBERS = re.compile(r"(\d{1,6}(?:\.\d{1,6}){1,3})(?!\d)[\w.+-]{0,40}", re.ASCII)
_RELEASE = re.compile(r"(\d{1,6}\.\d{1,6})[\w.+-]{0,40}", re.ASCII)


def read_versions():
    """Look up the versions of skwbc and what it stands on, without importing any of it.

    Returns
    -------
    dict of str to str
        Name -> version, or "not installed".

    Examples
    --------
    >>> read_versions()["numpy"].split(".")[0]
    '2'
    """
    return {name: _read_version(name) for name in _PACKAGES}


def list_other_releases(versions, names):
    """List packages that are installed in another release, by the first two numbers.

    Parameters
    ----------
    versions : dict of str to str
        As :func:`read_versions` gave it elsewhere.
    names : sequence of str
        Packages to look at. One that is not installed, here or there, is not listed.

    Returns
    -------
    list of (str, str, str)
        Name, version there, version here.

    Examples
    --------
    >>> there = read_versions() | {"numpy": "1.26.4"}
    >>> [(name, version) for name, version, _ in list_other_releases(there, ["numpy", "scipy"])]
    [('numpy', '1.26.4')]
    """
    here = read_versions()
    return [(n, versions[n], here[n]) for n in names if _differ(versions[n], here[n])]


def is_later(version, than):
    """Tell whether a version is later than another, by its numbers; what is none is not.

    Examples
    --------
    >>> is_later("0.10.0", "0.9.2"), is_later("0.9.2", "0.9.2.dev0"), is_later("new", "0.9.2")
    (True, False, False)
    """
    there, here = (_NUMBERS.fullmatch(str(text)) for text in (version, than))
    return bool(there and here) and _read_numbers(there) > _read_numbers(here)


def describe_machine():
    """Describe the machine: Python, system, processor and number of CPUs.

    Returns
    -------
    dict of str to str or int
    """
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "processor": _read_processor() or platform.machine(),
        "cpus": os.cpu_count(),
    }


def _read_numbers(match):
    return [int(number) for number in match[1].split(".")]


def _differ(*versions):
    """Tell whether two texts are versions, and of different releases."""
    matches = [_RELEASE.fullmatch(version) for version in versions]
    return all(matches) and matches[0][1] != matches[1][1]


def _read_version(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _read_processor():
    """Find the name of the processor on Linux; other systems tell `platform`."""
    try:
        with open("/proc/cpuinfo") as file:
            names = (line.partition(":")[2] for line in file if line.startswith("model name"))
            return next(names, "").strip()
    except OSError:
        return platform.processor()
