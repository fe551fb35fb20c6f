"""DataFrames and arrays of objects as lists and plain arrays, and back."""

import numpy as np
import pandas as pd

COLUMN_DTYPES = "?bBhHiIlLqQfdO"
SIMPLE = (str, bool, int, float, type(None))  # what an array of objects may hold


def pack_table(table):
    """Take a DataFrame apart: of one level, and columns of numbers, truth values or strings.

    Returns
    -------
    dict
        Of lists and arrays.

    Raises
    ------
    TypeError
        If it is any other.
    """
    columns = [table.iloc[:, i] for i in range(table.shape[1])]
    return {
        "index": _pack_index(table.index),
        "columns": _pack_index(table.columns),
        "data": [_pack_column(column) for column in columns],
    }


def unpack_table(packed):
    """Put together what :func:`pack_table` took apart."""
    index, columns = _unpack_index(packed["index"]), _unpack_index(packed["columns"])
    data = [_unpack_column(values) for values in packed["data"]]
    if len(data) != len(columns) or any(len(values) != len(index) for values in data):
        raise ValueError("Expected columns as long as the index.")
    table = pd.DataFrame(
        {i: pd.Series(values, index, values.dtype) for i, values in enumerate(data)}, index
    )
    table.columns = columns
    return table


def pack_objects(array):
    """List the shape and the values of an array of Python's strings and numbers."""
    values = array.ravel().tolist()
    if not all(isinstance(value, SIMPLE) for value in values):
        raise TypeError("it is an array of other objects than strings and numbers")
    return {"shape": array.shape, "values": values}


def unpack_objects(packed):
    """Make an array of what :func:`pack_objects` listed."""
    array = np.empty(len(packed["values"]), dtype=object)
    for i, value in enumerate(packed["values"]):
        array[i] = value
    return array.reshape(packed["shape"])


def _pack_index(index):
    if type(index) is pd.RangeIndex:
        return {"range": [index.start, index.stop, index.step], "name": index.name}
    if type(index) is not pd.Index:
        raise TypeError(f"it is a DataFrame with a {type(index).__name__}")
    return {"values": _pack_column(index), "name": index.name}


def _unpack_index(packed):
    if "range" in packed:
        start, stop, step = map(np.int64, packed["range"])
        return pd.RangeIndex(int(start), int(stop), int(step), name=packed["name"])
    values = _unpack_column(packed["values"])
    return pd.Index(values, dtype=values.dtype, name=packed["name"])


def _pack_column(column):
    if isinstance(column.dtype, np.dtype):
        return _check_column(column.to_numpy())
    if column.dtype != "str":
        raise TypeError(f"it is a DataFrame with values of {column.dtype}")
    return [None if missing else str(v) for v, missing in zip(column, column.isna(), strict=True)]


def _unpack_column(values):
    if not isinstance(values, list):
        return _check_column(values)
    if not all(isinstance(value, str | None) for value in values):
        raise TypeError("Expected a column of strings.")
    return pd.Series(values, dtype="str").array


def _check_column(values):
    """Refuse what pandas does not take."""
    if values.ndim != 1 or not values.dtype.isnative or values.dtype.char not in COLUMN_DTYPES:
        raise TypeError(f"it is a DataFrame with values of {values.dtype}")
    return values
