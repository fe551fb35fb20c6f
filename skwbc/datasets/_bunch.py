"""The shape of what every data set returns."""

import numpy as np
from sklearn.utils import Bunch


def image_bunch(images, target, target_names, *, filenames, groups, return_X_y, **more):
    """Bundle images and labels as scikit-learn's data sets do.

    Parameters
    ----------
    images : ndarray or LazyImages of shape (n_images, height, width, channels), dtype uint8
        The images; `data` is a flat view of them.
    target : ndarray of shape (n_images,), dtype int
        Class codes, indices into `target_names`.
    target_names : sequence of str
        The classes, sorted.
    filenames : sequence of str
        Where each image came from.
    groups : array-like of shape (n_images,)
        The source photo of each image: images that share one belong on one side of a split.
    return_X_y : bool
        Return ``(data, target)`` alone.
    **more
        Further entries of the Bunch, such as `DESCR` and `boxes`.

    Returns
    -------
    Bunch or tuple of ndarray
    """
    data = images.reshape(len(images), -1)
    if return_X_y:
        return data, target
    return Bunch(
        data=data,
        images=images,
        image_shape=images.shape[1:],
        target=target,
        target_names=np.asarray(target_names),
        filenames=list(filenames),
        groups=np.asarray(groups),
        **more,
    )
