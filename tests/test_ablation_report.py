"""The files of a report: what each of them says."""

import html
import json

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier

from skwbc import AblationStudy, AugmentationOverSampler
from skwbc._ablation_tables import describe_intervals

Y = np.repeat(["a", "b"], [28, 12])
ARMS = {"original": {}, "copies": {"sampler": AugmentationOverSampler()}}
NOTES = ("Images: of noise.", "It is a test.")
TEXTS = ("report.html", "report.md")


def make_images():
    return np.random.default_rng(0).integers(0, 256, (40, 6, 6, 1), dtype=np.uint8)


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
    return json.loads(read_text(folder, "results.json"))


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
    assert describe_intervals(study) in text


def test_the_intervals_of_a_replay_are_of_synthetic_images_too(study):
    is_replay = study.protocol == "published"
    assert ("synthetic ones included" in describe_intervals(study)) == is_replay


def test_notes_are_the_first_of_the_limits(study, report):
    assert read_content(report)["limits"] == [*NOTES, *study.limits()]
    for name in TEXTS:
        text = html.unescape(read_text(report, name))
        assert text.index(NOTES[0]) < text.index(NOTES[1]) < text.index(study.limits()[0])
