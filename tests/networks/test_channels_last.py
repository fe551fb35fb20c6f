"""The order of axes is that of the image contract, whatever a user's keras.json says."""

import keras
import numpy as np
import pytest

from skwbc.networks._backbone import build_backbone_classifier
from skwbc.networks._cnn import build_cnn
from skwbc.networks._cnn_rnn import build_cnn_rnn
from skwbc.networks._compact_cnn import build_compact_cnn
from skwbc.networks._conditional_gan import (
    build_conditional_discriminator,
    build_conditional_generator,
)
from skwbc.networks._encoder import build_encoder
from skwbc.networks._far_augmentation import build_far_augmentation
from skwbc.networks._pose import build_traditional_augmentation
from skwbc.networks._relative_density import RelativeDensity
from skwbc.networks._vanilla_gan import build_vanilla_discriminator, build_vanilla_generator

RNG = np.random.default_rng(0)
SHAPE = (34, 38, 3)
IMAGES = RNG.random((2, *SHAPE), dtype=np.float32)
LATENT = RNG.standard_normal((2, 16), dtype=np.float32)
ONE_HOT = np.eye(2, dtype=np.float32)


@pytest.fixture
def channels_first():
    before = keras.config.image_data_format()
    keras.config.set_image_data_format("channels_first")
    yield
    keras.config.set_image_data_format(before)


def run(build, inputs):
    return [np.asarray(each) for each in keras.tree.flatten(build()(inputs, training=True))]


@pytest.mark.parametrize(
    ("build", "inputs"),
    [
        (lambda: build_cnn(SHAPE, 2), IMAGES),
        (lambda: build_cnn_rnn(SHAPE, 2), IMAGES),
        (lambda: build_compact_cnn(SHAPE, 2), IMAGES),
        (lambda: build_compact_cnn((1, 38, 3), 2), IMAGES[:, :1]),
        (lambda: build_backbone_classifier(SHAPE, 2, backbone="MobileNetV3Small"), IMAGES),
        (lambda: build_conditional_generator(SHAPE, 2, latent_dim=16), [LATENT, ONE_HOT]),
        (lambda: build_conditional_discriminator(SHAPE, 2), IMAGES),
        (lambda: build_vanilla_generator(SHAPE, latent_dim=16), LATENT),
        (lambda: build_vanilla_discriminator(SHAPE), IMAGES),
        (lambda: build_encoder(SHAPE), IMAGES),
        (lambda: build_traditional_augmentation(seed=0), IMAGES),
        (lambda: build_far_augmentation(0.0, 1.0, seed=0), IMAGES),
        (lambda: RelativeDensity(), np.concatenate([IMAGES, IMAGES], axis=1)),
    ],
    ids=lambda each: "",
)
def test_axes_are_those_of_the_images(build, inputs, channels_first):
    received = run(build, inputs)
    assert keras.config.image_data_format() == "channels_first"
    keras.config.set_image_data_format("channels_last")
    for one, other in zip(received, run(build, inputs), strict=True):
        np.testing.assert_array_equal(one, other)
