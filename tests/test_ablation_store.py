"""The folder of a study: what is found there again, and what is lost by no accident."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import namedtuple

import numpy as np
import pandas as pd
import pytest
from dummy_studies import (
    ARMS,
    FAILING,
    FITTED,
    GROUPS,
    N_FITS,
    CountingClassifier,
    Y,
    fit_once,
    list_finished,
    look,
    make_images,
    make_study,
    run,
)
from numpy.testing import assert_array_equal

from skwbc import AblationStudy, _ablation_store, _ablation_study_fits
from skwbc._ablation_store import as_folder
from skwbc._versions import describe_machine, read_versions


@pytest.fixture(scope="module")
def study():
    return fit_once()


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    """A study, and its folder, of which no fit may be changed."""
    folder = tmp_path_factory.mktemp("study")
    study, n_fits = run(folder=folder)
    assert n_fits == N_FITS
    return study, folder


@pytest.fixture
def folder(fitted, tmp_path):
    """A copy of that folder, which may be changed."""
    return shutil.copytree(fitted[1], tmp_path / "study")


def test_all_fits_are_found_and_none_is_done(fitted):
    first, folder = fitted
    before = look(folder)
    again, n_fits = run(folder=folder, resume="only")
    assert n_fits == 0
    pd.testing.assert_frame_equal(again.results_, first.results_)
    pd.testing.assert_frame_equal(again.predictions_, first.predictions_)
    assert again.splits_[0].test.tolist() == first.splits_[0].test.tolist()
    assert look(folder) == before


def test_a_study_of_fewer_arms_is_found_too(fitted):
    arms = {name: ARMS[name] for name in ("common", "random")}
    study, n_fits = run(arms, folder=fitted[1], resume="only")
    assert (list(study.arms_), n_fits) == (["common", "random"], 0)


@pytest.mark.parametrize(
    ("change", "n_found", "n_all"),
    [
        ({"n_repeats": 3}, 16, 24),
        ({"arms": ARMS | {"prior": {"strategy": "prior"}}}, 16, 20),
        ({"budget": "epochs"}, 0, 16),
    ],
)
def test_fits_that_are_not_there_are_counted(fitted, change, n_found, n_all):
    expected = f"Expected all {n_all} fits of the study in .*, found {n_found}"
    with pytest.raises(_ablation_store.MissingFitsError, match=expected) as caught:
        run(folder=fitted[1], resume="only", **change)
    assert (caught.value.n_found, caught.value.n_all) == (n_found, n_all)
    assert FITTED == []


@pytest.mark.parametrize("changed", ["images", "classes"])
def test_other_data_are_refused(fitted, changed):
    X, y = make_images(), Y.copy()
    if changed == "images":
        X[0, 0, 0] ^= 1
    else:
        y[0] = "b"
    with pytest.raises(ValueError, match=r"that the fits in .* were made of, received others"):
        make_study(folder=fitted[1], resume="only").fit(X, y, GROUPS)


@pytest.mark.parametrize(
    ("X", "y"),
    [
        (np.asfortranarray(make_images()), Y),
        (make_images(), Y.astype(object)),
        (make_images(), Y.tolist()),
    ],
)
def test_the_same_data_in_another_form_are_found(fitted, X, y):
    study = make_study(folder=fitted[1], resume="only").fit(X, y, GROUPS)
    pd.testing.assert_frame_equal(study.results_, fitted[0].results_)


def test_a_folder_of_other_data_is_left_alone(folder):
    before = look(folder)
    X = make_images()
    X[0, 0, 0] ^= 1
    expected = r"the fits in .* were made of, received others. Choose another folder, or resume=F"
    with pytest.raises(ValueError, match=expected):
        make_study(folder=folder).fit(X, Y, GROUPS)
    after = [entry for entry in look(folder) if entry[0].name != ".lock"]
    assert after == [entry for entry in before if entry[0].name != ".lock"]
    assert run(folder=folder, resume="only")[1] == 0
    make_study(folder=folder, resume=False).fit(X, Y, GROUPS)
    make_study(folder=folder, resume="only").fit(X, Y, GROUPS)


def test_a_folder_without_fits_is_free(folder):
    for path in list_finished(folder):
        path.unlink()
    X = make_images()
    X[0, 0, 0] ^= 1
    make_study(folder=folder).fit(X, Y, GROUPS)


def test_a_folder_is_needed(tmp_path):
    with pytest.raises(ValueError, match="Expected a folder with resume='only'"):
        run(resume="only")
    with pytest.raises(ValueError, match=r"Expected the folder of a study, with .*origin.json"):
        run(folder=tmp_path / "new", resume="only")
    assert not (tmp_path / "new").exists()


def test_a_damaged_fit_is_an_error(folder):
    damaged = next((folder / "fits").glob("random-*.npz"))
    damaged.write_bytes(damaged.read_bytes()[:100])
    with pytest.raises(ValueError, match=r"random-.*npz can't be read"):
        run(folder=folder, resume="only")


def test_a_fit_that_failed_stays_failed(folder):
    first, _ = run(FAILING, folder=folder)
    again, n_fits = run(FAILING, folder=folder, resume="only")
    assert n_fits == 0
    pd.testing.assert_frame_equal(again.failures_, first.failures_)


@pytest.mark.usefixtures("unrendered")
def test_the_origin_is_that_of_the_fits(tmp_path, monkeypatch):
    old = read_versions() | {"keras": "3.0.0"}
    with monkeypatch.context() as patch:
        patch.setattr(_ablation_store, "read_versions", lambda: old)
        first, _ = run(folder=tmp_path)
        assert first.origin_["versions"] == old
    study, n_fits = run(folder=tmp_path, resume="only")
    assert (study.origin_, n_fits) == (first.origin_, 0)
    study.report(tmp_path)
    content = json.loads((tmp_path / "results.json").read_text())
    assert content["versions"] == old
    assert content["machine"] == describe_machine()
    again, n_fits = run(folder=tmp_path)  # with another Keras all is done again
    assert (again.origin_["versions"], n_fits) == (read_versions(), N_FITS)


def test_versions_that_made_no_fit_are_not_told(fitted, folder, monkeypatch):
    """A later Keras, a study that is stopped at once, and the Keras of before again."""

    def stop(*arguments, **settings):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        later = read_versions() | {"keras": "99.0.0"}
        patch.setattr(_ablation_store, "read_versions", lambda: later)
        patch.setattr(_ablation_study_fits, "run_tasks", stop)
        with pytest.raises(KeyboardInterrupt):
            run(folder=folder)
    again, n_fits = run(folder=folder)
    assert n_fits == 0
    assert again.origin_["versions"] == fitted[0].origin_["versions"]


def test_the_origin_is_kept_while_nothing_is_done(fitted, monkeypatch):
    first, folder = fitted
    monkeypatch.setattr(_ablation_store, "describe_machine", lambda: {"python": "another"})
    assert run(folder=folder)[0].origin_ == first.origin_
    assert run()[0].origin_["machine"] == {"python": "another"}


def test_finished_fits_are_found_again(fitted, folder, study):
    again, n_fits = run(folder=folder)
    assert n_fits == 0
    pd.testing.assert_frame_equal(again.results_, fitted[0].results_)
    pd.testing.assert_frame_equal(again.predictions_, study.predictions_)
    assert_array_equal(again.synthetic_["copies"][0], study.synthetic_["copies"][0])


@pytest.mark.parametrize(
    ("change", "n_fits"),
    [
        ({"n_repeats": 3}, 8),
        ({"arms": ARMS | {"prior": {"strategy": "prior"}}}, 4),
        ({"budget": "epochs"}, 16),
        ({"random_state": 1}, 16),
        ({"n_jobs": 1, "verbose": 1}, 0),
    ],
)
def test_only_what_changed_is_done_again(folder, change, n_fits):
    assert run(folder=folder, **change)[1] == n_fits


def test_all_is_done_again_and_nothing_else_is_touched(folder):
    (folder / "cache" / "of the user").write_text("precious")
    before = sorted(folder.rglob("*.npz"))
    assert run(folder=folder, resume=False)[1] == N_FITS
    assert sorted(folder.rglob("*.npz")) == before
    assert (folder / "cache" / "of the user").read_text() == "precious"


@pytest.mark.parametrize("resume", [True, False, "only"])
def test_a_folder_needs_a_seed(tmp_path, resume):
    with pytest.raises(ValueError, match="Expected a random_state with `folder`, received None"):
        run(folder=tmp_path / "new", random_state=None, resume=resume)
    assert not (tmp_path / "new").exists()


def test_failed_fits_are_tried_again(folder):
    for _ in range(2):
        study, n_fits = run(FAILING, folder=folder)
        assert (len(study.failures_), n_fits) == (4, 4)


def test_fits_that_were_found_are_told(folder, capsys):
    run(FAILING, folder=folder)
    capsys.readouterr()
    run(FAILING, folder=folder, verbose=1)
    lines = capsys.readouterr().err.splitlines()
    lines = [line.partition(": ")[2].split(", ") for line in lines if " of 20: " in line]
    assert len(lines) == 20
    assert all((arm == "failing") != ("found" in rest) for arm, *rest in lines)


@pytest.mark.parametrize("kind", ["cut", "empty", "overwritten"])
def test_a_damaged_file_is_told_and_done_again(folder, kind):
    damaged = next((folder / "fits").glob("random-*.npz"))
    content = damaged.read_bytes()
    found = {"cut": content[:100], "empty": b"", "overwritten": content[:200] + bytes(1000)}
    damaged.write_bytes(found[kind] + content[len(found[kind]) :] * (kind == "overwritten"))
    with pytest.warns(UserWarning, match="can't be read .*: this fit is done again"):
        assert run(folder=folder)[1] == 1


def test_two_studies_in_one_folder_refuse_each_other(folder):
    class Nested(CountingClassifier):
        def fit(self, X, y, sample_weight=None):
            make_study(folder=folder).fit(make_images(), Y)

    study = AblationStudy({"nested": Nested()}, ARMS, folder=folder, error_score="raise")
    with pytest.raises(BlockingIOError, match="Another study is at work in"):
        study.fit(make_images(), Y)
    run(folder=folder)  # once the other has ended


def test_a_file_system_without_locks_is_told(tmp_path, monkeypatch):
    def refuse(handle):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(_ablation_store, "_lock", refuse)
    with pytest.warns(UserWarning, match="knows no locks .*See to it that no other study") as told:
        assert make_study(folder=tmp_path).fit(make_images(), Y, GROUPS).results_ is not None
    assert told[0].filename == __file__


def test_another_error_of_locking_is_told_as_it_is(tmp_path, monkeypatch):
    def fail(handle):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(_ablation_store, "_lock", fail)
    with pytest.raises(OSError, match="Input/output error"):
        run(folder=tmp_path)


def test_a_relative_folder_is_meant_from_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert as_folder("here") == tmp_path / "here"


def test_full_disk_is_told_before_any_fit(tmp_path, monkeypatch):
    usage = namedtuple("Usage", "total used free")(10, 10, 0)
    monkeypatch.setattr("shutil.disk_usage", lambda folder: usage)
    FITTED.clear()
    with pytest.raises(OSError, match="has 0 MB left, but the study may need"):
        make_study(folder=tmp_path).fit(make_images(), Y)
    assert not FITTED


def test_room_is_wanted_for_the_samplers_in_the_folds_of_a_search(tmp_path, monkeypatch):
    wanted = []

    def refuse(folder, n_bytes):
        wanted.append(n_bytes)
        raise OSError("enough seen")

    monkeypatch.setattr(_ablation_study_fits, "own_folder", refuse)
    for grid in (None, {"dummy": {"random_state": [0]}}):
        with pytest.raises(OSError, match="enough seen"):
            make_study(folder=tmp_path, param_grid=grid).fit(make_images(), Y)
    assert wanted[1] == 4 * wanted[0] > 0  # once for all training images, and in three folds


def test_no_room_is_wanted_for_what_is_there_or_elsewhere(folder, tmp_path, monkeypatch):
    wanted = []
    real = _ablation_study_fits.own_folder

    def spy(folder, n_bytes):
        wanted.append(n_bytes)
        return real(folder, n_bytes)

    monkeypatch.setattr(_ablation_study_fits, "own_folder", spy)
    run(folder=folder)
    run(folder=folder, memory=str(tmp_path / "elsewhere"), resume=False)
    run(folder=tmp_path / "new", memory=str(tmp_path / "elsewhere"))
    assert wanted == [0, 0, 0]
    run(folder=tmp_path / "another")
    one_sampler = {name: ARMS[name] for name in ("common", "copies")}
    run(one_sampler, folder=tmp_path / "third")
    assert wanted[-1] == wanted[-2] > 0


@pytest.mark.parametrize("name", ["long " * 50, "\u767d\u7ec6\u80de" * 40])
def test_long_names_of_arms(tmp_path, name):
    arms = {f"{name}{end}": {"strategy": end} for end in ("most_frequent", "stratified")}
    study, n_fits = run(arms, folder=tmp_path)
    assert (n_fits, len(list_finished(tmp_path))) == (8, 8)
    again, n_fits = run(arms, folder=tmp_path)
    assert n_fits == 0
    pd.testing.assert_frame_equal(again.results_, study.results_)


def test_folder_that_is_a_file(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        run(folder=tmp_path / "file")


def test_ctrl_c_keeps_the_fits_that_are_done(tmp_path, study):
    class Interrupted(CountingClassifier):
        def fit(self, X, y, sample_weight=None):
            if len(FITTED) == 7:
                raise KeyboardInterrupt
            return super().fit(X, y)

    FITTED.clear()
    settings = {"cv": 2, "n_repeats": 2, "validation_size": 0.3, "folder": tmp_path}
    models = {"dummy": Interrupted()}
    with pytest.raises(KeyboardInterrupt):
        AblationStudy(models, ARMS, **settings).fit(make_images(), Y, GROUPS)
    assert len(list_finished(tmp_path)) == 7
    FITTED[:] = ["of before"] * 8
    again = AblationStudy(models, ARMS, **settings).fit(make_images(), Y, GROUPS)
    assert len(FITTED) == 8 + N_FITS - 7
    pd.testing.assert_frame_equal(again.predictions_, study.predictions_)


KILLED = """
import sys, time
sys.path.insert(0, {tests!r})
from dummy_studies import ARMS, GROUPS, CountingClassifier, Y, make_images
from skwbc import AblationStudy

class Slow(CountingClassifier):
    def fit(self, X, y, sample_weight=None):
        time.sleep({seconds})
        return super().fit(X, y)

study = AblationStudy(
    {{"dummy": Slow()}}, ARMS, cv=2, n_repeats=2, validation_size=0.3, folder={folder!r}
)
study.fit(make_images(), Y, GROUPS)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no such signal")
def test_a_killed_study_goes_on(tmp_path):
    def start(seconds):
        script = KILLED.format(
            tests=os.path.dirname(__file__), seconds=seconds, folder=str(tmp_path)
        )
        return subprocess.Popen([sys.executable, "-c", script])

    process = start(0.3)
    deadline = time.monotonic() + 120
    while len(list_finished(tmp_path)) < 3 and time.monotonic() < deadline:
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert 3 <= len(list_finished(tmp_path)) < N_FITS
    (tmp_path / "fits" / ".half.0123.npz").write_bytes(b"half")
    before = {path: path.stat().st_mtime_ns for path in list_finished(tmp_path)}
    assert start(0).wait() == 0
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert len(list_finished(tmp_path)) == N_FITS
    assert not list(tmp_path.glob("fits/.*"))
