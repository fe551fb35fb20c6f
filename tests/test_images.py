import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from skwbc._images import PixelRange, as_images, flatten_images, read_image_shape

INTEGERS = [np.uint8, np.int8, np.uint16, np.int16, np.uint32, np.int32]


@given(st.tuples(*[st.integers(1, 9)] * 4))
def test_flat_rows_and_images_round_trip(shape):
    X = np.arange(np.prod(shape)).reshape(shape)
    rows = flatten_images(X)
    assert rows.shape == (shape[0], np.prod(shape[1:]))
    np.testing.assert_array_equal(as_images(rows, read_image_shape(X)), X)


def test_flattening_makes_no_copy():
    X = np.zeros((2, 3, 4, 1))
    assert np.shares_memory(flatten_images(X), X)


@pytest.mark.parametrize(
    ("shape", "image_shape", "expected"),
    [
        ((5, 6, 7, 3), None, (6, 7, 3)),
        ((5, 6, 7), None, (6, 7, 1)),
        ((5, 6, 7), (6, 7), (6, 7, 1)),
        ((5, 126), (6, 7, 3), (6, 7, 3)),
        ((5, 20), None, (1, 20, 1)),
    ],
)
def test_read_image_shape(shape, image_shape, expected):
    assert read_image_shape(np.zeros(shape), image_shape) == expected


@pytest.mark.parametrize("shape", [(5, 3, 32, 32), (5, 1, 16, 20)])
def test_channels_that_seem_to_come_first_are_warned_of(shape):
    with pytest.warns(UserWarning, match=r"give np.moveaxis\(X, 1, -1\)"):
        assert read_image_shape(np.zeros(shape)) == shape[1:]
    read_image_shape(np.zeros(shape), shape[1:])  # warnings are errors in tests
    read_image_shape(np.moveaxis(np.zeros(shape), 1, -1))


@pytest.mark.parametrize(
    ("shape", "image_shape", "message"),
    [
        ((5, 64, 64, 3), (60, 80, 3), r"Expected images of shape \(60, 80, 3\).*\(64, 64, 3\)"),
        ((5, 10), (2, 2, 3), "that is 12 values each; received 10 values each"),
        ((5,), None, "Reshape your data"),
        ((5, 1, 1, 1, 1), None, "5 dimension"),
        ((5, 12), (2, 0, 3), "all positive integers"),
        ((5, 12), (12,), "height, width"),
        ((5, 12), (2, 2, 3.0), "all positive integers"),
    ],
)
def test_wrong_shapes_are_named(shape, image_shape, message):
    with pytest.raises(ValueError, match=message):
        read_image_shape(np.zeros(shape), image_shape)


@given(
    hnp.arrays(st.sampled_from(INTEGERS), hnp.array_shapes(min_dims=2, max_dims=2), unique=False)
)
def test_scaling_of_integers_is_inverted_exactly(X):
    pixel_range = PixelRange.of(X)
    signed = pixel_range.to_signed(X, np.float64)
    assert np.abs(signed).max() <= 1
    back = pixel_range.from_signed(signed, X.dtype)
    assert back.dtype == X.dtype
    np.testing.assert_array_equal(back, X)


@given(hnp.arrays(np.int64, (2, 3), elements=st.integers(-(2**51), 2**51)))
def test_scaling_of_64_bits_is_exact_as_far_as_a_float_can_tell(X):
    pixel_range = PixelRange.of(X)
    back = pixel_range.from_signed(pixel_range.to_signed(X, np.float64), np.int64)
    np.testing.assert_array_equal(back, X)


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.uint16, np.int16])
def test_float32_tells_pixels_of_two_bytes_apart(dtype):
    X = np.arange(np.iinfo(dtype).min, np.iinfo(dtype).max + 1).astype(dtype)[:, None]
    pixel_range = PixelRange.of(X)
    signed = pixel_range.to_signed(X)
    assert signed.dtype == np.float32
    np.testing.assert_array_equal(pixel_range.from_signed(signed, dtype), X)


@pytest.mark.parametrize(
    ("fitted", "given", "received"),
    [
        (np.array([[0, 255]], np.uint8), np.array([[0.0, 0.5, 1.0]]), "0 to 255; received 0 to 1"),
        (np.array([[0, 255]], np.uint8), np.array([[0, 256]]), "0 to 255; received 0 to 256"),
        (np.array([[0, 255]], np.uint8), np.array([[-1, 255]]), "0 to 255; received -1 to 255"),
        (np.array([[0.0, 1.0]]), np.array([[0, 255]], np.uint8), "0 to 1; received 0 to 255"),
        (np.array([[-1.0, 1.0]]), np.array([[0.0, 255.0]]), "-1 to 1; received 0 to 255"),
        (np.array([[0.0, 255.0]]), np.array([[0.0, 0.5]]), "0 to 255; received 0 to 0.5"),
        (np.array([[-2.0, 257.0]]), np.array([[0.0, 0.5]]), "-2 to 257; received 0 to 0.5"),
    ],
)
def test_values_of_another_scale_are_refused(fitted, given, received):
    with pytest.raises(ValueError, match=received):
        PixelRange.of(fitted).check(given)


@pytest.mark.parametrize(
    ("fitted", "given"),
    [
        (np.array([[0, 255]], np.uint8), np.array([[0, 1]], np.uint8)),  # a dark photo
        (np.array([[0, 255]], np.uint8), np.array([[0.0, 1.0]])),  # the same in another dtype
        (np.array([[0, 255]], np.uint8), np.array([[0.0, 254.5]])),
        (np.array([[0.0, 1.0]]), np.array([[-0.2, 1.3]])),  # resized with overshoot
        (np.array([[-2.0, 3.0]]), np.array([[-9.0, 11.0]])),  # a standardised table
        (np.array([[0, 1]], np.uint8), np.array([[0.0, 1.0]])),  # a mask
    ],
)
def test_values_of_the_same_scale_pass(fitted, given):
    PixelRange.of(fitted).check(given)


def test_pixel_range_of_uint8_does_not_depend_on_the_images():
    assert PixelRange.of(np.full((1, 1), 7, np.uint8)) == PixelRange(0, 255, bounded=True)


def test_pixel_range_of_constant_floats_is_not_empty():
    assert PixelRange.of(np.full((2, 2), 0.5)) == PixelRange(-0.5, 0.5)


@given(st.floats(-10, 10))
def test_nothing_leaves_the_range(value):
    drawn = PixelRange(0, 255).from_signed(np.array([value]), np.uint8)
    assert drawn[0] == np.clip(np.rint((value + 1) * 127.5), 0, 255)
