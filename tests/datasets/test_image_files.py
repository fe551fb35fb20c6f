"""A folder that is read image by image gives what one that is read at once gives."""

import joblib
import numpy as np
import pytest
from PIL import Image

from skwbc.datasets import load_image_folder

SHAPE = (5, 4, 3)


@pytest.fixture
def folder(tmp_path):
    """Two classes of three images of 8 x 6, all different; one is turned by its EXIF data."""
    rng = np.random.default_rng(0)
    exif = Image.Exif()
    exif[0x0112] = 6
    for label in ("a", "b"):
        (tmp_path / label).mkdir()
        for i in range(3):
            pixels = rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)
            turned = {"exif": exif} if i == 2 else {}
            Image.fromarray(pixels).save(tmp_path / label / f"{i}.png", **turned)
    return tmp_path


@pytest.fixture
def read(monkeypatch):
    """List the files that are decoded."""
    paths = []
    from skwbc.datasets import _image_files

    decode = _image_files.decode_image

    def list_and_decode(path, n_channels):
        paths.append(path)
        return decode(path, n_channels)

    monkeypatch.setattr(_image_files, "decode_image", list_and_decode)
    return paths


def mirror(image):
    return image[:, ::-1]


def cut_short(path):
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])


@pytest.mark.parametrize("transform", [None, mirror])
@pytest.mark.parametrize("shape", [SHAPE, (5, 4)])
def test_it_holds_what_the_folder_holds(folder, read, shape, transform):
    settings = {"image_shape": shape, "transform": transform}
    lazy = load_image_folder(folder, **settings, lazy=True)
    assert read == []
    eager = load_image_folder(folder, **settings)
    for name in ("images", "data"):
        assert lazy[name].shape == eager[name].shape
        assert lazy[name].dtype == np.uint8
        np.testing.assert_array_equal(np.asarray(lazy[name]), eager[name])
    for name in ("target", "target_names", "groups"):
        np.testing.assert_array_equal(lazy[name], eager[name])
    assert lazy.filenames == eager.filenames
    assert lazy.image_shape == eager.image_shape


def test_only_what_is_asked_for_is_read(folder, read):
    cells = load_image_folder(folder, image_shape=SHAPE, lazy=True)
    part = cells.images[cells.target == 1][::2]
    assert read == []
    np.asarray(part)
    assert read == [cells.filenames[3], cells.filenames[5]]


def test_it_is_read_wherever_a_worker_stands(folder, tmp_path_factory, monkeypatch):
    monkeypatch.chdir(folder.parent)
    cells = load_image_folder(folder.name, image_shape=SHAPE, lazy=True)
    expected = np.asarray(cells.images)
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    np.testing.assert_array_equal(np.asarray(cells.images), expected)


def test_return_X_y_and_a_table(folder):
    labels = {"filename": ["b/1.png", "a/0.png"], "label": ["x", "y"]}
    X, y = load_image_folder(folder, image_shape=SHAPE, labels=labels, lazy=True, return_X_y=True)
    assert X.shape == (2, 60)
    assert y.tolist() == [1, 0]


def test_it_needs_an_image_shape(folder):
    with pytest.raises(ValueError, match="lazy=True needs image_shape"):
        load_image_folder(folder, lazy=True)


def test_what_the_header_tells_is_told_at_once(folder):
    (folder / "a" / "empty.png").touch()
    (folder / "b" / "text.jpg").write_text("this is no image", encoding="utf-8")
    with pytest.raises(OSError, match="2 of 8 files cannot be read") as caught:
        load_image_folder(folder, image_shape=SHAPE, lazy=True)
    caught.match(r"empty\.png: not an image.*\n.*text\.jpg: not an image")
    with pytest.warns(UserWarning, match="Skipped: 2 of 8 files") as warned:
        cells = load_image_folder(folder, image_shape=SHAPE, on_error="skip", lazy=True)
    assert warned[0].filename == __file__
    assert cells.images.shape == (6, *SHAPE)
    assert len(cells.filenames) == len(cells.target) == 6
    assert not any("text" in name for name in cells.filenames)


@pytest.mark.parametrize("on_error", ["raise", "skip"])
def test_a_truncated_file_is_named_when_it_is_read(folder, on_error):
    cut_short(folder / "b" / "0.png")
    cells = load_image_folder(folder, image_shape=SHAPE, on_error=on_error, lazy=True)
    assert np.asarray(cells.images[:3]).shape == (3, *SHAPE)
    with pytest.raises(OSError, match=r"0\.png: .*[Tt]runcated"):
        np.asarray(cells.images)


def test_a_file_that_went_away_is_named(folder):
    cells = load_image_folder(folder, image_shape=SHAPE, lazy=True)
    (folder / "a" / "1.png").unlink()
    with pytest.raises(OSError, match=r"1\.png: No such file"):
        cells.images[1]


def test_a_transform_that_gives_no_image_is_told_with_the_file(folder):
    cells = load_image_folder(folder, image_shape=SHAPE, transform=np.sum, lazy=True)
    with pytest.raises(TypeError, match=r"Expected transform to give images.*0\.png"):
        cells.images[0]


def test_a_cache_sees_that_a_file_was_changed(folder):
    def hash_folder():
        return joblib.hash(load_image_folder(folder, image_shape=SHAPE, lazy=True).images)

    before = hash_folder()
    assert hash_folder() == before
    Image.new("RGB", (8, 6)).save(folder / "a" / "0.png")
    assert hash_folder() != before
