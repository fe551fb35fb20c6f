"""The report as one file: complete, self-contained, and nothing in it is taken for markup."""

from html.parser import HTMLParser

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier

from skwbc import AblationStudy, AugmentationOverSampler

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
