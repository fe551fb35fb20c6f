import numpy as np
import pytest
from keras import ops

from skwbc.networks._conditional_gan import (
    build_conditional_discriminator,
    build_conditional_generator,
)


@pytest.mark.parametrize("image_shape", [(1, 1, 1), (1, 20, 1), (30, 41, 3), (64, 64, 1)])
@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_any_image_shape_works(image_shape, dtype):
    generator = build_conditional_generator(
        image_shape, 3, latent_dim=5, filters=(6, 4), dtype=dtype
    )
    discriminator = build_conditional_discriminator(image_shape, 3, filters=(4, 4), dtype=dtype)
    one_hot = ops.eye(3)
    images = generator([ops.ones((3, 5)), one_hot])
    assert images.shape == (3, *image_shape)
    assert images.dtype == "float32"
    assert np.abs(images).max() <= 1
    scores, names = discriminator(images)
    assert scores.shape == (3, 4)
    assert names.shape == (3, 3)


def test_the_class_enters_at_first_without_effect():
    generator = build_conditional_generator((16, 16, 3), 3, latent_dim=5)
    latent = np.tile(np.arange(5, dtype="float32"), (3, 1))
    images = np.asarray(generator([latent, np.eye(3, dtype="float32")]))
    np.testing.assert_array_equal(images[0], images[1])


def test_the_measured_sizes():
    assert build_conditional_generator((64, 64, 3), 4).count_params() == 627_673
    assert build_conditional_discriminator((64, 64, 3), 4).count_params() == 953_513
