"""What the files beside the package say of it is true."""

import re
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


def test_the_oldest_versions_are_those_of_the_project():
    extras = PROJECT["optional-dependencies"]  # documentation and linters are not tested
    wanted = [*PROJECT["dependencies"], *extras["test"], *extras["onnx"], *extras["completion"]]
    others = [one for one in wanted if not one.startswith("skwbc[")]
    # pip takes no extras in constraints
    expected = {re.sub(r"(\[.*\])?>=", "==", one) for one in others}
    text = (ROOT / ".ci" / "constraints-minimum.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert set(lines) == expected
    assert lines == sorted(lines, key=lambda line: line.partition("==")[0])
