"""Lazy images give what an array gives, and copy or read nothing before."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils import _safe_indexing

from skwbc import CNNClassifier
from skwbc._images import PixelRange, flatten_images, read_image_shape
from skwbc._lazy_images import ImageArray, LazyImages, validate_images, view_images

IMAGES = np.arange(10 * 12, dtype=np.uint8).reshape(10, 2, 2, 3)


class CountedArray(ImageArray):
    """Counts the images that are read."""

    n_read = 0

    def read(self, indices):
        self.n_read += len(indices)
        return super().read(indices)


@pytest.fixture
def source():
    return CountedArray(IMAGES)


BOUNDS = st.integers(-12, 12) | st.none()
SLICES = st.builds(slice, BOUNDS, BOUNDS, st.sampled_from([None, 1, 2, -1]))
ROWS = st.lists(st.integers(-10, 9), max_size=12).map(lambda key: np.array(key, dtype=int))
MASKS = st.lists(st.booleans(), min_size=10, max_size=10).map(np.array)


@given(key=SLICES | ROWS | MASKS, within=SLICES)
def test_parts_are_those_of_an_array(key, within):
    source, expected = CountedArray(IMAGES), IMAGES[key][within]
    part = LazyImages(source)[key, ...][within]
    assert part.shape == expected.shape
    assert (part.ndim, len(part), part.dtype) == (4, len(expected), np.uint8)
    assert source.n_read == 0
    np.testing.assert_array_equal(np.asarray(part), expected)
    assert source.n_read == len(expected)


@pytest.mark.parametrize(
    "key",
    [3, -1, np.int64(4), (2, 1), (2, ...), (slice(2, 5), 0), (slice(None), ..., 1), ([1, 2], 0, 1)]
    + [(..., 0), (..., slice(None, None, -1)), (..., slice(1, 2), slice(None))],
)
def test_single_images_and_what_is_in_them_are_read(source, key):
    read = LazyImages(source)[key]
    assert type(read) is np.ndarray
    np.testing.assert_array_equal(read, IMAGES[key])
    assert source.n_read == np.size(np.arange(10)[key[0] if isinstance(key, tuple) else key])


@pytest.mark.parametrize("key", [[2, 0], np.array([True] * 3 + [False] * 7), slice(4, 6), (1, 2)])
def test_scikit_learn_takes_parts(source, key):
    part = _safe_indexing(LazyImages(source), key)
    assert source.n_read == 0
    np.testing.assert_array_equal(np.asarray(part), _safe_indexing(IMAGES, key))


@pytest.mark.parametrize(
    "key", [10, -11, None, [[0, 1]], np.ones(9, bool), "a", [11], ([0, 1], [1, 2])]
)
def test_what_is_no_index_is_refused(source, key):
    with pytest.raises(IndexError):
        LazyImages(source)[key]


def test_iteration_gives_one_image_after_the_other(source):
    images = iter(LazyImages(source))
    np.testing.assert_array_equal(next(images), IMAGES[0])
    assert source.n_read == 1
    np.testing.assert_array_equal(list(images), IMAGES[1:])


@pytest.mark.parametrize("shape", [(10, -1), ((10, 12),), (-1, 12), (10, 4, -1), (10, 2, 2, 3)])
def test_reshaping_is_numpys_and_reads_nothing(source, shape):
    reshaped = LazyImages(source).reshape(*shape)
    expected = IMAGES.reshape(*shape)
    assert reshaped.shape == expected.shape
    assert source.n_read == 0
    np.testing.assert_array_equal(np.asarray(reshaped[2:4]), expected[2:4])


@pytest.mark.parametrize("shape", [(5, 24), (10, 5), (9, -1), (-1, -1), (10, 5, -1)])
def test_reshaping_keeps_the_images(source, shape):
    with pytest.raises(ValueError, match="Expected a shape of 10 images, each of 12 values"):
        LazyImages(source).reshape(*shape)


def test_it_becomes_an_array(source):
    images = LazyImages(source)
    assert np.asarray(images, dtype=np.float32).dtype == np.float32
    np.testing.assert_array_equal(np.mean(images), IMAGES.mean())
    with pytest.raises(ValueError, match="without reading"):
        np.array(images, copy=False)
    assert repr(images[:3]) == "LazyImages(shape=(3, 2, 2, 3), dtype=uint8)"


def test_it_pickles(source):
    part = pickle.loads(pickle.dumps(LazyImages(source)[[7, 1]].reshape(2, 12)))
    np.testing.assert_array_equal(np.asarray(part), IMAGES[[7, 1]].reshape(2, 12))


def test_views_of_an_array_are_no_copies():
    images = IMAGES.copy()
    part = view_images(view_images(images))[2:][::2]
    assert part.in_memory()
    images[4] = 0
    assert not np.asarray(part)[1].any()


def test_the_image_contract_reads_nothing_of_files(source):
    source.extremes = (0.0, 255.0)
    images = LazyImages(source)
    assert read_image_shape(images) == (2, 2, 3)
    assert flatten_images(images).shape == (10, 12)
    assert PixelRange.of(images) == PixelRange(0, 255, True)
    PixelRange(0, 255, True).check(images)
    with pytest.raises(ValueError, match="0 to 1; received 0 to 255"):
        PixelRange(0, 1).check(images)
    assert source.n_read == 0


def test_the_range_of_a_view_is_that_of_its_images(monkeypatch):
    monkeypatch.setattr("skwbc._images.BLOCK_BYTES", 30)
    rows = view_images(np.arange(20.0).reshape(10, 2))
    assert PixelRange.of(rows[[3, 5, 2]]) == PixelRange(4, 11)
    fractions = view_images(np.where(np.arange(20) == 18, 0.5, 0).reshape(10, 2))
    PixelRange(0, 255).check(fractions[:9])
    with pytest.raises(ValueError, match="like that of fit, 0 to 255"):
        PixelRange(0, 255).check(fractions)


def test_scikit_learns_checks_read_nothing(source):
    classifier, rows = CNNClassifier(), LazyImages(source).reshape(10, 12)
    checked, y = validate_images(classifier, rows, np.arange(10) % 2, reset=True)
    assert checked is rows
    assert y.shape == (10,)
    assert classifier.n_features_in_ == 12
    assert validate_images(classifier, rows, reset=False) is rows
    for wrong, message in (
        (LazyImages(source).reshape(10, 12)[:0], "0 sample"),
        (LazyImages(CountedArray(IMAGES[:, :1])).reshape(10, 6), "6 features"),
    ):
        with pytest.raises(ValueError, match=message):
            validate_images(classifier, wrong, reset=False)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        validate_images(classifier, rows, [0, 1], reset=False)
    with pytest.raises(ValueError, match="requires y"):
        validate_images(classifier, rows, None, reset=False)
    assert source.n_read == 0
