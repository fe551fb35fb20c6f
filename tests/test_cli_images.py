"""The images that commands are given."""

import numpy as np
import pytest
from PIL import Image

from skwbc import cli
from skwbc._cli_images import load_cells

SHAPE = (6, 8, 3)
LEVELS = {"rare": 10, "round": 60, "square": 110}


@pytest.fixture
def folder(tmp_path):
    """One image of a class, three of the others, each class of another grey."""
    for name, level in LEVELS.items():
        (tmp_path / "cells" / name).mkdir(parents=True)
        for i in range(1 if name == "rare" else 3):
            image = Image.new("RGB", (8, 6), (level,) * 3)
            image.save(tmp_path / "cells" / name / f"{i}.png")
    return tmp_path / "cells"


def load(folder, **options):
    return load_cells(str(folder), "none", {"image_shape": SHAPE}, mixed="drop", seed=0, **options)


@pytest.mark.parametrize("left_out", [["rare"], ["square"]])
def test_classes_are_left_out(folder, left_out):
    cells = load(folder, leave_out=left_out)
    kept = [name for name in LEVELS if name not in left_out]
    assert cells.target_names.tolist() == kept
    names = cells.target_names[cells.target]
    counts = [1 if name == "rare" else 3 for name in kept]
    assert names.tolist() == np.repeat(kept, counts).tolist()
    np.testing.assert_array_equal(cells.images[:, 0, 0, 0], [LEVELS[name] for name in names])
    np.testing.assert_array_equal(cells.data, cells.images.reshape(len(names), -1))
    assert cells.groups.tolist() == [
        f"{name}/{i}" for name, n in zip(kept, counts, strict=True) for i in range(n)
    ]
    assert all(name in path for path, name in zip(cells.filenames, names, strict=True))


@pytest.mark.parametrize("left_out", [["rare", "square"], list(LEVELS)])
def test_two_classes_have_to_stay(folder, left_out):
    with pytest.raises(ValueError, match="Expected two classes or more beside those left out"):
        load(folder, leave_out=left_out)


def test_drawn_cells_have_classes_to_leave_out_too():
    settings = {"image_shape": SHAPE, "n_samples": 40}
    cells = load_cells("made", "none", settings, mixed="drop", seed=0, leave_out=["monocyte"])
    assert cells.target_names.tolist() == ["eosinophil", "lymphocyte", "neutrophil"]
    assert sorted(set(cells.target)) == [0, 1, 2]


@pytest.mark.parametrize("command", [["train"], ["ablation", "--data"]])
def test_a_class_that_is_not_there_is_told(folder, tmp_path, capsys, command):
    out = ["--out", str(tmp_path / "out")]
    assert cli.main([*command, str(folder), "--leave-out", "Rare", *out]) == 2
    err = capsys.readouterr().err
    assert "classes to leave out of 'rare', 'round', 'square'; received ['Rare']." in err
