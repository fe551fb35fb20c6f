"""The images of many files: all at once, or each when it is asked for."""

import os
import warnings
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import compress
from pathlib import Path

import joblib
import numpy as np

from skwbc._lazy_images import LazyImages
from skwbc.datasets._read_image import (
    check_image,
    check_image_shape,
    decode_image,
    refuse_bombs,
    resize_image,
)

_FILES_AT_ONCE = 64  # of all threads together: their images wait in memory
_PHOTOS_PER_THREAD = 2  # where they wait in their full size


def plan_reading(image_shape, lazy):
    """Check the shape of the images, and choose how they are read.

    Parameters
    ----------
    image_shape : tuple of int or None
        As a user gives it.
    lazy : bool
        Whether each image is read when it is asked for.

    Returns
    -------
    image_shape : tuple of 3 int or None
    read : callable
        :func:`open_images` or :func:`read_images`.

    Raises
    ------
    ValueError
        If it is no such shape; if `lazy` is without one.
    """
    if lazy and image_shape is None:
        raise ValueError(
            "lazy=True needs image_shape: the size of images that are not read yet is unknown."
        )
    shape = None if image_shape is None else check_image_shape(image_shape)
    return shape, open_images if lazy else read_images


def read_images(paths, image_shape, *, on_error, transform):
    """Read files to one array, in as many threads as there are cores: Pillow lets them.

    `transform` is called in the caller's thread alone, and file by file in the order of `paths`.

    Parameters
    ----------
    paths : list of str
        The files.
    image_shape : tuple of 3 int or None
        ``(height, width, channels)`` that images are resized to. None takes RGB images of one size.
    on_error : {"raise", "skip"}
        What to do about files that can't be read.
    transform : callable or None
        Changes each image before it is resized.

    Returns
    -------
    images : ndarray of shape (n_read, height, width, channels), dtype uint8
        None if no file could be read.
    is_read : ndarray of bool of shape (n_files,)
        Which files these are.

    Raises
    ------
    OSError
        If files can't be read, and `on_error` says so; it lists them.
    ValueError
        If images are of different size, and there is no `image_shape`.
    TypeError
        If `transform` gives no image.
    """
    images, problems, is_read = None, [], np.zeros(len(paths), dtype=bool)
    found = _read_all(paths, image_shape, transform)
    for i, (path, image) in enumerate(zip(paths, found, strict=True)):
        if isinstance(image, OSError):
            problems.append(str(image))
            continue
        if images is None:  # an array at once, beside which a list would take as much again
            images = np.empty((len(paths), *image.shape), dtype=np.uint8)
        if image.shape != images.shape[1:]:
            raise ValueError(
                "Expected images of one size, or image_shape to resize them to; "
                f"{paths[is_read.argmax()]} is {_describe_size(images[0])}, "
                f"{path} is {_describe_size(image)}."
            )
        images[i] = image
        is_read[i] = True
    _report(problems, len(paths), on_error)
    return images if images is None or is_read.all() else images[is_read], is_read


def _read_all(paths, image_shape, transform):
    """Yield for each file its image, changed and resized, or the error that it raised."""
    n_channels = 3 if image_shape is None else image_shape[2]
    # the threads resize, too, unless a transform comes before
    read = partial(_try_to_read, n_channels, None if transform is not None else image_shape)
    n_threads = joblib.cpu_count()
    size = _FILES_AT_ONCE
    if transform is not None:
        size = min(size, _PHOTOS_PER_THREAD * n_threads)
    with ThreadPoolExecutor(n_threads) as threads:
        for start in range(0, len(paths), size):
            block = paths[start : start + size]
            with refuse_bombs():
                images = deque(threads.map(read, block))
            for path in block:
                yield _finish(images.popleft(), path, image_shape, transform)


def _finish(image, path, image_shape, transform):
    """Change and resize an image, unless it is an error, or there is nothing to change.

    What `transform` can't read, it says by an OSError.
    """
    if transform is None or isinstance(image, OSError):
        return image
    try:
        return _change(image, path, image_shape, transform)
    except OSError as error:
        return OSError(f"{path}: {error}")


def _try_to_read(n_channels, image_shape, path):
    """Read and resize a file, or give the error."""
    try:
        image = decode_image(path, n_channels)
    except OSError as error:
        return error
    return image if image_shape is None else resize_image(image, image_shape)


def open_images(paths, image_shape, *, on_error, transform):
    """Look at the headers of files, and leave the rest for later.

    Parameters
    ----------
    paths : list of str
        The files.
    image_shape : tuple of 3 int
        ``(height, width, channels)`` that images are resized to.
    on_error : {"raise", "skip"}
        What to do about files whose header says that they can't be read.
    transform : callable or None
        Changes each image before it is resized.

    Returns
    -------
    images : LazyImages of shape (n_readable, height, width, channels), dtype uint8
    is_readable : ndarray of bool of shape (n_files,)
        Which files these are.

    Raises
    ------
    OSError
        If files can't be read, and `on_error` says so; it lists them.
    """
    problems = [_find_problem(path) for path in paths]
    is_readable = [problem is None for problem in problems]
    _report([problem for problem in problems if problem is not None], len(paths), on_error)
    files = ImageFiles(list(compress(paths, is_readable)), image_shape, transform)
    return LazyImages(files), np.array(is_readable)


class ImageFiles:
    """Files as the source of :class:`~skwbc._lazy_images.LazyImages`.

    Parameters
    ----------
    paths : list of str
        The files, of which the headers were looked at.
    image_shape : tuple of 3 int
        ``(height, width, channels)`` that images are resized to.
    transform : callable, default=None
        Changes each image before it is resized.
    """

    dtype = np.dtype(np.uint8)
    extremes = (0.0, 255.0)

    def __init__(self, paths, image_shape, transform=None):
        self.paths = [str(Path(path).absolute()) for path in paths]  # a worker may stand elsewhere
        self.image_shape = image_shape
        self.transform = transform
        # joblib, which caches by what is pickled, has to see that a file was changed
        self.changed = np.array([os.stat(path).st_mtime_ns for path in paths])

    def __len__(self):
        return len(self.paths)

    def read(self, indices):
        """Read some of the images.

        Parameters
        ----------
        indices : ndarray of int
            Which.

        Returns
        -------
        ndarray of shape (n_indices, height, width, channels), dtype uint8

        Raises
        ------
        OSError
            If a file can't be read; it names the first such file.
        TypeError
            If `transform` gives no image.
        """
        images = np.empty((len(indices), *self.image_shape), dtype=self.dtype)
        for image, i in zip(images, indices, strict=True):
            path = self.paths[i]
            pixels = decode_image(path, self.image_shape[2])
            image[:] = _change(pixels, path, self.image_shape, self.transform)
        return images


def _find_problem(path):
    """Say what a file's header shows to be wrong with it, or give None."""
    try:
        check_image(path)
    except OSError as error:
        return str(error)
    return None


def _change(image, path, image_shape, transform):
    """Change an image as the caller wants it, and resize it."""
    if transform is not None:
        try:
            changed = np.asarray(transform(image))
        except Exception as error:
            error.add_note(f"In transform, of {path}.")
            raise
        if changed.dtype != np.uint8 or changed.shape[2:] != image.shape[2:] or changed.size == 0:
            raise TypeError(
                f"Expected transform to give images of shape (height, width, {image.shape[2]}) and "
                f"dtype uint8; received {changed.shape} and {changed.dtype} for {path}."
            )
        image = changed
    return image if image_shape is None else resize_image(image, image_shape)


def _report(problems, n_files, on_error):
    """Raise one error for all files that can't be read, or warn of them."""
    if not problems:
        return
    message = f"{len(problems)} of {n_files} files cannot be read:\n" + ";\n".join(problems)
    if on_error == "raise":
        raise OSError(
            message + ".\nRemove them, or skip them (on_error='skip', or --on-error skip)."
        )
    warnings.warn("Skipped: " + message, stacklevel=5)  # of who calls load_image_folder


def _describe_size(image):
    return f"{image.shape[1]} pixels wide and {image.shape[0]} high"
