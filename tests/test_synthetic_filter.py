import numpy as np
import pytest

from skwbc._synthetic_filter import SyntheticFilter
from skwbc.metrics import near_twins

SHAPE = (2, 2, 1)
REAL = np.array([[0, 0, 0, 0], [9, 0, 0, 0], [0, 90, 90, 0], [50, 50, 50, 50]], dtype=np.uint8)


def make_drawer(rows):
    """Give a function that hands out these rows in turn, over and over."""
    rows, asked = np.array(rows, dtype=np.uint8), []

    def draw(n):
        start = sum(asked)
        asked.append(n)
        return rows[np.arange(start, start + n) % len(rows)]

    return draw


def test_near_copies_in_any_pose_and_twins_are_left_out():
    synthetic_filter = SyntheticFilter(REAL, SHAPE, limit=9)
    rows = [[0, 0, 0, 8], [200, 0, 0, 0], [0, 0, 201, 0], [99, 99, 0, 0], [180, 0, 180, 0]]
    drawn = synthetic_filter.draw(make_drawer(rows), 3)
    np.testing.assert_array_equal(drawn.rows, np.array(rows)[[1, 3, 4]])
    assert drawn.n_drawn == 16
    assert drawn.n_copies == 4
    assert drawn.n_twins == 16 - 4 - 3


def test_it_gives_up_at_four_times_the_number():
    synthetic_filter = SyntheticFilter(REAL, SHAPE, limit=9)
    drawn = synthetic_filter.draw(make_drawer([[200, 0, 0, 0]]), 10)
    assert drawn.rows.tolist() == [[200, 0, 0, 0]]
    assert drawn.n_drawn == 16 * 3
    assert drawn.n_twins == 47


def test_of_many_it_gives_up_after_a_trial():
    synthetic_filter = SyntheticFilter(REAL, SHAPE, limit=9)
    drawn = synthetic_filter.draw(make_drawer([[200, 0, 0, 0]]), 600)
    assert (len(drawn.rows), drawn.n_drawn, drawn.n_twins) == (1, 512, 511)


def test_without_a_limit_all_pass():
    drawn = SyntheticFilter(REAL, SHAPE, limit=None).draw(make_drawer([[0, 0, 0, 0]]), 3)
    assert drawn.rows.tolist() == [[0, 0, 0, 0]] * 3
    assert drawn[1:] == (3, 0, 0)


@pytest.mark.parametrize("n", [1, 40, 600])
def test_no_more_than_asked_for(n):
    rng = np.random.default_rng(0)
    drawn = SyntheticFilter(REAL, SHAPE, limit=9).draw(
        lambda m: rng.integers(100, 255, (m, 4)).astype(np.uint8), n
    )
    assert len(drawn.rows) == n


def test_images_that_are_kept_are_not_searched_among_again(monkeypatch):
    sizes = []

    def count(rows, **settings):
        sizes.append(len(rows))
        return near_twins(rows, **settings)

    monkeypatch.setattr("skwbc._synthetic_filter.near_twins", count)
    rng = np.random.default_rng(0)
    far = rng.integers(100, 255, (200, 4)).astype(np.uint8)
    far[::3] = REAL[0]  # a third are copies
    drawn = SyntheticFilter(REAL, SHAPE, limit=0.5).draw(make_drawer(far), 100)
    assert sum(sizes) == drawn.n_drawn - drawn.n_copies
