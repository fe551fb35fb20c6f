"""Images small enough to train on in a second, in which the classes differ."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("SCIPY_ARRAY_API", "1")

import numpy as np
import pytest


def make_images(n=24, shape=(8, 8, 3), n_classes=2, dtype=np.uint8):
    """Draw noise of which the first channel's brightness tells the class."""
    rng = np.random.default_rng(0)
    target = np.arange(n) % n_classes
    images = rng.integers(0, 100, (n, *shape))
    images[..., 0] += (target * (150 // max(1, n_classes - 1)))[:, None, None]
    return images.astype(dtype), target


@pytest.fixture
def images():
    """24 images of 8x8x3, uint8, two classes in turn: (images, target)."""
    return make_images()


@pytest.fixture
def unbalanced():
    """30 images of 8x8x3, uint8, of classes "a" (18), "b" (8) and "c" (4): (images, target)."""
    X, _ = make_images(30)
    return X, np.repeat(["a", "b", "c"], [18, 8, 4])
