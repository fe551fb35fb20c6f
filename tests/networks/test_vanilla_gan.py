import numpy as np
import pytest

from skwbc.networks._vanilla_gan import build_vanilla_discriminator, build_vanilla_generator


def table(network):
    return [
        (type(layer).__name__, layer.output.shape[1:], layer.count_params())
        for layer in network.layers
        if layer.count_params()
    ]


def test_the_generator_is_the_published_one():
    network = build_vanilla_generator((256, 256, 3))
    assert table(network) == [
        ("Dense", (524_288,), 52_953_088),
        ("Conv2D", (128, 128, 256), 295_168),
        ("BatchNormalization", (128, 128, 256), 1_024),
        ("Conv2D", (256, 256, 128), 295_040),
        ("BatchNormalization", (256, 256, 128), 512),
        ("Conv2D", (256, 256, 3), 3_459),
    ]
    assert network.count_params() == 53_548_291


def test_the_discriminator_is_the_published_one():
    network = build_vanilla_discriminator((256, 256, 3))
    assert table(network) == [
        ("Conv2D", (128, 128, 32), 896),
        ("Conv2D", (64, 64, 64), 18_496),
        ("BatchNormalization", (65, 65, 64), 256),
        ("Conv2D", (33, 33, 128), 73_856),
        ("BatchNormalization", (33, 33, 128), 512),
        ("Conv2D", (33, 33, 256), 295_168),
        ("BatchNormalization", (33, 33, 256), 1_024),
        ("Dense", (1,), 278_785),
    ]
    assert network.count_params() == 668_993


@pytest.mark.parametrize("image_shape", [(1, 1, 1), (1, 20, 1), (30, 41, 3)])
def test_any_image_shape_works(image_shape):
    generator = build_vanilla_generator(image_shape, latent_dim=3, filters=(2, 2, 2))
    discriminator = build_vanilla_discriminator(image_shape, filters=(2, 2, 2, 2))
    images = generator(np.ones((2, 3), dtype="float32"))
    assert images.shape == (2, *image_shape)
    assert discriminator(images).shape == (2, 1)
