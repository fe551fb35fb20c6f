"""Distances among real images: those of the search for all, and a sample of many."""

import numpy as np
import pytest

from skwbc import _real_distances
from skwbc._real_distances import RealDistances
from skwbc.metrics import nearest_distances

SHAPE = (4, 4, 1)


@pytest.fixture
def rows():
    return np.random.default_rng(0).integers(0, 256, (30, 16), dtype=np.uint8)


def test_they_are_those_of_the_search_for_all(rows):
    rows[7] = np.rot90(rows[3].reshape(4, 4)).ravel()  # a copy, turned
    expected, _ = nearest_distances(rows, image_shape=SHAPE)
    found = RealDistances(rows, SHAPE)
    assert found[np.array([7, 3, 12, 7])] == pytest.approx(expected[[7, 3, 12, 7]])
    assert found.sample() == pytest.approx(expected)
    assert expected[7] == 0


def test_each_is_searched_for_once(rows, monkeypatch):
    asked = []

    def search(images, indices, image_shape):
        asked.extend(indices.tolist())
        return np.zeros(len(indices))

    monkeypatch.setattr(_real_distances, "nearest_others", search)
    found = RealDistances(rows, SHAPE)
    for indices in ([4, 2, 4], [2, 5]):
        found[np.array(indices)]
    assert sorted(asked) == [2, 4, 5]


def test_a_limit_of_many_images_rests_on_a_sample(rows, monkeypatch):
    monkeypatch.setattr(_real_distances, "MOST_SAMPLED", 10)
    sample = RealDistances(rows, SHAPE).sample()
    everything, _ = nearest_distances(rows, image_shape=SHAPE)
    assert len(sample) == 10
    assert np.isin(sample.round(6), everything.round(6)).all()
