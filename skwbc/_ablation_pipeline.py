"""A pipeline in which synthetic images do not mean a longer training."""

import math
from contextlib import contextmanager
from numbers import Integral

from sklearn.utils.validation import _num_samples

from skwbc.pipeline import Pipeline


class LevelPipeline(Pipeline):
    """Pipeline whose classifier takes as many steps of its optimiser as on the rows given.

    Whatever its samplers make of the rows, its `epochs` are counted on those that `fit` was given,
    and shortened or lengthened for the training, up to whole epochs. That happens in each fit: so
    it holds in the folds of a search, too, and for `epochs` and a `batch_size` that are searched.

    Parameters
    ----------
    steps : list of (str, estimator)
        As of :class:`Pipeline`.
    transform_input, memory, verbose
        As of :class:`Pipeline`.
    """

    def _fit_final(self, n_rows, Xt, yt, routed, params, validation):
        """Fit the last step to the rows `Xt` that the other steps made of `n_rows`."""
        with _level_steps(self.steps[-1][1], n_rows, _num_samples(Xt)):
            super()._fit_final(n_rows, Xt, yt, routed, params, validation)


@contextmanager
def _level_steps(classifier, n_real, n_images):
    """Set the epochs for a training on `n_images`; give them back, as `fit` changes no parameter.

    A classifier without `epochs` is left as it is.
    """
    parameters = classifier.get_params(deep=False)
    epochs = parameters.get("epochs")
    if epochs is None:
        yield
        return
    levelled = count_level_epochs(epochs, parameters.get("batch_size"), n_real, n_images)
    classifier.set_params(epochs=levelled)
    try:
        yield
    finally:
        classifier.set_params(epochs=epochs)


def count_level_epochs(epochs, batch_size, n_real, n_images):
    """Count the epochs on `n_images` that are as many steps as `epochs` on `n_real`.

    Parameters
    ----------
    epochs : int
    batch_size : int or None
        What is no integer counts as 1.
    n_real, n_images : int

    Returns
    -------
    int
        Rounded up.

    Examples
    --------
    >>> count_level_epochs(50, 32, n_real=90, n_images=600)  # 150 steps, 19 an epoch
    8
    """
    batch_size = batch_size if isinstance(batch_size, Integral) else 1
    n_steps = epochs * math.ceil(n_real / batch_size)
    return math.ceil(n_steps / math.ceil(n_images / batch_size))
