"""Images of no known class, such as those to predict."""

import os
from collections.abc import Callable, Sequence
from itertools import compress
from typing import Any

import numpy as np
from sklearn.utils import Bunch
from sklearn.utils._param_validation import StrOptions, validate_params

from skwbc._types import ImageShape, PathLike
from skwbc.datasets._image_files import plan_reading


@validate_params(
    {
        "files": ["array-like"],
        "image_shape": [tuple, list, None],
        "transform": [callable, None],
        "on_error": [StrOptions({"raise", "skip"})],
        "lazy": ["boolean"],
    },
    prefer_skip_nested_validation=True,
)
def load_images(
    files: Sequence[PathLike],
    *,
    image_shape: ImageShape | None = None,
    transform: Callable[[np.ndarray], np.ndarray] | None = None,
    on_error: str = "raise",
    lazy: bool = False,
) -> Any:
    """Load images whose classes nobody knows, as :func:`load_image_folder` loads the others.

    Parameters
    ----------
    files : list of str or path-like
        At least one.
    image_shape : tuple of int, default=None
        ``(height, width)`` for grey images or ``(height, width, channels)`` with 1 or 3 channels,
        to which images are resized. By default they are RGB, and have to be of one size.
    transform : callable, default=None
        Changes each image before it is resized, as in :func:`load_image_folder`.
    on_error : {"raise", "skip"}, default="raise"
        What to do about files that cannot be read: list all of them in one error, or in one
        warning and go on without them.
    lazy : bool, default=False
        Read each image when it is asked for, see :func:`load_image_folder`. Needs `image_shape`.

    Returns
    -------
    Bunch
        With the attributes:

        data : ndarray of shape (n_images, height * width * channels), dtype uint8
            Flat images; with `lazy` an array-like, as `images`.
        images : ndarray of shape (n_images, height, width, channels), dtype uint8
            Of the files that were read, in their order.
        image_shape : tuple of int
            ``(height, width, channels)``.
        filenames : list of str
            The file of each image.
        skipped : list of str
            Files that could not be read.

    Raises
    ------
    OSError
        If files cannot be read, or none can.
    ValueError
        If there is no file; if images are of different size, and there is no `image_shape`; if
        `lazy` is without it.
    TypeError
        If `transform` gives something else than an image of uint8 with as many channels.

    Warns
    -----
    UserWarning
        If files are skipped.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> from skwbc.datasets import load_images
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Image.new("RGB", (12, 10), "pink").save(Path(folder) / "new.png")
    ...     photos = load_images(sorted(Path(folder).glob("*.png")), image_shape=(5, 6, 3))
    >>> photos.images.shape
    (1, 5, 6, 3)
    """
    paths = [os.fspath(file) for file in files]
    if not paths:
        raise ValueError("Expected at least one file, received none.")
    shape, load = plan_reading(image_shape, lazy)
    images, is_read = load(paths, shape, on_error=on_error, transform=transform)
    if not is_read.any():
        raise OSError(f"None of the {len(paths)} files could be read.")
    return Bunch(
        data=images.reshape(len(images), -1),
        images=images,
        image_shape=images.shape[1:],
        filenames=list(compress(paths, is_read)),
        skipped=list(compress(paths, ~is_read)),
    )
