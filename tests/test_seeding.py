from itertools import islice

import numpy as np
import pytest

from skwbc._seeding import draw_seed, seed_stream


@pytest.mark.parametrize("seed", [0, 7, np.int64(7)])
def test_an_integer_is_the_seed(seed):
    assert draw_seed(seed) == seed


def test_a_random_state_is_advanced():
    shared = np.random.RandomState(0)
    assert draw_seed(shared) != draw_seed(shared)
    assert draw_seed(np.random.RandomState(0)) == draw_seed(np.random.RandomState(0))


def test_none_differs_and_leaves_the_global_generator_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - it is what must not change
    assert draw_seed(None) != draw_seed(None)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_streams_of_different_seeds_are_disjoint():
    assert not set(islice(seed_stream(0), 100)) & set(islice(seed_stream(1), 100))
