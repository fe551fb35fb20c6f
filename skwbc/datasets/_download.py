"""Fetch files that are known by their SHA-256: from one archive, else one by one.

Nothing is written that was not verified first, and a file appears by rename: whatever stops a
download, the next call goes on from the files that are there. `sklearn.datasets.fetch_file` is
not used because it waits for ever on a stalled connection, gives up at the first reset one,
tries a 404 again, and reads no archives.
"""

import hashlib
import io
import time
import zipfile
import zlib
from contextlib import suppress
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import urlopen

from skwbc._replace_file import replace_file

_TIMEOUT = 30.0  # seconds without a byte
_MAX_FILE_SIZE = 16 * 2**20
_MAX_ARCHIVE_SIZE = 256 * 2**20
_UNREADABLE = (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError)  # what zipfile raises
_WORTH_ANOTHER_TRY = {408, 425, 429}  # of the 4xx answers; every 5xx is


def list_missing(checksums, folder):
    """List the files that are absent from a folder, or there with another content.

    Parameters
    ----------
    checksums : dict of str to str
        Relative path of each file, with "/" -> its SHA-256 in hexadecimal.
    folder : Path
        Where the files are expected.

    Returns
    -------
    list of str
        In the order of `checksums`.
    """
    return [name for name in checksums if not _is_verified(folder / name, checksums[name])]


def _is_verified(path, checksum):
    return path.is_file() and _sha256(path.read_bytes()) == checksum


def _sha256(content):
    return hashlib.sha256(content).hexdigest()


def fetch_files(checksums, folder, *, base, archive=None, n_retries=3, delay=1.0):
    """Bring every file of a list into a folder, verified.

    Files that are there and right are left alone. The others are taken from `archive`; those
    that it does not give, because it cannot be fetched or holds something else, from
    ``base/name``.

    Parameters
    ----------
    checksums : dict of str to str
        Relative path of each file, with "/" -> its SHA-256 in hexadecimal.
    folder : Path
        Where to write; made if it is not there.
    base : str
        Address of the folder that holds the single files.
    archive : str, default=None
        Address of a zip file with one top folder, in which the same paths are found.
    n_retries : int, default=3
        How often to try again after a failure that may pass.
    delay : float, default=1.0
        Seconds between two tries.

    Raises
    ------
    OSError
        If a file cannot be fetched, or has another checksum.
    """
    missing = list_missing(checksums, folder)
    if missing and archive is not None:
        with suppress(OSError, *_UNREADABLE):  # the single files have the last word
            content = download(archive, _MAX_ARCHIVE_SIZE, n_retries=n_retries, delay=delay)
            unpack({name: checksums[name] for name in missing}, folder, content)
        missing = list_missing(checksums, folder)
    for n_done, name in enumerate(missing):
        address = f"{base.rstrip('/')}/{quote(name)}"
        try:
            content = download(address, _MAX_FILE_SIZE, n_retries=n_retries, delay=delay)
        except OSError as error:
            raise OSError(
                f"{error} {len(missing) - n_done} of {len(checksums)} files are still missing "
                f"in {folder}; the next call goes on from there."
            ) from error
        if _sha256(content) != checksums[name]:
            raise OSError(
                f"Expected {name} with SHA-256 {checksums[name]}, received {_sha256(content)} "
                f"({len(content)} bytes) from {address}. It was not kept."
            )
        _write(content, folder / name)


def download(address, max_size, *, n_retries=3, delay=1.0):
    """Read what an address holds.

    Parameters
    ----------
    address : str
        An http or https address.
    max_size : int
        The most bytes to accept.
    n_retries : int, default=3
        How often to try again after a failure that may pass: no connection, a cut or silent
        one, a busy server.
    delay : float, default=1.0
        Seconds between two tries.

    Returns
    -------
    bytes

    Raises
    ------
    OSError
        If it fails; the message names the address and the last reason.
    """
    for n_left in range(n_retries, -1, -1):
        try:
            return _download_once(address, max_size)
        except HTTPError as error:
            error.close()
            reason = error
            if error.code < 500 and error.code not in _WORTH_ANOTHER_TRY:
                break
        except (OSError, HTTPException) as error:
            reason = error
        if n_left:
            time.sleep(delay)
    raise OSError(f"Could not download {address}: {reason}.") from reason


def _download_once(address, max_size):
    with urlopen(address, timeout=_TIMEOUT) as response:
        content = response.read(max_size + 1)
        expected = response.headers.get("Content-Length")
    if len(content) > max_size:
        raise OSError(f"expected at most {max_size} bytes, received more")
    if expected is not None and len(content) != int(expected):
        raise OSError(f"expected {expected} bytes, received {len(content)} before the end")
    return content


def unpack(checksums, folder, content):
    """Write those members of a zip file that are on the list and have the right content.

    A member's own path is only ever compared, never written to, and a link has not the content
    that is asked for: so no archive reaches a place outside the listed files.

    Parameters
    ----------
    checksums : dict of str to str
        Relative path of each file, without the archive's top folder -> its SHA-256.
    folder : Path
        Where to write.
    content : bytes
        The zip file.

    Raises
    ------
    zipfile.BadZipFile
        If `content` is no zip file, or a damaged one.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for member in archive.infolist():
            name = member.filename.partition("/")[2]
            if name not in checksums or member.file_size > _MAX_FILE_SIZE:
                continue
            with archive.open(member) as file:
                unpacked = file.read(_MAX_FILE_SIZE)
            if _sha256(unpacked) == checksums[name]:
                _write(unpacked, folder / name)


def _write(content, path):
    with replace_file(path) as part:
        part.write_bytes(content)
