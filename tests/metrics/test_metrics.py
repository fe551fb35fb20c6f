import inspect
import subprocess
import sys

import pytest

import skwbc.metrics

FUNCTIONS = [name for name in skwbc.metrics.__all__ if name.islower()]


def list_loaded(code):
    """List the top-level packages that are loaded after some code has run, in a new Python."""
    code = f"{code}; import sys; print(*{{m.partition('.')[0] for m in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_import_loads_little():
    assert not list_loaded("import skwbc.metrics") & {"numpy", "scipy", "sklearn", "tensorflow"}


def test_functions_load_without_tensorflow():
    loaded = list_loaded(f"from skwbc.metrics import {', '.join(FUNCTIONS)}")
    assert not loaded & {"tensorflow", "keras", "matplotlib", "imblearn"}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_is_there(name):
    function = getattr(skwbc.metrics, name)
    assert inspect.isfunction(function)
    assert function.__name__ == name


def test_dir_lists_public_names():
    assert set(skwbc.metrics.__all__) <= set(dir(skwbc.metrics))


def test_unknown_name_is_named():
    with pytest.raises(AttributeError, match=r"'skwbc.metrics' has no attribute 'accuracy'"):
        _ = skwbc.metrics.accuracy
