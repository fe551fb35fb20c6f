"""Find the nucleus of a white cell by its stain."""

import numpy as np
from scipy import ndimage
from skimage.filters import threshold_otsu

_STAIN = np.array([-0.5, 0.5, -1.0])  # of L, a, b: dark, somewhat red, blue above all
_LEAST_CONTRAST = 8.0  # of the stain between nucleus and the rest, in units of Lab
_CONTRAST_OF_GRANULES = 35.0  # more than that of any two parts of one nucleus
_BLUR = 1 / 64  # as the lengths that follow: in sides of the frame
_GAP_BETWEEN_LOBES = 0.08
_LEAST_LOBE = 0.05  # of the area of the largest
_PULL_OF_THE_CENTRE = 4.0
_TOUCHING = np.ones((3, 3))  # pixels that meet at a corner are of one blob


def find_nucleus(lab):
    """Find the nucleus: the largest dark blue blob, and the blobs close to it.

    Where several blobs are of similar size, the one nearest to the centre is taken.

    Parameters
    ----------
    lab : ndarray of shape (height, width, 3)
        The image in CIE Lab. A grey one has the same L and no colour; its nucleus is dark.

    Returns
    -------
    ndarray of shape (height, width), dtype bool
        All False where nothing stands out.
    """
    side = min(lab.shape[:2])
    stain = ndimage.gaussian_filter(lab @ _STAIN, side * _BLUR)
    if measure_contrast(stain, threshold_otsu(stain)) < _LEAST_CONTRAST:
        return np.zeros(stain.shape, dtype=bool)
    stained = stain > find_threshold(stain)
    blobs, n_blobs = label_blobs(stained)
    numbers = np.arange(1, n_blobs + 1)
    areas = np.bincount(blobs.ravel())[1:]
    offsets = measure_offset(np.array(ndimage.center_of_mass(stained, blobs, numbers)), lab.shape)
    weights = areas * np.exp(-_PULL_OF_THE_CENTRE * np.sum(offsets**2, axis=1))
    main = numbers[np.argmax(weights)]
    distances = ndimage.distance_transform_edt(blobs != main)
    gaps = ndimage.minimum(distances, blobs, numbers)
    lobes = (gaps <= side * _GAP_BETWEEN_LOBES) & (areas >= _LEAST_LOBE * areas[main - 1])
    return np.isin(blobs, numbers[lobes])


def find_threshold(stain):
    """Find the stain where the nucleus begins.

    Otsu's threshold may separate the whole cell from the field, as on a yellow background or with
    red granules. What it leaves is then of two stains itself, and separated once more.
    """
    threshold = threshold_otsu(stain)
    stained = stain[stain > threshold]
    second = threshold_otsu(stained)
    is_two = measure_contrast(stained, second) > _CONTRAST_OF_GRANULES
    return second if is_two else threshold


def measure_contrast(values, threshold):
    """Take the mean below a threshold from that above; 0 if nothing is above.

    Examples
    --------
    >>> import numpy as np
    >>> float(measure_contrast(np.array([1, 2, 6, 8]), 2))
    5.5
    """
    above = values > threshold
    return values[above].mean() - values[~above].mean() if above.any() else 0.0


def label_blobs(mask):
    """Number the blobs of a mask from 1 on; give the labels and how many there are."""
    return ndimage.label(mask, _TOUCHING)


def measure_offset(position, shape):
    """Give a position in pixels relative to the centre, in heights and widths of the frame.

    Examples
    --------
    >>> import numpy as np
    >>> measure_offset(np.array([0, 3]), (1, 4))
    array([0.   , 0.375])
    """
    return (position + 0.5) / shape[:2] - 0.5
