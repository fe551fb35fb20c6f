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
    """Measure the shortest of three imports, in seconds of the processor."""
    code = f"import time; t = time.process_time(); import {name}; print(time.process_time() - t)"
    return min(float(run(code)) for _ in range(3))


def test_import_loads_nothing_heavy():
    assert not list_loaded("import skwbc") & HEAVY


def test_import_is_fast():
    assert measure_import("skwbc") < measure_import("numpy") + MOST_SECONDS


def test_names_load_without_tensorflow():
    names = "datasets, displays, metrics, Pipeline, make_pipeline, AugmentationOverSampler, save"
    assert not list_loaded(f"from skwbc import {names}, load") & KERAS


def test_a_file_without_networks_loads_without_tensorflow(tmp_path):
    path = tmp_path / "cropper.skwbc"
    skwbc.save(skwbc.CellCropper((32, 32)), path)
    assert not list_loaded(f"import skwbc; skwbc.load({str(path)!r})") & KERAS


def test_leaves_load_without_matplotlib():
    assert "matplotlib" not in list_loaded("from skwbc import datasets, displays, metrics")


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
