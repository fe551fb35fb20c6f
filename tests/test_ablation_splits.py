"""Splits that a user gives: what is taken, and what is refused before it is too late."""

import numpy as np
import pytest
from dummy_studies import GROUPS, Y, make_images, make_study
from numpy.testing import assert_array_equal
from sklearn.model_selection import (
    LeaveOneGroupOut,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedGroupKFold,
    StratifiedKFold,
)

from skwbc._ablation_splits import list_splits, number_tests

ALONE = np.arange(40)  # each image is a group


def split(cv, *, groups=ALONE, n_repeats=1):
    return list_splits(
        Y, groups, cv=cv, n_repeats=n_repeats, test_size=0.2, validation_size=0.3, seed=0
    )


def test_groups_on_both_sides_are_refused():
    expected = (
        r"whole groups on one side of each split; fold 0 of StratifiedKFold\(n_splits=4.* has "
        r"images of \d+ groups on both, such as \d+. Use StratifiedGroupKFold"
    )
    with pytest.raises(ValueError, match=expected):
        split(StratifiedKFold(4, shuffle=True, random_state=0), groups=GROUPS)
    assert len(split(StratifiedGroupKFold(4), groups=GROUPS)) == 4


def test_a_fold_without_an_image_to_test_is_refused():
    groups, y = np.repeat(np.arange(18), 6), np.repeat(np.repeat(range(4), [6, 3, 5, 4]), 6)
    sizes = {"test_size": 0.15, "validation_size": 0.15}
    with pytest.raises(ValueError, match=r"has no image to test on: .* LeaveOneGroupOut"):
        list_splits(y, groups, cv=18, n_repeats=1, seed=1, **sizes)


@pytest.mark.parametrize(
    "cv", [StratifiedKFold(4, shuffle=True, random_state=0), StratifiedKFold(4)]
)
def test_repeats_of_a_splitter_that_draws_nothing_are_refused(cv):
    expected = (
        "another test set in each split; fold 0 of repeat 1 has that of fold 0 of repeat 0. With "
        r"a fixed seed, or none, StratifiedKFold\(.* splits alike each time: use n_repeats=1"
    )
    with pytest.raises(ValueError, match=expected):
        split(cv, n_repeats=3)
    assert len(split(cv)) == 4


def test_one_shared_group_is_told_as_one():
    with pytest.raises(ValueError, match="has images of 1 group on both, such as 15"):
        split([(range(31), range(31, 40))], groups=GROUPS)


@pytest.mark.parametrize(
    ("cv", "groups"),
    [
        ([([*range(28), 28], range(29, 40))], ALONE),
        (2, np.repeat([*range(28), 28, 29], [*[1] * 28, 6, 6])),
    ],
)
def test_a_class_of_one_group_to_train_and_validate_is_named(cv, groups):
    expected = (
        "Fold 0 of repeat 0 leaves one image, or one group, of class 'b' to train on and to choose "
        "the epoch. Leave the class out, or add images of it; more folds leave more of them, too."
    )
    with pytest.raises(ValueError, match=expected):
        split(cv, groups=groups)


@pytest.mark.parametrize(("cv", "n_repeats"), [(4, 3), (None, 12)])
def test_few_groups_give_the_same_test_sets_again(cv, n_repeats):
    splits = split(cv, groups=ALONE % 4, n_repeats=n_repeats)
    numbers = number_tests(splits)
    assert len(numbers) == 12
    assert len(set(numbers.values())) == len({tuple(s.test) for s in splits}) == 4
    assert len(set(number_tests(split(cv, n_repeats=n_repeats)).values())) == 12


def test_repeats_of_a_splitter_that_draws_anew():
    generator = np.random.RandomState(0)
    drawn = split(StratifiedKFold(4, shuffle=True, random_state=generator), n_repeats=3)
    assert len({tuple(s.test) for s in drawn}) == 12
    repeated = split(RepeatedStratifiedKFold(n_splits=4, n_repeats=3, random_state=0))
    assert [s[:2] for s in repeated] == [(0, fold) for fold in range(12)]


@pytest.mark.parametrize(
    "cv", [StratifiedKFold(4, shuffle=True), StratifiedGroupKFold(4, shuffle=True), ShuffleSplit(4)]
)
def test_a_splitter_without_a_seed_takes_that_of_the_study(cv):
    drawn, again = ([s.test.tolist() for s in split(cv, n_repeats=3)] for _ in range(2))
    assert drawn == again
    assert len({tuple(rows) for rows in drawn}) == 12
    assert cv.random_state is None


def test_leave_one_group_out():
    tests = [s.test.tolist() for s in split(LeaveOneGroupOut(), groups=GROUPS)]
    assert tests == [[2 * group, 2 * group + 1] for group in range(20)]


def test_pairs_of_rows_are_taken():
    pairs = list(ShuffleSplit(3, random_state=0).split(Y))
    for given in (pairs, iter(pairs), [(a.tolist(), b.tolist()) for a, b in pairs]):
        splits = split(given)
        assert [s[:2] for s in splits] == [(0, 0), (0, 1), (0, 2)]
        for (train, test), taken in zip(pairs, splits, strict=True):
            assert_array_equal(taken.test, np.sort(test))
            assert_array_equal(np.union1d(taken.train, taken.validation), np.sort(train))


def test_masks_are_rows():
    is_test = np.arange(40) % 4 == 0
    assert split([(~is_test, is_test)])[0].test.tolist() == list(range(0, 40, 4))


@pytest.mark.parametrize(
    ("cv", "message"),
    [
        ([], "at least one split of `cv`, received none"),
        ([1, 2], r"pairs \(train, test\) of row numbers"),
        ([(range(30), [40])], r"row numbers of `cv` from 0 to 39, each once; received \[40\]"),
        ([(range(30), [-1])], r"received \[-1\]"),
        ([(range(30), [35, 35])], r"received \[35 35\]"),
        ([(range(30), [35.0])], r"received \[35.\]"),
        ([(range(30), [])], r"received \[\]"),
        ([(range(30), range(29, 40))], "tests on images that it also trains on"),
        ([(range(30), [35, 36])] * 2, "fold 1 of repeat 0 has that of fold 0 of repeat 0"),
    ],
)
def test_unusual_pairs_are_refused(cv, message):
    with pytest.raises(ValueError, match=message):
        split(cv)


def test_pairs_cannot_be_repeated():
    with pytest.raises(ValueError, match="expected n_repeats=1, received 2"):
        split([(range(30), range(30, 40))], n_repeats=2)


def test_a_study_of_pairs(tmp_path):
    pairs = list(StratifiedKFold(4).split(Y, Y))
    study = make_study(cv=pairs, n_repeats=1, folder=tmp_path).fit(make_images(), Y)
    assert [s.test.tolist() for s in study.splits_] == [test.tolist() for _, test in pairs]
    for wrong in ("five", 1, 2.5):
        with pytest.raises(ValueError, match=r"pairs .train, test.|The 'cv' parameter"):
            make_study(cv=wrong).fit(make_images(), Y)
