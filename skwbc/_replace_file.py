"""Files that appear whole or not at all."""

import errno
import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

# Errors of writing, for which the system names no file.
_NAMELESS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


@contextmanager
def replace_file(path):
    """Write a file beside its place and rename it when all of it is there.

    A place that can't be written is told before the block begins.

    An error in the block leaves the old file as it was, and nothing new. The new file has the
    permissions of the old one, and stands where a link of that name leads.

    Parameters
    ----------
    path : str or path-like
        The file; its folder is made if it is not there.

    Yields
    ------
    Path
        Where to write in the meantime; with the suffix of `path`.

    Raises
    ------
    OSError
        If it can't be written, as a file that is write-protected, or there is something at `path`
        that is no file, such as a folder or a device. It names `path`.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with replace_file(Path(folder) / "notes" / "a.txt") as part:
    ...         _ = part.write_text("whole")
    ...     [file.name for file in Path(folder).rglob("*.txt")]
    ['a.txt']
    """
    asked, path = Path(path), find_place(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.stem}.{uuid4().hex}{path.suffix}")
    with _renamed_errors(part, asked):
        part.touch()
        try:
            if path.exists():
                shutil.copymode(path, part)  # before there is anything in it to read
            yield part
            with part.open("r+b") as written:  # else a power cut may leave the name without content
                os.fsync(written.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


def find_place(path):
    """Find where a file would be written, and refuse what may not be replaced.

    Parameters
    ----------
    path : str or path-like

    Returns
    -------
    Path
        Where the links of that name lead.

    Raises
    ------
    OSError
        If it is write-protected, or no file.
    """
    asked = path = Path(path)
    path = path.resolve() if path.is_symlink() else path
    if path.exists() and not path.is_file():
        raise OSError(f"Expected a file, or none yet, at {asked}, found something else.")
    if path.exists() and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(asked))
    return path


@contextmanager
def _renamed_errors(part, path):
    """Name a file in the system's errors of its part, which nobody asked for."""
    try:
        yield
    except OSError as error:
        is_nameless = error.filename is None and error.errno in _NAMELESS
        if str(part) not in map(str, (error.filename, error.filename2)) and not is_nameless:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error
