"""What a result was made with."""

import os
import platform
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
