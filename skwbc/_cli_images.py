"""The images that a command is given: drawn, BCCD or a folder, whole or cropped."""

import math
import shlex
import warnings
from contextlib import suppress
from itertools import compress, islice
from pathlib import Path
from statistics import median

from skwbc._cli_options import as_text

MADE, BCCD = "made", "bccd"  # instead of a folder
LONGEST = 2  # times the shorter side, of images that follow the proportions of photos
PHOTO_SHAPE = (480, 640)  # of BCCD
N_LOOKED_AT = 30  # photos, by which it is decided whether to crop
SMALL = 0.5  # of the photo's shorter side: smaller cells are cropped
N_NAMED = 5  # files of a kind, in a sentence
NO_CELL = "show no cell that was found, and count all the same"


def choose_crop(arguments, protocol):
    """Choose how images are cropped, where that was left open.

    Parameters
    ----------
    arguments : argparse.Namespace
        Of a command: `data` ("made", "bccd" or a folder), `labels` and `leave_out` are read.
    protocol : {"honest", "published", "both"}
        The published study, and what is compared with it, shrinks whole photos.

    Returns
    -------
    {"cell", "none"}
    """
    if arguments.data == MADE or protocol != "honest":
        return "none"
    return "cell" if is_bccd(arguments.data) or _shows_small_cells(arguments) else "none"


def fit_proportions(arguments, image_shape):
    """Bring a size of whole images to the proportions of the photos; the shorter side stays.

    Parameters
    ----------
    arguments : argparse.Namespace
        Of a command: `data` ("made", "bccd" or a folder), `labels` and `leave_out` are read. Drawn
        cells and BCCD have the proportions of `image_shape`.
    image_shape : tuple of 3 int
        ``(height, width, channels)``.

    Returns
    -------
    tuple of 3 int
        Even numbers of pixels, the longer side at most twice the shorter one.
    """
    if arguments.data == MADE or is_bccd(arguments.data):
        return image_shape
    ratios = [photo.shape[1] / photo.shape[0] for photo in _look_at(arguments)]
    if not ratios:  # the loader tells
        return image_shape
    shorter, ratio = min(image_shape[:2]), median(ratios)
    longer = 2 * round(shorter * min(max(ratio, 1 / ratio), LONGEST) / 2)
    sides = (shorter, longer) if ratio >= 1 else (longer, shorter)
    return (*sides, image_shape[2])


def load_cells(arguments, crop, settings, *, mixed):
    """Load images and classes.

    Parameters
    ----------
    arguments : argparse.Namespace
        Of a command: `data` ("made", "bccd" or a folder), `labels`, `on_error`, `leave_out` and
        `seed`, of drawn cells, are read.
    crop : {"cell", "box", "none"}
        Around the cell that is found, around the annotated one, or not at all.
    settings : dict
        "image_shape" of the result, and "n_samples" of drawn cells.
    mixed : {"drop", "duplicate"}
        What is done about BCCD's photos of two classes.

    Returns
    -------
    Bunch
        As the functions of :mod:`skwbc.datasets` give it, but with classes that any file can hold;
        of cells that were looked for, with "photo_shape", that of the (first) photo, and "n_cells",
        how many each photo shows.

    Raises
    ------
    ValueError
        If the images have no boxes, or no room for cropping, or a table of labels is for no folder
        of images, or there is no class to leave out, or fewer than two would be left, or a class
        has a single image.

    Warns
    -----
    UserWarning
        If no cell was found in some photos.
    """
    import numpy as np

    cells = _load_all(arguments, crop, settings, mixed)
    if arguments.leave_out and (arguments.data == MADE or is_bccd(arguments.data)):
        cells = _drop_classes(cells, arguments.leave_out)
    _refuse_single_images(cells)
    cells.target_names = np.array([as_text(c) for c in cells.target_names])  # for reports
    if "n_cells" in cells:
        blank = [file for file, n in zip(cells.filenames, cells.n_cells, strict=True) if n == 0]
        warn_of_photos(blank, NO_CELL)
    return cells


def warn_of_photos(files, text):
    """Warn of photos of a kind, if there are some, by the names of a few.

    Parameters
    ----------
    files : list of str
    text : str
        What they show.
    """
    if files:
        message = f"{len(files)} of the photos {text}: {name_some(files)}."
        warnings.warn(message, stacklevel=2)


def name_some(files):
    """Name a few files, and count the others.

    Examples
    --------
    >>> name_some([f"{i}.png" for i in range(7)])
    '0.png, 1.png, 2.png, 3.png, 4.png and 2 more'
    """
    more = f" and {len(files) - N_NAMED} more" if len(files) > N_NAMED else ""
    return ", ".join(files[:N_NAMED]) + more


def _refuse_single_images(cells):
    """Refuse classes that no split can both train on and test on, and say how to go on."""
    import numpy as np

    counts = np.bincount(cells.target, minlength=len(cells.target_names))
    single = cells.target_names[counts == 1].tolist()
    if single:
        raise ValueError(
            f"Expected two images or more of every class, found one of {single}. Add images, or "
            f"{shlex.join(['--leave-out', *single])}."
        )


def _load_all(arguments, crop, settings, mixed):
    import numpy as np

    from skwbc import CellCropper
    from skwbc.datasets import fetch_bccd, load_image_folder, make_blood_cells

    data, shape = arguments.data, settings["image_shape"]
    if arguments.labels and (data == MADE or is_bccd(data)):
        raise ValueError("Expected a folder of your own with --labels: others have their classes.")
    if data == MADE:
        if crop != "none":
            raise ValueError("Expected photos with --crop, not drawn cells: give a folder or bccd.")
        n_samples, seed = settings["n_samples"], arguments.seed
        return make_blood_cells(n_samples, image_shape=shape, random_state=seed)
    if is_bccd(data):
        source = None if data == BCCD else Path(data)
        if crop != "cell":
            crop = None if crop == "none" else crop
            return fetch_bccd(source=source, mixed=mixed, crop=crop, image_shape=shape)
        photos = fetch_bccd(source=source, mixed=mixed, image_shape=(*PHOTO_SHAPE, *shape[2:]))
        return _crop(photos, shape)
    if crop == "box":
        raise ValueError("Expected BCCD with --crop box: other images come without boxes of cells.")
    how = {"image_shape": shape, "labels": arguments.labels, "on_error": arguments.on_error}
    how["leave_out"] = arguments.leave_out or ()  # of which a folder may hold no image
    if crop == "none":
        return load_image_folder(data, **how)
    cropper, shapes, n_cells = CellCropper(shape[:2]), [], []

    def take_window(photo):
        try:
            crop, _, n = take_crop(cropper, photo)
        except ValueError as error:  # of a photo that is a line, to be skipped if others are
            raise OSError(str(error)) from error
        shapes.append(photo.shape)
        n_cells.append(n)
        return crop

    cells = load_image_folder(data, transform=take_window, **how)
    cells.photo_shape, cells.n_cells = shapes[0], np.array(n_cells)
    return cells


def _drop_classes(cells, classes):
    """Leave out the images of some classes."""
    import numpy as np

    from skwbc.datasets._class_folders import keep_classes

    names = cells.target_names[cells.target]
    kept = np.isin(names, keep_classes(cells.target_names.tolist(), set(classes)))
    for part in ("images", "data", "groups", "n_cells"):
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
        warnings.simplefilter("ignore", UserWarning)  # of several cells, or none
        cropper = CellCropper(shape[:2], n_jobs=-1)
        crops = cropper.fit_transform(photos.images)
    photos.photo_shape = photos.images.shape[1:]
    photos.n_cells = cropper.boxes_["n_cells"].to_numpy()
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
    n_cells : int
        Cells that were found.

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
    n_cells = int(box["n_cells"])
    return crop, [int(box[side]) for side in sides] if n_cells else None, n_cells


def _shows_small_cells(arguments):
    """Tell whether most cells are small in their photos, by some of the photos."""
    from skwbc import CellCropper

    sides = []
    for photo in _look_at(arguments):
        try:
            _, box, _ = take_crop(CellCropper(), photo)
        except ValueError:  # of which the loader of all images tells
            continue
        longer = max(box[2] - box[0], box[3] - box[1]) if box else math.inf
        sides.append(longer / min(photo.shape[:2]))
    return sum(side < SMALL for side in sides) > len(sides) / 2


def _look_at(arguments):
    """Yield some of the photos to be loaded; of what can't be read, the loader of all tells."""
    from skwbc.datasets._read_image import read_image

    paths = _list_photos(arguments)
    for path in islice(paths, 0, None, -(-len(paths) // N_LOOKED_AT) or 1):
        with suppress(OSError):
            yield read_image(path)


def _list_photos(arguments):
    """List the files that the loader is going to read; none if it is going to refuse."""
    from skwbc.datasets._image_folder import tabulate_files

    folder = Path(arguments.data)
    with warnings.catch_warnings(), suppress(OSError, ValueError):
        warnings.simplefilter("ignore", UserWarning)  # of the table, which the loader gives
        table = tabulate_files(folder, arguments.labels, set(arguments.leave_out))
        return [folder / name for name in table["filename"]]
    return []
