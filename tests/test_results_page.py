"""The page of results and the fits that it is made of, of studies that learn nothing."""

import importlib
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import RandomOverSampler
from sklearn.dummy import DummyClassifier

from skwbc import AblationStudy, AugmentationOverSampler

DOCS = Path(__file__).parents[1] / "docs"
HEADING = "## Published, replayed, and measured on real images"


@pytest.fixture
def make_results(monkeypatch):
    monkeypatch.syspath_prepend(DOCS)
    return importlib.import_module("make_results")


@pytest.fixture
def study_fits(monkeypatch):
    monkeypatch.syspath_prepend(DOCS)
    return importlib.import_module("study_fits")


def report(protocol, sampler, folder):
    X = np.random.default_rng(0).integers(0, 256, (40, 6, 6, 1), dtype=np.uint8)
    arms = {"original": {}, "GAN": {"sampler": sampler}}
    study = AblationStudy({"CNN": DummyClassifier()}, arms, protocol=protocol)
    study.fit(X, np.repeat(["a", "b"], [28, 12])).report(folder)
    return folder


def test_the_page_names_the_samplers_of_both_protocols(make_results, tmp_path, monkeypatch):
    monkeypatch.setattr(make_results, "describe_gan", lambda replay: "no GAN")
    reports = {
        protocol: make_results.read_report(report(protocol, sampler, tmp_path / protocol))
        for protocol, sampler in (
            ("honest", RandomOverSampler()),
            ("published", AugmentationOverSampler()),
        )
    }
    lines = make_results.format_page(reports, ["skwbc ablation"], "It rained.", "Noise.")
    assert "- The images of the replay's GANs, below, by eye: Noise." in lines
    assert any(line.endswith(" It rained.") for line in lines)
    assert (
        "- Rows of the honest study whose accuracy is above that of a constant guess, by its "
        "interval: none. The highest balanced accuracy, over the test images of all splits at "
        "once, is that of CNN (original), 50.0 %; the tables have means over the splits. A guess "
        "has 50.0 %."
    ) in lines
    section = lines[lines.index(HEADING) : lines.index("## What follows, and what does not")]
    assert (
        "- In 'GAN' the sampler is AugmentationOverSampler in the replay, but RandomOverSampler in "
        "the honest study. The scores differ by the sampler, too, not by the protocol alone."
    ) in section


def test_the_page_is_written_anew_from_what_was_kept(make_results, tmp_path, monkeypatch):
    monkeypatch.setattr(make_results, "describe_gan", lambda replay: "no GAN")
    monkeypatch.setattr(make_results, "DOCS", tmp_path / "docs")
    (tmp_path / "docs").mkdir()
    folders = {name: tmp_path / name for name in make_results.FIGURES}
    for name, folder in folders.items():
        report(name, RandomOverSampler(), folder)
    make_results.main([*map(str, folders.values()), "skwbc ablation", "--seen", "Noise."])
    page = tmp_path / "docs" / "results.md"
    first = page.read_text(encoding="utf-8")
    assert "by eye: Noise." in first
    for folder in folders.values():
        shutil.rmtree(folder)
    page.unlink()
    make_results.main([])
    assert page.read_text(encoding="utf-8") == first
    figures = {f"{name}_{file}" for name in folders for file in make_results.FIGURES[name]}
    names = {path.name for path in (tmp_path / "docs" / "results").iterdir()}
    assert names == {"reports.json", *figures}


def test_a_long_command_is_broken_where_a_shell_goes_on(make_results):
    command = "skwbc ablation --arms " + " ".join(["original"] * 12)
    broken = make_results.break_command(command)
    assert broken.replace(" \\\n   ", "") == command
    assert max(map(len, broken.splitlines())) <= 100


def test_a_study_goes_on_from_the_fits_that_were_kept(study_fits, tmp_path):
    def study(folder, n_repeats, resume=True):
        X = np.random.default_rng(0).integers(0, 256, (40, 6, 6, 1), dtype=np.uint8)
        models = {"CNN": DummyClassifier(strategy="stratified")}
        arms = {"GAN": {"sampler": AugmentationOverSampler()}}
        settings = {"cv": 2, "n_repeats": n_repeats, "folder": folder, "resume": resume}
        return AblationStudy(models, arms, **settings).fit(X, np.repeat(["a", "b"], [28, 12]))

    first, second, file = tmp_path / "first", tmp_path / "second", tmp_path / "fits.tar.xz"
    study(first, 2)
    study_fits.main(["keep", str(first), str(file)])
    study_fits.main(["restore", str(file), str(second)])
    whole = study(second, 2, resume="only")
    pd.testing.assert_frame_equal(whole.predictions_, study(tmp_path / "third", 2).predictions_)
    assert len(whole.synthetic_["GAN"][0])
    sizes = [path.stat().st_size for path in sorted((second / "fits").glob("*.npz"))]
    assert len(sizes) == 4
    assert sizes[0] > max(sizes[1:])  # the synthetic images of the first
    study(second, 3)  # two fits more, and those of before where they were
    assert study_fits.restore_fits(second, file) == 0
    assert study_fits.keep_fits(second, file) == 6


@pytest.mark.parametrize("content", [None, b"no archive"])
def test_what_is_no_study_or_no_archive_is_refused(study_fits, content, tmp_path, capsys):
    file = tmp_path / "fits.tar.xz"
    words = ["keep", str(tmp_path / "none"), str(file)]
    if content is not None:
        file.write_bytes(content)
        words = ["restore", str(file), str(tmp_path / "study")]
    with pytest.raises(SystemExit):
        study_fits.main(words)
    told = capsys.readouterr().err
    assert ("expected the folder of a study" if content is None else "not an lzma file") in told
    assert [path.name for path in tmp_path.iterdir()] == ["fits.tar.xz"] * (content is not None)
