"""The public BCCD set: smear photos with one of four classes of white blood cells."""

import os
from importlib.resources import files
from numbers import Integral, Real
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
from sklearn.datasets import get_data_home
from sklearn.utils._param_validation import Interval, StrOptions, validate_params

from skwbc._types import ImageShape, PathLike
from skwbc.datasets._bunch import image_bunch
from skwbc.datasets._download import fetch_files, list_missing
from skwbc.datasets._read_image import check_image_shape, read_image, resize_image

_CLASSES = ("eosinophil", "lymphocyte", "monocyte", "neutrophil")
_WINDOW = 240  # pixels: the side of the square around a cell

_IMAGES_AT = ("Shenggan/BCCD_Dataset", "d272fb14cdff6e473fafeeeba32aba5f560e9e43")
_LABELS_AT = ("apple2373/BCCD", "7751031e0b41bcfdff998cbc4c698a445a60b49e")
_ARCHIVE = "https://github.com/{}/archive/{}.zip"
_SINGLE_FILES = "https://raw.githubusercontent.com/{}/{}"
_LABELS = "labels.csv"
_LICENCE = "LICENSE"

# Photos that show one piece of the smear, found by correlating all pairs at all shifts that
# overlap by a fifth or more, and confirmed by eye.
# fmt: off
_OVERLAPPING = (
    (19, 20), (37, 38), (40, 41), (107, 108), (166, 193), (204, 205, 276, 277), (206, 278),
    (207, 279), (223, 224, 263, 264), (225, 262), (226, 261), (227, 260), (228, 259), (229, 258),
    (230, 257), (231, 256), (232, 255), (233, 254), (236, 253), (237, 252), (239, 240),
    (242, 248, 249), (243, 250), (244, 247), (364, 409), (365, 408), (377, 400), (381, 397),
    (382, 395), (384, 393), (386, 391),
)
# fmt: on
_FIRST_OVERLAPPING = {number: numbers[0] for numbers in _OVERLAPPING for number in numbers}


@validate_params(
    {
        "data_home": [str, os.PathLike, None],
        "source": [str, os.PathLike, None],
        "mixed": [StrOptions({"drop", "duplicate"})],
        "crop": [StrOptions({"box"}), None],
        "image_shape": [tuple, list],
        "download_if_missing": ["boolean"],
        "return_X_y": ["boolean"],
        "n_retries": [Interval(Integral, 0, None, closed="left")],
        "delay": [Interval(Real, 0, None, closed="left")],
    },
    prefer_skip_nested_validation=True,
)
def fetch_bccd(
    *,
    data_home: PathLike | None = None,
    source: PathLike | None = None,
    mixed: str = "drop",
    crop: str | None = None,
    image_shape: ImageShape = (60, 80, 3),
    download_if_missing: bool = True,
    return_X_y: bool = False,
    n_retries: int = 3,
    delay: float = 1.0,
) -> Any:
    """Fetch the BCCD set: 352 smear photos with one of four classes of white blood cells.

    The files (8 MB) are downloaded once, verified by their SHA-256, and kept in scikit-learn's
    data home; a download that was stopped goes on where it was. The classes are eosinophil (89),
    lymphocyte (34), monocyte (20) and neutrophil (209).

    The source is not clean. Table rows without an image or without a category and the three
    images of basophils are left out; a row that names one class twice is a sample of that class.
    `mixed` says what becomes of the images that show two classes. And many cells were
    photographed twice: 67 photos overlap another one, so split by `groups`, for example with
    :class:`sklearn.model_selection.StratifiedGroupKFold`, or the test set holds cells of the
    training set. The entry `DESCR` of the result counts all cases.

    Parameters
    ----------
    data_home : str or path-like, default=None
        The data folder of scikit-learn (see :func:`sklearn.datasets.get_data_home`); the files
        go to its sub-folder ``skwbc_bccd``.
    source : str or path-like, default=None
        Where to take the files from instead of the public sources; in either case laid out as
        ``BCCD/JPEGImages/*.jpg``, ``BCCD/Annotations/*.xml``, ``labels.csv``, ``LICENSE``:

        - an ``http://`` or ``https://`` address of such a folder: downloaded from there, with
          the same checksums, to the same place;
        - a local folder: read in place. Every image, annotation and ``labels.csv`` has to be
          there, but their content is yours: no checksum is asked for.
    mixed : {"drop", "duplicate"}, default="drop"
        Images that show cells of two classes: left out, or one sample for each of the four
        classes that they show. ``"duplicate"`` gives 367 samples (eosinophil 93, lymphocyte 37,
        monocyte 22, neutrophil 215) and replays the published set, which had one eosinophil and
        one monocyte more (369); the table has one row of each whose image is missing from the
        source. Both samples of an image share their entry in `groups`.
    crop : {"box"} or None, default=None
        None takes the whole photo of 480 x 640 pixels. ``"box"`` takes a square of 240 x 240
        pixels around the centre of the white cell's annotated box: the largest box if there are
        several, the centre of the photo if there is none (5 images, whose white cell is at the
        border and therefore not in the window: see `boxes`); what lies beyond the border is
        reflected, so that a cell which touches it is seen mirrored. The window asks for a square
        `image_shape`, such as ``(64, 64, 3)``: another one distorts the cell.
    image_shape : tuple of 2 or 3 int, default=(60, 80, 3)
        ``(height, width, channels)`` of the result, with 3 channels (RGB) or 1 (grey);
        ``(height, width)`` means grey. Photos are resized by Pillow's bicubic filter, which
        takes the average where it shrinks.
    download_if_missing : bool, default=True
        If False, raise an error instead of downloading.
    return_X_y : bool, default=False
        Return ``(data, target)`` alone.
    n_retries : int, default=3
        How often to try again after a failure of the network.
    delay : float, default=1.0
        Seconds between two tries.

    Returns
    -------
    Bunch or tuple of ndarray
        ``(data, target)`` if `return_X_y`, otherwise a dictionary with attributes:

        data : ndarray of shape (n_samples, height * width * channels), dtype uint8
            The images as flat rows, a view of `images`.
        images : ndarray of shape (n_samples, height, width, channels), dtype uint8
            Values from 0 to 255, in the order of the photos' numbers.
        image_shape : tuple of int
            ``(height, width, channels)``.
        target : ndarray of shape (n_samples,), dtype int64
            Class codes, indices into `target_names`.
        target_names : ndarray of shape (4,)
            The classes, sorted.
        filenames : list of str
            The photo of each sample.
        groups : ndarray of shape (n_samples,)
            The photo's name without folder and suffix; for a photo that overlaps others, the
            name of the first of them. Samples that share it belong on one side of a split.
        boxes : ndarray of shape (n_samples, 4), dtype float64
            ``xmin, ymin, xmax, ymax`` of the (largest) white cell in pixels of the photo;
            NaN where there is no box.
        DESCR : str
            The set in words: counts, dirt, sources, licence.

    Raises
    ------
    OSError
        If files are missing and may not or cannot be downloaded, if a download has the wrong
        checksum, or if a file of a local folder is missing or cannot be read.
    ValueError
        If a parameter has a value that is not listed above, or a local folder has no photo of the
        four classes.

    References
    ----------
    Images and boxes: https://github.com/Shenggan/BCCD_Dataset (MIT licence). Classes:
    https://github.com/apple2373/BCCD. Both at the commits that `DESCR` names.

    Examples
    --------
    The first call needs the network; the later ones do not.

    >>> from skwbc.datasets import fetch_bccd
    >>> bccd = fetch_bccd(crop="box", image_shape=(64, 64, 3))  # doctest: +SKIP
    >>> bccd.data.shape  # doctest: +SKIP
    (352, 12288)
    """
    image_shape = check_image_shape(image_shape)
    if source is not None and not _is_address(source):
        folder = _check_local_folder(Path(source))
    else:
        folder = Path(get_data_home(os.fspath(data_home) if data_home else None)) / "skwbc_bccd"
        _fill_cache(folder, source, download_if_missing, n_retries=n_retries, delay=delay)

    samples = _list_samples(folder, mixed)
    names = [_name_photo(number) for number, _ in samples]
    images = np.empty((len(samples), *image_shape), dtype=np.uint8)
    boxes = np.empty((len(samples), 4))
    for i, name in enumerate(names):
        photo = read_image(folder / _image_path(name), image_shape[2])
        boxes[i] = _read_white_cell_box(folder / _annotation_path(name))
        if crop == "box":
            photo = _crop_window(photo, boxes[i])
        images[i] = resize_image(photo, image_shape)

    return image_bunch(
        images,
        np.array([_CLASSES.index(category) for _, category in samples], dtype=np.int64),
        _CLASSES,
        filenames=[str(folder / _image_path(name)) for name in names],
        groups=[_name_photo(_FIRST_OVERLAPPING.get(number, number)) for number, _ in samples],
        return_X_y=return_X_y,
        boxes=boxes,
        DESCR=_read_package_text("_bccd_descr.rst"),
    )


def _name_photo(number):
    return f"BloodImage_{number:05d}"


def _image_path(name):
    return f"BCCD/JPEGImages/{name}.jpg"


def _annotation_path(name):
    return f"BCCD/Annotations/{name}.xml"


def _read_package_text(name):
    return files("skwbc.datasets").joinpath(name).read_text(encoding="utf-8")


def _read_checksums():
    """Read the list, in the format of ``sha256sum``: relative path -> SHA-256."""
    lines = _read_package_text("_bccd_checksums.txt").splitlines()
    return {name: checksum for checksum, name in (line.split("  ", 1) for line in lines)}


def _is_address(source):
    return str(source).startswith(("http://", "https://"))


def _check_local_folder(folder):
    needed = [name for name in _read_checksums() if name != _LICENCE]
    missing = [name for name in needed if not (folder / name).is_file()]
    if missing:
        raise FileNotFoundError(
            f"Expected the BCCD set in the folder {folder}; {len(missing)} of {len(needed)} "
            f"files are not there, the first is {missing[0]}."
        )
    return folder


def _fill_cache(folder, address, download_if_missing, **tries):
    """Bring the whole set into the cache, from `address` or from the public sources."""
    checksums = _read_checksums()
    missing = list_missing(checksums, folder)
    if not missing:
        return
    if not download_if_missing:
        raise OSError(
            f"Expected the BCCD set in {folder}; {len(missing)} of {len(checksums)} files are "
            "missing or damaged, and download_if_missing=False."
        )
    if address is not None:
        fetch_files(checksums, folder, base=address, **tries)
        return
    labels = {_LABELS: checksums.pop(_LABELS)}
    fetch_files(
        checksums,
        folder,
        base=_SINGLE_FILES.format(*_IMAGES_AT),
        archive=_ARCHIVE.format(*_IMAGES_AT),
        **tries,
    )
    fetch_files(labels, folder, base=_SINGLE_FILES.format(*_LABELS_AT), **tries)


def _list_samples(folder, mixed):
    """List ``(number of the photo, class)`` of every sample, sorted."""
    samples = []
    for number, category in sorted(_read_labels(folder / _LABELS)):
        shown = _split_category(category)
        has_image = (folder / _image_path(_name_photo(number))).is_file()
        if has_image and not (mixed == "drop" and len(shown) > 1):
            samples += [(number, one) for one in shown if one in _CLASSES]
    if not samples:
        raise ValueError(
            f"Expected photos of {', '.join(_CLASSES)} in {folder / _LABELS}, found none."
        )
    return samples


def _read_labels(path):
    """List ``(number of the photo, text of its classes)`` of each row of the table."""
    columns = {"usecols": ["Image", "Category"], "dtype": str, "keep_default_na": False}
    try:
        table = pd.read_csv(path, **columns)
        return [(int(number), text) for number, text in table[columns["usecols"]].to_numpy()]
    except ValueError as error:  # pandas' errors of form, and those of UTF-8, too
        raise OSError(
            f"{path}: expected a table with a whole number as Image and a text as Category; "
            f"{error}."
        ) from error


def _split_category(category):
    """List the distinct classes that a cell of the table names.

    Examples
    --------
    >>> _split_category("NEUTROPHIL, EOSINOPHIL")
    ['eosinophil', 'neutrophil']
    >>> _split_category("NEUTROPHIL,NEUTROPHIL")
    ['neutrophil']
    >>> _split_category("")
    []
    """
    return sorted({part.strip().lower() for part in category.split(",")} - {""})


def _read_white_cell_box(path):
    """Read ``xmin, ymin, xmax, ymax`` of the largest white cell; NaN if there is none."""
    try:
        root = ElementTree.parse(path).getroot()
    except ElementTree.ParseError as error:
        raise OSError(f"{path}: expected an annotation in XML; {error}.") from error
    sides = ("xmin", "ymin", "xmax", "ymax")
    cells = [cell for cell in root.iter("object") if cell.findtext("name") == "WBC"]
    try:
        boxes = [[float(cell.findtext(f"bndbox/{side}", "")) for side in sides] for cell in cells]
    except ValueError as error:
        raise OSError(f"{path}: expected numbers as {', '.join(sides)}; {error}.") from error
    return max(boxes, key=lambda box: (box[2] - box[0]) * (box[3] - box[1]), default=[np.nan] * 4)


def _crop_window(photo, box):
    """Cut the square window around a box's centre, or the photo's own; reflect at the borders."""
    height, width, _ = photo.shape
    if np.isnan(box).any():
        box = (0, 0, width, height)
    centre = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    left, top = (round(c) for c in np.clip(centre, 0, (width, height)))  # once padded
    half = _WINDOW // 2
    padded = np.pad(photo, ((half, half), (half, half), (0, 0)), mode="reflect")
    return padded[top : top + _WINDOW, left : left + _WINDOW]
