"""skwbc report, of a study of two short trainings on drawn cells."""

import contextlib
import io
import json
import shutil

import pytest
from dummy_studies import look
from PIL import Image

from skwbc import _ablation_study_fits, cli
from skwbc._ablation_files import REPORT_FILES
from skwbc._ablation_store import own_folder
from skwbc.datasets import make_blood_cells

SHORT = ["--image-shape", 8, 8, 3, "--epochs", 1, "--arms", "original", "copies", "--models", "CNN"]


def run(*arguments):
    return cli.main([str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """The folder of a study, "study", beside its images, "cells"."""
    root = tmp_path_factory.mktemp("report")
    cells = make_blood_cells(40, weights=[0.25] * 4, image_shape=(8, 8, 3), random_state=0)
    for i, (image, code) in enumerate(zip(cells.images, cells.target, strict=True)):
        path = root / "cells" / cells.target_names[code] / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        options = ["--samples-per-class", 8, "--crop", "none", "--no-resume"]
        assert run("ablation", "--data", "cells", "--out", "study", *options, *SHORT) == 0
    return root / "study"


@pytest.fixture
def copy(study, tmp_path):
    """A copy of the study's folder and of its images, that may be changed; it names the latter."""
    shutil.copytree(study.parent, tmp_path / "all")
    command = json.loads((study / "command.json").read_text())
    command["folder"] = str(tmp_path / "all")
    (tmp_path / "all" / "study" / "command.json").write_text(json.dumps(command))
    return tmp_path / "all" / "study"


@pytest.fixture(autouse=True)
def _train_nothing(monkeypatch):
    """Refuse training in the tests; the fixtures of the module come before."""

    def refuse(*_, **__):
        raise AssertionError("a fit was done")

    monkeypatch.setattr(_ablation_study_fits, "run_tasks", refuse)


def tell_error(capsys):
    """Give the error, which is all that was told."""
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("skwbc: error: ")
    return err


def test_the_report_is_written_anew(copy, study, capsys):
    for name in REPORT_FILES:
        (copy / name).unlink()
    assert run("report", copy) == 0
    assert all((copy / name).stat().st_size for name in REPORT_FILES)
    for name in ("results.csv", "predictions.csv", "report.md"):
        assert (copy / name).read_bytes() == (study / name).read_bytes()
    old, new = (json.loads((folder / "results.json").read_text()) for folder in (study, copy))
    assert {**new, "settings": 0} == {**old, "settings": 0}
    assert new["settings"].keys() == old["settings"].keys()
    assert new["settings"]["arms"] == old["settings"]["arms"]
    images, command, *_ = new["limits"]
    assert images == "Images: those of the folder of --data, whole, 8 x 8 pixels, 3 channels."
    assert command.startswith("Command: skwbc ablation --data cells --out study --samples-per")
    out, err = capsys.readouterr()
    assert "copies" in out
    assert out.endswith(f"{copy / REPORT_FILES[-1]}\n")
    assert err == ""


def test_out_leaves_the_folder_as_it_is(study, tmp_path):
    before = look(study)
    assert run("report", study, "--out", tmp_path / "other") == 0
    assert look(study) == before
    written = sorted(path for path in (tmp_path / "other").rglob("*") if path.is_file())
    assert written == sorted(tmp_path / "other" / name for name in REPORT_FILES)


def test_out_may_be_that_of_a_report_but_not_of_something_else(study, tmp_path, capsys):
    assert run("report", study, "--out", tmp_path) == 0
    (tmp_path / "results.csv").unlink()
    assert run("report", study, "--out", tmp_path) == 0
    assert (tmp_path / "results.csv").read_bytes() == (study / "results.csv").read_bytes()
    (tmp_path / "results.json").write_text("[]")
    capsys.readouterr()
    assert run("report", study, "--out", tmp_path) == 2
    assert f"{tmp_path / 'report.html'} is there, of no study" in tell_error(capsys)


def test_a_study_that_is_not_finished_is_told_how_to_go_on(copy, tmp_path, capsys):
    next((copy / "fits").glob("copies-*.npz")).unlink()
    assert run("report", copy, "--out", tmp_path / "other") == 2
    err = tell_error(capsys)
    assert "is not finished: 1 of its 2 fits are there. To go on: skwbc ablation --data" in err
    assert "--no-resume" not in err
    assert f"(in the folder {copy.parent})" in err
    assert not (tmp_path / "other").exists()


def test_changed_images_are_refused(copy, capsys):
    path = next((copy.parent / "cells").rglob("*.png"))
    Image.new("RGB", (8, 8)).save(path)
    assert run("report", copy) == 2
    assert "Expected the images and classes that the fits in" in tell_error(capsys)


def test_images_that_are_gone_may_be_elsewhere(copy, capsys):
    (copy.parent / "cells").rename(copy.parent / "moved")
    assert run("report", copy) == 2
    gone = f"The images of the study are gone: there is no folder {copy.parent / 'cells'}"
    assert gone in tell_error(capsys)
    before = (copy / "report.md").read_bytes()
    assert run("report", copy, "--data", copy.parent / "moved") == 0
    assert (copy / "report.md").read_bytes() == before


def test_a_folder_of_something_else(tmp_path, capsys):
    assert run("report", tmp_path) == 2
    assert "Expected a folder that skwbc ablation --out wrote" in tell_error(capsys)
    assert run("report", tmp_path, "--debug") == 2
    assert "ValueError: Expected a folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is damaged: JSONDecodeError"),
        ("{}", "is damaged: KeyError"),
        ('{"arguments": ["ablation", "--hopes", "9"], "folder": ""}', "arguments: --hopes 9"),
        ('{"arguments": ["ablation", "--help"], "folder": ""}', "asks for help"),
    ],
)
def test_a_command_that_cannot_be_read(tmp_path, capsys, text, message):
    (tmp_path / "command.json").write_text(text)
    assert run("report", tmp_path) == 2
    assert message in tell_error(capsys)


def test_a_command_that_fails_early_is_not_kept(copy, capsys):
    before = (copy / "command.json").read_bytes()
    assert run("ablation", "--data", "nowhere", "--out", copy) == 2
    assert (copy / "command.json").read_bytes() == before


@pytest.mark.parametrize("protocol", ["honest", "both"])
def test_a_command_that_is_refused_is_not_kept(copy, capsys, protocol):
    before = (copy / "command.json").read_bytes()
    options = ["--data", copy.parent / "cells", "--crop", "none", "--out", copy, *SHORT]
    with own_folder(copy, 0):  # as a study at work has it
        assert run("ablation", *options, "--protocol", protocol) == 2
    assert "Another study is at work in" in tell_error(capsys)
    assert (copy / "command.json").read_bytes() == before


def test_a_command_with_other_images_is_refused(copy, capsys):
    kept = [copy / "command.json", copy / "fits" / "origin.json"]
    before = [path.read_bytes() for path in kept]
    next((copy.parent / "cells").rglob("*.png")).unlink()
    options = ["--data", copy.parent / "cells", "--crop", "none", "--out", copy, *SHORT]
    assert run("ablation", *options) == 2
    err = tell_error(capsys)
    assert (
        f"error: {copy} has fits of other images: the files, --data, --image-shape, --crop" in err
    )
    assert "Give another folder by --out" in err
    assert [path.read_bytes() for path in kept] == before


@pytest.fixture(scope="module")
def both(study):
    """The folder of a study by both protocols, and what was printed of it."""
    out, told = study.parent / "both", io.StringIO()
    options = ["--data", study.parent / "cells", "--protocol", "both", "--out", out]
    with contextlib.redirect_stdout(told):
        assert run("ablation", *options, *SHORT, "--arms", "original") == 0
    return out, told.getvalue()


def test_a_report_of_both_protocols(both, tmp_path, capsys):
    out, told = both
    assert run("report", out, "--out", tmp_path / "new") == 0
    # the command names the old folder, in both
    written = capsys.readouterr().out.replace(str(out), str(tmp_path / "new"))
    assert written == told.replace(str(out), str(tmp_path / "new"))
    for name in ("protocols.csv", "published/results.csv", "honest/results.csv"):
        assert (tmp_path / "new" / name).read_bytes() == (out / name).read_bytes()


def test_nothing_is_written_of_both_unless_both_are_finished(both, tmp_path, capsys):
    out = shutil.copytree(both[0], tmp_path / "both")
    shutil.copytree(both[0].parent / "cells", tmp_path / "cells")
    next((out / "honest" / "fits").glob("*.npz")).unlink()
    assert run("report", out, "--out", tmp_path / "new") == 2
    assert "is not finished: 0 of its 1 fits are there" in tell_error(capsys)
    assert not (tmp_path / "new").exists()


def test_an_interrupted_report_names_its_files(study, tmp_path, capsys, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("skwbc._ablation_report._write_markdown", interrupt)
    assert run("report", study, "--out", tmp_path) == 130
    err = capsys.readouterr().err
    assert err == f"\nskwbc: interrupted. Complete files: {tmp_path / 'report.html'}.\n"
