"""The images of skwbc ablation."""

import os
import re
import sys

import numpy as np
import pytest
from fake_study import run
from PIL import Image

import skwbc


def test_data_of_a_folder(make_study, cell_folder, tmp_path):
    options = ["--image-shape", 4, 5, 3, "--out", tmp_path / "out"]
    assert run("ablation", "--data", cell_folder, *options) == 0
    study = make_study()
    assert study.X.shape == (8, 4, 5, 3)
    assert study.y.tolist() == ["long"] * 4 + ["round"] * 4
    assert study.groups[0] == "long/0"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere all names are text")
def test_a_class_of_which_the_name_is_no_text_has_a_report(cell_folder, tmp_path):
    (cell_folder / "round").rename(cell_folder / os.fsdecode(b"rund\xe9"))
    options = ["--models", "CNN", "--arms", "original", "--epochs", 1, "--image-shape", 8, 8, 1]
    assert run("ablation", "--data", cell_folder, *options, "--out", tmp_path / "out") == 0
    assert "rund\\udce9" in (tmp_path / "out" / "report.html").read_text("utf-8")


@pytest.mark.filterwarnings("default:.* nearly the same")
def test_photos_that_are_nearly_the_same_are_told_by_their_files(tmp_path, capsys):
    rng = np.random.default_rng(0)
    for name in ("long", "round"):
        (tmp_path / "cells" / name).mkdir(parents=True)
        for i in range(6):
            pixels = rng.integers(0, 256, (16, 16, 3), dtype=np.uint8)
            for copy in range(1 + (name == "long")):
                Image.fromarray(pixels).save(tmp_path / "cells" / name / f"{i}-{copy}.png")
    options = ["--models", "CNN", "--arms", "original", "--epochs", 1, "--image-shape", 8, 8, 1]
    out = tmp_path / "out"
    assert run("ablation", "--data", tmp_path / "cells", *options, "--cv", 2, "--out", out) == 0
    (line,) = (each for each in capsys.readouterr().err.splitlines() if "nearly the same" in each)
    assert re.search(r"some split: long/(\d)-0.png and long/\1-1.png", line)
    assert line.endswith("or give both one group in a table (--labels).")


@pytest.mark.parametrize("out", ["", "report", "long/report"])
def test_a_report_among_the_images_is_refused_and_leaves_nothing(cell_folder, capsys, out):
    before = sorted(cell_folder.rglob("*"))
    assert run("ablation", "--data", cell_folder, "--out", cell_folder / out) == 2
    assert "Expected --out outside the folder of the images" in capsys.readouterr().err
    assert sorted(cell_folder.rglob("*")) == before


def test_a_report_is_not_written_anew_among_the_images(cell_folder, make_study, tmp_path, capsys):
    assert run("ablation", "--data", cell_folder, "--out", tmp_path / "out") == 0
    before = sorted(cell_folder.rglob("*"))
    assert run("report", tmp_path / "out", "-o", cell_folder / "report") == 2
    assert "Expected --out outside the folder of the images" in capsys.readouterr().err
    assert sorted(cell_folder.rglob("*")) == before


def test_images_that_cannot_be_read_leave_no_folder(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert run("ablation", "--data", tmp_path / "empty", "--out", tmp_path / "a" / "b") == 2
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize(
    ("data", "options", "expected"),
    [
        ("bccd", ["--crop", "none"], {}),
        ("bccd", ["--crop", "box"], {"crop": "box", "image_shape": (64, 64, 3)}),
        ("copy", ["--crop", "none"], {"source": "copy"}),
        ("bccd", ["--protocol", "published"], {"mixed": "duplicate"}),
    ],
)
def test_data_of_bccd(make_study, tmp_path, monkeypatch, data, options, expected):
    (tmp_path / "copy" / "BCCD" / "JPEGImages").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    calls = []

    def fetch(**parameters):
        calls.append(parameters)
        return skwbc.datasets.make_blood_cells(40, image_shape=(4, 4))

    monkeypatch.setattr(skwbc.datasets, "fetch_bccd", fetch)
    assert run("ablation", "--data", data, *options) == 0
    (call,) = calls
    usual = {"source": None, "mixed": "drop", "crop": None, "image_shape": (60, 80, 3)}
    call["source"] = call["source"] and str(call["source"])
    assert call == usual | expected


def draw_field(height, width, radius, shift=0):
    """Draw a violet disc upon a pale ground."""
    rows, columns = np.ogrid[:height, :width]
    inside = (rows - height / 2) ** 2 + (columns - width / 2 - shift) ** 2 < radius**2
    return np.where(inside[..., None], [90, 40, 140], [225, 215, 220]).astype(np.uint8)


def draw_fields(n, image_shape):
    """Draw fields with a cell each, as a Bunch of two classes."""
    cells = skwbc.datasets.make_blood_cells(n, image_shape=(4, 4))
    cells.images = np.stack([draw_field(*image_shape[:2], 50, 10 * i) for i in range(n)])
    cells.target = np.arange(n) % 2
    return cells


def test_photos_of_bccd_are_cropped_and_the_compact_network_is_among_the_models(
    make_study, tmp_path, monkeypatch
):
    shapes = []

    def fetch(*, image_shape, **parameters):
        shapes.append(image_shape)
        return draw_fields(8, image_shape)

    monkeypatch.setattr(skwbc.datasets, "fetch_bccd", fetch)
    assert run("ablation", "--data", "bccd", "--out", tmp_path) == 0
    assert shapes == [(480, 640, 3)]
    study = make_study()
    assert study.X.shape == (8, 64, 64, 3)
    assert list(study.models) == ["CNN", "CNN-RNN", "compact CNN"]
    window = skwbc.CellCropper((64, 64)).fit_transform(draw_fields(8, shapes[0]).images)
    np.testing.assert_array_equal(study.X, window)


@pytest.mark.filterwarnings("always::UserWarning")
def test_photos_of_bccd_without_a_cell_are_told_and_stand_in_the_report(
    make_study, tmp_path, monkeypatch, capsys
):
    def fetch(*, image_shape, **parameters):
        cells = draw_fields(8, image_shape)
        cells.images[4:7] = 255
        cells.target = np.arange(8) % 3
        return cells

    monkeypatch.setattr(skwbc.datasets, "fetch_bccd", fetch)
    options = ["--data", "bccd", "--leave-out", "monocyte", "neutrophil"]
    assert run("ablation", *options, "--out", tmp_path) == 0
    told = "2 of the photos show no cell that was found, and count all the same: cell_00004, cell_0"
    assert f"warning: {told}0006.\n" in capsys.readouterr().err
    assert "or in the middle of the 2 of 6 photos in which none was found" in make_study().notes[0]


@pytest.mark.parametrize(("radius", "shape"), [(20, (64, 64, 3)), (60, (60, 68, 3))])
def test_photos_of_a_folder_are_cropped_where_cells_are_small(make_study, tmp_path, radius, shape):
    for i, side in enumerate((150, 160, 170, 180)):  # of any size
        photo = draw_field(side, side + 20, radius)
        path = tmp_path / "data" / "ab"[i % 2] / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(photo).save(path)
    assert run("ablation", "--data", tmp_path / "data", "--out", tmp_path / "out") == 0
    study = make_study()
    assert study.X.shape == (4, *shape)
    assert len(study.models) == (3 if shape == (64, 64, 3) else 2)


@pytest.mark.parametrize(
    ("size", "options", "shape"),
    [
        ((120, 120), [], (60, 60, 3)),
        ((90, 60), ["--quick"], (30, 44, 3)),
        ((60, 90), [], (90, 60, 3)),
        ((900, 90), [], (60, 120, 3)),
        ((120, 120), ["--image-shape", 60, 80, 3], (60, 80, 3)),
    ],
)
def test_whole_photos_keep_their_proportions(make_study, tmp_path, size, options, shape):
    for i in range(4):
        path = tmp_path / "data" / "ab"[i % 2] / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", size, (50 * i,) * 3).save(path)
    command = ["ablation", "--data", tmp_path / "data", "--crop", "none", *options]
    assert run(*command, "--out", tmp_path / "out") == 0
    assert make_study().X.shape == (4, *shape)


def test_boxes_are_those_of_bccd(make_study, cell_folder, tmp_path, capsys):
    assert run("ablation", "--data", cell_folder, "--crop", "box", "--out", tmp_path / "out") == 2
    assert "Expected BCCD with --crop box" in capsys.readouterr().err
