"""GANs of two steps for the tests, which draw noise and are not judged for that."""

import numpy as np
from noise_images import make_images
from sklearn.base import clone

from skwbc import GANOverSampler, VanillaGANOverSampler
from skwbc.metrics._kernel_distance import KernelDistanceInterval

SHORT = {"max_images": 8, "batch_size": 4, "latent_dim": 3, "random_state": 0}
UNJUDGED = {
    "min_class_size": 2,
    "validation_fraction": 0,
    "copy_quantile": 0,
    "min_diversity": 0,
    "max_distance": None,
}
TINY_GAN = GANOverSampler(**SHORT, **UNJUDGED, generator_filters=(4,), discriminator_filters=(4, 4))
TINY_VANILLA_GAN = VanillaGANOverSampler(
    **SHORT, generator_filters=(4, 4), discriminator_filters=(4, 4, 4)
)


def make_sampler(**params):
    """Make the tiny GAN with other parameters."""
    return clone(TINY_GAN).set_params(**params)


def make_classes(*counts):
    """Draw noise: so many images of each class."""
    X, _ = make_images(sum(counts))
    return X, np.repeat([f"class {i}" for i in range(len(counts))], counts)


def sharply(distance):
    """Give a distance that is known without error."""
    return KernelDistanceInterval(distance, distance, distance, 0.0)
