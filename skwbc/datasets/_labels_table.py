"""A table of labels, checked: which file is of which class, and of which group."""

import os
import warnings
from functools import partial
from pathlib import Path

import pandas as pd

from skwbc.datasets._listed_files import identify, name_group

COLUMNS = ("filename", "label", "group")


def read_labels_table(labels, folder):
    """Tabulate filename, label and group of a CSV file or a table of the caller's."""
    if isinstance(labels, (str, os.PathLike)):
        try:
            table = _read_csv(labels)
        except ValueError as error:  # pandas' errors of form, and those of UTF-8
            raise ValueError(f"Expected a CSV file of labels at {labels}: {error}.") from error
    else:
        try:
            table = pd.DataFrame(labels)
        except (TypeError, ValueError) as error:
            raise ValueError(
                "Expected labels as a table with the columns 'filename' and 'label', or as the "
                f"path of one; received what pandas makes no table of ({error})."
            ) from error
    table = table.rename(columns=_name_column)
    if not {"filename", "label"} <= set(table.columns):
        raise ValueError(
            "Expected labels with the columns 'filename', 'label' and, if wanted, 'group', in a "
            f"file separated by commas or semicolons; received {list(table.columns)}."
        )
    if table.columns.duplicated().any():
        raise ValueError(f"Expected each column of labels once, received {list(table.columns)}.")
    _warn_of_columns(table)
    table = table[[name for name in COLUMNS if name in table]]
    gaps = (table.isna() | (table.apply(lambda column: column.map(_strip)) == "")).any(axis=1)
    if gaps.any():
        raise ValueError(
            f"Expected a value in every cell of labels; {gaps.sum()} rows have a gap, the first "
            f"is {table[gaps].iloc[0].to_dict()}."
        )
    filenames = [_strip_filename(str(name), folder) for name in table["filename"]]
    strange = next((name for name in filenames if "\0" in name), None)
    if strange is not None:
        raise ValueError(f"Expected names of files in labels, received {strange!r}.")
    table = table.assign(filename=filenames, label=table["label"].astype(str).str.strip())
    photos = [identify(os.path.realpath(folder / name)) for name in table["filename"]]
    repeated = pd.Series(photos, index=table.index, dtype=object).duplicated()
    if repeated.any():
        raise ValueError(
            f"Expected one row per file in labels; {repeated.sum()} rows repeat one, the first "
            f"names {table.loc[repeated, 'filename'].iloc[0]!r}."
        )
    if "group" in table:
        return table.assign(group=_use_one_type(table["group"].map(_strip)))
    return table.assign(group=[name_group(Path(name)) for name in table["filename"]])


def _use_one_type(groups):
    """Take numbers beside text for text: nothing could sort them."""
    are_text = groups.map(lambda group: isinstance(group, str))
    return groups.astype(str) if are_text.any() and not are_text.all() else groups


def _warn_of_columns(table):
    """Warn of columns that are not used if none is that of the groups."""
    others = [str(name) for name in table.columns if name not in COLUMNS]
    if others and "group" not in table:
        warnings.warn(
            f"Of labels these columns are not used: {', '.join(others)}. Each photo is a group of "
            "its own; if one of them names what photos share, a patient or a slide, call it "
            "'group', so that such photos stay together.",
            UserWarning,
            stacklevel=6,  # of who calls load_image_folder
        )


def _name_column(name):
    """Take a column that is one of ours but for blanks and capitals for that."""
    name = _strip(name)
    lower = name.lower() if isinstance(name, str) else name
    return lower if lower in COLUMNS else name


def _read_csv(path):
    """Read a CSV file, separated by commas, or by semicolons as Excel does in Europe."""
    read = partial(pd.read_csv, path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    sep = ","
    try:
        table = read()
    except pd.errors.ParserError:  # commas in the values between semicolons, perhaps
        sep = ";"
        table = read(sep=sep)
        if len(table.columns) == 1:
            raise
    if len(table.columns) == 1 and ";" in table.columns[0]:
        sep = ";"
        table = read(sep=sep)
    if not isinstance(table.index, pd.RangeIndex):  # pandas takes the first column for names
        raise ValueError("rows have more values than the first line has names")
    names = read(sep=sep, header=None, nrows=1).iloc[0]  # pandas counts up those that are the same
    return table.set_axis(names.tolist(), axis=1)


def _strip(value):
    return value.strip() if isinstance(value, str) else value


def _strip_filename(name, folder):
    """Take blanks from both ends of a name, unless a file has them."""
    stripped = name.strip()
    return name if stripped != name and os.path.exists(folder / name) else stripped
