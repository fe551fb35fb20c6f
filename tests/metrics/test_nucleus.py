import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skwbc.metrics._nucleus import find_nucleus

WHITE, BLUE, RED = (90, 0, 0), (45, 30, -50), (55, 30, 5)  # in Lab


def paint(*patches, side=64):
    """Paint rectangles, (rows, columns, colour), on white."""
    lab = np.full((side, side, 3), WHITE, dtype=np.float64)
    for rows, columns, colour in patches:
        lab[rows, columns] = colour
    return lab


def test_the_blue_one_is_found():
    nucleus = slice(20, 40), slice(30, 50)
    found = find_nucleus(paint((slice(0, 20), slice(0, 20), (60, 15, 15)), (*nucleus, BLUE)))
    expected = np.zeros((64, 64), dtype=bool)
    expected[nucleus] = True
    assert (found != expected).sum() <= 4  # the corners


def test_red_granules_are_no_nucleus():
    found = find_nucleus(
        paint((slice(10, 50), slice(10, 50), RED), (slice(20, 40), slice(15, 30), BLUE))
    )
    rows, columns = np.nonzero(found)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (20, 39, 15, 29)


def test_of_two_the_central_one_is_found():
    found = find_nucleus(
        paint((slice(27, 37), slice(27, 37), BLUE), (slice(0, 10), slice(0, 11), BLUE))
    )
    assert found[32, 32]
    assert not found[5, 5]


@pytest.mark.parametrize("contrast", [0, 5])
def test_nothing_stands_out(contrast):
    lab = paint((slice(20, 40), slice(20, 40), np.subtract(WHITE, (0, 0, contrast))))
    assert_array_equal(find_nucleus(lab), np.zeros((64, 64), dtype=bool))
