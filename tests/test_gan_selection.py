import keras
import numpy as np
import pytest

from skwbc._gan_selection import BestMoment, ValidationDistance, describe_rows
from skwbc._images import PixelRange
from skwbc.metrics._image_statistics import image_statistics

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
    assert near < shifted
    assert near < swapped  # the same images, of the wrong class
    assert measure(Ready([-0.4, 0.4])) == near


def test_no_numbers_are_infinitely_far(measure):
    assert measure(Ready([np.nan, 0.4])) == np.inf


def test_rows_are_described_in_parts():
    rows = np.random.default_rng(0).integers(0, 256, (130, 16)).astype(np.uint8)
    images = rows.reshape(-1, *SHAPE) / 127.5 - 1
    np.testing.assert_allclose(
        describe_rows(rows, SHAPE, PixelRange.of(rows)), image_statistics(images), atol=1e-5
    )


def test_the_best_moment_is_kept():
    averaged = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    best = BestMoment(lambda network: abs(float(network.get_weights()[0][0, 0]) - 3))

    class Game:
        pass

    game = Game()
    game.averaged = averaged
    best.set_model(game)
    for epoch, value in enumerate([1.0, 2.5, 9.0]):
        averaged.set_weights([np.array([[value]])])
        best.on_epoch_end(epoch)
    best.on_train_end()
    assert best.distances == [2.0, 0.5, 6.0]
    assert best.best_distance == 0.5
    assert averaged.get_weights()[0] == 2.5
