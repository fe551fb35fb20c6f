"""The page of the classifiers' benchmark, written from made-up rows; nothing is trained."""

import importlib
import re
import sys
from pathlib import Path

import pandas as pd
import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
TRUE = "aaaabbcd"


@pytest.fixture
def page(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    module = importlib.import_module("classifier_page")
    rows = [make_row("BCCD", r, f, arm) for r in range(2) for f in range(5) for arm in (0, 1)]
    rows += [make_row("BCCD", 2, 0, 1)]  # of a repeat that isn't whole
    rows += [make_row("ds1", seed, 0, 1) for seed in range(3)]
    module.write_page(pd.DataFrame(rows), tmp_path / "page.md")
    sys.modules.pop("classifier_page")
    return (tmp_path / "page.md").read_text()


def make_row(laboratory, repeat, fold, arm):
    """Row 1 is always 20 points better than row 0, whose predictions are all "a"."""
    score = 0.5 + 0.01 * fold + 0.2 * arm
    return {
        "laboratory": laboratory,
        "repeat": repeat,
        "fold": fold,
        "arm": ["constant guess", "compact CNN, crops"][arm],
        "machine": "any",
        "commit": "abc",
        "accuracy": score,
        "balanced accuracy": score,
        "macro-F1": score,
        "seconds": 2.0,
        "classes": "eosinophil lymphocyte monocyte neutrophil",
        "true": TRUE,
        "predicted": TRUE if arm else "a" * len(TRUE),
    }


def test_means_and_intervals(page):
    assert "| compact CNN, crops | 10 | 72.0 (70.0 to 74.0) |" in page
    assert "--repeats 2" in page


def test_classes_are_pooled_and_counted_once_a_repeat(page):
    assert "| constant guess | 100 (84 to 100) | 0 (0 to 28) | 0 (0 to 43) | 0 (0 to 43) |" in page


def test_differences_are_from_the_network_for_crops(page):
    assert "| constant guess | 10 | +20.0 |" in page  # in all folds, of which nothing spreads


def test_other_laboratory(page):
    assert re.search(r"\| compact CNN, crops \| 3 \| 100\.0 \([78]\d\.\d to 100\.0\) \|", page)
