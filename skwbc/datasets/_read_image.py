"""Read one image file of any kind as the same thing: a uint8 array of one or three channels."""

import warnings
from contextlib import contextmanager

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError
from PIL.TiffImagePlugin import (
    BITSPERSAMPLE,
    COMPRESSION,
    PHOTOMETRIC_INTERPRETATION,
    PLANAR_CONFIGURATION,
)

from skwbc._images import normalise_image_shape

_MODES = {1: "L", 3: "RGB"}
_NO_RANGE = "expected values of 8 or 16 bits, received floating-point numbers or 32-bit integers"


def check_image_shape(image_shape):
    """Normalise an `image_shape` to ``(height, width, channels)`` with 1 or 3 channels."""
    shape = normalise_image_shape(image_shape)
    if shape[2] not in _MODES:
        raise ValueError(
            f"Expected image_shape with 1 (grey) or 3 (RGB) channels, received {image_shape!r}."
        )
    return shape


def read_image(path, n_channels=3):
    """Read an image file, whatever its format, orientation and pixel type.

    The EXIF orientation is applied. Grey values of 16 bits are scaled so that 65535 becomes 255
    (Pillow's own conversion clips at 255); transparency is laid over white; palettes, CMYK and
    the like are converted.

    Parameters
    ----------
    path : str or Path
        The file.
    n_channels : {1, 3}, default=3
        Grey or RGB.

    Returns
    -------
    ndarray of shape (height, width, n_channels), dtype uint8

    Raises
    ------
    OSError
        If the file is missing, truncated, no image, too large to be honest (Pillow's limit
        against decompression bombs), holds several frames, holds pixels without a defined range
        (floating point, 32-bit integers), or is a TIFF of more than 8 bits whose channels are apart
        and not compressed, which Pillow scrambles. The message names the file.
    """
    with refuse_bombs():
        return decode_image(path, n_channels)


def check_image(path):
    """Refuse what :func:`read_image` does, as far as a file's header tells it; decode nothing.

    Raises
    ------
    OSError
        As :func:`read_image`, but not for truncated files.
    """
    with refuse_bombs(), _open_image(path):
        pass


def decode_image(path, n_channels=3):
    """Do as :func:`read_image`, for callers that refuse bombs themselves.

    They are within :func:`refuse_bombs`, which is for all threads, or the file has passed
    :func:`check_image`.
    """
    with _open_image(path) as image:
        is_negative = _is_negative(image)
        image = _to_eight_bits(ImageOps.exif_transpose(image))
        image = ImageOps.invert(image) if is_negative else image
        pixels = np.array(image.convert(_MODES[n_channels]))
    return pixels.reshape(*pixels.shape[:2], n_channels)


@contextmanager
def refuse_bombs():
    """Raise in the block, in all threads, what Pillow warns of: files that unpack to too much."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


@contextmanager
def _open_image(path):
    """Open a file that can be read, and name it in the error of one that can't."""
    try:
        # of a path, Pillow would map the file, and scramble a TIFF that its EXIF data turn
        with open(path, "rb") as file, Image.open(file) as image:
            _check_readable(image)
            yield image
    except Exception as error:  # Pillow's readers raise a dozen types on broken files
        raise OSError(f"{path}: {_describe(error)}") from error


def _check_readable(image):
    n_frames = getattr(image, "n_frames", 1)
    if n_frames > 1 and image.format != "MPO":  # MPO: a phone's JPEG with a preview behind it
        raise ValueError(f"expected one image, received {n_frames} frames")
    if image.mode == "F" or (image.mode == "I" and image.format == "TIFF"):
        raise ValueError(_NO_RANGE)
    if image.format == "EPS":  # which Pillow would run
        raise ValueError("expected pixels, received a program in PostScript")
    if image.format == "TIFF" and _has_wide_planes(image.tag_v2):
        raise ValueError(
            "expected the channels of each pixel side by side, received one channel after the "
            "other in more than 8 bits, which Pillow scrambles: save it with compression, or as PNG"
        )


def _has_wide_planes(tags):
    """Tell whether a TIFF holds channel after channel, of more than 8 bits and uncompressed."""
    is_planar = tags.get(PLANAR_CONFIGURATION) == 2 and tags.get(COMPRESSION, 1) == 1
    return is_planar and max(tags.get(BITSPERSAMPLE, (1,))) > 8


def _is_negative(image):
    """Tell whether greys of 16 bits count from white on, which Pillow heeds in 8 bits alone."""
    is_deep_tiff = image.format == "TIFF" and image.mode.startswith("I")
    return is_deep_tiff and image.tag_v2.get(PHOTOMETRIC_INTERPRETATION) == 0


def _to_eight_bits(image):
    """Bring an image of any mode to one that Pillow converts to grey or RGB without loss."""
    if image.mode.startswith("I"):  # "I;16" and its kin; older Pillows say "I" for a 16-bit PNG
        values = np.asarray(image)
        if values.min() < 0 or values.max() > 65535:
            raise ValueError(_NO_RANGE)
        return Image.fromarray(np.rint(values / 257).astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image


def _describe(error):
    if isinstance(error, UnidentifiedImageError):
        return "not an image of a format that Pillow reads"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def resize_image(pixels, image_shape):
    """Resize by Pillow's bicubic filter, which takes the average where it shrinks.

    Parameters
    ----------
    pixels : ndarray of shape (height, width, channels), dtype uint8
        The image.
    image_shape : tuple of 3 int
        ``(height, width, channels)``, with the channels of `pixels`.

    Returns
    -------
    ndarray of shape `image_shape`, dtype uint8

    Examples
    --------
    >>> import numpy as np
    >>> resize_image(np.full((480, 640, 3), 7, dtype=np.uint8), (60, 80, 3)).shape
    (60, 80, 3)
    """
    height, width, n_channels = image_shape
    if pixels.shape[:2] == (height, width):
        return pixels
    image = Image.fromarray(pixels[..., 0] if n_channels == 1 else pixels)
    resized = image.resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(resized).reshape(image_shape)
