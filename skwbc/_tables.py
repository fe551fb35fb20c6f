"""Tables of pandas, of which each column may have a dtype of its own."""

import numpy as np


def use_numpy_dtype(X):
    """Give a table of pandas' nullable numbers the dtype of NumPy that they are without gaps.

    scikit-learn would read them as float64, in which bytes have another range, and NumPy as
    objects, as it does booleans beside numbers. Anything else, a table with gaps and one with
    sparse columns pass unchanged.

    Examples
    --------
    >>> import pandas as pd
    >>> use_numpy_dtype(pd.DataFrame({"a": [7, 9], "b": [1, 2]}, dtype="UInt8")).to_numpy().dtype
    dtype('uint8')
    """
    given = _list_dtypes(X)
    dtypes = _without_gaps(given)
    kinds = {dtype.kind for dtype in dtypes}
    is_odd = dtypes != given or ("b" in kinds and len(kinds) > 1)
    are_numbers = kinds <= set("iufb") and all(isinstance(dtype, np.dtype) for dtype in dtypes)
    if not is_odd or not are_numbers or X.isna().any(axis=None):
        return X
    return X.astype(np.result_type(*dtypes))


def find_whole_columns(X):
    """Give the columns of a table that hold integers beside others of another dtype, as indices.

    scikit-learn reads all of them as one dtype, floats if there are fractions, and imbalanced-learn
    cuts them off to the integers that each column holds.

    Examples
    --------
    >>> import pandas as pd
    >>> find_whole_columns(pd.DataFrame({"area": [7, 9], "roundness": [0.5, 0.8]}))
    array([0])
    """
    dtypes = _without_gaps(_list_dtypes(X))
    return np.flatnonzero([dtype.kind in "iub" for dtype in dtypes] if len(set(dtypes)) > 1 else [])


def _list_dtypes(X):
    is_table = hasattr(X, "iloc") and len(X.shape) == 2
    return list(X.dtypes) if is_table else []


def _without_gaps(dtypes):
    return [getattr(dtype, "numpy_dtype", dtype) for dtype in dtypes]
