"""What a report says of its command."""

import argparse

import pytest
from sklearn.utils import Bunch

from skwbc._cli_notes import QUICK_LIMIT, list_notes, name_files


def note(data, crop="none", image_shape=(60, 80, 3), *, quick=False, **more):
    arguments = argparse.Namespace(argv=["ablation", "--data", data], data=data, quick=quick)
    return list_notes(arguments, crop, Bunch(image_shape=image_shape, **more))


def test_images_and_command():
    assert note("made") == [
        "Images: drawn cells, whole, 60 x 80 pixels, 3 channels.",
        "Command: skwbc ablation --data made",
    ]


def test_a_short_trial_is_told_first():
    assert note("made", quick=True) == [QUICK_LIMIT, *note("made")]


@pytest.mark.parametrize(
    ("crop", "text"),
    [
        ("cell", "BCCD, a window around the cell that is found in each photo, 64 x 64 pixels"),
        ("box", "BCCD, a window around each annotated box, 64 x 64 pixels"),
    ],
)
def test_crops(crop, text):
    assert note("bccd", crop, (64, 64, 3))[0] == f"Images: {text}, 3 channels."


def test_photos_without_a_cell_are_counted():
    window = "a window around the cell that is found in a photo, or in the middle of the 2 of 3"
    expected = f"BCCD, {window} photos in which none was found, 64 x 64 pixels, 3 channels."
    assert note("bccd", "cell", (64, 64, 3), n_cells=[0, 4, 0])[0] == f"Images: {expected}"
    assert note("bccd", "cell", n_cells=[1, 4]) == note("bccd", "cell")


@pytest.mark.parametrize(
    ("skipped", "told"),
    [
        (["b/x\n.png"], "1 of 4 files could not be read and was left out: b/x\\x0a.png."),
        (
            [f"b/{i}.png" for i in range(6)],
            "6 of 9 files could not be read and were left out: b/0.png, b/1.png, b/2.png, "
            "b/3.png, b/4.png and 1 more.",
        ),
    ],
)
def test_files_that_were_left_out_are_named(skipped, told):
    files = {"filenames": ["cells/a/1.png", "cells/a/2.png", "cells/b/9.png"]}
    images, command = note("cells", **files, skipped=[])
    names = [f"cells/{name}" for name in skipped]
    assert note("cells", **files, skipped=names) == [images, told, command]


def test_a_folder_is_named_by_the_command(tmp_path):
    data = str(tmp_path / "my cells")
    assert note(data, image_shape=(8, 9, 1)) == [
        "Images: those of the folder of --data, whole, 8 x 9 pixels, 1 channel.",
        f"Command: skwbc ablation --data '{data}'",
    ]
    (tmp_path / "my cells" / "BCCD" / "JPEGImages").mkdir(parents=True)
    assert note(data)[0].startswith("Images: BCCD, whole")


@pytest.mark.parametrize("start", ["", "cells/", "/data/cells/"])
def test_files_are_named_below_their_folder(start):
    assert name_files([f"{start}a/1.png", f"{start}b/1.png"]) == ["a/1.png", "b/1.png"]


def test_whole_and_relative_names_may_be_mixed(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    paths = ["cells/a/1.png", str(tmp_path / "cells" / "b" / "1.png")]
    assert name_files(paths) == ["a/1.png", "b/1.png"]


def test_names_that_are_no_text_can_be_written():
    names = name_files(["cells/a/\udcff.png", "cells/b/1.png"])
    assert names == ["a/\\udcff.png", "b/1.png"]
