"""What can be done about small classes, each as its own users would write it.

An arm takes the images of a training fold, flat, their classes, and how many images to make of
each class. It gives the synthetic rows and their classes.
"""

import time
import warnings
from functools import partial

import numpy as np
from gan_ingredients import INGREDIENTS
from imblearn.over_sampling import SMOTE, RandomOverSampler
from sklearn.decomposition import PCA

from skwbc import AugmentationOverSampler, GANOverSampler, VanillaGANOverSampler

UNLIMITED = 10**7  # images, of a training without schedules: time is up long before
N_COMPONENTS = 50
SHORT = (320, 1_920)  # images, to time a training
UNJUDGED = {
    "validation_fraction": 0,
    "copy_quantile": 0,
    "min_diversity": 0,
    "max_distance": None,
}


def random_copies(task):
    """Repeat real images."""
    return resample(RandomOverSampler(random_state=task.seed), task)


def augmented_copies(task):
    """Repeat real images, flipped and turned a little."""
    sampler = AugmentationOverSampler(image_shape=task.image_shape, random_state=task.seed)
    return resample(sampler, task)


def smote_pixels(task):
    """Interpolate between the pixels of neighbours."""
    floats = task._replace(rows=task.rows.astype(np.float32))  # in uint8 SMOTE would wrap around
    rows, y = resample(SMOTE(random_state=task.seed), floats)
    return to_pixels(rows, task), y


def smote_components(task):
    """Interpolate between neighbours in the space of the principal components."""
    pca = PCA(N_COMPONENTS, random_state=task.seed).fit(task.rows)
    inside = task._replace(rows=pca.transform(task.rows))
    rows, y = resample(SMOTE(random_state=task.seed), inside)
    return to_pixels(pca.inverse_transform(rows), task), y


def to_pixels(rows, task):
    """Round to the dtype of the images, which is uint8."""
    return np.clip(np.rint(rows), 0, 255).astype(task.rows.dtype)


def vanilla_gan(task):
    """Train one GAN for each class, as published, for as many seconds as the shared one took."""
    sampler = VanillaGANOverSampler(
        max_images=UNLIMITED,
        max_seconds=task.seconds,
        image_shape=task.image_shape,
        random_state=task.seed,
    )
    return resample(sampler, task)


def shared_gan(task, **settings):
    """Train one GAN for all classes, on `task.max_images` unless that is None."""
    if task.max_images is not None:
        settings = {"max_images": task.max_images, **settings}
    sampler = GANOverSampler(image_shape=task.image_shape, random_state=task.seed, **settings)
    return resample(sampler, task)


def count_images(task, settings):
    """Count the images that take a changed GAN as long as the default takes for its own."""
    per_image = [time_images(task, **each) for each in ({}, settings)]
    return int(GANOverSampler().max_images * per_image[0] / per_image[1])


def time_images(task, **settings):
    """Time how long the GAN takes for one image, without what a fit takes in any case."""
    seconds = []
    for n_images in SHORT:
        start = time.perf_counter()
        shared_gan(task, max_images=n_images, **{**settings, **UNJUDGED})
        seconds.append(time.perf_counter() - start)
    return (seconds[1] - seconds[0]) / (SHORT[1] - SHORT[0])


def resample(sampler, task):
    """Give the rows that a sampler adds; it returns the real ones first."""
    names, counts = np.unique(task.y, return_counts=True)
    totals = {c: int(n) + task.n_needed[c] for c, n in zip(names, counts, strict=True)}
    sampler.set_params(sampling_strategy=totals)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="After over-sampling")  # of the majority too
        rows, y = sampler.fit_resample(task.rows, task.y)
    return rows[len(task.rows) :], y[len(task.rows) :]


SAMPLERS = {
    "GANOverSampler": shared_gan,
    "VanillaGANOverSampler": vanilla_gan,
    "AugmentationOverSampler": augmented_copies,
    "RandomOverSampler": random_copies,
    "SMOTE, pixels": smote_pixels,
    "SMOTE, components": smote_components,
}
SAMPLERS |= {name: partial(shared_gan, **settings) for name, settings in INGREDIENTS.items()}
