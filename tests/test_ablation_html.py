"""The report as one file: complete, self-contained, and nothing in it is taken for markup."""

from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier

from skwbc import AblationStudy, AugmentationOverSampler
from skwbc._ablation_verdict import choose_reference, tell_verdict

VOID = {"meta", "link", "img", "br"}
NASTY = "<b>&\"'"


class Page(HTMLParser):
    """Collects tags, addresses and text, and fails where tags are not closed in order."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.addresses, self.text = [], [], [], ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.addresses += [v for name, v in attributes if name in ("src", "href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def study():
    X = np.random.default_rng(0).integers(0, 256, (40, 6, 6, 1), dtype=np.uint8)
    y = np.repeat(["a", NASTY], [28, 12])
    arms = {
        "traditional": {"strategy": "most_frequent"},
        NASTY: {"sampler": AugmentationOverSampler(), "strategy": "stratified"},
    }
    return AblationStudy({"dummy": DummyClassifier()}, arms, cv=3, n_repeats=2).fit(X, y)


@pytest.fixture(scope="module")
def page(study, tmp_path_factory):
    return Page(study.report(tmp_path_factory.mktemp("report"))[0].read_text(encoding="utf-8"))


def test_page_needs_no_network(page):
    assert page.tags.count("img") == 6
    assert all(address.startswith("data:") for address in page.addresses)
    assert "script" not in page.tags


def test_page_tells_all(page, study):
    for sentence in (*study.verdict(), *study.limits()):
        assert sentence in page.text
    assert page.text.index(study.verdict()[0]) < page.text.index("Scores on real test images")
    headings = ["Differences from 'traditional'", "Class by class", "Data", "Settings"]
    assert all(heading in page.text for heading in headings)
    assert "tensorflow" in page.text


def test_names_are_no_markup(page):
    assert NASTY in page.text
    assert "b" not in page.tags


def test_one_arm_has_nothing_to_be_compared_with(tmp_path):
    X = np.random.default_rng(0).integers(0, 256, (40, 6, 6, 1), dtype=np.uint8)
    y = np.repeat(["a", "b"], [28, 12])
    study = AblationStudy({"dummy": DummyClassifier()}, {"alone": {}}).fit(X, y)
    assert study.verdict() == ["One arm alone was run: there is nothing to compare it with."]
    text = study.report(tmp_path)[0].read_text()
    assert "Differences" not in Page(text).text


class Told:
    """A study of which all that is known are its differences."""

    protocol = "honest"

    def __init__(self, arms=("original", "traditional", "GAN"), models=("CNN",), **row):
        self.arms_ = {name: {"sampler": "any"} if name == "GAN" else {} for name in arms}
        self.models_ = dict.fromkeys(models)
        self.row = {
            "difference": 0.012,
            "low": -0.02,
            "high": 0.041,
            "p_adjusted": 0.5,
            "n_folds": 15,
            "smallest_difference": 0.043,
        } | row

    def compare(self, reference):
        self.reference = reference
        others = [arm for arm in self.arms_ if arm != reference]
        index = pd.MultiIndex.from_product([["balanced_accuracy"], self.models_, others])
        return pd.DataFrame([self.row] * len(index), index=index)


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        (
            {},
            "+1.2 points of balanced accuracy, 95 % interval -2.0 to +4.1: not distinguishable "
            "from traditional. This study could have found 4.3 points.",
        ),
        (
            {"p_adjusted": 0.04, "low": 0.001},
            "+1.2 points of balanced accuracy, 95 % interval +0.1 to +4.1: better than "
            "traditional.",
        ),
        (
            {"p_adjusted": 0.04, "difference": -0.012, "high": -0.001},
            "-1.2 points of balanced accuracy, 95 % interval -2.0 to -0.1: worse than traditional.",
        ),
        (
            {"n_folds": 4, "p_adjusted": 0.001},
            "+1.2 points of balanced accuracy against traditional, on 4 splits: too few to tell "
            "anything.",
        ),
        (
            {"n_folds": 1},
            "+1.2 points of balanced accuracy against traditional, on one split: too few to tell "
            "anything.",
        ),
        (
            {"difference": np.nan, "n_folds": 0},
            "could not be compared with traditional, because fits failed.",
        ),
    ],
)
def test_verdict(row, verdict):
    assert tell_verdict(Told(**row)) == [f"GAN: {verdict}"]


def test_verdict_of_several_models_names_them():
    told = tell_verdict(Told(models=("CNN", "CNN-RNN")))
    assert [sentence.split(":")[0] for sentence in told] == ["GAN (CNN)", "GAN (CNN-RNN)"]


def test_without_a_sampler_all_arms_are_told():
    told = tell_verdict(Told(arms=("original", "traditional", "class weights")))
    assert [sentence.split(":")[0] for sentence in told] == ["original", "class weights"]


def test_reference_is_what_a_gan_has_to_beat():
    arms = ["original", "traditional", "augmented copies", "GAN"]
    assert choose_reference(dict.fromkeys(arms)) == "augmented copies"
    assert choose_reference(dict.fromkeys(arms[:2])) == "traditional"
    assert choose_reference(dict.fromkeys(["none", "GAN"])) == "none"
