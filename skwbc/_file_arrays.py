"""Arrays of plain dtypes as bytes in NumPy's format, and back without evaluating anything."""

import io
import math
import re

import numpy as np

# What NumPy writes for an array of a plain dtype, and nothing else of its format.
HEADER = re.compile(
    rb"\x93NUMPY\x01\x00(?P<n_bytes>..)"
    rb"\{'descr': '(?P<dtype>[^']+)', 'fortran_order': (?P<fortran>True|False), "
    rb"'shape': \((?P<shape>[0-9, ]*)\), \} *\n",
    re.DOTALL,
)
DTYPE = re.compile(r"\|b1|\|[iu]1|[<>][iu][248]|[<>]f[248]|[<>]U[1-9][0-9]{0,5}")
LAST_CHARACTER = 0x10FFFF


def is_plain(dtype):
    """Tell whether a dtype is Boolean, of integers, of floats up to 64 bits, or of strings."""
    return DTYPE.fullmatch(dtype.str) is not None


def parse_dtype(name):
    """Make a plain dtype of its name.

    Examples
    --------
    >>> parse_dtype("<f4")
    dtype('float32')
    >>> parse_dtype("|O")
    Traceback (most recent call last):
    ...
    ValueError: Expected a plain dtype, received '|O'.
    """
    if not isinstance(name, str) or not DTYPE.fullmatch(name):
        raise ValueError(f"Expected a plain dtype, received {name!r}.")
    return np.dtype(name)


def pack_array(array):
    """Write an array of a plain dtype as NumPy does: .npy, version 1.0."""
    file = io.BytesIO()
    np.lib.format.write_array(file, array, version=(1, 0), allow_pickle=False)
    return file.getvalue()


def unpack_array(data):
    """Read what :func:`pack_array` wrote.

    Parameters
    ----------
    data : bytes
        All of it: its length must be that of the shape and the dtype.

    Returns
    -------
    ndarray
        A writable copy, in the memory order of the original.

    Raises
    ------
    ValueError
        If it is anything else.

    Examples
    --------
    >>> import numpy as np
    >>> unpack_array(pack_array(np.array([[1, 2]], dtype=np.uint8)))
    array([[1, 2]], dtype=uint8)
    """
    head = HEADER.match(data)
    if head is None or int.from_bytes(head["n_bytes"], "little") != head.end() - 10:
        raise ValueError("Expected an array as NumPy writes it, of a plain dtype.")
    dtype = parse_dtype(head["dtype"].decode("latin-1"))
    shape = tuple(int(side) for side in head["shape"].decode("ascii").split(",") if side.strip())
    if math.prod(shape) * dtype.itemsize != len(data) - head.end():
        raise ValueError(
            f"Expected {math.prod(shape) * dtype.itemsize} bytes of an array of shape {shape}; "
            f"received {len(data) - head.end()}."
        )
    order = "F" if head["fortran"] == b"True" else "C"
    array = np.ndarray(shape, dtype, buffer=data, offset=head.end(), order=order).copy(order="K")
    _check_values(array)
    return array


def pack_scalar(scalar):
    """Write a NumPy number as its dtype and its bytes.

    Examples
    --------
    >>> import numpy as np
    >>> pack_scalar(np.float32(1))
    ['<f4', '0000803f']
    """
    return [scalar.dtype.str, scalar.tobytes().hex()]


def unpack_scalar(packed):
    """Read what :func:`pack_scalar` wrote."""
    name, digits = packed
    dtype, data = parse_dtype(name), bytes.fromhex(digits)
    if dtype.kind == "U" or len(data) != dtype.itemsize:
        raise ValueError(f"Expected the bytes of one {dtype}, received {digits!r}.")
    array = np.frombuffer(data, dtype)
    _check_values(array)
    return array[0]


def _check_values(array):
    """Refuse bytes that are no truth value, or no character."""
    if array.dtype.kind == "b":
        wrong = array.view(np.uint8) > 1
    elif array.dtype.kind == "U" and array.size:
        order = array.dtype.byteorder.replace("=", "<")
        codes = np.ravel(array).view(np.dtype(np.uint32).newbyteorder(order))
        wrong = codes > LAST_CHARACTER
    else:
        return
    if wrong.any():
        raise ValueError(f"Expected an array of {array.dtype}, received other bytes.")
