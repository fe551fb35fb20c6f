"""The page of the samplers' benchmark, written from made-up rows; nothing is trained."""

import importlib
import math
import re
from pathlib import Path

import pandas as pd
import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
SHARED, VANILLA, AUGMENTED = "GANOverSampler", "VanillaGANOverSampler", "AugmentationOverSampler"
NOT_IMAGES = ("none", "class weights")
ARMS = (*NOT_IMAGES, SHARED, VANILLA, AUGMENTED, "RandomOverSampler", "SMOTE, pixels")
SCORES = ("accuracy", "balanced accuracy", "macro-F1")
DISTANCE, GAIN = 0, 6  # places in the table of goals


@pytest.fixture(scope="module")
def load():
    """Import a module from the folder of the benchmarks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        yield importlib.import_module


@pytest.fixture
def write(load, tmp_path):
    """Write the page and give its text."""

    def write(rows):
        page = tmp_path / "samplers.md"
        load("sampler_page").write_page(rows, page, tmp_path / "results" / "samplers.png")
        return page.read_text(encoding="utf-8")

    return write


@pytest.fixture
def weigh(load):
    """Give the verdicts on all goals."""
    goals = load("sampler_goals")
    return lambda rows: [goals.VERDICTS[goal.reached] for goal in goals.list_goals(rows)]


def make_rows(arms=ARMS, n_repeats=3, n_folds=5):
    """Make rows that reach every goal."""
    return pd.DataFrame(
        make_row(repeat, fold, arm)
        for repeat in range(n_repeats)
        for fold in range(n_folds)
        for arm in arms
    )


def make_row(repeat, fold, arm):
    """Make a row; GANOverSampler is 5 points above all others, a little less on odd folds."""
    score = 0.8 + 0.001 * fold + (0.05 - 0.01 * (fold % 2)) * (arm == SHARED)
    row = {"repeat": repeat, "fold": fold, "arm": arm, "machine": "abacus, 2 cores"}
    row |= {"commit": "c0ffee", "n_steps": 800}
    row |= {"n_train": 280, "n_test": 70} | dict.fromkeys(SCORES, score)
    if arm in NOT_IMAGES:
        return row
    row |= {"seconds": 300.0, "peak memory (MB)": 1500.0, "warnings": math.nan}
    row |= {"kernel distance": 4.0 if arm == VANILLA else 0.5, "density": 0.9, "coverage": 0.8}
    row |= {"kernel distance of real test images": 0.1, "coverage of real test images": 0.6}
    row |= {"near-copies": 0.01, "near-copies among real test images": 0.01}
    row |= {"authenticity": 0.8, "authenticity of real test images": 0.9}
    row["taken for their class"] = 0.95
    for c in ("oval", "round"):
        row |= {f"kernel distance, {c}": row["kernel distance"], f"diversity, {c}": 0.9}
    return row | {f"synthetic alone, {name}": 0.8 for name in SCORES}


def change(rows, arm, column, value):
    """Set a figure of an arm on all folds."""
    rows.loc[rows["arm"] == arm, column] = value
    return rows


def test_differences_are_paired(load):
    rows = make_rows()
    rows = rows[(rows["arm"] != "none") | (rows["fold"] == 0)]
    compare = load("sampler_statistics").compare
    assert compare(rows, SHARED, "none", "accuracy")[::4] == pytest.approx((0.05, 3))
    assert compare(rows, SHARED, AUGMENTED, "accuracy")[::4] == pytest.approx((0.046, 15))


def test_all_goals_are_reached(weigh):
    assert weigh(make_rows()) == ["reached"] * 8


@pytest.mark.parametrize(
    ("place", "arm", "column", "value"),
    [
        (0, VANILLA, "kernel distance", 1.4),
        (1, VANILLA, "kernel distance, oval", 1.4),
        (2, SHARED, "coverage", 0.69),
        (3, SHARED, "near-copies", 0.02),
        (4, SHARED, "diversity, round", 0.69),
        (5, SHARED, "synthetic alone, accuracy", 0.77),
        (6, AUGMENTED, "balanced accuracy", 0.9),
        (7, SHARED, "seconds", 601),
        (7, SHARED, "peak memory (MB)", 3001),
    ],
)
@pytest.mark.parametrize("verdict", ["not reached", "not measured"])
def test_each_goal_by_itself(weigh, place, arm, column, value, verdict):
    value = math.nan if verdict == "not measured" else value
    verdicts = weigh(change(make_rows(), arm, column, value))
    assert verdicts.pop(place) == verdict
    assert verdicts == ["reached"] * 7


def test_a_gain_needs_fifteen_folds(weigh):
    assert weigh(make_rows(n_repeats=2))[GAIN] == "not measured"


def test_a_page_without_a_gain_says_what_was_tried(write):
    told = "A gain over changed copies, which was hoped for, did not come."
    assert told not in write(make_rows())
    assert told not in write(make_rows(n_repeats=2))
    assert told in write(change(make_rows(), AUGMENTED, "balanced accuracy", 0.9))


@pytest.mark.parametrize(("vanilla", "verdict"), [(0.1, "reached"), (-0.1, "not reached")])
def test_a_distance_below_zero_is_beyond_measure(load, weigh, vanilla, verdict):
    rows = change(make_rows(), SHARED, "kernel distance", -0.2)
    rows = change(rows, VANILLA, "kernel distance", vanilla)
    assert weigh(rows)[DISTANCE] == verdict
    assert load("sampler_goals").list_goals(rows)[DISTANCE].measured == "beyond measure"


@pytest.mark.parametrize("n_folds", [1, 2])
@pytest.mark.parametrize(
    "arms", [["none"], [SHARED], [VANILLA, AUGMENTED], ["none", SHARED, "SMOTE, pixels"], ARMS]
)
def test_missing_arms_leave_a_page(write, tmp_path, arms, n_folds):
    page = write(make_rows(arms, n_repeats=1, n_folds=n_folds))
    assert not re.search(r"\b(nan|inf|None)\b", page)
    assert "Not run: " in page
    assert (tmp_path / "results" / "samplers.png").stat().st_size > 0


def test_the_page_says_how_many_folds(write):
    rows = make_rows(n_repeats=1)
    rows = rows[(rows["arm"] != VANILLA) | (rows["fold"] < 2)]
    rows.loc[rows["fold"] == 0, "coverage"] = math.nan
    page = write(rows)
    assert "| `GANOverSampler` | 5 | 300 | 1500 | 0.5 (0.5 to 0.5) | 0.80 (4 folds) |" in page
    assert "| `VanillaGANOverSampler` | 2 | 300 | 1500 | 4 (4 to 4) | 0.80 (1 fold) |" in page
    assert "| real test images | 5 |  |  | 0.1 (0.1 to 0.1) | 0.60 |" in page
    assert "| oval | 2 | 0.5 | 4 | 8 | 0.90 | 0.90 |" in page
    assert "bccd --folds 0 1 --arms VanillaGANOverSampler\n" in page


def test_the_page_says_which_differences_exclude_zero(write):
    rows = change(make_rows(["none", SHARED, AUGMENTED]), AUGMENTED, list(SCORES), 0.846)
    rows.loc[(rows["arm"] == AUGMENTED) & (rows["fold"] % 2), SCORES[2]] = 0.9
    page = " ".join(write(rows).split())
    assert (
        "3 of 6 intervals exclude zero. `GANOverSampler` is above none in accuracy by 4.6 points; "
        "above none in balanced accuracy by 4.6 points; above none in macro-F1 by 4.6 points. "
        "The adjusted p is below 0.05 for 3 of them."
    ) in page


def test_an_interval_of_a_few_folds_is_no_finding(write):
    page = " ".join(write(make_rows(n_repeats=1, n_folds=4)).split())
    assert "No arm shares 5 folds with `GANOverSampler`: no difference is a finding yet." in page
    assert "exclude zero. `GANOverSampler` is" not in page


def test_warnings_are_counted(write):
    rows = make_rows(n_repeats=1)
    assert "Warnings" not in write(rows)
    told = [
        "",
        "Class oval was filled by copies: 1.5",
        "Class oval was filled by copies: 2 | Slow.",
    ]
    rows = rows.astype({"warnings": object})
    rows.loc[(rows["arm"] == SHARED) & (rows["fold"] < 3), "warnings"] = told
    page = write(rows)
    assert "- `GANOverSampler`, 2 times: Class oval was filled by copies\n" in page
    assert "- `GANOverSampler`, 1 time: Slow.\n" in page


def test_contact_sheets_are_shown_if_they_are_there(write, tmp_path):
    rows = make_rows(n_repeats=1)
    assert "gan_images.png" not in write(rows)
    (tmp_path / "results" / "gan_images.png").touch()
    page = write(rows)
    assert "](results/gan_images.png)" in page
    assert "gan_nearest.png" not in page


def test_changed_gans_stand_beside_the_default_on_their_folds(write):
    rows = make_rows(n_repeats=1)
    changed = rows[(rows["arm"] == SHARED) & (rows["fold"] == 0)].assign(arm="no moving average")
    changed = changed.assign(coverage=0.31)
    page = write(pd.concat([rows, changed]))
    section = page.partition("## Ingredients")[2]
    assert "| `GANOverSampler` | 1 | 300 | 1500 | 0.5 | 0.80 |" in section
    assert "| no moving average | 1 | 300 | 1500 | 0.5 | 0.31 |" in section
    assert "bccd --folds 0 --arms 'no moving average'\n" in section
    assert "no moving average" not in page.partition("## Ingredients")[0]
