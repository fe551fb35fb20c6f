"""The light is taken out of images, and nothing else."""

import keras
import numpy as np
import pytest
from noise_images import make_images

import skwbc
from skwbc import CompactCNNClassifier
from skwbc.networks._white_balance import WhiteBalance

SMALL = {"filters": (4, 8), "epochs": 2, "random_state": 0, "dtype": "float32"}


@pytest.fixture
def images():
    return np.random.default_rng(0).uniform(0.2, 0.9, (5, 10, 8, 3)).astype(np.float32)


def test_each_channel_by_its_brightest_twentieth(images):
    white = np.sort(images.reshape(5, 80, 3), axis=1)[:, -4, None, None]  # the 4th of 80
    expected = np.minimum(images / white, 1)
    np.testing.assert_allclose(WhiteBalance()(images), expected, rtol=1e-6)


@pytest.mark.parametrize("light", [0.5, [0.9, 0.8, 0.4]])
def test_light_of_any_colour_changes_nothing(images, light):
    light = np.float32(light)
    np.testing.assert_allclose(WhiteBalance()(images * light), WhiteBalance()(images), rtol=1e-5)


def test_a_black_image_stays_black_and_one_colour_becomes_white(images):
    images[0], images[1] = 0, [0.2, 0.5, 0.9]
    balanced = np.asarray(WhiteBalance()(images))
    assert (balanced[0] == 0).all()
    assert (balanced[1] == 1).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_it_keeps_the_type_and_can_be_described(images, dtype):
    layer = WhiteBalance(dtype=dtype, name="light")
    assert layer(images.astype(dtype)).dtype == dtype
    again = WhiteBalance.from_config(layer.get_config())
    assert again.name == "light"
    pixels = keras.Input((10, 8, 3), dtype=dtype)
    assert again(pixels).shape == (None, 10, 8, 3)


def test_a_classifier_does_not_see_the_light():
    X, y = make_images(24, (16, 16, 3))
    X = (X / 255).astype(np.float32)
    yellow = X * np.float32([0.5, 0.5, 0.25])
    moved = {}
    for view in ("colour", "grey", "both", "plain"):
        classifier = CompactCNNClassifier(**SMALL, view=view).fit(X, y)
        moved[view] = np.abs(classifier.embed(yellow) - classifier.embed(X)).max()
    assert moved.pop("plain") > 0.01
    assert max(moved.values()) < 1e-4


def test_rows_of_a_table_are_left_alone():
    X, y = make_images(24, (4, 4, 1))
    X = X.reshape(24, -1)
    one, *others = (
        CompactCNNClassifier(**SMALL, view=view).fit(X, y).predict_proba(X)
        for view in ("plain", "colour", "grey", "both")
    )
    for other in others:
        np.testing.assert_array_equal(other, one)


@pytest.mark.parametrize("view", ["colour", "grey", "both", "plain"])
def test_a_file_keeps_it(view, tmp_path):
    X, y = make_images(24, (8, 8, 3))
    classifier = CompactCNNClassifier(**SMALL, view=view).fit(X, y)
    skwbc.save(classifier, tmp_path / "one.skwbc")
    again = skwbc.load(tmp_path / "one.skwbc")
    np.testing.assert_array_equal(again.predict_proba(X), classifier.predict_proba(X))


@pytest.mark.parametrize("augmentation", ["cells", "laboratories"])
def test_without_training_the_augmented_network_is_the_network(augmentation):
    X, y = make_images(12, (16, 16, 3))
    classifier = CompactCNNClassifier(**SMALL | {"augmentation": augmentation}).fit(X, y)
    augmented = classifier._augmented(classifier.network_, 0)
    images = X.astype(np.float32)
    expected = classifier.network_(images)
    np.testing.assert_allclose(augmented(images, training=False), expected, rtol=1e-5)
