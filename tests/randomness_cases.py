"""Every estimator that draws, small, and what its randomness decides."""

import numpy as np
from noise_images import make_images
from sklearn.base import clone
from tiny_samplers import TINY_GAN, TINY_VANILLA_GAN

from skwbc import AugmentationOverSampler, CNNClassifier, CNNRNNClassifier, CompactCNNClassifier

X, _ = make_images(16)
y = np.repeat(["common", "rare"], [10, 6])

SMALL = {"filters": (4,), "dense_units": 8, "epochs": 1, "random_state": 0, "dtype": "float32"}
ESTIMATORS = {
    "CNN": CNNClassifier(**SMALL, augmentation="traditional"),
    "CNN-RNN": CNNRNNClassifier(**SMALL, lstm_units=3, validation_fraction=0),
    "compact CNN": CompactCNNClassifier(filters=(4,), epochs=1, random_state=0, dtype="float32"),
    "augmentation": AugmentationOverSampler(random_state=0),
    "GAN": TINY_GAN,
    "vanilla GAN": TINY_VANILLA_GAN,
}


def learn(name, random_state):
    """Fit a copy; give all that its randomness decides, as one row of numbers."""
    fitted = clone(ESTIMATORS[name]).set_params(random_state=random_state)
    if not hasattr(fitted, "fit_resample"):
        fitted.fit(X, y)
        learned = [*fitted.network_.get_weights(), fitted.predict_proba(X), fitted.predict(X) == y]
    else:
        learned = [fitted.fit_resample(X, y)[0][len(X) :]]
        if hasattr(fitted, "sample"):
            learned.append(fitted.sample(3, "rare", random_state=0))
    return np.concatenate([np.ravel(part).astype(float) for part in learned])


def differ(first, second):
    """Tell whether two fits came out unlike."""
    return not np.allclose(first, second)
