"""Importing the package is cheap, and loads what is asked for and no more."""

import subprocess
import sys

import pytest

import skwbc

HEAVY = {"tensorflow", "keras", "scikeras", "sklearn", "imblearn", "pandas", "scipy", "matplotlib"}
KERAS = {"tensorflow", "keras", "scikeras"}
MOST_SECONDS = 0.3  # on top of NumPy


def run(code):
    """Run code in a Python of its own; give what it prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout


def list_loaded(code):
    """List the top-level packages that are loaded after some code has run."""
    return set(
        run(f"{code}; import sys; print(*{{m.partition('.')[0] for m in sys.modules}})").split()
    )


def measure_import(name):
    """Measure the shortest of three imports, in seconds."""
    code = f"import time; t = time.perf_counter(); import {name}; print(time.perf_counter() - t)"
    return min(float(run(code)) for _ in range(3))


def test_import_loads_nothing_heavy():
    assert not list_loaded("import skwbc") & HEAVY


def test_import_is_fast():
    assert measure_import("skwbc") < measure_import("numpy") + MOST_SECONDS


@pytest.mark.parametrize(
    "name",
    [
        *("datasets", "displays", "metrics", "Pipeline", "make_pipeline"),
        *("AugmentationOverSampler", "save", "load"),
    ],
)
def test_name_loads_without_tensorflow(name):
    assert not list_loaded(f"from skwbc import {name}") & KERAS


def test_a_file_without_networks_loads_without_tensorflow(tmp_path):
    path = tmp_path / "cropper.skwbc"
    skwbc.save(skwbc.CellCropper((32, 32)), path)
    assert not list_loaded(f"import skwbc; skwbc.load({str(path)!r})") & KERAS


@pytest.mark.parametrize("name", ["datasets", "displays", "metrics"])
def test_leaf_loads_without_matplotlib(name):
    assert "matplotlib" not in list_loaded(f"from skwbc import {name}")


def test_dir_lists_public_names():
    assert set(skwbc.__all__) <= set(dir(skwbc))


@pytest.mark.parametrize("name", skwbc.__all__)
def test_public_name_is_there(name):
    public = getattr(skwbc, name)
    assert public.__name__.removeprefix("skwbc.") == name


def test_star_import_gives_all():
    names = {}
    exec("from skwbc import *", names)
    assert set(skwbc.__all__) <= set(names)


def test_unknown_name_is_named():
    with pytest.raises(AttributeError, match=r"'skwbc' has no attribute 'RandomForest'"):
        _ = skwbc.RandomForest
