import keras
import numpy as np
import pytest

from skwbc import _gan_selection
from skwbc._gan_selection import (
    STANDARD_ERRORS,
    BestMoment,
    ValidationDistance,
    describe_rows,
    fit_scaler,
)
from skwbc._images import PixelRange
from skwbc.metrics._image_statistics import image_statistics
from skwbc.metrics._kernel_distance import KernelDistanceInterval

SHAPE = (4, 4, 1)


class Ready:
    """Stand for a generator that gives back what it was given, by class."""

    def __init__(self, level, noise=0.3):
        self.input = [keras.Input((3,)), keras.Input((2,))]
        self.level, self.noise = np.array(level), noise

    def predict_on_batch(self, inputs):
        latent, one_hot = inputs
        spread = self.noise * np.resize(latent, (len(latent), 16))
        return (one_hot @ self.level)[:, None, None, None] + spread.reshape(-1, *SHAPE)


@pytest.fixture
def measure():
    rng = np.random.default_rng(0)
    codes = np.repeat([0, 1], 40)
    levels = np.array([-0.4, 0.4])[codes]
    rows = levels[:, None] + 0.3 * np.resize(rng.standard_normal((80, 3)), (80, 16))
    return ValidationDistance(rows, codes, np.arange(0, 80, 4), SHAPE, PixelRange(-1, 1), seed=0)


def test_the_same_images_are_near_and_others_far(measure):
    near, shifted, swapped = map(
        measure, (Ready([-0.4, 0.4]), Ready([0.0, 0.8]), Ready([0.4, -0.4]))
    )
    assert near.value < near.high < shifted.value
    assert near.high < swapped.value  # the same images, of the wrong class
    assert measure(Ready([-0.4, 0.4])) == near


def test_of_many_held_out_images_a_sample_is_measured(monkeypatch):
    monkeypatch.setattr(_gan_selection, "MOST_HELD_OUT", 250)
    rows, codes = np.random.default_rng(0).standard_normal((600, 16)), np.repeat([0, 1], 300)
    known = (rows, codes, np.arange(300), SHAPE, PixelRange(-4, 4))
    measure = ValidationDistance(*known, seed=0)
    assert len(measure.codes) == len(measure.real) == 250


@pytest.mark.parametrize("n_held_out", [50, 192, 250])
def test_classes_are_drawn_in_the_shares_of_those_held_out(n_held_out):
    rows, codes = np.random.default_rng(0).standard_normal((500, 16)), np.repeat([0, 1], 250)
    held_out = np.arange(250 - n_held_out // 2, 250 + n_held_out // 2)
    measure = ValidationDistance(rows, codes, held_out, SHAPE, PixelRange(-4, 4), seed=0)
    assert np.bincount(measure.codes).tolist() == [max(192, n_held_out) // 2] * 2


def test_a_statistic_that_varies_by_rounding_is_constant():
    rng = np.random.default_rng(0)
    statistics = np.stack([rng.standard_normal(9), 1e-14 * rng.standard_normal(9)], axis=1)
    scaled = fit_scaler(statistics).transform([[0.0, 0.01]])
    assert abs(scaled[0, 1]) < 0.02


def test_no_numbers_are_infinitely_far(measure):
    assert measure(Ready([np.nan, 0.4])).value == np.inf


def test_rows_are_described_in_parts():
    rows = np.random.default_rng(0).integers(0, 256, (130, 16)).astype(np.uint8)
    images = rows.reshape(-1, *SHAPE) / 127.5 - 1
    np.testing.assert_allclose(
        describe_rows(rows, SHAPE, PixelRange.of(rows)), image_statistics(images), atol=1e-5
    )


class Game:
    """Stand for a model with an averaged generator of one weight."""

    def __init__(self):
        self.averaged = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])


@pytest.mark.parametrize(
    ("distances", "error", "kept"),
    [
        ([2.0, 0.5, 6.0], 0.1, 1),
        ([2.0, 0.5, 0.59, 6.0], 0.1, 2),  # as good as the best, and later
        ([2.0, 0.5, 0.61, 6.0], 0.1, 1),
        ([2.0, 1.9, 0.5, 1.0], 0.1, 2),
        ([np.inf, np.inf], np.nan, 1),  # none is better than another
    ],
)
def test_the_last_moment_as_good_as_the_best_is_kept(distances, error, kept):
    wide = [STANDARD_ERRORS * error * side for side in (-1, 1)]
    found = iter(KernelDistanceInterval(d, d + wide[0], d + wide[1], 0.0) for d in distances)
    best, game = BestMoment(lambda _: next(found)), Game()
    best.set_model(game)
    for epoch in range(len(distances)):
        game.averaged.set_weights([np.array([[float(epoch)]])])
        best.on_epoch_end(epoch)
    best.restore(game.averaged)
    assert best.distances == distances
    assert best.best_distance == min(distances)
    assert game.averaged.get_weights()[0] == kept
