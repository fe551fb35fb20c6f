"""A ZIP is read if it is one that `write_container` writes, and refused before it is unpacked."""

import io
import struct
import zipfile

import pytest

from skwbc import _file_container
from skwbc._file_container import parse_json, read_container, write_container

MEMBERS = {"array-0.npy": b"numbers", "network-0.json": b"{}"}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "a.skwbc"
    write_container(path, {"estimator": 1}, MEMBERS)
    return path


def write_zip(path, members, **settings):
    with zipfile.ZipFile(path, "w", **settings) as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def test_members_come_back(path):
    manifest, members = read_container(path)
    assert manifest["estimator"] == 1
    assert members == MEMBERS


def test_the_same_members_give_the_same_bytes(path, tmp_path):
    write_container(tmp_path / "b.skwbc", {"estimator": 1}, MEMBERS)
    assert (tmp_path / "b.skwbc").read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        ({"format": "another"}, "none that skwbc.save writes"),
        ({"format_version": 2}, "Expected format version 1, received 2: a later version of skwbc"),
        ({"format_version": True}, "Expected format version 1, received True"),
    ],
)
def test_another_format_is_refused(tmp_path, manifest, message):
    write_container(tmp_path / "a.skwbc", manifest, MEMBERS)
    with pytest.raises(ValueError, match=message):
        read_container(tmp_path / "a.skwbc")


@pytest.mark.parametrize(
    "name", ["../array-0.npy", "/array-0.npy", "array-0.pkl", "array-0.npy/", "array-\u0660.npy"]
)
def test_another_name_is_refused(tmp_path, name):
    write_container(tmp_path / "a.skwbc", {}, {name: b""})
    with pytest.raises(ValueError, match="a ZIP, but none that"):
        read_container(tmp_path / "a.skwbc")


def test_a_pickle_is_no_file_of_ours(tmp_path):
    (tmp_path / "a.pkl").write_bytes(b"\x80\x04N." * 50)
    with pytest.raises(ValueError, match=r"no file that skwbc.save wrote, or not the whole of one"):
        read_container(tmp_path / "a.pkl")


@pytest.mark.parametrize("n_bytes", [0, 1, 21, 22, 50, 300])
def test_a_part_is_refused(path, n_bytes):
    path.write_bytes(path.read_bytes()[:n_bytes])
    with pytest.raises(ValueError, match="or not the whole of one"):
        read_container(path)


def test_more_at_the_end_or_the_beginning_is_refused(path):
    data = path.read_bytes()
    for changed in (data + b"\0", b"#!" + data):
        path.write_bytes(changed)
        with pytest.raises(ValueError, match="skwbc"):
            read_container(path)


def test_a_changed_member_is_refused(path):
    path.write_bytes(path.read_bytes().replace(b"numbers", b"numbets"))
    with pytest.raises(ValueError, match="it is damaged: Bad CRC-32"):
        read_container(path)


def test_checksums_are_compared(path):
    _, members = read_container(path)
    with zipfile.ZipFile(path) as archive:
        manifest = archive.read("manifest.json")
    write_zip(path, {"manifest.json": manifest, **members, "array-0.npy": b"numbets"})
    with pytest.raises(ValueError, match=r"array-0.npy does not have its checksum"):
        read_container(path)
    write_zip(path, {"manifest.json": manifest, "array-0.npy": b"numbers"})
    with pytest.raises(ValueError, match="names other members than there are"):
        read_container(path)


def test_a_compressed_bomb_is_not_unpacked(path):
    bomb = {"manifest.json": b"[" * 10**7, "array-0.npy": b"\0" * 10**8}
    write_zip(path, bomb, compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(ValueError, match="a ZIP, but none that"):
        read_container(path)


def test_members_that_share_their_bytes_are_not_unpacked(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", b"{}" + b" " * 10**5)
        for i in range(1000):
            twin = zipfile.ZipInfo(f"array-{i}.npy")
            twin.header_offset, twin.CRC = 0, archive.filelist[0].CRC
            twin.file_size = twin.compress_size = 10**5
            archive.filelist.append(twin)
    with pytest.raises(ValueError, match="a ZIP, but none that"):
        read_container(path)


def test_a_name_for_two_members_is_refused(path):
    with zipfile.ZipFile(path, "a") as archive:
        archive.filelist.append(archive.filelist[-1])
        archive._didModify = True
    with pytest.raises(ValueError, match="a ZIP, but none that"):
        read_container(path)


def test_an_encrypted_member_is_refused(path):
    data = bytearray(path.read_bytes())
    directory = data.index(b"PK\1\2")
    data[directory + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r"it is damaged: .*encrypted"):
        read_container(path)


@pytest.mark.parametrize(("place", "value"), [(10, 65535), (12, 2**31), (16, 2**31)])
def test_a_directory_of_another_length_is_not_read(path, place, value):
    data = bytearray(path.read_bytes())
    struct.pack_into("<H" if place < 12 else "<L", data, len(data) - 22 + place, value)
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r"a ZIP, but none that|damaged"):
        read_container(path)


def test_a_zip_of_more_than_four_gigabytes_is_not_read(path):
    data = path.read_bytes()
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, 0, 1)
    path.write_bytes(data[:-22] + locator + data[-22:])
    with pytest.raises(ValueError, match="a ZIP, but none that"):
        read_container(path)


def test_what_is_too_large_is_neither_written_nor_read(path, monkeypatch):
    monkeypatch.setattr(_file_container, "LARGEST_FILE", 100)
    monkeypatch.setattr(_file_container, "MOST_BYTES", 10)
    with pytest.raises(ValueError, match=r"Expected at most 10 bytes .* received"):
        write_container(io.BytesIO(), {}, MEMBERS)
    with pytest.raises(ValueError, match="no file that"):
        read_container(path)


@pytest.mark.parametrize(
    "text", [b"{'a': 1}", b"[1", b"NaN", b"-Infinity", b"\xff", b"", b"1" * 5000]
)
def test_other_text_than_json_is_refused(text):
    with pytest.raises(ValueError, match=r"Expect|codec|digits|delimiter"):
        parse_json(text)


@pytest.mark.parametrize("depth", [101, 10**5])
def test_deep_json_is_refused(depth):
    with pytest.raises(ValueError, match="at most 100 levels"):
        parse_json(b'{"a":' * depth + b"1" + b"}" * depth)


def test_long_json_is_refused(tmp_path):
    with pytest.raises(ValueError, match="Expected at most 16777216 bytes of JSON"):
        write_container(tmp_path / "a.skwbc", {"names": ["a" * 2**24]}, {})
