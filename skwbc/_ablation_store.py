"""The folder of a study: every finished fit is a file at once, and is found there again."""

import dataclasses
import errno
import json
import shutil
import tempfile
import warnings
from contextlib import contextmanager, suppress
from pathlib import Path

import joblib
import numpy as np

from skwbc._ablation_fit import Evaluation
from skwbc._ablation_settings import hash_settings, use_plain_keys
from skwbc._replace_file import replace_file
from skwbc._stacklevel import find_stacklevel
from skwbc._versions import describe_machine, read_versions

LOCK = ".lock"
FITS = "fits"  # folder of the finished fits
ORIGIN = "origin.json"  # beside them: of which data, with which versions and where they were made
SPARE = 50 * 2**20  # bytes, for reports and what the estimate forgets
LONGEST = 100  # bytes of the name of a fit
NAMING = ("skwbc", "keras")  # packages of which the versions are in the name of a fit
FORMAT = 2  # of the files; those of another are not found
NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP}  # on some shared disks
IS_LOCKED = {errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK}


class MissingFitsError(ValueError):
    """Some fits of a study are not in its folder.

    Parameters
    ----------
    folder : Path
        Of the study.
    n_found, n_all : int
        Fits that are there, and that the study has.
    """

    def __init__(self, folder, n_found, n_all):
        super().__init__(
            f"Expected all {n_all} fits of the study in {folder}, found {n_found}; "
            "resume=True does the others."
        )
        self.n_found, self.n_all = n_found, n_all


class OtherDataError(ValueError):
    """The fits in a folder were made of other images or classes.

    Parameters
    ----------
    folder : Path
        Of the study.
    advice : str, default=""
        What to do about it.
    """

    def __init__(self, folder, advice=""):
        super().__init__(
            f"Expected the images and classes that the fits in {folder} were made of, received "
            f"others.{advice}"
        )
        self.folder = folder


class FitStore:
    """Keep evaluations as files, named by all that they depend on.

    Parameters
    ----------
    folder : Path or None
        None keeps nothing.
    resume : bool or "only"
        Whether to find what is there already.
    """

    def __init__(self, folder, resume):
        self.folder = folder
        self.resume = resume

    def find(self, key):
        """Give the evaluation that was kept under a key, or None.

        Warns
        -----
        UserWarning
            If the file can't be read; the fit is then done again.
        """
        if not self.resume or not self.has(key):
            return None
        try:
            return self.read(key)
        except ValueError as error:
            told = f"{error}: this fit is done again."
            warnings.warn(told, UserWarning, stacklevel=find_stacklevel())
            return None

    def is_done(self, key):
        """Tell whether :meth:`find` gives a fit that did not fail, which is not done again."""
        if not self.resume or not self.has(key):
            return False
        try:
            return not self.read(key).error
        except ValueError:
            return False

    def has(self, key):
        """Tell whether there is a file of that key."""
        path = self._path(key)
        return path is not None and path.exists()

    def read(self, key):
        """Give the evaluation that was kept under a key.

        Raises
        ------
        ValueError
            If the file can't be read.
        """
        path = self._path(key)
        try:
            return read_evaluation(path)
        except Exception as error:  # a damaged file raises what it likes
            raise ValueError(f"{path} can't be read ({error!r})") from error

    def keep(self, key, evaluation):
        """Write an evaluation, whole or not at all."""
        path = self._path(key)
        if path is not None:
            write_evaluation(path, evaluation)

    def keep_origin(self, origin, keys):
        """Keep the origin of fits, unless all of them were done before.

        Parameters
        ----------
        origin : dict
            As of :func:`describe_origin`.
        keys : list of str
            Of the fits.

        Returns
        -------
        dict
            That of fits done before with the same versions, or `origin`.

        Raises
        ------
        OtherDataError
            If the folder has fits of other data, and is not to be done anew: only one origin is
            kept, so that the fits of before could no longer be read.
        """
        if self.folder is None:
            return origin
        before = None
        with suppress(ValueError):
            before = self.read_origin()
        if self.resume and before and any((self.folder / FITS).glob("*.npz")):
            advice = " Choose another folder, or resume=False, which gives up the fits of before."
            self.check_data(before, origin, advice)
            is_same = all(before["versions"].get(n) == origin["versions"][n] for n in NAMING)
            if is_same and all(map(self.has, keys)):
                return before
        with replace_file(self.folder / FITS / ORIGIN) as part:
            part.write_text(json.dumps(origin, indent=1), encoding="utf-8")
        return origin

    def check_data(self, kept, origin, advice=""):
        """Refuse data other than those of the fits in the folder.

        Raises
        ------
        OtherDataError
            If the two origins are not of the same.
        """
        if kept["data"] != origin["data"]:
            raise OtherDataError(self.folder, advice)

    def read_origin(self):
        """Read what :meth:`keep_origin` wrote.

        Raises
        ------
        ValueError
            If it is not there, or damaged.
        """
        path = self.folder / FITS / ORIGIN
        try:
            origin = json.loads(path.read_text(encoding="utf-8"))
            return {name: origin[name] for name in ("data", "versions", "machine")}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ValueError(
                f"Expected the folder of a study, with {path}, which can't be read ({error!r})."
            ) from error

    def _path(self, key):
        return None if self.folder is None else self.folder / FITS / f"{key}.npz"


def write_evaluation(path, evaluation):
    """Write an evaluation to a file of NumPy's format, without pickle."""
    content = {f.name: getattr(evaluation, f.name) for f in dataclasses.fields(evaluation)}
    arrays = {name: value for name, value in content.items() if isinstance(value, np.ndarray)}
    others = {name: value for name, value in content.items() if name not in arrays}
    with replace_file(path) as part:
        np.savez_compressed(
            part, others=json.dumps(use_plain_keys(others), default=_to_plain), **arrays
        )


def read_evaluation(path):
    """Read what :func:`write_evaluation` wrote."""
    with path.open("rb") as binary, np.load(binary, allow_pickle=False) as file:
        content = {name: file[name] for name in file.files}
    return Evaluation(**json.loads(content.pop("others").item()), **content)


def _to_plain(value):
    """Turn NumPy's numbers into Python's; show what JSON can't hold."""
    return value.item() if isinstance(value, np.generic) else repr(value)


def describe_origin(X, y):
    """Tell what fits to these images and classes, done here and now, come from.

    Returns
    -------
    dict
        "data", a text that is the same for the same pixels of the same dtype and shape and the same
        classes, however they lie in memory; "versions"; "machine".
    """
    classes = np.asarray(np.asarray(y).tolist())  # names as text, whether they came as objects
    return {
        "data": joblib.hash([np.ascontiguousarray(X), classes]),
        "versions": read_versions(),
        "machine": describe_machine(),
    }


def name_fit(fit, *dependencies):
    """Name a fit by its arm, model, repeat and fold, and by a hash of all that it depends on.

    A name too long for a file is cut, and is part of the hash then.
    """
    words = "-".join(str(part) for part in fit)
    plain = "".join(c if c.isalnum() else "-" for c in words)
    cut = plain.encode()[:LONGEST].decode(errors="ignore")
    content = (FORMAT, dependencies)
    return f"{cut}-{hash_settings(content if cut == plain else (content, tuple(fit)))}"


@contextmanager
def own_folder(folder, n_bytes):
    """Make sure that a folder can be written to, holds `n_bytes` more, and has no other user.

    Parameters
    ----------
    folder : Path or None
        Made if it is not there. None is not looked at.
    n_bytes : int
        What the study may write there.

    Raises
    ------
    OSError
        If the folder can't be written to or locked, or its disk is too full.
    BlockingIOError
        If another study, of this process or another, is at work in the folder.

    Warns
    -----
    UserWarning
        If the file system knows no locks, so that nobody can tell whether there is another study.
    """
    if folder is None:
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass
    free = shutil.disk_usage(folder).free
    if free < n_bytes + SPARE:
        raise OSError(
            f"The disk of {folder} has {free / 2**20:.0f} MB left, but the study may need "
            f"{(n_bytes + SPARE) / 2**20:.0f} MB."
        )
    with (folder / LOCK).open("a+b") as handle:
        try:
            _lock(handle)
        except OSError as error:
            if error.errno in IS_LOCKED:
                raise BlockingIOError(
                    f"Another study is at work in {folder}. Wait for its end, or choose another "
                    "folder."
                ) from None
            if error.errno not in NO_LOCKS:
                raise
            _warn_of_no_locks(folder, error)
        for part in (folder / FITS).glob(".*.npz"):  # of a process that was killed while it wrote
            part.unlink()
        yield


def _lock(handle):
    """Lock an open file until it is closed, which a killed process does, too."""
    try:
        import fcntl
    except ImportError:  # on Windows
        import msvcrt

        msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _warn_of_no_locks(folder, error):
    warnings.warn(
        f"The file system of {folder} knows no locks ({error}). See to it that no other study "
        "works there at the same time.",
        UserWarning,
        stacklevel=find_stacklevel(),
    )


def as_folder(path):
    """Turn what a user gives into a path, or None.

    It is absolute: a worker on another machine may stand elsewhere.
    """
    return None if path is None else Path(path).absolute()
