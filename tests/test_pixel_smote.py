import tracemalloc

import numpy as np
import pytest
from imblearn.over_sampling import SMOTE
from numpy.testing import assert_allclose, assert_array_equal

from skwbc._pixel_smote import PixelSMOTE

Y = np.repeat(["many", "few"], [12, 4])


def make_images(dtype):
    X = np.random.default_rng(0).integers(0, 256, (16, 4, 5, 3))
    return X.astype(dtype)


def test_floats_are_those_of_imbalanced_learn():
    X = make_images("float32")
    made, y = PixelSMOTE(k_neighbors=2, random_state=3).fit_resample(X, Y)
    expected, y_expected = SMOTE(k_neighbors=2, random_state=3).fit_resample(X.reshape(16, -1), Y)
    assert_allclose(made.reshape(24, -1), expected)
    assert_array_equal(y, y_expected)


def test_bytes_are_rounded_floats():
    of_bytes, _ = PixelSMOTE(random_state=3).fit_resample(make_images("uint8"), Y)
    of_floats, _ = PixelSMOTE(random_state=3).fit_resample(make_images("float32"), Y)
    assert of_bytes.dtype == np.uint8
    assert_array_equal(of_bytes, np.rint(of_floats))


def test_the_class_alone_is_copied_as_floats():
    X = np.random.default_rng(0).integers(0, 256, (400, 3072), dtype=np.uint8)
    y = np.repeat(["many", "few"], [390, 10])
    sampler = PixelSMOTE(sampling_strategy={"few": 12}, random_state=0)
    tracemalloc.start()
    try:
        sampler.fit_resample(X, y)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 3 * X.nbytes  # the result is as large as X


def test_images_lie_between_two_of_their_class():
    X = make_images("float64")
    made, _ = PixelSMOTE(random_state=0).fit_resample(X, Y)
    few = X[12:].reshape(4, -1)
    lengths = np.linalg.norm(few[:, None] - few[None], axis=-1)
    for image in made[16:].reshape(8, -1):
        to_each = np.linalg.norm(few - image, axis=1)
        detours = to_each[:, None] + to_each[None] - lengths
        np.fill_diagonal(detours, np.inf)
        assert detours.min() == pytest.approx(0, abs=1e-9)


def test_one_image_has_no_neighbour():
    with pytest.raises(ValueError, match="between two images, but class 'few' has 1"):
        PixelSMOTE().fit_resample(make_images("uint8")[:13], Y[:13])
