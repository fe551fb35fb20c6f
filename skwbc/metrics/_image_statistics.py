"""What an image looks like in a few dozen numbers, without learning and in any pose."""

import numpy as np

_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_N_BANDS = 4
_N_RINGS = 4
_FAINTEST = 1e-3  # deviation of a band below which the logarithm flattens


def image_statistics(images):
    """Describe images by colours, their mixture, sharpness and radial layout.

    Parameters
    ----------
    images : ndarray of shape (n_images, height, width, channels)
        In [-1, 1]; a batch, for it is copied several times.

    Returns
    -------
    ndarray of shape (n_images, n_statistics)
        For each channel: mean, five quantiles, the mean in each of four rings around the centre,
        and the logarithm of the deviation in up to four bands of detail, finest first; for each
        pair of channels their covariance. float32. Flips and turns change none of them, but for
        bands of sides that don't halve evenly.

    Examples
    --------
    >>> import numpy as np
    >>> images = np.random.default_rng(0).uniform(-1, 1, (5, 16, 16, 3))
    >>> statistics = image_statistics(images)
    >>> statistics.shape
    (5, 45)
    >>> np.allclose(image_statistics(np.rot90(images, axes=(1, 2))), statistics)
    True
    """
    images = np.asarray(images, dtype=np.float32)
    n_images, height, width, channels = images.shape
    pixels = images.reshape(n_images, -1, channels)
    quantiles = np.moveaxis(np.quantile(pixels, _QUANTILES, axis=1), 0, 1)
    rings = np.einsum("npc,pr->nrc", pixels, _ring_weights(height, width))
    centred = pixels - pixels.mean(axis=1, keepdims=True)
    covariance = np.einsum("npc,npd->ncd", centred, centred) / pixels.shape[1]
    pairs = np.triu_indices(channels, k=1)
    parts = [pixels.mean(axis=1), quantiles, rings, covariance[:, *pairs], *_list_bands(images)]
    return np.concatenate([part.reshape(n_images, -1) for part in parts], axis=1, dtype=np.float32)


def _ring_weights(height, width):
    """Weigh pixels for the mean of each ring: (height * width, n_rings)."""
    sides = (2 * np.arange(side) + 1 - side for side in (height, width))
    rows, columns = np.meshgrid(*(side / len(side) for side in sides), indexing="ij")
    radius = np.hypot(rows, columns).ravel()
    limits = np.quantile(radius, np.arange(1, _N_RINGS) / _N_RINGS)
    member = np.eye(_N_RINGS, dtype=np.float32)[np.searchsorted(limits, radius)]
    return member / np.maximum(member.sum(axis=0), 1)


def _list_bands(images):
    """Measure what is lost at each halving: up to four arrays of (n_images, channels)."""
    bands = []
    while len(bands) < _N_BANDS and max(images.shape[1:3]) > 1:
        n, height, width, channels = images.shape
        step_down, step_right = (min(side, 2) for side in (height, width))
        rows, columns = height // step_down, width // step_right
        even = images[:, : rows * step_down, : columns * step_right]
        blocks = even.reshape(n, rows, step_down, columns, step_right, channels)
        coarse = blocks.mean(axis=(2, 4), keepdims=True)
        bands.append(np.log((blocks - coarse).std(axis=(1, 2, 3, 4)) + _FAINTEST))
        images = coarse[:, :, 0, :, 0]
    return bands
