"""Fitted estimators in files that last, and that are safe to load."""

import warnings

from skwbc._file_container import read_container, write_container
from skwbc._file_decoder import Decoder
from skwbc._file_encoder import Encoder
from skwbc._replace_file import replace_file
from skwbc._versions import is_later, list_other_releases, read_versions

# What the decoder raises for JSON that is not as the encoder made it, beside ValueError.
MALFORMED = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError)

# On whose releases it depends what a loaded estimator does.
WATCHED = ("scikit-learn", "keras", "tensorflow")


def save(estimator, path):
    """Save an estimator, fitted or not, in one file.

    The file holds JSON, arrays and Keras' descriptions of networks, and no code: see `Saving and
    loading` in the user guide. It appears whole or not at all; an old file is replaced.

    Parameters
    ----------
    estimator : estimator
        Of skwbc, or a Pipeline of such and of the steps of scikit-learn and imbalanced-learn that
        the user guide lists.
    path : str or path-like
        The file, by custom with the suffix ".skwbc". Its folder is made if it is not there.

    Raises
    ------
    TypeError
        If the estimator, or something that it holds, can't be saved; the message says which, and
        for `callbacks`, `memory` and a search, what to do.
    ValueError
        If it is too large: beyond 2 GB.
    OSError
        If the file can't be written.

    See Also
    --------
    load : Load it again.

    Examples
    --------
    >>> import tempfile
    >>> import skwbc
    >>> from skwbc.datasets import make_blood_cells
    >>> cells = make_blood_cells(8, image_shape=(32, 32, 3), random_state=0)
    >>> normalizer = skwbc.StainNormalizer().fit(cells.images)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     skwbc.save(normalizer, f"{folder}/colours.skwbc")
    ...     loaded = skwbc.load(f"{folder}/colours.skwbc")
    >>> bool((loaded.transform(cells.images) == normalizer.transform(cells.images)).all())
    True
    """
    encoder = Encoder()
    try:
        tree = encoder.encode_estimator(estimator, type(estimator).__name__)
    except RecursionError:
        raise ValueError(f"{type(estimator).__name__} holds lists in lists without end.") from None
    manifest = {"versions": read_versions(), "networks": encoder.networks, **tree}
    with replace_file(path) as part:
        write_container(part, manifest, encoder.members)


def load(path):
    """Load an estimator that :func:`save` saved.

    A file can't run code, whoever made it: it may name the classes that `save` takes and no others,
    nothing in it is evaluated or unpickled, and every length, shape and checksum is compared before
    anything is built. Predictions are those of the estimator saved, to the last bit on the same
    machine with the same versions.

    Parameters
    ----------
    path : str or path-like
        The file.

    Returns
    -------
    estimator
        Of the same class, with the same parameters and fitted attributes.

    Raises
    ------
    ValueError
        If it is no such file, damaged, tampered with, or written by a later version.
    OSError
        If it can't be read.

    Warns
    -----
    UserWarning
        If it was written with another release of scikit-learn, Keras or TensorFlow than is
        installed, by the first two numbers of the version.

    See Also
    --------
    save : Save an estimator.

    Examples
    --------
    >>> import tempfile
    >>> import skwbc
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     skwbc.save(skwbc.CellCropper((32, 32)), f"{folder}/cropper.skwbc")
    ...     skwbc.load(f"{folder}/cropper.skwbc")
    CellCropper(crop_shape=(32, 32))
    """
    manifest = {}
    try:
        manifest, members = read_container(path)
        _warn_of_other_releases(path, manifest["versions"])
        decoder = Decoder(members, manifest["networks"])
        estimator = decoder.decode({"estimator": manifest["estimator"]})
        if members:
            raise ValueError(f"it holds {len(members)} members that nothing refers to")
        return estimator
    except ValueError as error:
        raise ValueError(f"Can't load {path}{_tell_later(manifest)}: {error}") from error
    except MALFORMED as error:
        later = _tell_later(manifest)
        raise ValueError(f"Can't load {path}{later}: it is damaged ({error!r})") from error


def _tell_later(manifest):
    """Say if a later version wrote a file: it may hold what this one does not know."""
    versions = manifest.get("versions")
    there = versions.get("skwbc") if isinstance(versions, dict) else None
    here = read_versions()["skwbc"]
    if not is_later(there, here):
        return ""
    return f", which skwbc {there} wrote (installed: {here}; update it)"


def _warn_of_other_releases(path, versions):
    others = list_other_releases(versions, WATCHED)
    if others:
        told = ", ".join(f"{name} {there} (installed: {here})" for name, there, here in others)
        warnings.warn(
            f"{path} was written with {told}; what it predicts may differ.",
            UserWarning,
            stacklevel=3,
        )
