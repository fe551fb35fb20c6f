"""Layers have the same names in every fit, and the caller's counters are left alone."""

import keras
import pytest
from noise_images import make_images
from sklearn.base import clone
from tiny_samplers import TINY_GAN

from skwbc import CNNClassifier
from skwbc._own_names import own_names

pytestmark = pytest.mark.usefixtures("untraced")

SMALL = {"filters": (4,), "dense_units": 8, "epochs": 1, "random_state": 0}


def read_number(layer):
    return int(layer.name.rpartition("_")[2])


def test_counters_go_on_behind_the_block():
    keras.layers.Dense(1)
    before = read_number(keras.layers.Dense(1))
    for _ in range(2):
        with own_names():
            assert keras.layers.Dense(1).name == "dense"
            assert keras.layers.Dense(1).name == "dense_1"
    with pytest.raises(ValueError, match="units"), own_names():
        keras.layers.Dense(-1)
    assert read_number(keras.layers.Dense(1)) == before + 1


def test_two_fits_have_the_same_names():
    X, y = make_images()
    first, second = (CNNClassifier(**SMALL).fit(X, y).network_ for _ in range(2))
    assert first.to_json() == second.to_json()
    samplers = (clone(TINY_GAN) for _ in range(2))
    first, second = ([s.fit_resample(X[:21], y[:21]), s.generator_.to_json()][1] for s in samplers)
    assert first == second


def test_the_callers_network_may_have_any_name():
    X, y = make_images()
    for name in ("functional", "cnn", "rescaling"):
        pixels = keras.Input((8, 8, 3))
        flipped = keras.Model(pixels, keras.layers.RandomFlip(seed=0)(pixels), name=name)
        classifier = CNNClassifier(**SMALL, augmentation=flipped, warm_start=True)
        assert classifier.fit(X, y).fit(X, y).n_epochs_ == 2
