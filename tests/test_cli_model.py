"""skwbc train, predict and generate, on small images and with short trainings."""

import csv
import io
import json
import re
import warnings

import numpy as np
import pytest
from PIL import Image

import skwbc
from skwbc import cli

CLASSES = ("long", "round")


def run(*arguments):
    return cli.main([str(argument) for argument in arguments])


def draw_photo(name, height, width):
    """Draw a violet nucleus upon a pale ground: a disc, or an ellipse."""
    rows, columns = np.ogrid[:height, :width]
    ratio = {"long": 3, "round": 1}[name]
    across, along = rows - height / 2, (columns - width / 2) / ratio
    inside = across**2 + along**2 < 400 / ratio
    return np.where(inside[..., None], [90, 40, 140], [225, 215, 220]).astype(np.uint8)


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Photos of several sizes, with a small cell each: 14 long ones and 20 round ones."""
    folder = tmp_path_factory.mktemp("photos")
    for i, c in enumerate([0, 1] * 14 + [1] * 6):
        path = folder / CLASSES[c] / f"{i:02d}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(draw_photo(CLASSES[c], 120 + 4 * (i % 16), 160)).save(path)
    return folder


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
    assert "34 images: long 14, round 20" in told
    assert re.search(r"Accuracy on the images held out: \d+ %", told)
    assert str(out) in told
    loaded = skwbc.load(out)
    assert [type(step).__name__ for _, step in loaded.steps] == ["CNNClassifier"]
    assert loaded[-1].image_shape_ == (8, 8, 3)


def test_train_that_is_interrupted_at_once_writes_the_model(photos, tmp_path, capsys, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("skwbc._keras_wrapper._Wrapper.fit", interrupt)
    options = ["--image-shape", 8, 8, 3, "--model", "CNN", "--crop", "none"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        assert run("train", photos, "-o", tmp_path / "m.skwbc", *options) == 0
    assert "Accuracy" not in capsys.readouterr().out
    assert (tmp_path / "m.skwbc").exists()


def test_photos_are_resized_for_the_first_step(photos, tmp_path, capsys):
    cells = skwbc.datasets.load_image_folder(photos, image_shape=(60, 80, 3))
    classifier = skwbc.CNNClassifier(filters=(4,), dense_units=4, epochs=1, random_state=0)
    steps = skwbc.StainNormalizer(), skwbc.CellCropper((16, 16)), classifier
    model = skwbc.make_pipeline(*steps).fit(cells.images, cells.target_names[cells.target])
    skwbc.save(model, tmp_path / "m.skwbc")
    assert run("predict", tmp_path / "m.skwbc", photos / "long", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert len(told["images"]) == 14


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


def test_predict_as_csv(model, photos, capsys):
    assert run("predict", model, photos, "--csv") == 0
    out, err = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["class"] for row in rows] == ["long"] * 14 + ["round"] * 20
    assert all(0.5 <= float(row["probability"]) <= 1 for row in rows)
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


@pytest.fixture(scope="module")
def model_with_gan(photos, tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "gan.skwbc"
    options = ["--image-shape", 8, 8, 3, "--epochs", 1, "--gan", "--gan-images", 64]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        assert run("train", photos, "-o", path, *options) == 0
    return path


def test_generate_writes_images_of_each_class(model_with_gan, tmp_path, capsys):
    assert run("generate", model_with_gan, "-n", 2, "-o", tmp_path / "made") == 0
    files = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.png"))
    assert files == [f"made/{c}/000{i}.png" for c in CLASSES for i in range(2)]
    with Image.open(tmp_path / files[0]) as image:
        assert (image.size, image.mode) == ((8, 8), "RGB")
    assert "made/long" in capsys.readouterr().out


def test_generate_repeats_with_the_seed(model_with_gan, tmp_path):
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        options = ["-n", 1, "-c", "long", "--seed", seed, "-o", tmp_path / name]
        assert run("generate", model_with_gan, *options) == 0
    a, b, c = ((tmp_path / name / "long" / "0000.png").read_bytes() for name in "abc")
    assert a == b != c


def test_generate_needs_a_gan_that_was_trained(tmp_path, capsys):
    skwbc.save(skwbc.GANOverSampler(), tmp_path / "sampler.skwbc")
    assert run("generate", tmp_path / "sampler.skwbc", "-o", tmp_path) == 2
    assert "Expected a trained GAN" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["../up", "/root", "..", "a/b", ""])
def test_generate_writes_nowhere_else(model_with_gan, tmp_path, capsys, name):
    sampler = skwbc.load(model_with_gan)["gan"]
    sampler.classes_ = np.array([name])
    skwbc.save(sampler, tmp_path / "sampler.skwbc")
    assert run("generate", tmp_path / "sampler.skwbc", "-o", tmp_path / "out" / "made") == 2
    assert "names of folders" in capsys.readouterr().err
    assert list(tmp_path.rglob("*.png")) == []


def test_generate_refuses_what_it_cannot_draw(model, model_with_gan, tmp_path, capsys):
    assert run("generate", model, "-o", tmp_path / "made") == 2
    assert "Expected a model with a GAN" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    assert run("generate", model_with_gan, "-c", "green", "-o", tmp_path) == 2
    assert "No GAN was trained for ['green']" in capsys.readouterr().err
