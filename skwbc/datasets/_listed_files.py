"""The files below a folder, and which of them are one photo."""

import os
from pathlib import Path

from PIL import Image

_OTHER_FORMATS = ("BUFR", "GRIB", "HDF5", "MPEG", "PDF")  # that Pillow knows, and can't read
_SYSTEM_FILES = {"thumbs.db", "desktop.ini", "__macosx"}


def list_files(folder, on_error=None):
    """List the files below a folder, hidden ones and those of operating systems left out.

    Links are followed, each folder once; one that leads nowhere is a file, which can't be read.

    Parameters
    ----------
    folder : Path
    on_error : callable, default=None
        Given the OSError of a folder that can't be read. By default it is raised.

    Returns
    -------
    list of Path
        Sorted.
    """

    def fail(error):
        raise error

    files, seen = [], set()
    for root, folders, names in os.walk(folder, onerror=on_error or fail, followlinks=True):
        place = os.stat(root)
        if (place.st_dev, place.st_ino) in seen:  # a link to a folder that it is in
            folders.clear()
            continue
        seen.add((place.st_dev, place.st_ino))
        folders[:] = sorted(name for name in folders if not is_hidden(name))
        paths = [Path(root, name) for name in names if not is_hidden(name)]
        # pathlib's own raise where the folder can be listed, but not searched
        files += [path for path in paths if os.path.isfile(path) or not os.path.exists(path)]
    return sorted(files)


def is_hidden(name):
    return name.startswith(".") or name.lower() in _SYSTEM_FILES


def name_group(path):
    """Name a file without its suffix: the same photo in another format is of its group."""
    return (path.with_suffix("") if has_image_suffix(path) else path).as_posix()


def has_image_suffix(path):
    file_format = Image.registered_extensions().get(path.suffix.lower())
    return file_format not in {None, *_OTHER_FORMATS}


def identify(path):
    """Tell a file from all others, whatever links lead to it."""
    try:
        place = os.stat(path)
    except OSError:  # a link that leads nowhere
        return str(path)
    return f"{place.st_dev} {place.st_ino}"
