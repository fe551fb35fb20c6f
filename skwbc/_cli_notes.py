"""What a report says of the command that it comes from."""

import os.path
import shlex
from pathlib import Path

from skwbc._cli_images import MADE, is_bccd, name_some
from skwbc._cli_options import as_text, without_controls

QUICK_LIMIT = (
    "--quick is too short a training for the networks to learn: it shows that everything works, "
    "and nothing about the GAN."
)
CROPS = {
    "cell": "a window around the cell that is found in each photo",
    "box": "a window around each annotated box",
    "none": "whole",
}


def list_notes(arguments, crop, cells):
    """Say in sentences of which images, and by which command, a report is.

    The folder of the images is named by the command alone, so that a report that is written anew
    says the same when they were moved.

    Parameters
    ----------
    arguments : argparse.Namespace
        Of ``skwbc ablation``: `argv`, `data` and `quick` are read.
    crop : {"cell", "box", "none"}
        How images were cropped, which may have been chosen by looking at them.
    cells : Bunch
        Of :func:`load_cells`.

    Returns
    -------
    list of str
    """
    height, width, channels = cells.image_shape
    return [
        *([QUICK_LIMIT] if arguments.quick else []),
        f"Images: {_name_source(arguments.data)}, {describe_crop(crop, cells)}, "
        f"{height} x {width} pixels, {channels} channel{'s' * (channels > 1)}.",
        *_tell_skipped(cells),
        f"Command: {as_text(shlex.join(['skwbc', *arguments.argv]))}",
    ]


def _tell_skipped(cells):
    """Say which files could not be read, if there are some."""
    skipped = cells.get("skipped", ())
    if not skipped:
        return []
    n_read = len(cells.filenames)
    names = name_files([*cells.filenames, *skipped])[n_read:]
    return [
        f"{len(names)} of {n_read + len(names)} files could not be read and "
        f"{'was' if len(names) == 1 else 'were'} left out: {without_controls(name_some(names))}."
    ]


def describe_crop(crop, cells):
    """Say how images were cropped.

    Parameters
    ----------
    crop : {"cell", "box", "none"}
    cells : Bunch
        Of :func:`load_cells`.

    Returns
    -------
    str
        A part of a sentence.
    """
    n_cells = cells.get("n_cells", ())
    n_blank = sum(n == 0 for n in n_cells)
    if not n_blank:
        return CROPS[crop]
    return (
        f"a window around the cell that is found in a photo, or in the middle of the {n_blank} of "
        f"{len(n_cells)} photos in which none was found"
    )


def _name_source(data):
    if data == MADE:
        return "drawn cells"
    return "BCCD" if is_bccd(data) else "those of the folder of --data"


def name_files(paths):
    """Name files below the folder that all share, which may have been moved.

    Examples
    --------
    >>> name_files(["cells/lymphocyte/1.png", "cells/monocyte/1.png"])
    ['lymphocyte/1.png', 'monocyte/1.png']
    """
    paths = [os.path.abspath(path) for path in paths]
    folder = os.path.commonpath(paths)
    return [as_text(Path(path).relative_to(folder).as_posix()) for path in paths]
