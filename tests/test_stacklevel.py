"""Warnings name the caller's line, not one of this package or of those that call it."""

import warnings

import pytest

from skwbc._stacklevel import find_stacklevel


def define(module, body, **names):
    """Define a function in a module of that name."""
    names["__name__"] = module
    exec(compile(f"def function():\n    {body}\n", f"{module}.py", "exec"), names)
    return names["function"]


@pytest.fixture
def warn():
    """Warn from a function of skwbc."""
    body = "warnings.warn('told', stacklevel=find_stacklevel())"
    return define("skwbc._spy", body, warnings=warnings, find_stacklevel=find_stacklevel)


@pytest.mark.parametrize("module", ["skwbc", "sklearn.base", "imblearn.base", "contextlib"])
def test_calls_of_these_packages_lie_between(warn, module):
    outer = define(module, "call()", call=warn)
    for call in (warn, outer):
        with pytest.warns(UserWarning, match="told") as caught:
            call()
        assert [warning.filename for warning in caught] == [__file__]


@pytest.mark.parametrize("module", ["sklearnish.base", "mine", "__main__"])
def test_other_modules_are_named(warn, module):
    outer = define(module, "call()", call=define("sklearn.base", "call()", call=warn))
    with pytest.warns(UserWarning, match="told") as caught:
        outer()
    assert [warning.filename for warning in caught] == [f"{module}.py"]
