"""Where synthetic images of a class come from: the GAN, or what stands in for it."""

import numpy as np

from skwbc._changed_copies import change_images
from skwbc._gan_training import draw_images, run_generator
from skwbc._latent_interpolation import interpolate
from skwbc._network_state import NetworkStateMixin

GAN, INTERPOLATION, COPIES = "GAN", "interpolation", "copies"  # from best to last
ROTATION = 10.0  # degrees at most, of copies


class SyntheticSources(NetworkStateMixin):
    """Draw images of a class from one of three sources.

    Parameters
    ----------
    image_shape : tuple of int
        ``(height, width, channels)``.
    pixel_range : PixelRange
        Scale of the images.
    dtype : dtype
        Of the images.

    Attributes
    ----------
    generator : keras.Model or None
        Of noise and one-hot `gan_classes`.
    gan_classes : ndarray
        Classes that it was trained on.
    decoder : keras.Model or None
        Of the codes that stand in `latents` for the images of a class.
    latents, originals : dict of class to ndarray
        Codes of the images of a class, and the images themselves, flat.
    chosen : dict of class to str
        Which of the three sources a class has.
    """

    def __init__(self, image_shape, pixel_range, dtype):
        self.image_shape = image_shape
        self.pixel_range = pixel_range
        self.dtype = dtype
        self.generator = self.decoder = None
        self.gan_classes = np.array([])
        self.latents, self.originals, self.chosen = {}, {}, {}

    def draw(self, c, n, rng):
        """Draw n flat images of class c from the source that it has."""
        if self.chosen[c] == COPIES:
            rows = self.originals[c][rng.integers(len(self.originals[c]), size=n)]
            settings = {"flips": (True, True), "rotation": ROTATION}
            return change_images(rows, self.image_shape, self.pixel_range, rng, **settings)

        def convert(images):
            if not np.isfinite(images).all():
                raise FloatingPointError(f"The {self.chosen[c]} draws NaN for class {c!r}.")
            return self.pixel_range.from_signed(images, self.dtype)

        if self.chosen[c] == INTERPOLATION:
            codes = interpolate(self.latents[c], n, rng)
            images = run_generator(self.decoder, codes, convert=convert)
        else:
            one_hot = self.gan_classes == c
            images = draw_images(self.generator, n, rng=rng, one_hot=one_hot, convert=convert)
        return images.reshape(n, -1)
