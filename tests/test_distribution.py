"""What the files beside the package say of it is true."""

import tomllib
from pathlib import Path

import yaml

import skwbc

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_the_version_is_that_of_the_project():
    assert PROJECT["version"] == skwbc.__version__


def test_the_citation_is_that_of_the_project():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["cff-version"] == "1.2.0"
    assert citation["title"] == PROJECT["name"]
    assert citation["version"] == skwbc.__version__
    assert citation["license"] == PROJECT["license"]
    assert citation["authors"] == PROJECT["authors"]
    (study,) = citation["references"]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert study["title"] in " ".join(readme.split())
