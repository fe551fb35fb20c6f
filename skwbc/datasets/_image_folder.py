"""Images of your own: one sub-folder per class, or a folder and a table of labels."""

import os
import unicodedata
import warnings
from collections.abc import Callable, Collection, Mapping
from itertools import compress, groupby
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils._param_validation import StrOptions, validate_params

from skwbc._types import ImageShape, PathLike
from skwbc.datasets._bunch import image_bunch
from skwbc.datasets._class_folders import keep_classes, list_class_folders
from skwbc.datasets._image_files import plan_reading
from skwbc.datasets._labels_table import read_labels_table


@validate_params(
    {
        "path": [str, os.PathLike],
        "image_shape": [tuple, list, None],
        "labels": [str, os.PathLike, Mapping, pd.DataFrame, None],
        "leave_out": ["array-like", set, frozenset],
        "transform": [callable, None],
        "on_error": [StrOptions({"raise", "skip"})],
        "lazy": ["boolean"],
        "return_X_y": ["boolean"],
    },
    prefer_skip_nested_validation=True,
)
def load_image_folder(
    path: PathLike,
    *,
    image_shape: ImageShape | None = None,
    labels: PathLike | Mapping[str, Any] | pd.DataFrame | None = None,
    leave_out: Collection[str] = (),
    transform: Callable[[np.ndarray], np.ndarray] | None = None,
    on_error: str = "raise",
    lazy: bool = False,
    return_X_y: bool = False,
) -> Any:
    """Load images from a folder: one sub-folder per class, or a table that names the classes.

    Formats that Pillow reads are taken, known by their content and not by their name. The EXIF
    orientation is applied. Grey values of 16 bits are scaled so that 65535 becomes 255: a camera
    that fills only 12 of the 16 bits yields dark images, so stretch those yourself first.
    Transparent pixels are laid over white; palettes and CMYK are converted.

    Parameters
    ----------
    path : str or path-like
        The folder. Without `labels`, each sub-folder is a class, and every file in it, however
        deep, is one of its images. Hidden files and folders (those with a leading dot,
        ``Thumbs.db``, ``desktop.ini``, ``__MACOSX``) are left out.
    image_shape : tuple of 2 or 3 int, default=None
        ``(height, width, channels)`` of the result, with 3 channels (RGB) or 1 (grey);
        ``(height, width)`` means grey. Images are resized by Pillow's bicubic filter, which takes
        the average where it shrinks. By default all images have to be of one size, and come as
        RGB.
    labels : str, path-like, DataFrame or mapping, default=None
        A CSV file, or a table, with the columns ``filename`` (relative to `path`), ``label`` and,
        if you have it, ``group`` (what the photos of one patient or slide share). Files that the
        table does not name are not read. The columns of a file are separated by commas, or by
        semicolons; blanks around a value do not count, nor do capitals in the columns' names.
    leave_out : collection of str, default=()
        Classes that are not wanted; of these no file is read.
    transform : callable, default=None
        Called with each image, an array of shape (height, width, channels) and dtype uint8, before
        it is resized; gives an image of that form. It can crop photos of any size, one by one, and
        few of them are held at once. An OSError that it raises counts as a file that cannot be
        read, see `on_error`.
    on_error : {"raise", "skip"}, default="raise"
        What to do about files that cannot be read: truncated ones, other files with the name of
        an image, several frames in one file, pixels of floats or of 32 bits, programs (EPS),
        decompression bombs, TIFFs of 16 bits that hold one channel after the other uncompressed.
        ``"raise"`` lists all of them in one error, ``"skip"`` goes on without them and lists them
        in a warning.
    lazy : bool, default=False
        Read a file only when its image is asked for, and keep none: for sets larger than memory
        (see :ref:`larger-than-memory`). It needs `image_shape`. Of each file the header alone is
        read at once; one that turns out to be truncated later raises an OSError then, whatever
        `on_error` is.
    return_X_y : bool, default=False
        Return ``(data, target)`` alone.

    Returns
    -------
    Bunch or tuple of array
        ``(data, target)`` if `return_X_y`, otherwise a dictionary with attributes:

        data : array of shape (n_samples, height * width * channels), dtype uint8
            The images as flat rows, a view of `images`.
        images : array of shape (n_samples, height, width, channels), dtype uint8
            Values from 0 to 255, sorted by file name. With `lazy`, `data` and `images` have the
            shape, dtype and length of an array; a slice, row numbers or a mask take a part
            without reading it, an integer reads one image, and ``numpy.asarray`` all.
        image_shape : tuple of int
            ``(height, width, channels)``.
        target : ndarray of shape (n_samples,), dtype int64
            Class codes, indices into `target_names`.
        target_names : ndarray of str
            The classes, sorted as text.
        filenames : list of str
            The file of each image.
        skipped : list of str
            Files that could not be read, and were left out (see `on_error`).
        groups : ndarray of shape (n_samples,)
            The ``group`` of the table; by default the file's path below `path` without the
            suffix of an image, so that every photo is a group of its own, and the same photo in
            another format, or by a link to its file, of the same one.

    Raises
    ------
    OSError
        If the folder is not there, or if files cannot be read.
    ValueError
        If there are fewer than two classes, a class without images, images of different size
        and no `image_shape`, or a table with missing columns, gaps or repeated files; if a class
        to leave out is not there; if `lazy` is without `image_shape`.
    TypeError
        If `transform` gives something else than an image of uint8 with as many channels.

    Warns
    -----
    UserWarning
        If the names of classes differ by case, by blanks around them or by the coding of accents
        alone; if files are skipped;
        if a table has other columns, and none by the name of ``group``.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> from skwbc.datasets import load_image_folder
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for label in ("lymphocyte", "monocyte"):
    ...         (Path(folder) / label).mkdir()
    ...         for i in range(3):
    ...             Image.new("RGB", (12, 10), "pink").save(Path(folder) / label / f"{i}.png")
    ...     cells = load_image_folder(folder)
    >>> cells.images.shape
    (6, 10, 12, 3)
    >>> cells.target
    array([0, 0, 0, 1, 1, 1])
    >>> cells.groups[0]
    'lymphocyte/0'
    """
    folder = Path(path)
    if not folder.is_dir():
        raise FileNotFoundError(f"Expected a folder of images, found none at {folder}.")
    shape, load = plan_reading(image_shape, lazy)
    table = tabulate_files(folder, labels, set(map(str, leave_out)))
    _check_classes(table["label"].unique(), folder)
    _warn_of_likeness(table["label"].unique())

    paths = [str(folder / name) for name in table["filename"]]
    images, is_read = load(paths, shape, on_error=on_error, transform=transform)
    lost = sorted(set(table["label"]) - set(table.loc[is_read, "label"]))
    if lost:
        raise ValueError(f"Expected images of every class; none could be read of {lost}.")

    table = table[is_read]
    target_names, target = np.unique(table["label"].to_numpy(dtype=str), return_inverse=True)
    return image_bunch(
        images,
        target.astype(np.int64),
        target_names,
        filenames=list(compress(paths, is_read)),
        skipped=list(compress(paths, ~is_read)),
        groups=table["group"].to_numpy(),
        return_X_y=return_X_y,
    )


def tabulate_files(folder, labels, left_out):
    """Tabulate the files that are read of a folder.

    Parameters
    ----------
    folder : Path
    labels : str, path-like, DataFrame, mapping or None
        As of :func:`load_image_folder`.
    left_out : set of str
        Classes.

    Returns
    -------
    DataFrame
        "filename" below the folder, by which it is sorted, "label" and "group".

    Raises
    ------
    OSError
        If the folder, or the file of the table, can't be read.
    ValueError
        If images are in no class, or a class has none; of a table, or of classes to leave out, as
        :func:`load_image_folder` does.

    Warns
    -----
    UserWarning
        If a table has other columns, and none by the name of ``group``.
    """
    if labels is None:
        table = list_class_folders(folder, left_out)
    else:
        table = read_labels_table(labels, folder)
        table = table[table["label"].isin(keep_classes(table["label"].unique(), left_out))]
    return table.sort_values("filename", ignore_index=True)


def _check_classes(classes, folder):
    if len(classes) == 0:
        raise ValueError(
            f"Expected images in {folder}, in one sub-folder per class or named by a table "
            "(labels=..., or --labels); found none."
        )
    if len(classes) == 1:
        raise ValueError(f"Expected at least two classes in {folder}, found only {classes[0]!r}.")


def _warn_of_likeness(classes):
    """Warn of classes that may be one, written in two ways."""

    def fold(name):
        return unicodedata.normalize("NFC", name.strip()).casefold()

    alike = [sorted(names) for _, names in groupby(sorted(classes, key=fold), fold)]
    told = "; ".join(", ".join(map(repr, names)) for names in alike if len(names) > 1)
    if told:
        warnings.warn(
            f"Classes that differ by case, blanks or the coding of accents alone: {told}. Each is "
            "a class of its own; if they are the same, give them one name.",
            stacklevel=4,  # of who calls load_image_folder
        )
