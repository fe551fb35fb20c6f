"""skwbc predict, with models that skwbc.save wrote."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from cell_photos import run, write_photos
from sklearn.preprocessing import MinMaxScaler

import skwbc
from skwbc._cli_predict import choose_scale

SMALL = {"filters": (4,), "dense_units": 4, "epochs": 1, "random_state": 0, "dtype": "float32"}
pytestmark = pytest.mark.usefixtures("untraced")


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    return write_photos(tmp_path_factory.mktemp("photos"))


def test_photos_are_resized_for_the_first_step(photos, tmp_path, capsys):
    cells = skwbc.datasets.load_image_folder(photos, image_shape=(60, 80, 3))
    classifier = skwbc.CNNClassifier(**SMALL)
    steps = skwbc.StainNormalizer(), skwbc.CellCropper((16, 16)), classifier
    model = skwbc.make_pipeline(*steps).fit(cells.images, cells.target_names[cells.target])
    skwbc.save(model, tmp_path / "m.skwbc")
    assert run("predict", tmp_path / "m.skwbc", photos / "long", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert len(told["images"]) == 14


@pytest.mark.parametrize(
    ("first", "is_table", "divisor", "shift"),
    [
        (None, False, 1, 0),
        (None, False, 255, 0),
        (None, False, 127.5, 1),
        (None, True, 1, 0),
        ("passthrough", False, 255, 0),
        (skwbc.AugmentationOverSampler(image_shape=(12, 16, 3), random_state=0), True, 1, 0),
    ],
)
def test_models_that_were_not_fitted_to_bytes(
    photos, tmp_path, capsys, first, is_table, divisor, shift
):
    cells = skwbc.datasets.load_image_folder(photos, image_shape=(12, 16, 3))
    settings = {"image_shape": (12, 16, 3)} if is_table else {}
    classifier = skwbc.CNNClassifier(**SMALL, **settings)
    steps = [("first", first)] + ([("scale", MinMaxScaler())] if is_table else [])
    X = (cells.data if is_table else cells.images) / divisor - shift
    model = skwbc.Pipeline([*steps, ("clf", classifier)])
    model.fit(X, cells.target_names[cells.target])
    skwbc.save(model, tmp_path / "m.skwbc")
    path = photos / "long" / "00.png"
    code = run("predict", tmp_path / "m.skwbc", path, "--json")
    out, err = capsys.readouterr()
    assert (code, err) == (0, "")
    told = json.loads(out)["images"][0]["probabilities"]
    at = [Path(name).name for name in cells.filenames].index("00.png")
    expected = model.predict_proba(X[at : at + 1])[0]
    np.testing.assert_allclose(list(told.values()), expected, rtol=1e-4)


@pytest.mark.parametrize(
    ("fitted", "scale"),
    [
        ((0, 255), (0, 255)),
        ((3, 251), (0, 255)),
        ((-20, 270), (0, 255)),
        ((0, 60), (0, 255)),
        ((0.1, 0.7), (0, 1)),
        ((-0.03, 1.02), (0, 1)),
        ((-0.9, 0.6), (-1, 1)),
        ((-1, 1), (-1, 1)),
    ],
)
def test_files_are_scaled_as_the_images_of_fit_were(fitted, scale):
    assert choose_scale(*fitted) == scale


@pytest.mark.parametrize(
    "fitted", [(0, 4095), (120, 60_000), (-8, 8), (-3, 1), (-128, 127), (-300, -10)]
)
def test_a_model_of_values_that_no_file_has_is_refused(fitted):
    message = f"values of 0 to 255, .* this one was fitted to {fitted[0]:g} to {fitted[1]:g}"
    with pytest.raises(ValueError, match=message):
        choose_scale(*fitted)


def test_a_model_of_sixteen_bits_is_refused(photos, tmp_path, capsys):
    images = np.random.default_rng(0).integers(0, 65_536, (20, 8, 8, 3), dtype=np.uint16)
    classifier = skwbc.CNNClassifier(**SMALL)
    skwbc.save(classifier.fit(images, ["a", "b"] * 10), tmp_path / "m.skwbc")
    assert run("predict", tmp_path / "m.skwbc", photos) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "Predict from Python, with images scaled as those in fit were." in err


def test_a_name_from_elsewhere_does_not_command_the_terminal(tmp_path, photos, capsys):
    images = np.random.default_rng(0).integers(0, 256, (20, 8, 8, 3), dtype=np.uint8)
    classifier = skwbc.CNNClassifier(**SMALL)
    skwbc.save(classifier.fit(images, ["\x1b[2Ja", "\x1b[2Jb"] * 10), tmp_path / "m.skwbc")
    photo = tmp_path / "\x1b]0;owned\x07.png"
    photo.write_bytes((photos / "long" / "00.png").read_bytes())
    (tmp_path / "\x9b2J.png").write_text("no image")
    code = run("predict", tmp_path / "m.skwbc", photo, tmp_path / "\x9b2J.png")
    out, err = capsys.readouterr()
    assert code == 1
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", out + err)
    assert r"\x1b[2Ja" in out
    assert r"\x1b]0;owned\x07.png" in out
    assert r"\x9b2J.png" in err


def test_channels_that_no_file_has_and_numbers_that_are_none(tmp_path, photos, capsys):
    images = np.random.default_rng(0).integers(0, 256, (20, 8, 8, 2), dtype=np.uint8)
    two = skwbc.CNNClassifier(**SMALL)
    skwbc.save(two.fit(images, ["a", "b"] * 10), tmp_path / "two.skwbc")
    assert run("predict", tmp_path / "two.skwbc", photos) == 2
    assert "this one has 2 channels" in capsys.readouterr().err
    broken = skwbc.CNNClassifier(**SMALL)
    broken.fit(images[..., :1], ["a", "b"] * 10)
    broken.network_.set_weights([w * np.nan for w in broken.network_.get_weights()])
    skwbc.save(broken, tmp_path / "nan.skwbc")
    assert run("predict", tmp_path / "nan.skwbc", photos, "--json") == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "probabilities that are no numbers" in err
