"""The environment of the tests, and images small enough to train on in a second."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("SCIPY_ARRAY_API", "1")

import numpy as np
import pytest
from noise_images import make_images


@pytest.fixture
def images():
    """24 images of 8x8x3, uint8, two classes in turn: (images, target)."""
    return make_images()


@pytest.fixture
def unbalanced():
    """30 images of 8x8x3, uint8, of classes "a" (18), "b" (8) and "c" (4): (images, target)."""
    X, _ = make_images(30)
    return X, np.repeat(["a", "b", "c"], [18, 8, 4])
