"""The files of a report: what each of them says."""

import html
import json
from copy import copy
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from dummy_studies import (
    Y,
    make_images,
)
from sklearn.dummy import DummyClassifier

from skwbc import AblationStudy, AugmentationOverSampler
from skwbc._ablation_report import REPORT_FILES, _format_markdown
from skwbc._ablation_tables import (
    describe_differences,
    describe_intervals,
    describe_seed,
    find_seed,
)

BLANK = ["figures/differences.png", "figures/nearest.png"]  # of one arm without a sampler
ARMS = {"original": {}, "copies": {"sampler": AugmentationOverSampler()}}
NOTES = ("Images: of noise.", "It is a test.")
TEXTS = ("report.html", "report.md")


@pytest.fixture(scope="module", params=["honest", "published"])
def study(request):
    models = {"dummy": DummyClassifier(strategy="stratified")}
    return AblationStudy(models, ARMS, protocol=request.param, n_repeats=2).fit(make_images(), Y)


@pytest.fixture(scope="module")
def report(study, tmp_path_factory):
    """The folder of the study's report."""
    folder = tmp_path_factory.mktemp("report")
    study.report(folder, notes=NOTES)
    return folder


def read_text(folder, name):
    return (folder / name).read_text(encoding="utf-8")


def read_content(folder):
    return json.loads(read_text(folder, "results.json"), parse_constant=pytest.fail)


def test_json_holds_the_intervals(study, report):
    index = ["arm", "model", "score"]
    read = pd.DataFrame(read_content(report)["intervals"]).set_index(index)
    pd.testing.assert_frame_equal(read, study.intervals())


@pytest.mark.parametrize("name", TEXTS)
def test_texts_show_the_intervals(study, report, name):
    text = read_text(report, name)
    for value, low, high in (100 * study.intervals()).to_numpy():
        assert f"{value:.1f} ({low:.1f} to {high:.1f})" in text
    assert text.count("balanced accuracy (%)") == 1
    assert "<th>score</th>\n      <th>arm" not in text  # the name of the columns
    assert describe_intervals(study) in text


@pytest.mark.parametrize("name", TEXTS)
def test_texts_say_of_what_each_table_is(report, name):
    text = read_text(report, name)
    assert "Means over the 2 splits; the 95 % intervals and the constant guess are of the" in text
    assert "Scores of the test images of all splits at once, not means over the splits" in text


def test_one_split_is_named_as_one(study):
    once = copy(study)
    once.predictions_ = study.predictions_.query("repeat == 0 and fold == 0")
    assert describe_intervals(once).startswith("Scores of the test images of one split, ")


@pytest.mark.parametrize("name", TEXTS)
def test_texts_show_the_differences(study, report, name):
    text = html.unescape(read_text(report, name))
    is_compared = study.protocol == "honest"
    assert ("Differences from 'original'" in text) == is_compared
    assert ("is adjusted for the number of arms" in text) == is_compared
    if is_compared:
        assert describe_differences(study.compare()) in text
    assert text.count("| balanced accuracy | dummy | copies | ") == (
        is_compared and name == "report.md"
    )


def test_the_intervals_of_a_replay_are_of_synthetic_images_too(study):
    is_replay = study.protocol == "published"
    assert ("synthetic ones included" in describe_intervals(study)) == is_replay


def test_a_difference_that_cannot_be_is_explained_where_it_stands():
    row = {"n_folds": 2, "smallest_difference": 0.3}
    table = pd.DataFrame([row, row | {"smallest_difference": np.nan}])
    assert describe_differences(table).endswith("would find four times in five.")
    told = '"> 100" means that it would have to be larger than a difference can be: the study could'
    huge = pd.DataFrame([row, row | {"smallest_difference": 1.2}])
    assert told in describe_differences(huge)
    assert "> 100" not in describe_differences(huge.assign(smallest_difference=1.0))


@pytest.mark.usefixtures("unrendered")
def test_too_rare_classes_leave_all_open(tmp_path):
    """Ten classes with one image to test each."""
    arms = {"original": {}, "other": {"strategy": "uniform"}}
    study = AblationStudy({"dummy": DummyClassifier()}, arms, validation_size=0.3)
    study.fit(make_images(), np.repeat(list("abcdefghij"), 4))
    intervals = study.intervals()
    balanced = intervals.xs("balanced_accuracy", level="score")
    assert (balanced["high"] - balanced["low"]).min() > 0.2
    study.report(tmp_path)
    for name in TEXTS:
        text = html.unescape(read_text(tmp_path, name))
        assert "nan to nan" not in text
    assert "One split tells nothing of how far they spread" in read_text(tmp_path, "report.html")


def test_names_with_dollars_are_no_formulas(tmp_path):
    arms = {"plain": {}, "$x^$": {"sampler": AugmentationOverSampler()}}
    study = AblationStudy({"a/b $\\frac$": DummyClassifier()}, arms, validation_size=0.3)
    study.fit(make_images(), np.repeat(["a$^b$", "b$\\frac$"], [30, 10]))
    assert len(study.report(tmp_path)) == len(REPORT_FILES)


def test_notes_are_the_first_of_the_limits(study, report):
    assert read_content(report)["limits"] == [*NOTES, *study.limits()]
    for name in TEXTS:
        text = html.unescape(read_text(report, name))
        assert text.index(NOTES[0]) < text.index(NOTES[1]) < text.index(study.limits()[0])


@pytest.mark.usefixtures("unrendered")
def test_one_note_is_a_sentence(study, tmp_path):
    study.report(tmp_path, notes="It rained.")
    assert read_content(tmp_path)["limits"] == ["It rained.", *study.limits()]


def fit_copies(n_copies, protocol="published", cv=None):
    """Fit to 60 images, of which the last are copies of the first."""
    X = np.random.default_rng(0).integers(0, 256, (60, 6, 6, 1), dtype=np.uint8)
    X[60 - n_copies :] = X[:n_copies]
    study = AblationStudy({"dummy": DummyClassifier()}, {"original": {}}, protocol=protocol, cv=cv)
    return study.fit(X, np.tile(["a", "b"], 30))


@pytest.mark.usefixtures("unrendered")
def test_without_anything_to_show_there_is_no_file(study, tmp_path):
    study.report(tmp_path)
    one = AblationStudy({"dummy": DummyClassifier()}, {"alone": {}}, cv=2, validation_size=0.3)
    paths = one.fit(make_images(), Y).report(tmp_path)
    written = [path.relative_to(tmp_path).as_posix() for path in paths]
    assert written == [name for name in REPORT_FILES if name not in BLANK]
    assert sorted(paths) == sorted(path for path in tmp_path.rglob("*") if path.is_file())
    for name in TEXTS:
        text = read_text(tmp_path, name)
        assert "Differences" not in text
        assert "Empty DataFrame" not in text


@pytest.mark.usefixtures("unrendered")
def test_figures_of_something_else_are_not_removed(tmp_path):
    (tmp_path / "figures").mkdir()
    (tmp_path / "results.json").write_text('{"settings": 0}')
    mine = [tmp_path / name for name in BLANK]
    for path in mine:
        path.write_text("mine")
    one = AblationStudy({"dummy": DummyClassifier()}, {"alone": {}}, cv=2, validation_size=0.3)
    one.fit(make_images(), Y).report(tmp_path)
    assert [path.read_text() for path in mine] == ["mine"] * len(mine)


@pytest.mark.usefixtures("unrendered")
def test_predictions_name_the_files(study, tmp_path):
    names = [f"{row}.png" for row in range(len(Y))]
    study.report(tmp_path, names=names)
    table = pd.read_csv(tmp_path / "predictions.csv", keep_default_na=False)
    assert table.columns[3:7].tolist() == ["fold", "row", "file", "synthetic"]
    expected = ["" if row >= len(Y) else names[row] for row in table["row"]]
    assert table["file"].tolist() == expected
    assert ("" in expected) == (study.protocol == "published")


@pytest.mark.usefixtures("unrendered")
def test_names_may_be_of_a_table_in_another_order(study, tmp_path):
    names = [f"{row}.png" for row in range(len(Y))]
    table = pd.Series(names, index=np.random.default_rng(0).permutation(len(Y)))
    study.report(tmp_path, names=table)
    table = pd.read_csv(tmp_path / "predictions.csv", keep_default_na=False)
    table = table[~table["synthetic"]]
    assert table["file"].tolist() == [names[row] for row in table["row"]]


def test_the_first_line_of_an_error_is_told():
    class Failing(DummyClassifier):
        def fit(self, X, y, sample_weight=None):
            if self.strategy == "uniform":
                raise ValueError("X is odd.\nArguments received:\n  X=1")
            return super().fit(X, y)

    arms = {"fine": {}, "odd": {"strategy": "uniform"}}
    study = AblationStudy({"dummy": Failing()}, arms, validation_size=0.3).fit(make_images(), Y)
    told = "The fit of odd, dummy failed in repeat 0, fold 0: ValueError: X is odd."
    assert told in study.limits()


def test_without_names_predictions_have_rows_alone(report):
    assert "file" not in pd.read_csv(report / "predictions.csv")


@pytest.mark.parametrize(
    ("protocol", "cv", "told"),
    [
        ("published", None, "1 pair of near-duplicates was not kept on one side"),
        ("honest", [(range(40), range(40, 60))], "1 pair of near-duplicates is on both sides"),
    ],
)
@pytest.mark.filterwarnings("ignore:1 pair of images is nearly the same:UserWarning")
def test_one_pair_is_told_as_one(protocol, cv, told):
    study = fit_copies(1, protocol, cv)
    assert any(sentence.startswith(told) for sentence in study.limits())


@pytest.mark.usefixtures("unrendered")
def test_near_duplicates_are_named_by_row(tmp_path):
    study = fit_copies(22)
    study.report(tmp_path)
    content = read_content(tmp_path)
    assert content["siblings"] == [[row, row + 38] for row in range(22)]
    assert content["sibling_names"] is None
    for name in TEXTS:
        text = read_text(tmp_path, name)
        assert ("row 19" in text, "row 20" in text) == (True, False)
        assert "20 are shown, and 2 more are in results.json." in text


@pytest.mark.usefixtures("unrendered")
@pytest.mark.filterwarnings("ignore:.* pairs of images are nearly the same:UserWarning")
def test_near_duplicates_are_named_by_file(tmp_path):
    study = fit_copies(22, "honest")
    study.report(tmp_path, names=[f"<{row}>.png" for row in range(60)])
    content = read_content(tmp_path)
    named = [[f"<{row}>.png" for row in pair] for pair in content["siblings"]]
    assert content["sibling_names"] == named
    assert len(named) < 20
    for name in TEXTS:
        text = read_text(tmp_path, name)
        assert all(html.escape(part) in text for part in named[0]) == (name == "report.html")
        assert "one image was tested on and the other trained on" in text
        assert "more are in results.json" not in text


def test_without_near_duplicates_there_is_no_table(study, report):
    assert study.siblings_.empty
    assert not any("near-duplicate" in read_text(report, name).lower() for name in TEXTS)


def test_a_name_is_needed_for_each_image(study, tmp_path):
    with pytest.raises(ValueError, match="name for each of the 40 images, received 2"):
        study.report(tmp_path, names=["a", "b"])
    assert list(tmp_path.iterdir()) == []


def test_the_seed_is_told(study, report):
    # of a study that keeps none, and of one that does
    drawn = getattr(study, "seed_", None)
    assert read_content(report)["seed"] == drawn
    assert describe_seed(SimpleNamespace(random_state=3)) == "Random state: 3."
    for name in TEXTS:
        assert html.escape(describe_seed(study)) in read_text(report, name)


def test_a_seed_that_was_drawn_is_told():
    study = SimpleNamespace(random_state=None, seed_=np.int64(7))
    assert describe_seed(study) == "Random state: None, which gave the seed 7."
    assert json.dumps(find_seed(study)) == "7"


def test_names_do_not_break_a_table_in_markdown():
    table = pd.DataFrame({"file": ["a|b.png"]}, index=pd.Index(["one\ntwo"], name="image"))
    assert _format_markdown(table)[2] == r"| one two | a\|b.png |"
