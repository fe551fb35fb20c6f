import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.exceptions import DataConversionWarning

from skwbc._hold_out import hold_out


@given(
    counts=st.lists(st.integers(2, 40), min_size=2, max_size=5),
    fraction=st.floats(0.05, 0.6),
    seed=st.integers(0, 2**31 - 1),
)
def test_every_class_is_on_both_sides_and_no_row_is_lost(counts, fraction, seed):
    y = np.repeat(np.arange(len(counts)), counts)
    kept, held_out = hold_out(y, fraction, seed)
    np.testing.assert_array_equal(np.sort(np.r_[kept, held_out]), np.arange(len(y)))
    assert set(y[kept]) == set(y[held_out]) == set(range(len(counts)))


def test_shares_of_the_classes_are_kept():
    y = np.repeat(["a", "b"], [80, 20])
    _, held_out = hold_out(y, 0.15, seed=0)
    assert (y[held_out] == "a").sum() == 12
    assert (y[held_out] == "b").sum() == 3


def test_the_seed_decides():
    y = np.repeat([0, 1], 50)
    first, again, other = (hold_out(y, 0.2, seed)[1].tolist() for seed in (0, 0, 1))
    assert first == again
    assert first != other


def test_groups_stay_together():
    y = np.tile([0, 1], 50)
    groups = np.arange(100) // 2  # each photo shows a cell of either class
    kept, held_out = hold_out(y, 0.2, seed=0, groups=groups)
    assert len(held_out) == 20
    assert not set(groups[kept]) & set(groups[held_out])


def test_columns_are_lists_and_tables_are_refused():
    y, groups = np.repeat([0, 1], [30, 10]), np.arange(40) // 2
    expected = hold_out(y, 0.25, 0, groups=groups)
    with pytest.warns(DataConversionWarning):
        found = hold_out(y[:, None], 0.25, 0, groups=groups[:, None])
    for rows, of_column in zip(expected, found, strict=True):
        np.testing.assert_array_equal(rows, of_column)
    with pytest.raises(ValueError, match="1d array"):
        hold_out(np.eye(2)[y], 0.25, 0)


def test_a_class_with_a_single_image_is_named():
    with pytest.raises(ValueError, match=r"at least 2 images of every class.*'lone'"):
        hold_out(np.array(["many", "many", "lone"]), 0.5, seed=0)


def test_a_group_that_is_too_large_stays_and_a_class_of_such_groups_is_named():
    y = np.repeat([0, 1], [40, 20])
    groups = np.r_[np.repeat([100, 101], 10), np.arange(40)]
    kept, held_out = hold_out(y, 0.2, seed=0, groups=groups)
    assert len(held_out) == 12
    assert set(range(20)) <= set(kept)
    with pytest.raises(ValueError, match=r"at least 2 groups in every class.* 1"):
        hold_out(y, 0.2, seed=0, groups=np.r_[np.arange(40), np.full(20, 50)])


def test_of_a_class_in_large_groups_the_smallest_is_held_out():
    y = np.repeat([0, 1], [40, 8])
    groups = np.r_[np.arange(40), [50, 50, 50, 51, 51, 52, 52, 52]]
    _, held_out = hold_out(y, 0.1, seed=0, groups=groups)
    assert len(held_out) == 6
    assert set(held_out[-2:]) == {43, 44}


def test_a_group_that_takes_all_of_another_class_is_not_held_out():
    y = np.array([0] * 10 + [1, 1, 2, 2, 2, 1])
    groups = np.r_[np.arange(10), [20, 20, 20, 20, 21, 22]]
    kept, _ = hold_out(y, 0.2, seed=0, groups=groups)
    assert {10, 11, 12, 13} <= set(kept)


def test_missing_groups_are_refused():
    with pytest.raises(ValueError, match="some values of groups are missing"):
        hold_out([0, 0, 1, 1], 0.5, 0, groups=[1, 2, np.nan, 3])
