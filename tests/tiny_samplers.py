"""GANs of two steps for the tests, which draw noise and are not judged for that."""

from skwbc import GANOverSampler, VanillaGANOverSampler

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
