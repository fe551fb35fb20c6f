"""Files that appear whole or not at all."""

import shutil
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4


@contextmanager
def replace_file(path):
    """Write a file beside its place and rename it when all of it is there.

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
        If there is something at `path` that is no file, such as a folder or a device.

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
    path = Path(path)
    path = path.resolve() if path.is_symlink() else path
    if path.exists() and not path.is_file():
        raise OSError(f"Expected a file, or none yet, at {path}, found something else.")
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.stem}.{uuid4().hex}{path.suffix}")
    try:
        yield part
        if path.exists():
            shutil.copymode(path, part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
