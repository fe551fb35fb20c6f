import io

import numpy as np
import pytest

from skwbc._file_arrays import pack_array, unpack_array

PACKED = pack_array(np.arange(6, dtype="<u2").reshape(2, 3))


def test_numpy_reads_what_is_packed(tmp_path):
    (tmp_path / "a.npy").write_bytes(PACKED)
    assert np.load(tmp_path / "a.npy").tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "Expected an array as NumPy writes it"),
        (PACKED[:-1], r"Expected 12 bytes of an array of shape \(2, 3\); received 11"),
        (PACKED + b"\0", "received 13"),
        (PACKED.replace(b"(2, 3)", b"(9, 9)"), "Expected 162 bytes"),
        (PACKED.replace(b"<u2", b"|O8"), r"Expected a plain dtype, received '\|O8'"),
        (PACKED.replace(b"<u2", b"<m8"), "Expected a plain dtype"),
        (PACKED.replace(b"(2, 3)", b"id(3) "), "Expected an array as NumPy writes it"),
        (PACKED.replace(b"\x01\x00", b"\x02\x00", 1), "Expected an array as NumPy writes it"),
        (
            pack_array(np.array([True])).replace(b"\x01", b"\x02").replace(b"Y\x02", b"Y\x01"),
            "bool",
        ),
        (
            pack_array(np.array(["a"])).replace(b"a\0\0\0", b"\0\0\0\xff"),
            "Expected an array of <U1",
        ),
    ],
)
def test_anything_else_is_refused(data, message):
    with pytest.raises(ValueError, match=message):
        unpack_array(data)


@pytest.mark.parametrize("shape", [(10**6, 10**9), (1,) * 100])
def test_a_shape_without_its_values_is_refused(shape):
    file = io.BytesIO()
    head = {"descr": "<f8", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, head)
    with pytest.raises(ValueError, match=r"Expected|maximum supported dimension"):
        unpack_array(file.getvalue())


def test_object_arrays_are_not_packed():
    with pytest.raises(ValueError, match="allow_pickle"):
        pack_array(np.array([None]))
