"""Probabilities that are as certain as they are right."""

import numpy as np
from scipy.optimize import minimize_scalar

LARGEST = 20.0  # temperature, and its inverse the smallest
LEAST = 1e-7  # of a probability, before its logarithm is taken


def fit_temperature(probabilities, codes, weights=None):
    """Find the temperature at which probabilities are likeliest [1]_, not far from 1.

    Of images that are all told right, the lowest temperature would be the likeliest. So the square
    of its logarithm is added to the sum of the losses: a prior, which few images outweigh little.

    Parameters
    ----------
    probabilities : ndarray of shape (n_images, n_classes)
        Of images that the classifier was not trained on.
    codes : ndarray of int of shape (n_images,)
        Their classes.
    weights : ndarray of shape (n_images,), default=None
        Of their losses, with a mean of 1; by default all count alike.

    Returns
    -------
    float
        Above 1, the classifier was too certain; between 0.05 and 20.

    References
    ----------
    .. [1] C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, "On Calibration of Modern Neural
       Networks", ICML 2017.

    Examples
    --------
    >>> import numpy as np
    >>> certain = np.array([[0.99, 0.01]] * 4)
    >>> round(fit_temperature(certain, np.array([0, 0, 0, 1])), 1)
    2.0
    >>> round(fit_temperature(certain, np.array([0, 0, 0, 0])), 1)
    0.9
    """
    logs = np.log(np.clip(probabilities, LEAST, None).astype(np.float64))
    rows = np.arange(len(codes))
    weights = np.ones(len(codes)) if weights is None else weights

    def measure_loss(log_temperature):
        scaled = logs / np.exp(log_temperature)
        losses = np.logaddexp.reduce(scaled, axis=1) - scaled[rows, codes]
        return (weights * losses).sum() + log_temperature**2

    bound = np.log(LARGEST)
    found = minimize_scalar(measure_loss, bounds=(-bound, bound), method="bounded")
    return float(np.exp(found.x))


def apply_temperature(probabilities, temperature):
    """Make probabilities more even, or less if `temperature` is below 1.

    Examples
    --------
    >>> import numpy as np
    >>> apply_temperature(np.array([[0.8, 0.2]]), 2.0).round(2).tolist()
    [[0.67, 0.33]]
    """
    if temperature == 1:
        return probabilities
    shares = np.clip(probabilities, LEAST, None)
    # of the largest, for of many classes the powers of all could be too small for a number
    powers = (shares / shares.max(axis=1, keepdims=True)) ** (1 / temperature)
    return powers / powers.sum(axis=1, keepdims=True)
