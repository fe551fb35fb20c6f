"""Light, ground and the strength of the stain are taken out of images, and nothing else."""

import keras
import numpy as np
import pytest
from noise_images import make_images

import skwbc
from skwbc import CompactCNNClassifier
from skwbc.networks._relative_density import RelativeDensity

pytestmark = pytest.mark.usefixtures("untraced")

SMALL = {"filters": (4, 8), "epochs": 2, "random_state": 0, "dtype": "float32"}


@pytest.fixture
def images():
    return np.random.default_rng(0).uniform(0.2, 0.9, (5, 10, 8, 3)).astype(np.float32)


def test_each_channel_from_its_brightest_twentieth_to_its_darkest_tenth(images):
    density = -np.log(images)
    ordered = np.sort(density.reshape(5, 80, 3), axis=1)
    ground, nucleus = ordered[:, 3, None, None], ordered[:, -8, None, None]  # 4th, 8th of 80
    expected = np.clip((density - ground) / (nucleus - ground), 0, 1.5)
    np.testing.assert_allclose(RelativeDensity()(images), expected, rtol=1e-4, atol=1e-6)


def test_large_images_by_squares():
    """Of 70 pixels a side, of two by two."""
    images = np.random.default_rng(0).uniform(0.4, 0.6, (2, 70, 70, 3)).astype(np.float32)
    squares = -np.log(images).reshape(2, 35, 2, 35, 2, 3).mean(axis=(2, 4)).reshape(2, -1, 3)
    ordered = np.sort(squares, axis=1)
    n = ordered.shape[1]
    ground, nucleus = ordered[:, round(n / 20) - 1], ordered[:, -round(n / 10)]
    expected = (-np.log(images[:, 0, 0]) - ground) / (nucleus - ground)
    found = RelativeDensity()(images)[:, 0, 0]
    np.testing.assert_allclose(found, np.clip(expected, 0, 1.5), rtol=1e-3)


@pytest.mark.parametrize("light", [0.5, [0.9, 0.8, 0.4]])
@pytest.mark.parametrize("strength", [1, [1.2, 0.8, 1.5]])
def test_light_and_stain_of_any_colour_change_nothing(images, light, strength):
    changed = images ** np.float32(strength) * np.float32(light)
    same = RelativeDensity()(changed), RelativeDensity()(images)
    np.testing.assert_allclose(*same, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("colour", [0, 1, [0.2, 0.5, 0.9]])
def test_an_image_of_one_colour_is_empty(images, colour):
    images[:] = colour
    assert (np.asarray(RelativeDensity()(images)) == 0).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_it_keeps_the_type_and_can_be_described(images, dtype):
    layer = RelativeDensity(dtype=dtype, name="stain")
    assert layer(images.astype(dtype)).dtype == dtype
    again = RelativeDensity.from_config(layer.get_config())
    assert again.name == "stain"
    pixels = keras.Input((10, 8, 3), dtype=dtype)
    assert again(pixels).shape == (None, 10, 8, 3)


def test_a_classifier_does_not_see_the_light():
    X, y = make_images(24, (16, 16, 3))
    X = (0.2 + 0.8 * X / 255).astype(np.float32)  # darker, light is not told from none
    X[0, 0, 0] = 0  # what counts as black
    yellow = X * np.float32([0.5, 0.5, 0.25])
    moved = {}
    for view in ("colour", "grey", "both", "plain"):
        classifier = CompactCNNClassifier(**SMALL, view=view).fit(X, y)
        moved[view] = np.abs(classifier.embed(yellow[1:]) - classifier.embed(X[1:])).max()
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
