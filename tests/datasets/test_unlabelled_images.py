"""Images of no known class are read as those of classes are."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image

from skwbc.datasets import load_image_folder, load_images


@pytest.fixture
def files(tmp_path):
    """A grey ramp of 16 bits, a transparent image and a colour one, in the folder of a class."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    ramp = np.linspace(0, 65535, 48).astype(np.uint16).reshape(6, 8)
    Image.fromarray(ramp).save(tmp_path / "a" / "ramp.png")
    Image.new("RGBA", (8, 6), (255, 0, 0, 0)).save(tmp_path / "a" / "clear.png")
    Image.new("RGB", (8, 6), "purple").save(tmp_path / "b" / "purple.png")
    return sorted(tmp_path.rglob("*.png"))


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize("image_shape", [(3, 4, 3), (3, 4)])
def test_they_are_those_of_a_folder(files, image_shape, lazy):
    expected = load_image_folder(files[0].parents[1], image_shape=image_shape)
    photos = load_images(files, image_shape=image_shape, lazy=lazy)
    assert_array_equal(np.asarray(photos.images), expected.images)
    assert_array_equal(np.asarray(photos.data), expected.data)
    assert photos.filenames == expected.filenames
    assert (photos.image_shape, photos.skipped) == (expected.image_shape, [])


def test_without_a_shape_they_are_rgb(files):
    assert load_images([files[2], files[0]]).images.shape == (2, 6, 8, 3)


def test_a_file_that_cannot_be_read(files):
    files[1].write_bytes(files[1].read_bytes()[:40])
    with pytest.raises(OSError, match="1 of 3 files cannot be read"):
        load_images(files)
    with pytest.warns(UserWarning, match="1 of 3 files cannot be read"):
        photos = load_images(files, on_error="skip")
    assert photos.filenames == [str(files[0]), str(files[2])]
    assert photos.skipped == [str(files[1])]
    with pytest.warns(UserWarning, match="1 of 1 files"), pytest.raises(OSError, match="None of"):
        load_images(files[1:2], on_error="skip")


@pytest.mark.parametrize(
    ("files", "settings", "message"),
    [
        ([], {}, "at least one file"),
        (["a.png"], {"lazy": True}, "lazy=True needs image_shape"),
        (["a.png"], {"image_shape": (4, 4, 2)}, "with 1 .grey. or 3 .RGB. channels"),
        ("a.png", {}, "The 'files' parameter of load_images must be an array-like"),
    ],
)
def test_wrong_parameters(files, settings, message):
    with pytest.raises(ValueError, match=message):
        load_images(files, **settings)
