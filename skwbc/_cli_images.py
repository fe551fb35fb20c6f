"""The images that a command is given: drawn, BCCD or a folder, whole or cropped."""

import math
import warnings
from itertools import compress, islice
from pathlib import Path

MADE, BCCD = "made", "bccd"  # instead of a folder
PHOTO_SHAPE = (480, 640)  # of BCCD
N_LOOKED_AT = 30  # photos, by which it is decided whether to crop
SMALL = 0.5  # of the photo's shorter side: smaller cells are cropped


def choose_crop(data, protocol):
    """Choose how images are cropped, where that was left open.

    Parameters
    ----------
    data : str
        "made", "bccd" or a folder.
    protocol : {"honest", "published", "both"}
        The published study, and what is compared with it, shrinks whole photos.

    Returns
    -------
    {"cell", "none"}
    """
    if data == MADE or protocol != "honest":
        return "none"
    return "cell" if is_bccd(data) or _shows_small_cells(Path(data)) else "none"


def load_cells(data, crop, settings, *, mixed, seed, leave_out=()):
    """Load images and classes.

    Parameters
    ----------
    data : str
        "made", "bccd" or a folder.
    crop : {"cell", "box", "none"}
        Around the cell that is found, around the annotated one, or not at all.
    settings : dict
        "image_shape" of the result, and "n_samples" of drawn cells.
    mixed : {"drop", "duplicate"}
        What is done about BCCD's photos of two classes.
    seed : int
        Of drawn cells.
    leave_out : list of str, default=()
        Classes that are not wanted.

    Returns
    -------
    Bunch
        As the functions of :mod:`skwbc.datasets` give it; of crops, with "photo_shape", that of
        the (first) photo.

    Raises
    ------
    ValueError
        If the images have no boxes, or no room for cropping, or there is no class to leave out,
        or fewer than two would be left.
    """
    cells = _load_all(data, crop, settings, mixed, seed)
    return _drop_classes(cells, leave_out) if leave_out else cells


def _load_all(data, crop, settings, mixed, seed):
    from skwbc import CellCropper
    from skwbc.datasets import fetch_bccd, load_image_folder, make_blood_cells

    shape = settings["image_shape"]
    if data == MADE:
        if crop != "none":
            raise ValueError("Expected photos with --crop, not drawn cells: give --data.")
        return make_blood_cells(settings["n_samples"], image_shape=shape, random_state=seed)
    if is_bccd(data):
        source = None if data == BCCD else Path(data)
        if crop != "cell":
            crop = None if crop == "none" else crop
            return fetch_bccd(source=source, mixed=mixed, crop=crop, image_shape=shape)
        photos = fetch_bccd(source=source, mixed=mixed, image_shape=(*PHOTO_SHAPE, *shape[2:]))
        return _crop(photos, shape)
    if crop == "box":
        raise ValueError("Expected BCCD with --crop box: other images come without boxes of cells.")
    if crop == "none":
        return load_image_folder(data, image_shape=shape)
    cropper, shapes = CellCropper(shape[:2]), []

    def take_window(photo):
        shapes.append(photo.shape)
        return take_crop(cropper, photo)[0]

    cells = load_image_folder(data, image_shape=shape, transform=take_window)
    cells.photo_shape = shapes[0]
    return cells


def _drop_classes(cells, classes):
    """Leave out the images of some classes."""
    import numpy as np

    unknown = sorted(set(classes) - set(cells.target_names))
    known = ", ".join(map(repr, cells.target_names.tolist()))
    if unknown:
        raise ValueError(f"Expected classes to leave out of {known}; received {unknown}.")
    if len(set(cells.target_names) - set(classes)) < 2:
        raise ValueError(
            f"Expected two classes or more beside those left out; of {known} it would be fewer."
        )
    names = cells.target_names[cells.target]
    kept = ~np.isin(names, classes)
    for part in ("images", "data", "groups"):
        if cells.get(part) is not None:
            cells[part] = cells[part][kept]
    if "filenames" in cells:
        cells.filenames = list(compress(cells.filenames, kept))
    cells.target_names, cells.target = np.unique(names[kept], return_inverse=True)
    return cells


def is_bccd(data):
    """Tell whether the images are BCCD, fetched or a copy of it in a folder."""
    return data == BCCD or (Path(data) / "BCCD" / "JPEGImages").is_dir()


def _crop(photos, shape):
    """Put crops in the place of photos that are all of one size."""
    from skwbc import CellCropper

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of several cells in a photo
        crops = CellCropper(shape[:2], n_jobs=-1).fit_transform(photos.images)
    photos.photo_shape = photos.images.shape[1:]
    photos.images, photos.data = crops, crops.reshape(len(crops), -1)
    photos.image_shape = crops.shape[1:]
    return photos


def take_crop(cropper, photo):
    """Crop one photo of any size.

    Parameters
    ----------
    cropper : CellCropper
        Whose parameters are taken; it is not fitted anew.
    photo : ndarray of shape (height, width, channels)

    Returns
    -------
    crop : ndarray
        Of the shape of the cropper's results.
    box : list of int or None
        Left, top, right and bottom of the cell in pixels of the photo; None if none was found.

    Raises
    ------
    ValueError
        If the photo is a line; if it shows no cell or several, where these are errors.
    """
    from sklearn.base import clone

    height, width, _ = photo.shape
    if min(height, width) < 2:
        raise ValueError(f"expected a photo of 2 x 2 pixels or more, received {height} x {width}")
    own = clone(cropper).set_params(image_shape=photo.shape)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of several cells, or none
        crop = own.fit_transform(photo[None])[0]
    box = own.boxes_.iloc[0]
    sides = ("left", "top", "right", "bottom")
    return crop, [int(box[side]) for side in sides] if box["n_cells"] else None


def _shows_small_cells(folder):
    """Tell whether most cells are small in their photos, by some of the photos."""
    from skwbc import CellCropper
    from skwbc.datasets._image_folder import list_files
    from skwbc.datasets._read_image import read_image

    paths = list_files(folder) if folder.is_dir() else []  # the loader tells
    sides = []
    for path in islice(paths, 0, None, -(-len(paths) // N_LOOKED_AT) or 1):
        try:
            photo = read_image(path)
            _, box = take_crop(CellCropper(), photo)
        except (OSError, ValueError):  # of which the loader of all images tells
            continue
        longer = max(box[2] - box[0], box[3] - box[1]) if box else math.inf
        sides.append(longer / min(photo.shape[:2]))
    return sum(side < SMALL for side in sides) > len(sides) / 2
