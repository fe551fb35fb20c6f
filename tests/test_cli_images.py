"""The images that commands are given."""

import re
from argparse import Namespace
from itertools import compress

import numpy as np
import pytest
from PIL import Image

from skwbc import cli
from skwbc._cli_images import choose_crop, fit_proportions, load_cells

SHAPE = (6, 8, 3)
LEVELS = {"rare": 10, "round": 60, "square": 110, "star": 160}


@pytest.fixture
def folder(tmp_path):
    """One image of a class, three of the others, each class of another grey."""
    for name, level in LEVELS.items():
        (tmp_path / "cells" / name).mkdir(parents=True)
        for i in range(1 if name == "rare" else 3):
            image = Image.new("RGB", (8, 6), (level,) * 3)
            image.save(tmp_path / "cells" / name / f"{i}.png")
    return tmp_path / "cells"


def draw_photo(nucleus=(90, 40, 140), ground=(225, 215, 220)):
    """Draw a small nucleus upon a pale ground."""
    photo = Image.new("RGB", (80, 60), ground)
    photo.paste(nucleus, (20, 20, 34, 32))
    return photo


@pytest.fixture
def photos(tmp_path):
    """Three photos of each of two classes, beside each two blank masks of other proportions."""
    for name in ("round", "star"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for i in range(3):
            draw_photo().save(tmp_path / "photos" / name / f"{i}.png")
            for side in ("left", "right"):
                Image.new("L", (40, 20)).save(tmp_path / "photos" / name / f"{i}_{side}_mask.png")
    return tmp_path / "photos"


def choose(data, leave_out=(), labels=None):
    arguments = Namespace(data=str(data), leave_out=leave_out, labels=labels)
    return choose_crop(arguments, "honest"), fit_proportions(arguments, (60, 60, 3))


def load(data, leave_out=(), labels=None, on_error="raise", crop="none"):
    arguments = Namespace(
        data=str(data), leave_out=leave_out, labels=labels, on_error=on_error, seed=0
    )
    settings = {"image_shape": SHAPE, "n_samples": 40}
    return load_cells(arguments, crop, settings, mixed="drop")


@pytest.mark.parametrize("left_out", [["rare"], ["rare", "square"]])
def test_classes_are_left_out(folder, left_out):
    cells = load(folder, leave_out=left_out)
    kept = [name for name in LEVELS if name not in left_out]
    assert cells.target_names.tolist() == kept
    names = cells.target_names[cells.target]
    counts = [3] * len(kept)
    assert names.tolist() == np.repeat(kept, counts).tolist()
    np.testing.assert_array_equal(cells.images[:, 0, 0, 0], [LEVELS[name] for name in names])
    np.testing.assert_array_equal(cells.data, cells.images.reshape(len(names), -1))
    assert cells.groups.tolist() == [
        f"{name}/{i}" for name, n in zip(kept, counts, strict=True) for i in range(n)
    ]
    assert all(name in path for path, name in zip(cells.filenames, names, strict=True))


@pytest.mark.parametrize("left_out", [["rare", "square", "star"], list(LEVELS)])
def test_two_classes_have_to_stay(folder, left_out):
    with pytest.raises(ValueError, match="Expected two classes or more beside those left out"):
        load(folder, leave_out=left_out)


@pytest.mark.parametrize("command", [["train"], ["ablation", "--data"]])
def test_a_class_of_one_image_is_refused_with_the_option_that_leaves_it_out(
    folder, tmp_path, capsys, command
):
    assert cli.main([*command, str(folder), "--out", str(tmp_path / "out")]) == 2
    err = capsys.readouterr().err
    assert "found one of ['rare']. Add images, or --leave-out rare." in err
    assert not (tmp_path / "out").is_file()


def test_a_table_names_classes_and_groups(folder, tmp_path):
    table = tmp_path / "table.csv"
    files = [f"{name}/{i}.png" for name in ("round", "square") for i in range(3)]
    rows = [f"{file},{'ab'[i % 2]},patient {i // 2}" for i, file in enumerate(files)]
    table.write_text("\n".join(["filename,label,group", *rows]))
    cells = load(folder, labels=table)
    assert cells.target.tolist() == [0, 1] * 3
    assert cells.groups.tolist() == [f"patient {i // 2}" for i in range(6)]
    with pytest.raises(ValueError, match="a folder of your own with --labels"):
        load("made", labels=table)


def test_files_that_a_table_does_not_name_are_not_looked_at(photos):
    assert choose(photos) == ("none", (60, 120, 3))
    rows = [f"{name}/{i}.png,{name},1" for name in ("round", "star") for i in range(3)]
    table = photos / "table.csv"
    table.write_text("\n".join(["filename,label,slide", *rows]))
    assert choose(photos, labels=table) == ("cell", (60, 80, 3))


def test_classes_that_are_left_out_are_not_looked_at(photos):
    for mask in photos.rglob("*_mask.png"):
        (photos / "masks").mkdir(exist_ok=True)
        mask.rename(photos / "masks" / f"{mask.parent.name}_{mask.name}")
    assert choose(photos) == ("none", (60, 120, 3))
    assert choose(photos, leave_out=["masks"]) == ("cell", (60, 80, 3))


def test_small_cells_are_seen_in_grey_photos_too(photos):
    for path in photos.rglob("*.png"):
        draw_photo((150,) * 3, (215,) * 3).save(path)
    assert choose(photos)[0] == "cell"


@pytest.mark.parametrize("wrong", [{"leave_out": ["other"]}, {"labels": "missing.csv"}])
def test_of_what_is_wrong_the_loader_tells(photos, wrong):
    assert choose(photos, **wrong) == ("none", (60, 60, 3))
    with pytest.raises((ValueError, OSError), match=r"leave out|missing\.csv"):
        load(photos, **wrong)


def test_photos_without_a_cell_are_named(folder):
    paths = [folder / name / "1.png" for name in ("round", "star")]
    for i in range(6):  # blank
        Image.new("RGB", (40, 30), (225, 215, 220)).save(folder / "square" / f"{i}.png")
    for path in paths:
        photo = Image.new("RGB", (40, 30), (225, 215, 220))
        photo.paste((90, 40, 140), (10, 8, 22, 20))
        photo.save(path)
    blank = [folder / "round" / f"{i}.png" for i in (0, 2)]
    blank += [folder / "square" / f"{i}.png" for i in range(6)]
    blank += [folder / "star" / f"{i}.png" for i in (0, 2)]
    named = ", ".join(map(str, blank[:5]))
    expected = f"10 of the photos show no cell that was found, .*: {re.escape(named)} and 5 more"
    with pytest.warns(UserWarning, match=expected):
        cells = load(folder, leave_out=["rare"], crop="cell")
    assert list(compress(cells.filenames, cells.n_cells)) == list(map(str, paths))
    assert cells.photo_shape == (6, 8, 3)


def test_files_that_are_no_images_are_skipped_if_that_is_asked_for(folder):
    (folder / "round" / "readme.txt").write_text("no image")
    (folder / "star" / "cut.png").write_bytes(b"\x89PNG")
    with pytest.raises(
        OSError, match=r"reads;\n.*\.\nRemove them, or skip them \(.*--on-error skip"
    ):
        load(folder, leave_out=["rare"])
    with pytest.warns(UserWarning, match="Skipped: 2 of 11 files"):
        cells = load(folder, leave_out=["rare"], on_error="skip")
    assert len(cells.images) == 9
    skipped = [str(folder / name) for name in ("round/readme.txt", "star/cut.png")]
    assert cells.skipped == skipped


def test_a_class_without_images_is_left_out(folder):
    (folder / "empty").mkdir()
    with pytest.raises(ValueError, match=r"holds none\. Remove it, or .* --leave-out empty"):
        load(folder, leave_out=["rare"])
    cells = load(folder, leave_out=["rare", "empty"])
    assert cells.target_names.tolist() == ["round", "square", "star"]


def test_drawn_cells_have_classes_to_leave_out_too():
    cells = load("made", leave_out=["monocyte"])
    assert cells.target_names.tolist() == ["eosinophil", "lymphocyte", "neutrophil"]
    assert sorted(set(cells.target)) == [0, 1, 2]


@pytest.mark.parametrize("command", [["train"], ["ablation", "--data"]])
def test_a_class_that_is_not_there_is_told(folder, tmp_path, capsys, command):
    out = ["--out", str(tmp_path / "out")]
    assert cli.main([*command, str(folder), "--leave-out", "Rare", *out]) == 2
    err = capsys.readouterr().err
    assert "classes to leave out of 'rare', 'round', 'square', 'star'; received ['Rare']." in err
