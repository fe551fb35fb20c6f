"""Docstrings are the contract: each public name has one that is complete and true."""

import ast
import importlib
import inspect
import math

import pytest
from numpydoc.docscrape import get_doc_object
from numpydoc.validate import validate
from sklearn.base import BaseEstimator

# Of numpydoc's list these are left out:
# - ES01, SA01, EX01: an extended summary, See Also and Examples stand only where they help;
# - SA02-SA04: entries of See Also may be short;
# - PR05, RT02: arrays are written "ndarray of shape (n,)", and a single return value may have a
#   name (`self`);
# - RT04, RT05: a description of a return value need not be a sentence;
# - GL09, SS01: nothing is deprecated yet, and GL08 already asks for a docstring.
CHECKS = {
    *("GL01", "GL02", "GL03", "GL05", "GL06", "GL07", "GL08", "GL10"),
    *("SS02", "SS03", "SS04", "SS05", "SS06"),
    *("PR01", "PR02", "PR03", "PR04", "PR06", "PR07", "PR08", "PR09", "PR10"),
    *("RT01", "RT03", "YD01"),
}
MODULES = ["skwbc", "skwbc.datasets", "skwbc.displays", "skwbc.metrics", "skwbc.pipeline"]


def list_public():
    """Map the full name of each public class and function to itself, and each only once."""
    names = {}
    for module in map(importlib.import_module, MODULES):
        for name in module.__all__:
            public = getattr(module, name)
            if not inspect.ismodule(public) and public not in names.values():
                names[f"{module.__name__}.{name}"] = public
    return names


def list_methods(cls):
    """List the public methods that skwbc writes; scikit-learn's own are documented there."""
    return sorted(
        {
            name
            for parent in cls.__mro__
            if parent.__module__.startswith("skwbc")
            for name, member in vars(parent).items()
            if not name.startswith("_")
            and (inspect.isfunction(member) or isinstance(member, (classmethod, property)))
        }
    )


PUBLIC = list_public()
CLASSES = {name: public for name, public in PUBLIC.items() if inspect.isclass(public)}
METHODS = [f"{name}.{method}" for name, cls in CLASSES.items() for method in list_methods(cls)]


@pytest.mark.parametrize("name", [*PUBLIC, *METHODS])
def test_docstring_passes_numpydoc(name):
    errors = [f"{code}: {what}" for code, what in validate(name)["errors"] if code in CHECKS]
    assert not errors, f"{name}\n" + "\n".join(errors)


@pytest.mark.parametrize("name", PUBLIC)
def test_defaults_are_documented(name):
    public = PUBLIC[name]
    documented = {p.name: p.type for p in get_doc_object(public)["Parameters"]}
    wrong = []
    for parameter in inspect.signature(public).parameters.values():
        if parameter.default is inspect.Parameter.empty:
            continue
        said = documented[parameter.name].rpartition("default=")[2]
        literal = read_literal(said)
        if literal is not parameter.default and literal != parameter.default:
            wrong.append(f"{parameter.name}={parameter.default!r}, documented: {said!r}")
    assert not wrong, f"{name}\n" + "\n".join(wrong)


def read_literal(text):
    if text == "nan":
        return math.nan  # the very one: it equals no other
    try:
        return ast.literal_eval(text)
    except (SyntaxError, ValueError):
        return f"no literal: {text}"


@pytest.mark.parametrize(
    "name", [name for name, cls in CLASSES.items() if issubclass(cls, BaseEstimator)]
)
def test_every_parameter_is_constrained(name):
    cls = CLASSES[name]
    parameters = set(inspect.signature(cls).parameters)
    assert parameters <= set(cls._parameter_constraints)
