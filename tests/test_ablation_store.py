"""A study that finds all of its fits in a folder, and does none."""

import json

import pandas as pd
import pytest
from test_ablation_folds import ARMS, FAILING, FITTED, GROUPS, Y, make_images, make_study, run

from skwbc import _ablation_store
from skwbc._versions import describe_machine, read_versions


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    """A study of 16 fits, and its folder."""
    folder = tmp_path_factory.mktemp("study")
    return run(folder=folder)[0], folder


def look(folder):
    """Tell all files of a folder, their content and their times."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [(path, path.read_bytes(), path.stat().st_mtime_ns) for path in files]


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


def test_a_folder_of_other_data_is_left_alone(tmp_path):
    run(folder=tmp_path)
    before = look(tmp_path)
    X = make_images()
    X[0, 0, 0] ^= 1
    expected = r"the fits in .* were made of, received others. Choose another folder, or resume=F"
    with pytest.raises(ValueError, match=expected):
        make_study(folder=tmp_path).fit(X, Y, GROUPS)
    after = [entry for entry in look(tmp_path) if entry[0].name != ".lock"]
    assert after == [entry for entry in before if entry[0].name != ".lock"]
    assert run(folder=tmp_path, resume="only")[1] == 0
    make_study(folder=tmp_path, resume=False).fit(X, Y, GROUPS)
    make_study(folder=tmp_path, resume="only").fit(X, Y, GROUPS)


def test_a_folder_without_fits_is_free(tmp_path):
    run(folder=tmp_path)
    for path in tmp_path.glob("fits/*.npz"):
        path.unlink()
    X = make_images()
    X[0, 0, 0] ^= 1
    make_study(folder=tmp_path).fit(X, Y, GROUPS)


def test_a_folder_is_needed(tmp_path):
    with pytest.raises(ValueError, match="Expected a folder with resume='only'"):
        run(resume="only")
    with pytest.raises(ValueError, match=r"Expected the folder of a study, with .*origin.json"):
        run(folder=tmp_path / "new", resume="only")
    assert not (tmp_path / "new").exists()


def test_a_damaged_fit_is_an_error(tmp_path):
    run(folder=tmp_path)
    damaged = next((tmp_path / "fits").glob("random-*.npz"))
    damaged.write_bytes(damaged.read_bytes()[:100])
    with pytest.raises(ValueError, match=r"random-.*npz can't be read"):
        run(folder=tmp_path, resume="only")


def test_a_fit_that_failed_stays_failed(tmp_path):
    first, _ = run(FAILING, folder=tmp_path)
    again, n_fits = run(FAILING, folder=tmp_path, resume="only")
    assert n_fits == 0
    pd.testing.assert_frame_equal(again.failures_, first.failures_)


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
    assert (again.origin_["versions"], n_fits) == (read_versions(), 16)


def test_the_origin_is_kept_while_nothing_is_done(fitted, monkeypatch):
    first, folder = fitted
    monkeypatch.setattr(_ablation_store, "describe_machine", lambda: {"python": "another"})
    assert run(folder=folder)[0].origin_ == first.origin_
    assert run()[0].origin_["machine"] == {"python": "another"}
