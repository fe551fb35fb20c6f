"""Find white blood cells in a photo by the stain of their nuclei."""

from functools import reduce

import numpy as np
from PIL import Image
from scipy import ndimage
from skimage.filters import threshold_multiotsu, threshold_otsu

from skwbc._images import PixelRange

WORKING_SIDE = 120  # pixels that the shorter side of a photo is shrunk to, if it is longer
WEIGHTS = np.array([-1.0, -0.5, 1.0], dtype=np.float32)  # of the logarithms of red, green, blue
BLUR = 1 / 120  # shorter sides of the photo
GAP_BETWEEN_LOBES = 0.4  # square roots of the area of those found so far
LEAST_LOBE = 0.05  # of the area of the largest
LEAST_CONTRAST = 0.3  # of the stain between nucleus and the rest: BCCD has 0.4 to 1, noise 0.1
LEAST_GREY_CONTRAST = 0.1  # the same of darkness: BCCD in grey has 0.15 to 0.6
N_GREYS, N_BINS = 4, 128  # levels of darkness: the darkest is nucleus; of a histogram
LEAST_CELL = 0.2  # of the stain of the largest cell; platelets have less
CYTOPLASM = 0.2  # around the box of the nucleus, in square roots of the nucleus' area
BRIGHT = 0.99  # quantile of the brightest channel of each pixel
NO_LIGHT = 0.25  # of that in the brightest channel: all nuclei of BCCD leave far more blue
NO_GREY_LIGHT = 0.12  # the same without colour, of which nuclei leave less
TOUCHING = np.ones((3, 3))  # pixels that meet at a corner are of one blob
STEP = 16  # pixels between those that tell most photos in colour


def locate_cells(image, pixel_range=None):
    """Find the white cells of a photo, the one with most stain first.

    The dye of the nuclei takes red and green light and leaves blue: where the logarithm of blue
    exceeds those of red and of half of green is nucleus. A red cell or a yellowish background has
    less of that than the photo's mean, and light shadows about as much. What has next to no light
    is none of the cells: the surround of a round field of view, a scale bar, a black border. The
    threshold is Otsu's [1]_; lobes that lie close together are one nucleus.

    Parameters
    ----------
    image : ndarray of shape (height, width, channels), dtype uint8
        Of 3 channels or more (red, green and blue first), or of any other number, which are read as
        grey, and so are red, green and blue that are equal in all pixels: there, the darkest of
        four levels is nucleus, which errs more often.
    pixel_range : PixelRange, default=None
        Of an image of any other dtype or scale: black and white.

    Returns
    -------
    ndarray of int of shape (n_cells, 4)
        ``left, top, right, bottom`` of each box in pixels, the last two exclusive: the nucleus and
        the usual width of cytoplasm around it, within the photo.

    References
    ----------
    .. [1] N. Otsu, "A Threshold Selection Method from Gray-Level Histograms", IEEE Transactions on
       Systems, Man, and Cybernetics 9, 1979.

    Examples
    --------
    >>> import numpy as np
    >>> photo = np.full((90, 120, 3), 200, dtype=np.uint8)
    >>> photo[30:50, 60:80] = 90, 60, 150
    >>> locate_cells(photo).tolist()
    [[55, 25, 85, 55]]
    """
    if has_no_colour(image):
        image = image[..., :1]
    factor = max(1, min(image.shape[:2]) // WORKING_SIDE)
    small = shrink(image, factor)
    if pixel_range is not None:
        small = PixelRange(0, 255).from_signed(pixel_range.to_signed(small), np.uint8)
    return box_nuclei(find_nuclei(small), factor, image.shape)


def has_no_colour(image):
    """Tell whether red, green and blue are equal in all pixels; some of them are compared first."""
    return image.shape[2] >= 3 and all(
        np.array_equal(part[..., 0], part[..., channel])
        for part in (image[::STEP, ::STEP], image)
        for channel in (1, 2)
    )


def shrink(image, factor):
    """Shrink a photo by a whole factor, to the means of its blocks; what is left over is lost."""
    if factor == 1:
        return image
    height, width, n_channels = (image.shape[0] // factor, image.shape[1] // factor, image.shape[2])
    image = np.ascontiguousarray(image[: height * factor, : width * factor])
    if n_channels in (1, 3) and image.dtype == np.uint8:  # Pillow takes a fourth for the opacity
        small = Image.fromarray(image[..., 0] if n_channels == 1 else image).reduce(factor)
        return np.asarray(small).reshape(height, width, n_channels)
    blocks = image.reshape(height, factor, width, factor, n_channels)
    means = blocks.mean(axis=(1, 3))
    return means.astype(np.uint8) if image.dtype == np.uint8 else means


def find_nuclei(image):
    """Find the nuclei of a small photo.

    Parameters
    ----------
    image : ndarray of shape (height, width, channels), dtype uint8
        Grey of one channel or two, not of three that are equal.

    Returns
    -------
    list of ndarray of shape (height, width), dtype bool
        A mask of each, the one with most stain first; empty where nothing stands out.
    """
    side = min(image.shape[:2])
    is_grey = image.shape[2] < 3
    stain = measure_stain(image)
    dark = find_darkness(image, NO_GREY_LIGHT if is_grey else NO_LIGHT)
    if dark.any() and not dark.all():
        stain[dark] = np.median(stain[~dark])
    stain = ndimage.gaussian_filter(stain, side * BLUR)
    threshold = find_darkest(stain) if is_grey else threshold_otsu(stain)
    stained = stain > threshold
    least = LEAST_GREY_CONTRAST if is_grey else LEAST_CONTRAST
    if not stained.any() or stain[stained].mean() - stain[~stained].mean() < least:
        return []
    blobs, n_blobs = ndimage.label(stained, TOUCHING)
    masses = ndimage.sum(stain - threshold, blobs, np.arange(1, n_blobs + 1))
    least = LEAST_CELL * masses.max()
    nuclei = []
    while masses.max() >= least:
        nucleus, near = gather_lobes(blobs, np.argmax(masses) + 1, masses > 0)
        nuclei.append(nucleus)
        masses[near] = 0
    return nuclei


def find_darkest(stain):
    """Give where the darkest of four levels begins: behind the ground and the red cells."""
    try:
        return threshold_multiotsu(stain, classes=N_GREYS, nbins=N_BINS)[-1]
    except ValueError:  # fewer values than levels
        return threshold_otsu(stain)


def gather_lobes(blobs, main, free):
    """Join the blobs that belong to one nucleus: those close to it, or to one that is.

    Parameters
    ----------
    blobs : ndarray of int of shape (height, width)
        Number of the blob of each pixel, 0 for none.
    main : int
        Number of the blob to begin with.
    free : ndarray of bool of shape (n_blobs,)
        Which blobs may be taken.

    Returns
    -------
    nucleus : ndarray of bool of shape (height, width)
        The lobes.
    near : ndarray of bool of shape (n_blobs,)
        Blobs that are lobes, or too small for that and too close to be anything else.
    """
    areas = np.bincount(blobs.ravel())[1:]
    numbers = np.arange(1, len(areas) + 1)
    large = free & (areas >= LEAST_LOBE * areas[main - 1])
    lobes, found = numbers == main, 0
    while found < lobes.sum():
        found = lobes.sum()
        nucleus = np.isin(blobs, numbers[lobes])
        gaps = ndimage.minimum(ndimage.distance_transform_edt(~nucleus), blobs, numbers)
        near = free & (gaps <= GAP_BETWEEN_LOBES * np.sqrt(nucleus.sum()))
        lobes = lobes | near & large
    return nucleus, near


def measure_stain(image):
    """Measure how much a pixel has of the dye that nuclei take, without unit: (height, width)."""
    light = np.log(image.astype(np.float32) + 1)
    return light[..., :3] @ WEIGHTS if image.shape[2] >= 3 else -light.mean(axis=2)


def find_darkness(image, share):
    """Tell which pixels have less light than a share of the bright ones, and those around them."""
    # channel by channel: `max` along so short an axis takes several times as long
    channels = range(3 if image.shape[2] >= 3 else image.shape[2])
    light = reduce(np.maximum, (image[..., channel] for channel in channels))
    counts = np.cumsum(np.bincount(light.ravel(), minlength=256))
    bright = np.searchsorted(counts, BRIGHT * light.size)
    dark = light < share * bright
    return ndimage.binary_dilation(dark, TOUCHING) if dark.any() else dark


def box_nuclei(nuclei, factor, shape):
    """Draw a box around each nucleus and its cytoplasm, in pixels of the photo."""
    boxes = np.empty((len(nuclei), 4), dtype=int)
    for box, nucleus in zip(boxes, nuclei, strict=True):
        margin = factor * CYTOPLASM * np.sqrt(nucleus.sum())
        ((top, bottom), (left, right)) = (
            (factor * hit[0] - margin, factor * (hit[-1] + 1) + margin)
            for hit in (np.flatnonzero(nucleus.any(axis=axis)) for axis in (1, 0))
        )
        box[:] = np.rint([left, top, right, bottom])
    height, width = shape[:2]
    return np.clip(boxes, 0, [width, height, width, height])
