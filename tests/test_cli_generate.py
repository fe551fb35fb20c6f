"""skwbc generate, with a GAN that was hardly trained."""

import warnings

import numpy as np
import pytest
from cell_photos import CLASSES, run, write_photos
from PIL import Image

import skwbc

pytestmark = pytest.mark.usefixtures("untraced")


@pytest.fixture(scope="module")
def model_with_gan(untraced, tmp_path_factory):
    photos = write_photos(tmp_path_factory.mktemp("photos"))
    path = tmp_path_factory.mktemp("models") / "gan.skwbc"
    options = ["--image-shape", 8, 8, 3, "--epochs", 1, "--model", "CNN"]
    options += ["--gan", "--gan-images", 64]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        assert run("train", photos, "-o", path, *options) == 0
    return path


@pytest.mark.filterwarnings("default:The images of class")
def test_generate_writes_images_of_each_class(model_with_gan, tmp_path, capsys):
    assert run("generate", model_with_gan, "-n", 2, "-o", tmp_path / "made") == 0
    files = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.png"))
    assert files == [f"made/{c}/seed-0-000{i}.png" for c in CLASSES for i in range(2)]
    with Image.open(tmp_path / files[0]) as image:
        assert (image.size, image.mode) == ((8, 8), "RGB")
    out, err = capsys.readouterr()
    assert "made/long" in out
    # after so short a training it is no GAN that draws them
    assert skwbc.load(model_with_gan)["gan"].fallback_.keys() == {"long"}
    assert "class 'long' are not of the GAN, and may be changed copies" in err
    assert "class 'round'" not in err


@pytest.mark.filterwarnings("ignore:The images of class")
def test_a_class_that_is_named_twice_is_drawn_once(model_with_gan, tmp_path):
    assert run("generate", model_with_gan, "-n", 2, "-c", "long", "long", "-o", tmp_path) == 0
    assert len(list(tmp_path.rglob("*.png"))) == 2


@pytest.mark.filterwarnings("default:The images of class")
def test_generate_replaces_no_file(model_with_gan, tmp_path, capsys):
    photo = tmp_path / "long" / "seed-5-0001.png"
    photo.parent.mkdir()
    photo.write_bytes(b"a photo")
    assert run("generate", model_with_gan, "-n", 2, "--seed", 5, "-o", tmp_path) == 2
    assert f"{photo} is there: give another --seed" in capsys.readouterr().err
    assert list(tmp_path.rglob("*.png")) == [photo]
    assert run("generate", model_with_gan, "-n", 2, "--seed", 6, "-o", tmp_path) == 0
    assert photo.read_bytes() == b"a photo"
    assert len(list(tmp_path.rglob("seed-6-*.png"))) == 4


@pytest.mark.filterwarnings("default:The images of class")
def test_generate_that_is_interrupted_leaves_whole_files(
    model_with_gan, tmp_path, capsys, monkeypatch
):
    save, saved = Image.Image.save, []

    def interrupt(self, path):
        if saved:
            raise KeyboardInterrupt
        saved.append(path)
        save(self, path)

    monkeypatch.setattr("PIL.Image.Image.save", interrupt)
    assert run("generate", model_with_gan, "-n", 3, "-o", tmp_path / "made") == 130
    assert [path.name for path in tmp_path.rglob("*.png")] == ["seed-0-0000.png"]
    assert f"What is in {tmp_path / 'made'} is whole" in capsys.readouterr().err


def test_generate_does_not_let_a_class_command_the_terminal(
    model_with_gan, tmp_path, capsys, monkeypatch
):
    sampler = skwbc.load(model_with_gan)["gan"]
    sampler.classes_ = np.array(["\x1b[2Jlong"])
    skwbc.save(sampler, tmp_path / "sampler.skwbc")
    monkeypatch.setattr(
        skwbc.GANOverSampler, "sample", lambda *_, **__: np.zeros((1, 8, 8, 3), np.uint8)
    )
    assert run("generate", tmp_path / "sampler.skwbc", "-n", 1, "-o", tmp_path / "made") == 0
    out, err = capsys.readouterr()
    assert "\x1b" not in out + err
    assert r"\x1b[2Jlong" in out


@pytest.mark.filterwarnings("default:The images of class")
def test_generate_repeats_with_the_seed(model_with_gan, tmp_path):
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        options = ["-n", 1, "-c", "long", "--seed", seed, "-o", tmp_path / name]
        assert run("generate", model_with_gan, *options) == 0
    drawn = [tmp_path / name / "long" / f"seed-{3 + (name == 'c')}-0000.png" for name in "abc"]
    a, b, c = (path.read_bytes() for path in drawn)
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


def test_generate_refuses_what_it_cannot_draw(model_with_gan, tmp_path, capsys):
    model = tmp_path / "model.skwbc"
    skwbc.save(skwbc.make_pipeline(skwbc.CellCropper(), skwbc.CNNClassifier()), model)
    assert run("generate", model, "-o", tmp_path / "made") == 2
    assert "Expected a model with a GAN" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [model]
    assert run("generate", model_with_gan, "-c", "green", "-o", tmp_path) == 2
    assert "No GAN was trained for ['green']" in capsys.readouterr().err
