import numpy as np
import pandas as pd
import pytest

from skwbc.metrics._rows import check_pair, check_pixels, read_common_shape


@pytest.mark.parametrize(
    ("given", "kept"),
    [("float32", "float32"), ("float64", "float64"), ("uint8", "float64"), ("int64", "float64")],
)
def test_features_are_floats(given, kept):
    real, fake = check_pair(np.eye(3, dtype=given), pd.DataFrame(np.eye(3, dtype=given)))
    assert real.dtype == fake.dtype == kept


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", "float64"])
def test_pixels_stay_where_they_are(dtype):
    images = np.zeros((2, 3, 4, 1), dtype=dtype)
    rows = check_pixels(images, "images")
    assert rows.shape == (2, 12)
    assert rows.dtype == dtype
    assert np.shares_memory(rows, images)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("which", ["real", "fake"])
def test_not_finite_is_refused(bad, which):
    pair = {"real": np.eye(2), "fake": np.eye(2)}
    pair[which][0, 0] = bad
    with pytest.raises(ValueError, match=f"Input {which} contains"):
        check_pair(**pair)
    with pytest.raises(ValueError, match="Input queries contains"):
        check_pixels(pair[which], "queries")


def test_features_are_2_d():
    with pytest.raises(ValueError, match="dim 4"):
        check_pair(np.zeros((2, 3, 4, 1)), np.zeros((2, 3, 4, 1)))


def test_columns_must_match():
    with pytest.raises(ValueError, match="Expected 2 columns in fake, as in real, received 3"):
        check_pair(np.zeros((4, 2)), np.zeros((4, 3)))


def test_rows_must_be_enough():
    with pytest.raises(ValueError, match=r"1 sample\(s\).*minimum of 2"):
        check_pair(np.zeros((4, 2)), np.zeros((1, 2)))


def test_either_array_tells_the_shape():
    images, rows = np.zeros((2, 3, 4)), np.zeros((5, 12))
    for pair in ((images, rows), (rows, images)):
        assert read_common_shape(*pair) == (3, 4, 1)
    assert read_common_shape(rows, rows) == (1, 12, 1)
    assert read_common_shape(rows, rows, (2, 6)) == (2, 6, 1)
    with pytest.raises(ValueError, match=r"Expected images of shape \(3, 4, 1\).*\(4, 3, 1\)"):
        read_common_shape(images, np.zeros((2, 4, 3, 1)), (3, 4))
