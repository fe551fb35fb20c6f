import hashlib
import io
import re
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from skwbc.datasets import _bccd, fetch_bccd
from skwbc.datasets._bccd import _CLASSES, _split_category

BOX = "<object><name>{}</name><bndbox>{}</bndbox></object>"
SIDES = "<xmin>{}</xmin><ymin>{}</ymin><xmax>{}</xmax><ymax>{}</ymax>"


def write_photo(folder, number, boxes=()):
    """A field of 64 x 48 with one black block per white cell, and its annotation."""
    photo = np.full((48, 64, 3), 200, dtype=np.uint8)
    for name, (xmin, ymin, xmax, ymax) in boxes:
        if name == "WBC":
            photo[ymin:ymax, xmin:xmax] = 0
    Image.fromarray(photo).save(folder / f"BCCD/JPEGImages/BloodImage_{number:05d}.jpg")
    objects = "".join(BOX.format(name, SIDES.format(*sides)) for name, sides in boxes)
    annotation = folder / f"BCCD/Annotations/BloodImage_{number:05d}.xml"
    annotation.write_text(f"<annotation>{objects}</annotation>", encoding="utf-8")


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A small set with every kind of dirt, whose checksums take the place of the real ones."""
    folder = tmp_path / "tree"
    for sub_folder in ("BCCD/JPEGImages", "BCCD/Annotations"):
        (folder / sub_folder).mkdir(parents=True)
    small, large = (2, 2, 6, 6), (30, 20, 42, 32)
    write_photo(folder, 0, [("WBC", small), ("RBC", (0, 0, 60, 40)), ("WBC", large)])
    write_photo(folder, 1)
    for number in range(2, 9):
        write_photo(folder, number, [("WBC", large)])
    (folder / "labels.csv").write_text(
        ",Image,Category\n,0,NEUTROPHIL\n,1,MONOCYTE\n,2,\n,3,BASOPHIL\n"
        ',4,"NEUTROPHIL, EOSINOPHIL"\n,5,"LYMPHOCYTE,LYMPHOCYTE"\n,6,"MONOCYTE,BASOPHIL"\n'
        ",7,EOSINOPHIL\n,8,LYMPHOCYTE\n,99,NEUTROPHIL\n,98,\n",
        encoding="utf-8",
    )
    (folder / "LICENSE").write_text("MIT", encoding="utf-8")
    checksums = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    monkeypatch.setattr(_bccd, "_read_checksums", lambda: dict(checksums))
    return folder


def list_samples(bunch):
    numbers = [int(name[-9:-4]) for name in bunch.filenames]
    return list(zip(numbers, bunch.target_names[bunch.target], strict=True))


def offer(site, folder, prefix):
    for path in folder.rglob("*"):
        if path.is_file():
            site.pages[f"{prefix}/{path.relative_to(folder).as_posix()}"] = path.read_bytes()


def test_drop_keeps_images_of_one_class(tree):
    bunch = fetch_bccd(source=tree)
    assert list_samples(bunch) == [
        (0, "neutrophil"),
        (1, "monocyte"),
        (5, "lymphocyte"),
        (7, "eosinophil"),
        (8, "lymphocyte"),
    ]
    assert bunch.images.shape == (5, 60, 80, 3)
    assert bunch.data.shape == (5, 60 * 80 * 3)
    assert bunch.data.dtype == np.uint8
    assert list(bunch.target_names) == list(_CLASSES)
    assert list(bunch.groups) == [f"BloodImage_{i:05d}" for i in (0, 1, 5, 7, 8)]


def test_duplicate_makes_one_sample_per_class(tree):
    bunch = fetch_bccd(source=tree, mixed="duplicate")
    samples = list_samples(bunch)
    assert samples[2:4] == [(4, "eosinophil"), (4, "neutrophil")]
    assert (6, "monocyte") in samples
    assert len(samples) == 8
    assert bunch.groups[2] == bunch.groups[3] == "BloodImage_00004"
    np.testing.assert_array_equal(bunch.images[2], bunch.images[3])


def test_boxes_are_the_largest_white_cell_or_nan(tree):
    boxes = fetch_bccd(source=tree).boxes
    assert boxes[0].tolist() == [30, 20, 42, 32]
    assert np.isnan(boxes[1]).all()


def test_crop_is_centred_on_the_box(tree, monkeypatch):
    monkeypatch.setattr(_bccd, "_WINDOW", 24)
    bunch = fetch_bccd(source=tree, crop="box", image_shape=(24, 24))
    cell = bunch.images[0, :, :, 0] < 80
    rows, columns = np.nonzero(cell)
    assert (rows.min(), rows.max() + 1) == (6, 18)  # a cell of 12 in the middle of 24
    assert (columns.min(), columns.max() + 1) == (6, 18)
    assert (bunch.images[1] > 80).all()  # no box: the centre, here empty


def test_crop_reflects_beyond_the_border(monkeypatch):
    monkeypatch.setattr(_bccd, "_WINDOW", 4)
    photo = np.arange(12, dtype=np.uint8).reshape(3, 4, 1)
    window = _bccd._crop_window(photo, (0, 0, 0, 0))
    expected = [[10, 9, 8, 9], [6, 5, 4, 5], [2, 1, 0, 1], [6, 5, 4, 5]]
    assert window[..., 0].tolist() == expected


@pytest.mark.parametrize("box", [(5000, 2, 6000, 4), (-900, -900, -800, -800)])
def test_crop_of_a_box_beyond_the_photo_shows_its_border(monkeypatch, box):
    monkeypatch.setattr(_bccd, "_WINDOW", 4)
    photo = np.full((3, 4, 1), 9, dtype=np.uint8)
    np.testing.assert_array_equal(_bccd._crop_window(photo, box), np.full((4, 4, 1), 9))


def test_return_X_y(tree):
    X, y = fetch_bccd(source=tree, return_X_y=True, image_shape=(6, 8, 1))
    assert X.shape == (5, 48)
    assert y.tolist() == [3, 2, 1, 0, 1]


def test_address_is_downloaded_once_and_works_offline(tree, site, tmp_path):
    offer(site, tree, "/set")
    first = fetch_bccd(source=f"{site.address}/set", data_home=tmp_path / "home")
    site.stop()
    second = fetch_bccd(data_home=tmp_path / "home", download_if_missing=False)
    np.testing.assert_array_equal(first.data, second.data)
    licence = tmp_path / "home" / "skwbc_bccd" / "LICENSE"
    assert licence.read_text(encoding="utf-8") == "MIT"


def test_public_sources_are_the_archive_and_one_table(tree, site, tmp_path, monkeypatch):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for path in tree.rglob("*"):
            if path.is_file() and path.name != "labels.csv":
                file.write(path, f"BCCD_Dataset-x/{path.relative_to(tree).as_posix()}")
    images, labels = ("/".join(where) for where in (_bccd._IMAGES_AT, _bccd._LABELS_AT))
    site.pages[f"/archive/{images}.zip"] = archive.getvalue()
    site.pages[f"/raw/{labels}/labels.csv"] = (tree / "labels.csv").read_bytes()
    monkeypatch.setattr(_bccd, "_ARCHIVE", site.address + "/archive/{}/{}.zip")
    monkeypatch.setattr(_bccd, "_SINGLE_FILES", site.address + "/raw/{}/{}")
    bunch = fetch_bccd(data_home=tmp_path / "home")
    assert len(bunch.target) == 5
    assert site.requests == [f"/archive/{images}.zip", f"/raw/{labels}/labels.csv"]


def test_not_cached_and_no_download(tree, tmp_path):
    with pytest.raises(OSError, match=r"skwbc_bccd; 20 of 20 files .* download_if_missing=False"):
        fetch_bccd(data_home=tmp_path / "home", download_if_missing=False)


def test_the_data_home_is_that_of_scikit_learn(tree, tmp_path, monkeypatch):
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path / "home"))
    folder = re.escape(str(tmp_path / "home" / "skwbc_bccd"))
    with pytest.raises(OSError, match=f"Expected the BCCD set in {folder}; 20 of 20 files"):
        fetch_bccd(download_if_missing=False)


def test_no_network(tree, site, tmp_path):
    site.stop()
    with pytest.raises(OSError, match=r"Could not download http://127.* 20 of 20 files"):
        fetch_bccd(source=site.address, data_home=tmp_path / "home", n_retries=0)


def test_local_folder_with_missing_files(tree):
    (tree / "BCCD/JPEGImages/BloodImage_00004.jpg").unlink()
    (tree / "LICENSE").unlink()  # nobody needs it to read the images
    with pytest.raises(FileNotFoundError, match=r"1 of 19 files .*BloodImage_00004\.jpg"):
        fetch_bccd(source=str(tree))


def test_local_folder_with_a_truncated_photo(tree):
    photo = tree / "BCCD/JPEGImages/BloodImage_00005.jpg"
    photo.write_bytes(photo.read_bytes()[:-100])
    with pytest.raises(OSError, match=r"BloodImage_00005\.jpg: .*truncated"):
        fetch_bccd(source=tree)


def test_local_folder_with_a_broken_annotation(tree):
    (tree / "BCCD/Annotations/BloodImage_00005.xml").write_text("<annot", encoding="utf-8")
    with pytest.raises(OSError, match=r"BloodImage_00005\.xml: expected an annotation"):
        fetch_bccd(source=tree)
    half = "<annotation><object><name>WBC</name><bndbox/></object></annotation>"
    (tree / "BCCD/Annotations/BloodImage_00005.xml").write_text(half, encoding="utf-8")
    with pytest.raises(OSError, match=r"BloodImage_00005\.xml: expected numbers as xmin"):
        fetch_bccd(source=tree)


@pytest.mark.parametrize(
    "table",
    [",Image,Category\n0,,NEUTROPHIL\n", ",Image,Category\n0,1.5,NEUTROPHIL\n", ",Image\n0,1\n"],
)
def test_local_folder_with_a_faulty_table(tree, table):
    (tree / "labels.csv").write_text(table, encoding="utf-8")
    with pytest.raises(OSError, match=r"labels\.csv: expected a table with a whole number"):
        fetch_bccd(source=tree)


@pytest.mark.parametrize("rows", ["", ",0,5\n,1,\n"])
def test_local_folder_without_a_class(tree, rows):
    (tree / "labels.csv").write_text(f",Image,Category\n{rows}", encoding="utf-8")
    with pytest.raises(ValueError, match=r"Expected photos of eosinophil, .*found none"):
        fetch_bccd(source=tree)


@pytest.mark.parametrize(
    "wrong",
    [{"mixed": "keep"}, {"crop": "cell"}, {"image_shape": (60, 80, 4)}, {"image_shape": (60,)}],
)
def test_wrong_parameters(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        fetch_bccd(**wrong)


@given(
    names=st.lists(st.sampled_from([c.upper() for c in _CLASSES]), max_size=4),
    separator=st.sampled_from([",", ", ", " ,", " , "]),
)
def test_category_gives_each_class_once(names, separator):
    assert _split_category(separator.join(names)) == sorted({name.lower() for name in names})


def test_overlapping_photos_are_listed_once():
    numbers = [number for numbers in _bccd._OVERLAPPING for number in numbers]
    assert len(numbers) == len(set(numbers)) == 67
    assert all(list(numbers) == sorted(numbers) for numbers in _bccd._OVERLAPPING)


def test_checksum_list_is_whole():
    checksums = _bccd._read_checksums()
    assert len(checksums) == 364 + 364 + 2
    assert {len(checksum) for checksum in checksums.values()} == {64}


@pytest.mark.parametrize(
    ("mixed", "counts", "n_groups"),
    [("drop", [89, 34, 20, 209], 318), ("duplicate", [93, 37, 22, 215], 324)],
)
def test_real_counts(real_bccd, mixed, counts, n_groups):
    bunch = fetch_bccd(source=real_bccd, mixed=mixed)
    assert np.bincount(bunch.target).tolist() == counts
    assert len(set(bunch.groups)) == n_groups
    assert np.isnan(bunch.boxes).any(axis=1).sum() == 5
    group_of = dict(zip((name[-9:-4] for name in bunch.filenames), bunch.groups, strict=True))
    assert group_of["00227"] == group_of["00260"] == "BloodImage_00227"


@pytest.mark.slow
def test_real_crops_show_stained_nuclei(real_bccd):
    bunch = fetch_bccd(source=real_bccd, crop="box", image_shape=(24, 24, 3))
    centre = bunch.images[:, 8:16, 8:16].astype(float)
    blueness = (centre[..., 2] - centre[..., 0]).mean(axis=(1, 2))
    has_box = ~np.isnan(bunch.boxes).any(axis=1)
    assert (blueness[has_box] > 0).mean() > 0.98
    assert (blueness[~has_box] < 0).all()


@pytest.mark.slow
def test_real_set_over_http(real_bccd, site, tmp_path):
    offer(site, real_bccd, "/set")
    fetched = fetch_bccd(source=f"{site.address}/set", data_home=tmp_path, image_shape=(6, 8, 3))
    assert len(site.requests) == 730
    assert len(fetched.target) == 352
