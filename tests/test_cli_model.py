"""skwbc train and predict, on small images and with short trainings."""

import csv
import io
import json
import os
import re
import warnings
from pathlib import Path

import numpy as np
import pytest
from cell_photos import draw_photo, run, write_photos
from PIL import Image

import skwbc
from skwbc._cli_model import _keep_apart
from skwbc._cli_predict import list_images
from skwbc.datasets._listed_files import list_files


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    return write_photos(tmp_path_factory.mktemp("photos"))


@pytest.fixture(scope="module")
def model(photos, tmp_path_factory):
    """A model of crops of 16 x 16."""
    path = tmp_path_factory.mktemp("models") / "new" / "model.skwbc"
    options = ["--image-shape", 16, 16, 3, "--epochs", 60]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        assert run("train", photos, "-o", path, *options) == 0
    return path


def test_train_tells_what_it_was_trained_on(photos, tmp_path, capsys):
    out = tmp_path / "m.skwbc"
    options = ["--image-shape", 8, 8, 3, "--epochs", 1, "--model", "CNN", "--crop", "none"]
    assert run("train", photos, "-o", out, *options) == 0
    told = capsys.readouterr().out
    assert "34 images: long 14, round 20\nWhole, 8 x 8 pixels\n" in told
    assert re.search(r"Accuracy on the images held out: \d+ %", told)
    assert str(out) in told
    loaded = skwbc.load(out)
    assert [type(step).__name__ for _, step in loaded.steps] == ["CNNClassifier"]
    assert loaded[-1].image_shape_ == (8, 8, 3)


@pytest.mark.parametrize("is_link", [False, True])
def test_a_place_that_cannot_be_written_is_told_before_training(
    photos, model, tmp_path, capsys, monkeypatch, is_link
):
    out = tmp_path / "m.skwbc"
    if is_link:
        (tmp_path / "file").touch()
        out.symlink_to(tmp_path / "file" / "m.skwbc")  # below no folder
    else:
        out.write_bytes(model.read_bytes())
        monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != out)
    monkeypatch.setattr("skwbc._cli_model._make_pipeline", lambda *_: pytest.fail("it was trained"))
    assert run("train", photos, "-o", out) == 2
    assert re.search(
        r"skwbc: error: .*(Permission denied|Not a directory|exists)", capsys.readouterr().err
    )


@pytest.fixture
def interrupted_at_once(monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("skwbc._keras_wrapper._Wrapper.fit", interrupt)


@pytest.mark.usefixtures("interrupted_at_once")
def test_train_that_is_interrupted_at_once_writes_the_model(photos, tmp_path, capsys):
    options = ["--image-shape", 8, 8, 3, "--model", "CNN", "--crop", "none"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        assert run("train", photos, "-o", tmp_path / "m.skwbc", *options) == 130
    assert "Accuracy" not in capsys.readouterr().out
    assert (tmp_path / "m.skwbc").exists()


@pytest.mark.usefixtures("interrupted_at_once")
def test_a_training_that_is_interrupted_replaces_no_model(photos, tmp_path, capsys):
    old = tmp_path / "m.skwbc"
    skwbc.save(skwbc.StainNormalizer(), old)
    before = old.read_bytes()
    options = ["--image-shape", 8, 8, 1, "--model", "CNN", "--crop", "none"]
    with warnings.catch_warnings():
        warnings.simplefilter("default", UserWarning)
        assert run("train", photos, "-o", old, *options) == 130
    out, err = capsys.readouterr()
    assert "Whole, 8 x 8 pixels, grey\n" in out
    beside = tmp_path / "m.interrupted.skwbc"
    assert f"{old} stays as it was; what was interrupted is in {beside}" in err
    assert old.read_bytes() == before
    assert type(skwbc.load(beside)[-1]).__name__ == "CNNClassifier"
    with pytest.warns(UserWarning, match="stays as it was"):
        assert _keep_apart(old) == tmp_path / "m.interrupted-2.skwbc"


def test_a_folder_as_out_is_refused_before_training(photos, tmp_path, capsys):
    assert run("train", photos, "-o", tmp_path) == 2
    assert "Expected a file as --out" in capsys.readouterr().err


def test_a_model_holds_the_cropping(model):
    loaded = skwbc.load(model)
    assert list(loaded.named_steps) == ["crop", "classifier"]
    assert loaded["crop"].crop_shape == (16, 16)
    assert loaded["crop"].image_shape_ == (120, 160, 3)
    photo = draw_photo("long", 120, 160)
    assert loaded.predict(photo[None]).tolist() == ["long"]


def test_predict_writes_a_line_for_each_image_and_the_count(model, photos, capsys):
    assert run("predict", model, photos / "long", photos / "round" / "01.png") == 0
    out = capsys.readouterr().out
    lines = [line.split() for line in out.splitlines() if ".png" in line]
    assert [line[1] for line in lines] == ["long"] * 14 + ["round"]
    assert re.search(r"long +14 +93.3 % +\(70.2 to 98.8\)", out)


def test_predict_as_csv(model, photos, capfdbinary):
    assert run("predict", model, photos, "--csv") == 0
    out, err = (text.decode() for text in capfdbinary.readouterr())
    assert re.findall("\r?\n", out) == [os.linesep] * 35
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["class"] for row in rows] == ["long"] * 14 + ["round"] * 20
    photo = draw_photo("long", 120, 160)  # that of the first file
    probability = skwbc.load(model).predict_proba(photo[None]).max()
    assert float(rows[0]["probability"]) == pytest.approx(probability, abs=1e-4)
    left, top, right, bottom = (int(rows[0][s]) for s in ("left", "top", "right", "bottom"))
    assert left < 80 < right
    assert top < 60 < bottom
    assert re.search(r"round +20 +58.8 %", err)


def test_unreadable_images_are_named_and_the_others_done(model, photos, tmp_path, capsys):
    (tmp_path / "text.png").write_text("no image")
    whole = (photos / "long" / "00.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "good.png").write_bytes(whole)
    for name in (".hidden", "Thumbs.db"):
        (tmp_path / name).write_text("not looked at")
    assert run("predict", model, tmp_path, tmp_path / "missing.png", "--json") == 1
    out, err = capsys.readouterr()
    answer = json.loads(out)
    assert [line["class"] for line in answer["images"]] == ["long"]
    assert answer["images"][0]["probabilities"].keys() == {"long", "round"}
    broken = [tmp_path / name for name in ("cut.png", "text.png", "missing.png")]
    assert [line["file"] for line in answer["unreadable"]] == list(map(str, broken))
    assert [count["n"] for count in answer["counts"]] == [1, 0]
    assert err.count("skwbc: error: ") == 3


def test_no_photo_is_left_out_in_silence(model, photos, tmp_path, capsys):
    photo = photos / "long" / "00.png"
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "link").symlink_to(photos / "long", target_is_directory=True)
    (tmp_path / "in" / "round.png").symlink_to(tmp_path / "gone.png")
    (tmp_path / "in" / "again").symlink_to(tmp_path / "in", target_is_directory=True)
    (tmp_path / "in" / "itself.png").symlink_to(tmp_path / "in" / "itself.png")
    assert run("predict", model, tmp_path / "in", "--json") == 1
    answer = json.loads(capsys.readouterr().out)
    assert len(answer["images"]) == 14
    unreadable = [Path(line["file"]).name for line in answer["unreadable"]]
    assert unreadable == ["itself.png", "round.png"]
    with pytest.warns(UserWarning, match="2 of the files are named more than once"):
        list_images([photo, photos / "long", photo.parent / ".." / "long" / photo.name], None)


def test_a_folder_that_cannot_be_opened_is_named(model, photos, tmp_path, capsys, monkeypatch):
    (tmp_path / "shut").mkdir()
    (tmp_path / "good.png").write_bytes((photos / "long" / "00.png").read_bytes())
    scan = os.scandir

    def refuse(path):
        if os.fspath(path).endswith("shut"):
            raise PermissionError(13, "Permission denied", os.fspath(path))  # root is never refused
        return scan(path)

    monkeypatch.setattr("os.scandir", refuse)
    assert run("predict", model, tmp_path, "--json") == 1
    answer = json.loads(capsys.readouterr().out)
    assert len(answer["images"]) == 1
    assert answer["unreadable"][0]["file"] == str(tmp_path / "shut")
    with pytest.raises(PermissionError):
        list_files(tmp_path)


def test_a_photo_without_a_window_is_named_and_the_others_done(model, photos, tmp_path, capsys):
    Image.new("RGB", (40, 7)).save(tmp_path / "line.png")
    loaded = skwbc.load(model)
    loaded.set_params(crop__on_missing="error", crop__image_shape=(60, 80, 3))
    skwbc.save(loaded, tmp_path / "strict.skwbc")
    Image.new("RGB", (40, 30), "white").save(tmp_path / "white.png")
    files = [tmp_path / "line.png", tmp_path / "white.png", photos / "long" / "00.png"]
    assert run("predict", tmp_path / "strict.skwbc", *files, "--json") == 1
    answer = json.loads(capsys.readouterr().out)
    assert [line["class"] for line in answer["images"]] == ["long"]
    errors = [line["error"] for line in answer["unreadable"]]
    assert "line.png: expected 8 x 8 pixels or more, received 7 x 40" in errors[0]
    assert "white.png: " in errors[1]


@pytest.mark.filterwarnings("always::UserWarning")
def test_photos_without_a_cell_or_with_several_are_named(model, photos, tmp_path, capsys):
    cell = np.asarray(Image.open(photos / "round" / "01.png"))
    Image.fromarray(np.hstack([cell, cell])).save(tmp_path / "two.png")
    Image.new("RGB", (160, 120), (225, 215, 220)).save(tmp_path / "blank.png")
    assert run("predict", model, tmp_path, photos / "round" / "01.png", "--csv") == 0
    out, err = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["cells"] for row in rows] == ["0", "2", "1"]
    assert rows[0]["left"] == ""
    none, several, *_ = err.splitlines()
    assert re.search(r"warning: 1 of the photos show no cell .*blank\.png\.$", none)
    assert re.search(r"warning: 1 of the photos show several .*two\.png\.$", several)
    assert "Share of each class among 3 images, with its 95 % interval:" in err


def test_a_file_that_is_no_model_is_not_replaced(photos, tmp_path, capsys):
    table = tmp_path / "precious.csv"
    table.write_text("a,b")
    assert run("train", photos, "-o", table) == 2
    assert "precious.csv is there, and is no model" in capsys.readouterr().err
    assert table.read_text() == "a,b"


def test_images_of_a_gan_without_one_are_refused(photos, tmp_path, capsys):
    assert run("train", photos, "-o", tmp_path / "m.skwbc", "--gan-images", 64) == 2
    assert "--gan-images is for a GAN: add --gan." in capsys.readouterr().err
    assert not (tmp_path / "m.skwbc").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["predict", ""],
        ["predict", "a.skwbc", ""],
        ["train", ""],
        ["train", "photos", "--out", ""],
        ["train", "photos", "--labels", ""],
        ["generate", ""],
        ["generate", "a.skwbc", "--out", ""],
        ["ablation", "--data", ""],
        ["ablation", "--out", ""],
        ["report", ""],
        ["report", "study", "--out", ""],
        ["report", "study", "--data", ""],
    ],
)
def test_an_empty_name_is_not_the_present_folder(arguments, capsys):
    with pytest.raises(SystemExit, match="2"):
        run(*arguments)
    assert "received an empty name" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: folder, "Expected images in .*, found no file"),
        (lambda folder: folder / "missing.png", "None of the images could be read"),
    ],
)
def test_predict_without_images(model, tmp_path, capsys, make, message):
    assert run("predict", model, make(tmp_path)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert re.search(message, err)


def test_predict_needs_a_classifier(tmp_path, capsys):
    path = tmp_path / "cropper.skwbc"
    skwbc.save(skwbc.CellCropper(), path)
    assert run("predict", path, tmp_path) == 2
    assert (
        "Expected a model that classifies images; CellCropper does not" in capsys.readouterr().err
    )


def test_a_file_that_is_no_model_is_refused(tmp_path, capsys):
    path = tmp_path / "model.skwbc"
    path.write_text("nothing")
    assert run("predict", path, tmp_path) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
