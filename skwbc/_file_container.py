"""The ZIP that a saved estimator is: a manifest in JSON, and members that it vouches for.

Nothing is compressed, so that what is read is never larger than the file.
"""

import hashlib
import json
import re
import struct
import zipfile

FORMAT = "skwbc estimator"
FORMAT_VERSION = 1
MANIFEST = "manifest.json"
MEMBER_NAME = re.compile(r"array-[0-9]{1,5}\.npy|network-[0-9]{1,5}\.json")
MOST_MEMBERS = 20_000
LARGEST_FILE = 2**31  # bytes; a ZIP of less needs no extensions
MOST_BYTES = LARGEST_FILE - 2**24  # of all members
MOST_JSON_BYTES = 2**24
DEEPEST_JSON = 100
FILE_MODE = 0o644  # of members, for who unpacks them

END = struct.Struct("<4s4H2LH")  # the record at the end of a ZIP
END_SIGNATURE, ZIP64_SIGNATURE = b"PK\5\6", b"PK\6\7"
ZIP64_LOCATOR_BYTES = 20  # it stands before the end
DIRECTORY_ENTRY_BYTES = 128  # at most, of one member

# What zipfile raises for files that are none of ours, beside ValueError.
ZIP_ERRORS = (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, struct.error)


def write_container(path, manifest, members):
    """Write a file of members.

    Parameters
    ----------
    path : str or path-like
        The file.
    manifest : dict
        Of what JSON has; the format and the checksums are added.
    members : dict of str to bytes
        By names that fit `MEMBER_NAME`.

    Raises
    ------
    ValueError
        If it is too large to be read again.
    """
    sums = {name: [len(data), hashlib.sha256(data).hexdigest()] for name, data in members.items()}
    head = {"format": FORMAT, "format_version": FORMAT_VERSION}
    text = json.dumps({**head, **manifest, "members": sums}, allow_nan=False).encode("ascii")
    parse_json(text)
    n_bytes = len(text) + sum(map(len, members.values()))
    if n_bytes > MOST_BYTES or len(members) > MOST_MEMBERS:
        raise ValueError(
            f"Expected at most {MOST_BYTES} bytes in {MOST_MEMBERS} arrays and networks; received "
            f"{n_bytes} in {len(members)}."
        )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED, allowZip64=False) as archive:
        for name, data in {MANIFEST: text, **members}.items():
            info = zipfile.ZipInfo(name)  # without the time: the same estimator, the same bytes
            info.external_attr = FILE_MODE << 16
            archive.writestr(info, data)


def is_container(path):
    """Tell whether a file looks like one of ours, without checking it."""
    try:
        with zipfile.ZipFile(path) as archive:
            return MANIFEST in archive.namelist()
    except (OSError, ValueError, *ZIP_ERRORS):
        return False


def read_container(path):
    """Read a file of members, all of it, and check it before anything is made of it.

    Parameters
    ----------
    path : str or path-like
        The file.

    Returns
    -------
    manifest : dict
        As written.
    members : dict of str to bytes
        As written.

    Raises
    ------
    ValueError
        If anything is not as :func:`write_container` writes it.
    OSError
        If it can't be read.
    """
    with open(path, "rb") as file:
        n_bytes = _check_end(file)
        try:
            with zipfile.ZipFile(file) as archive:
                return _read_archive(archive, n_bytes)
        except ZIP_ERRORS as error:
            raise ValueError(f"it is damaged: {error}") from error


def parse_json(data, most_bytes=MOST_JSON_BYTES):
    """Parse JSON of limited size and depth, without NaN and infinity.

    Examples
    --------
    >>> parse_json(b'{"a": [1, 2.5]}')
    {'a': [1, 2.5]}
    >>> parse_json(b"[" * 1000 + b"]" * 1000)
    Traceback (most recent call last):
    ...
    ValueError: Expected JSON of at most 100 levels.
    """
    if len(data) > most_bytes:
        raise ValueError(f"Expected at most {most_bytes} bytes of JSON, received {len(data)}.")
    try:
        tree = json.loads(data, parse_constant=_refuse_constant)
    except RecursionError:
        tree = None
    if tree is None or _is_deep(tree):
        raise ValueError(f"Expected JSON of at most {DEEPEST_JSON} levels.")
    return tree


def _refuse_constant(name):
    raise ValueError(f"Expected JSON, received {name}.")


def _is_deep(tree):
    level = [tree]
    for _ in range(DEEPEST_JSON):
        lists = [
            n.values() if isinstance(n, dict) else n for n in level if isinstance(n, dict | list)
        ]
        level = [child for children in lists for child in children]
    return bool(level)


def _check_end(file):
    """Refuse what is no ZIP, or has a long directory, before that is read; give the length."""
    n_bytes = file.seek(0, 2)
    file.seek(max(0, n_bytes - END.size - ZIP64_LOCATOR_BYTES))
    before, end = (tail := file.read())[: -END.size], tail[-END.size :]
    if n_bytes >= LARGEST_FILE or len(end) < END.size or end[:4] != END_SIGNATURE:
        raise ValueError("it is no file that skwbc.save wrote, or not the whole of one")
    _, _, _, _, n_members, n_directory_bytes, directory, n_comment_bytes = END.unpack(end)
    if (
        before.startswith(ZIP64_SIGNATURE)
        or n_comment_bytes > 0
        or directory + n_directory_bytes + END.size != n_bytes
        or n_members > MOST_MEMBERS + 1
        or n_directory_bytes > DIRECTORY_ENTRY_BYTES * n_members
    ):
        raise ValueError("it is a ZIP, but none that skwbc.save writes")
    return n_bytes


def _read_archive(archive, n_bytes):
    infos = {info.filename: info for info in archive.infolist()}
    if (
        len(infos) < len(archive.infolist())
        or MANIFEST not in infos
        or not all(MEMBER_NAME.fullmatch(name) for name in infos.keys() - {MANIFEST})
        or any(info.compress_type != zipfile.ZIP_STORED for info in infos.values())
        or sum(info.file_size for info in infos.values()) > n_bytes
        or infos[MANIFEST].file_size > MOST_JSON_BYTES
    ):
        raise ValueError("it is a ZIP, but none that skwbc.save writes")
    manifest = parse_json(archive.read(MANIFEST))
    _check_format(manifest)
    sums = manifest["members"]
    if not isinstance(sums, dict) or sums.keys() != infos.keys() - {MANIFEST}:
        raise ValueError("its manifest names other members than there are")
    members = {name: archive.read(name) for name in sums}
    for name, data in members.items():
        if sums[name] != [len(data), hashlib.sha256(data).hexdigest()]:
            raise ValueError(f"it is damaged: {name} does not have its checksum")
    return manifest, members


def _check_format(manifest):
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ValueError("it is a ZIP, but none that skwbc.save writes")
    version = manifest.get("format_version")
    if version != FORMAT_VERSION or type(version) is not int:
        raise ValueError(
            f"Expected format version {FORMAT_VERSION}, received {version!r}: a later version of "
            "skwbc wrote it. Update skwbc."
        )
