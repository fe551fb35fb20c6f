"""The page of the speed suites, written from made-up rows; nothing is timed."""

import importlib
from pathlib import Path

import pandas as pd
import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture(scope="module")
def page():
    """Import the module from the folder of the benchmarks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        yield importlib.import_module("performance_page")


def write(page, tmp_path, rows):
    rows = pd.DataFrame(rows)
    rows = rows.assign(machine="abacus, 2 cores", commit="c0ffee")
    rows.to_csv(tmp_path / "rows.csv", index=False)
    page.write_page(tmp_path / "page.md", tmp_path / "rows.csv")
    return (tmp_path / "page.md").read_text(encoding="utf-8")


def make_row(arm, repeat, **figures):
    return {"suite": "start", "case": "import", "arm": arm, "repeat": repeat, **figures}


def test_ratios_are_of_one_turn_and_seconds_are_medians(page, tmp_path):
    rows = [
        make_row(arm, repeat, seconds=seconds * slower)
        for repeat, slower in enumerate((1, 10, 100))  # the machine is busier in each turn
        for arm, seconds in (("skwbc", 0.25), ("import sklearn", 0.5))
    ]
    text = write(page, tmp_path, rows)
    assert "| import | skwbc | 2.5 | 1 |" in text
    assert "| import | import sklearn | 5 | 2 |" in text
    assert "median of 3 trials" in text


def test_more_images_a_second_are_faster(page, tmp_path):
    rows = [
        {**make_row(arm, 0), "suite": "gan", "case": "64x64", "images a second": speed}
        for arm, speed in (("skwbc", 300.0), ("plain, float32", 100.0))
    ]
    text = write(page, tmp_path, rows)
    assert "| 64x64 | plain, float32 | 100 | 3 |" in text
    assert "## Start" not in text


def test_every_suite_names_its_trials(page):
    for name in page.SUITES:
        suite = importlib.import_module(f"speed_{name}")
        assert len(set(suite.TRIALS)) == len(suite.TRIALS)
        arms = {arm for _, arm in suite.TRIALS}
        assert suite.REFERENCE is None or suite.REFERENCE in arms


def test_cost_has_a_figure_and_tells_how_it_grows(page, tmp_path):
    rows = [
        {
            **make_row("classifier, one epoch", repeat),
            "suite": "cost",
            "case": f"{n:,} images of {side}x{side}",
            "seconds": n * side,
            "peak memory (MB)": 100,
        }
        for repeat in range(2)
        for n, side in ((300, 64), (3_000, 64), (30_000, 64), (300, 32))
    ]
    text = write(page, tmp_path, rows)
    for line in (
        "| classifier, one epoch | 3,000 images of 64x64 | 30,000 images of 64x64 | 10 | 1 |",
        "| classifier, one epoch | 300 images of 32x32 | 300 images of 64x64 | 2 | 1 |",
    ):
        assert line in text
    assert "(results/performance_cost.png)" in text
    assert (tmp_path / "performance_cost.png").stat().st_size > 10_000
