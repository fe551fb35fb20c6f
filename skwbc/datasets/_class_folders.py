"""A folder with one sub-folder per class, as a table of its files."""

import shlex

import numpy as np
import pandas as pd

from skwbc.datasets._listed_files import (
    has_image_suffix,
    identify,
    is_hidden,
    list_files,
    name_group,
)


def list_class_folders(folder, left_out):
    """Tabulate filename, label and group of a folder with one sub-folder per class."""
    entries = sorted(entry for entry in folder.iterdir() if not is_hidden(entry.name))
    loose = [entry.name for entry in entries if entry.is_file() and has_image_suffix(entry)]
    if loose:
        raise ValueError(
            f"Expected images in one sub-folder per class; {len(loose)} lie directly in {folder}, "
            f"the first is {loose[0]}. Move them to their class, or name it in a table "
            "(labels=..., or --labels)."
        )
    lost = {entry.name for entry in entries if not entry.exists()}  # links
    classes = [entry.name for entry in entries if entry.is_dir() or entry.name in lost]
    rows = []
    for label in keep_classes(classes, left_out):
        if label in lost:
            raise FileNotFoundError(
                f"Expected a folder of images; {folder / label} is a link that leads nowhere. "
                f"Bring its folder back, remove the link, or leave it out (leave_out=[{label!r}], "
                f"or --leave-out {shlex.quote(label)})."
            )
        names = [file.relative_to(folder) for file in list_files(folder / label)]
        if not names:
            raise ValueError(
                f"Expected images of every class; the folder {folder / label} holds none. Remove "
                f"it, or leave it out (leave_out=[{label!r}], or --leave-out {shlex.quote(label)})."
            )
        rows += [(name.as_posix(), label, name_group(name)) for name in names]
    # as objects, for Arrow's texts can't hold the names of files that are no UTF-8
    table = pd.DataFrame(rows, columns=["filename", "label", "group"], dtype=object)
    photos = np.array([identify(folder / name) for name in table["filename"]], dtype=object)
    return table.assign(group=_join_groups(table["group"].to_numpy(), photos))


def _join_groups(groups, photos):
    """Give rows one group that have a photo in common, or are linked by others that have.

    Examples
    --------
    >>> _join_groups(np.array(["0", "A", "A", "B"]), np.array([7, 7, 8, 9])).tolist()
    ['0', '0', '0', 'B']
    """
    first, before = pd.Series(range(len(groups))), None
    while not first.equals(before):
        before = first
        for common in (photos, groups):
            first = first.groupby(common).transform("min")
    return groups[first]


def keep_classes(classes, left_out):
    """List the classes that are not left out.

    Parameters
    ----------
    classes : iterable of str
        All that there are.
    left_out : set of str
        Of these.

    Returns
    -------
    list of str
        In the order of `classes`.

    Raises
    ------
    ValueError
        If one to leave out is not there, or fewer than two would be left.
    """
    unknown = sorted(left_out - set(classes))
    known = ", ".join(map(repr, classes))
    if unknown:
        raise ValueError(f"Expected classes to leave out of {known}; received {unknown}.")
    kept = [name for name in classes if name not in left_out]
    if left_out and len(kept) < 2:
        raise ValueError(
            f"Expected two classes or more beside those left out; of {known} it would be fewer."
        )
    return kept
