import os
import struct
import sys
import threading
import weakref
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from image_folders import GREEN, RED, write_image
from PIL import Image

from skwbc.datasets import load_image_folder
from skwbc.datasets._read_image import decode_image, read_image, resize_image


def write_broken_files(folder):
    write_image(folder / "a" / "cut.jpg", size=(64, 64))
    whole = (folder / "a" / "cut.jpg").read_bytes()
    (folder / "a" / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "b" / "empty.png").touch()
    (folder / "b" / "text.jpg").write_text("this is no image", encoding="utf-8")


def test_sub_folders_are_classes(folder):
    bunch = load_image_folder(folder)
    assert bunch.images.shape == (4, 6, 8, 3)
    assert bunch.images.dtype == np.uint8
    assert bunch.target.tolist() == [0, 0, 1, 1]
    assert bunch.target_names.tolist() == ["a", "b"]
    assert bunch.groups.tolist() == ["a/0", "a/1", "b/0", "b/1"]
    assert bunch.filenames[3] == str(folder / "b" / "1.png")
    assert (bunch.images[0] == RED).all()
    assert (bunch.images[3] == GREEN).all()


def test_a_photo_in_two_formats_is_one_group_and_a_number_is_no_format(folder):
    write_image(folder / "a" / "0.bmp")
    for number in ("001", "002"):
        write_image(folder / "a" / "slide.png")
        (folder / "a" / "slide.png").rename(folder / "a" / f"slide.{number}")
    groups = load_image_folder(folder).groups
    assert groups[:5].tolist() == ["a/0", "a/0", "a/1", "a/slide.001", "a/slide.002"]


def test_links_to_one_file_are_one_group(folder):
    (folder / "b" / "again.png").symlink_to(folder / "a" / "1.png")
    groups = load_image_folder(folder).groups
    assert groups.tolist() == ["a/0", "a/1", "b/0", "b/1", "a/1"]


def test_a_link_joins_the_formats_of_a_photo(folder):
    write_image(folder / "a" / "Z.jpg")
    write_image(folder / "a" / "Z.png")
    (folder / "a" / "00.jpg").symlink_to(folder / "a" / "Z.jpg")
    groups = load_image_folder(folder).groups
    assert groups.tolist() == ["a/0", "a/00", "a/1", "a/00", "a/00", "b/0", "b/1"]


def test_a_class_that_is_a_broken_link_is_an_error(folder):
    (folder / "c").symlink_to(folder / "unplugged", target_is_directory=True)
    with pytest.raises(FileNotFoundError, match="c is a link that leads nowhere"):
        load_image_folder(folder, on_error="skip")
    assert load_image_folder(folder, leave_out=["c"]).target_names.tolist() == ["a", "b"]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere all names are text")
def test_a_name_that_is_no_utf_8(folder):
    os.rename(folder / "a" / "1.png", os.fsencode(folder / "a") + b"/caf\xe9.png")
    names = load_image_folder(folder).filenames
    assert sum("caf" in str(name) for name in names) == 1


@pytest.mark.parametrize("name", ["paper.pdf", "features.h5", "film.mpg"])
def test_files_that_are_no_images_may_lie_beside_the_classes(folder, name):
    (folder / name).write_bytes(b"x")
    assert len(load_image_folder(folder).images) == 4


def test_hidden_files_and_deeper_folders(folder):
    (folder / "a" / ".DS_Store").write_bytes(b"x")
    (folder / "a" / "Thumbs.db").write_bytes(b"x")
    (folder / "a" / ".cache").mkdir()
    (folder / "a" / ".cache" / "0.png").write_bytes(b"x")
    (folder / "README.txt").write_text("about", encoding="utf-8")
    write_image(folder / "b" / "slide 2" / "0.png")
    bunch = load_image_folder(str(folder))
    assert bunch.groups.tolist() == ["a/0", "a/1", "b/0", "b/1", "b/slide 2/0"]


def test_return_X_y_and_grey(folder):
    X, y = load_image_folder(folder, image_shape=(3, 4), return_X_y=True)
    assert X.shape == (4, 12)
    assert y.tolist() == [0, 0, 1, 1]


def test_a_transform_may_change_its_image(folder):
    def darken(photo):
        photo[:2] = 0
        return photo

    images = load_image_folder(folder, transform=darken).images
    assert (images[:, :2] == 0).all()


@pytest.mark.parametrize("name", ["A", "a "])
def test_sub_folders_that_differ_by_case_or_blanks_alone_are_told(folder, name):
    if (folder / name).exists():
        pytest.skip("the file system takes the two names for one")
    write_image(folder / name / "0.png")
    with pytest.warns(UserWarning, match=f"alone: '{min(name, 'a')}', '{max(name, 'a')}'. Each"):
        assert len(load_image_folder(folder).target_names) == 3


@pytest.mark.parametrize("from_table", [False, True])
def test_classes_are_left_out(folder, from_table):
    write_image(folder / "c" / "0.png")
    (folder / "a" / "1.png").write_text("no image", encoding="utf-8")
    (folder / "empty").mkdir()
    files = [f"{label}/{i}.png" for label in "abc" for i in range(1 if label == "c" else 2)]
    table = {"filename": [*files, "gone.png"], "label": [*(f[0] for f in files), "empty"]}
    how = {"labels": table} if from_table else {}
    bunch = load_image_folder(folder, leave_out=["a", "empty"], **how)
    assert bunch.target_names.tolist() == ["b", "c"]
    assert bunch.groups.tolist() == ["b/0", "b/1", "c/0"]
    message = r"leave out of 'a', 'b', 'c', 'empty'; received \['A'\]"
    with pytest.raises(ValueError, match=message):
        load_image_folder(folder, leave_out=["A"], **how)
    with pytest.raises(ValueError, match="Expected two classes or more beside those left out"):
        load_image_folder(folder, leave_out=["a", "b", "empty"], **how)


def test_all_unreadable_files_are_in_one_error(folder):
    write_broken_files(folder)
    with pytest.raises(OSError, match="3 of 7 files cannot be read") as caught:
        load_image_folder(folder, image_shape=(6, 8, 3))
    for name in (
        r"cut\.jpg: .*[Tt]runcated",
        r"empty\.png: not an image",
        r"text\.jpg: not an image",
        r"Remove them, or skip them \(on_error='skip', or --on-error skip\)\.$",
    ):
        caught.match(name)


def test_unreadable_files_are_skipped_with_a_warning(folder):
    write_broken_files(folder)
    with pytest.warns(UserWarning, match="Skipped: 3 of 7 files") as caught:
        bunch = load_image_folder(folder, on_error="skip")
    assert "text.jpg" in str(caught[0].message)
    assert bunch.groups.tolist() == ["a/0", "a/1", "b/0", "b/1"]
    assert len(bunch.images) == len(bunch.target) == len(bunch.filenames) == 4


def test_skip_never_loses_a_class(folder):
    (folder / "c").mkdir()
    (folder / "c" / "0.png").touch()
    with (
        pytest.warns(UserWarning, match="1 of 5"),
        pytest.raises(ValueError, match=r"none could be read of \['c'\]"),
    ):
        load_image_folder(folder, on_error="skip")


def test_images_of_different_size(folder):
    write_image(folder / "b" / "0.png", size=(9, 6))
    message = r"image_shape.*a/0\.png is 8 pixels wide and 6 high, .*b/0\.png is 9 pixels wide"
    with pytest.raises(ValueError, match=message):
        load_image_folder(folder)
    assert load_image_folder(folder, image_shape=(5, 5, 3)).images.shape == (4, 5, 5, 3)


def test_missing_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="Expected a folder of images"):
        load_image_folder(tmp_path / "nowhere")


def test_empty_folder(tmp_path):
    with pytest.raises(ValueError, match="found none"):
        load_image_folder(tmp_path)


def test_one_class(tmp_path):
    write_image(tmp_path / "a" / "0.png")
    with pytest.raises(ValueError, match="found only 'a'"):
        load_image_folder(tmp_path)


def test_class_without_images(folder):
    (folder / "c d").mkdir()
    (folder / "c d" / ".DS_Store").touch()
    message = r"the folder .*c d holds none. Remove it, or .*\(leave_out=\['c d'\], .* 'c d'\)\."
    with pytest.raises(ValueError, match=message):
        load_image_folder(folder)


def test_image_outside_the_class_folders(folder):
    write_image(folder / "lost.PNG")
    with pytest.raises(ValueError, match=r"1 lie directly in .*lost\.PNG.*or --labels\)"):
        load_image_folder(folder)


@pytest.mark.parametrize(
    "wrong", [{"on_error": "ignore"}, {"image_shape": (6, 8, 2)}, {"labels": 3}, {"leave_out": "a"}]
)
def test_wrong_parameters(folder, wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        load_image_folder(folder, **wrong)


def test_exif_orientation_is_applied(tmp_path):
    photo = Image.new("RGB", (8, 4), GREEN)
    photo.paste(RED, (0, 0, 4, 4))  # left half
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise to see it upright
    photo.save(tmp_path / "turned.png", exif=exif)
    upright = read_image(tmp_path / "turned.png")
    assert upright.shape == (8, 4, 3)
    assert (upright[:4] == RED).all()
    assert (upright[4:] == GREEN).all()


@pytest.mark.parametrize("suffix", ["png", "tif"])
@given(levels=st.lists(st.integers(0, 255), min_size=1, max_size=9))
def test_sixteen_bits_are_scaled(tmp_path_factory, suffix, levels):
    path = tmp_path_factory.mktemp("grey") / f"grey.{suffix}"
    Image.fromarray(np.array([levels], dtype=np.uint16) * 257).save(path)
    assert read_image(path, n_channels=1)[0, :, 0].tolist() == levels
    assert read_image(path)[0, :, 1].tolist() == levels


@pytest.mark.parametrize("mode", ["L", "I;16", "RGB", "RGBA"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_tiff_is_read_as_a_turned_png(tmp_path, mode, orientation):
    dtype = np.uint16 if mode == "I;16" else np.uint8
    shape = (5, 7, len(mode)) if mode.startswith("RGB") else (5, 7)
    pixels = np.random.default_rng(0).integers(0, np.iinfo(dtype).max, shape, dtype=dtype)
    exif = Image.Exif()
    exif[0x0112] = orientation
    for suffix in ("tif", "png"):
        Image.fromarray(pixels).save(tmp_path / f"turned.{suffix}", exif=exif)
    expected = read_image(tmp_path / "turned.png")
    assert expected.shape[:2] == ((5, 7) if orientation < 5 else (7, 5))
    np.testing.assert_array_equal(read_image(tmp_path / "turned.tif"), expected)


@pytest.mark.parametrize("compression", [None, "tiff_lzw"])
def test_sixteen_bits_that_count_from_white_are_no_negatives(tmp_path, compression):
    levels = np.array([[0, 40, 255]], dtype=np.uint16)
    image = Image.fromarray((255 - levels) * 257)
    image.save(tmp_path / "grey.tif", tiffinfo={262: 0}, compression=compression)
    assert read_image(tmp_path / "grey.tif", 1)[..., 0].tolist() == levels.tolist()


def test_deep_channels_one_after_the_other_are_refused(tmp_path):
    tags = {256: 2, 257: 2, 258: 16, 259: 1, 262: 2, 273: 200, 277: 3, 278: 2, 279: 24, 284: 2}
    entries = [struct.pack("<HHIHH", tag, 3, 1, value, 0) for tag, value in tags.items()]
    header = b"II*\0" + struct.pack("<IH", 8, len(tags)) + b"".join(entries) + bytes(4)
    path = tmp_path / "planes.tif"
    path.write_bytes(header.ljust(200, b"\0") + bytes(24))
    with pytest.raises(OSError, match=r"planes\.tif: expected the channels of each .* as PNG"):
        read_image(path)


@pytest.mark.parametrize(
    ("mode", "colour", "suffix", "expected"),
    [
        ("L", 90, "png", (90, 90, 90)),
        ("1", 1, "png", (255, 255, 255)),
        ("RGBA", (*RED, 0), "png", (255, 255, 255)),
        ("RGBA", (*RED, 255), "png", RED),
        ("RGBA", (0, 0, 0, 51), "png", (204, 204, 204)),
        ("LA", (0, 51), "png", (204, 204, 204)),
        ("CMYK", (0, 255, 255, 0), "tif", RED),
    ],
)
def test_every_mode_becomes_rgb(tmp_path, mode, colour, suffix, expected):
    write_image(tmp_path / f"image.{suffix}", colour, mode=mode)
    assert (read_image(tmp_path / f"image.{suffix}") == expected).all()


def test_palette_with_and_without_a_transparent_colour(tmp_path):
    image = Image.new("P", (4, 2), 1)
    image.putpalette([*GREEN, *RED])
    image.putpixel((0, 0), 0)
    image.save(tmp_path / "opaque.png")
    image.save(tmp_path / "clear.png", transparency=0)
    assert read_image(tmp_path / "opaque.png")[0, :2].tolist() == [list(GREEN), list(RED)]
    assert read_image(tmp_path / "clear.png")[0, :2].tolist() == [[255, 255, 255], list(RED)]


def test_floating_point_and_wide_integers_are_refused(tmp_path):
    for mode in ("F", "I"):
        Image.new(mode, (4, 4)).save(tmp_path / f"{mode}.tif")
        with pytest.raises(OSError, match="expected values of 8 or 16 bits"):
            read_image(tmp_path / f"{mode}.tif")


def test_several_frames_are_refused(tmp_path):
    frames = [Image.new("L", (4, 4), i) for i in range(3)]
    frames[0].save(tmp_path / "stack.tif", save_all=True, append_images=frames[1:])
    with pytest.raises(OSError, match="received 3 frames"):
        read_image(tmp_path / "stack.tif")


def test_decompression_bomb_is_an_unreadable_file(folder):
    header = b"IHDR" + struct.pack(">IIBBBBB", 10_000, 10_000, 8, 0, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header
    bomb += struct.pack(">I", zlib.crc32(header)) + struct.pack(">I", 0) + b"IDAT"
    (folder / "a" / "bomb.png").write_bytes(bomb)
    with pytest.raises(OSError, match=r"1 of 5 files.*\n.*bomb\.png: .*decompression bomb"):
        load_image_folder(folder)


@pytest.mark.parametrize("changes", [True, False])
def test_many_files_keep_their_order(tmp_path, changes):
    levels = np.random.default_rng(0).integers(0, 256, 150)
    for i, level in enumerate(levels):
        folder = tmp_path / ("a" if i < 100 else "b")
        write_image(folder / f"{i:03d}.png", (int(level),) * 3, size=(8 + i % 2, 6))
    (tmp_path / "a" / "070.png").write_bytes(b"x")
    levels[70] = -1
    threads = set()

    def negate(image):
        threads.add(threading.current_thread())
        return 255 - image

    given = {"transform": negate} if changes else {}
    with pytest.warns(UserWarning, match=r"1 of 150 files.*\n.*070\.png"):
        bunch = load_image_folder(tmp_path, image_shape=(6, 8, 3), on_error="skip", **given)
    found = bunch.images[:, 0, 0, 0].astype(int)
    np.testing.assert_array_equal(255 - found if changes else found, levels[levels >= 0])
    assert threads == ({threading.current_thread()} if changes else set())


def test_few_photos_wait_for_their_transform(tmp_path, monkeypatch):
    for i in range(20):
        write_image(tmp_path / "ab"[i % 2] / f"{i:02d}.png")
    photos, held = [], []

    def read(*path_and_channels):
        image = decode_image(*path_and_channels)
        photos.append(weakref.ref(image))
        return image

    def count(image):
        held.append(sum(photo() is not None for photo in photos))
        return image[:4, :4].copy()

    monkeypatch.setattr("skwbc.datasets._image_files.decode_image", read)
    monkeypatch.setattr("joblib.cpu_count", lambda: 3)
    load_image_folder(tmp_path, transform=count)
    assert max(held) == 6  # two of each thread


@given(
    level=st.integers(0, 255),
    height=st.integers(1, 9),
    width=st.integers(1, 9),
    n_channels=st.sampled_from([1, 3]),
)
def test_resizing_keeps_a_constant_image(level, height, width, n_channels):
    pixels = np.full((6, 8, n_channels), level, dtype=np.uint8)
    expected = np.full((height, width, n_channels), level, dtype=np.uint8)
    np.testing.assert_array_equal(resize_image(pixels, expected.shape), expected)


def test_resizing_takes_the_average():
    stripes = np.tile(np.array([0, 200], dtype=np.uint8), (64, 32))[..., None]
    inner = resize_image(stripes, (8, 8, 1))[:, 1:-1]
    np.testing.assert_allclose(inner, 100, atol=2)


def test_transform_sees_each_image_before_it_is_resized(folder):
    write_image(folder / "a" / "large.png", RED, size=(20, 10))
    seen = []

    def take_corner(image):
        seen.append(image.shape)
        return image[:4, :4]

    bunch = load_image_folder(folder, transform=take_corner)
    assert seen == [(6, 8, 3), (6, 8, 3), (10, 20, 3), (6, 8, 3), (6, 8, 3)]
    assert bunch.images.shape == (5, 4, 4, 3)
    resized = load_image_folder(folder, transform=take_corner, image_shape=(2, 3, 3))
    assert resized.images.shape == (5, 2, 3, 3)


@pytest.mark.parametrize(
    "transform",
    [lambda image: image / 255, lambda image: image[..., 0], lambda image: image[:0]],
)
def test_transform_must_give_an_image(folder, transform):
    with pytest.raises(TypeError, match="Expected transform to give images"):
        load_image_folder(folder, transform=transform)


@pytest.mark.parametrize("lazy", [False, True])
def test_an_error_of_a_transform_names_the_file(folder, lazy):
    def fail(image):
        raise ZeroDivisionError("one of the caller's")

    with pytest.raises(ZeroDivisionError, match="one of the caller's") as raised:
        np.asarray(load_image_folder(folder, image_shape=(6, 8, 3), transform=fail, lazy=lazy).data)
    assert raised.value.__notes__ == [f"In transform, of {folder / 'a' / '0.png'}."]


def test_what_a_transform_cannot_read_is_skipped_or_listed(folder):
    def refuse(image):
        if image.shape[0] == 1:
            raise OSError("a line")
        return image

    Image.fromarray(np.zeros((1, 8, 3), dtype=np.uint8)).save(folder / "a" / "line.png")
    settings = {"image_shape": (6, 8, 3), "transform": refuse}
    with pytest.raises(OSError, match=r"1 of \d+ files cannot be read:\n.*line.png: a line"):
        load_image_folder(folder, **settings)
    with pytest.warns(UserWarning, match=r"(?s)Skipped: .*line.png: a line"):
        bunch = load_image_folder(folder, on_error="skip", **settings)
    assert not any("line" in name for name in bunch.filenames)


@pytest.mark.filterwarnings("ignore:IM image format")
def test_whole_numbers_without_a_range_are_refused_in_any_format(tmp_path):
    Image.fromarray(np.full((4, 4), 70_000, dtype=np.int32)).save(tmp_path / "large.im")
    with pytest.raises(OSError, match=r"large\.im: expected values of 8 or 16 bits"):
        read_image(tmp_path / "large.im")


def test_programs_in_postscript_are_not_run(tmp_path):
    Image.new("RGB", (4, 4)).save(tmp_path / "program.eps")
    (tmp_path / "program.eps").rename(tmp_path / "photo.png")
    with pytest.raises(OSError, match="a program in PostScript"):
        read_image(tmp_path / "photo.png")


def test_linked_folders_belong_to_a_class(folder, tmp_path):
    before = len(load_image_folder(folder).target)
    write_image(tmp_path / ".elsewhere" / "9.png")
    (folder / "a" / "more").symlink_to(tmp_path / ".elsewhere", target_is_directory=True)
    assert len(load_image_folder(folder).target) == before + 1
    (folder / "a" / "gone.png").symlink_to(tmp_path / "gone.png")
    with pytest.raises(OSError, match=r"gone\.png: No such file"):
        load_image_folder(folder)
