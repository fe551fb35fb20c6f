"""The page of the speed suites, written from made-up rows; nothing is timed."""

import importlib.util
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
    rows = pd.DataFrame([{"commit": "c0ffee"} | row for row in rows])
    rows = rows.assign(machine="abacus, 2 cores")
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
    assert "Trials of a line: 3. Commit: c0ffee." in text


def test_trials_of_different_commits_are_not_compared(page, tmp_path):
    rows = [make_row("skwbc", 0, seconds=1), make_row("import sklearn", 0, seconds=2)]
    assert "| import | import sklearn | 2 | 2 |" in write(page, tmp_path, rows)
    rows[1]["commit"] = "older"
    text = write(page, tmp_path, rows)
    assert "| import | import sklearn | 2 |  |" in text
    assert "Commits: c0ffee (import: skwbc), older (import: import sklearn)." in text


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


def test_suites_take_turns_each_as_often_as_it_says(page, monkeypatch):
    spec = importlib.util.spec_from_file_location("run_benchmarks", BENCHMARKS / "__main__.py")
    main = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(main)
    run = []
    monkeypatch.setattr(main, "run_missing", lambda trial: run.append(tuple(trial.values())))
    main.run_suites(["start", "memory"])
    start, memory = (importlib.import_module(f"speed_{name}") for name in ("start", "memory"))
    turn = [("start", *trial) for trial in start.TRIALS]
    once = [("memory", *trial) for trial in memory.TRIALS]
    assert [trial[:3] for trial in run] == [*turn, *once, *turn, *turn]
    assert [trial[3] for trial in run] == [0] * len(turn + once) + [1] * len(turn) + [2] * len(turn)
    run.clear()
    main.run_suites(["memory"], 2)
    assert [trial[3] for trial in run] == [0] * len(once) + [1] * len(once)


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
    told = " ".join(text.split())
    assert (
        "By number of images, seconds of the classifier, one epoch, grow never more than in "
        "proportion, from 300 to 30,000. By side, seconds of the classifier, one epoch, grow never "
        "more than in proportion, from 32 to 64. Of the classifier, one epoch, not measured: 300 "
        "images of 128x128."
    ) in told
    assert "(results/performance_cost.png)" in text
    assert (tmp_path / "performance_cost.png").stat().st_size > 10_000


def test_cost_tells_where_it_grows_more_than_the_images(page, tmp_path):
    rows = [
        {
            **make_row(arm, 0),
            "suite": "cost",
            "case": f"{n:,} images of 64x64",
            "seconds": seconds,
            "peak memory (MB)": 100,
        }
        for arm in ("classifier, one epoch", "GAN, 1,600 images seen")
        for n, seconds in ((300, 10), (3_000, 30), (30_000, 600))
    ]
    told = " ".join(write(page, tmp_path, rows).split())
    assert (
        "By number of images, seconds of the GAN, 1,600 images seen, grow more than in proportion "
        "from 3,000 to 30,000 (20.0 times the seconds, 10 times the pixels)."
    ) in told


def find_goal(text, start):
    return next(line for line in text.splitlines() if line.startswith(f"| {start}"))


def test_goals_are_reached_in_every_case_or_not_at_all(page, tmp_path):
    def make_gan_row(case, arm, speed):
        return {**make_row(arm, 0), "suite": "gan", "case": case, "images a second": speed}

    rows = [
        make_gan_row("64x64", "skwbc", 300.0),
        make_gan_row("64x64", "plain, float32", 100.0),
        make_gan_row("96x96", "skwbc", 130.0),
    ]
    goal = find_goal(write(page, tmp_path, rows), "the GAN trains")
    assert goal.endswith("| 64x64: 3 | not measured |")
    rows.append(make_gan_row("96x96", "plain, float32", 100.0))
    goal = find_goal(write(page, tmp_path, rows), "the GAN trains")
    assert goal.endswith("| 64x64: 3; 96x96: 1.3 | not reached |")
    rows[-1]["images a second"] = 50.0
    goal = find_goal(write(page, tmp_path, rows), "the GAN trains")
    assert goal.endswith("| 64x64: 3; 96x96: 2.6 | reached |")


def test_two_jobs_may_not_be_slower(page, tmp_path):
    def weigh(seconds):
        rows = [
            {**make_row(arm, 0), "suite": "search", "case": "classifier", "seconds": value}
            for arm, value in (("one job", 100.0), ("two jobs", seconds))
        ]
        return find_goal(write(page, tmp_path, rows), "two jobs")

    assert weigh(80.0).endswith("| 0.8 | reached |")
    assert weigh(120.0).endswith("| 1.2 | not reached |")


def test_accuracies_are_compared_seed_by_seed(page, tmp_path):
    def weigh(*lost):
        rows = [
            {
                **make_row(arm, 0),
                "suite": "accuracy",
                "case": f"seed {seed}",
                "validation accuracy (%)": 60.0 + 10 * seed - lost[seed] * (arm == "skwbc"),
            }
            for seed in range(len(lost))
            for arm in ("skwbc", "skwbc, float32")
        ]
        return find_goal(write(page, tmp_path, rows), "bfloat16 costs")

    assert weigh(1.0).endswith("|  | not measured |")
    # by hand: mean -2, standard error 1 / sqrt(3), t of two degrees of freedom 4.303
    told = "| -2.0 points (-4.5 to +0.5), 3 seeds | too few seeds to tell |"
    assert weigh(1.0, 2.0, 3.0).endswith(told)
    assert weigh(2.0, 2.0, 2.1).endswith("| reached |")
    assert weigh(-9.0, 2.0, -20.0).endswith("| too few seeds to tell |")
    assert weigh(-5.0, -5.1, -5.2).endswith("| reached |")
    assert weigh(4.0, 4.0, 4.1).endswith("| not reached |")


def test_a_goal_in_seconds_is_told_in_seconds(page, tmp_path):
    rows = [
        {**make_row(arm, 0), "suite": "prediction", "case": f"{name}, 1", "ms": value}
        for name in ("CNNClassifier", "CompactCNNClassifier")
        for arm, value in (("skwbc", 14.0), ("network alone", 10.0))
    ]
    goal = find_goal(write(page, tmp_path, rows), "one image")
    assert goal.endswith("| CNNClassifier, 1: 1.4; CompactCNNClassifier, 1: 1.4 | reached |")
