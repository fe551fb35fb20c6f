"""What can be done about small classes, each as its own users would write it.

An arm takes the images of a training fold, flat, their classes, and how many images to make of
each class. It gives the synthetic rows and their classes.
"""

import time
import warnings
from functools import partial

import numpy as np
from gan_ingredients import INGREDIENTS, N_IMAGES, SETTINGS, UNCHANGED, change_game
from imblearn.over_sampling import SMOTE, RandomOverSampler
from peer_arms import PEERS, run_peer
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
    """Train one GAN for all classes."""
    sampler = GANOverSampler(image_shape=task.image_shape, random_state=task.seed, **settings)
    return resample(sampler, task)


def changed_gan(task, arm):
    """Train one with a part left out or exchanged, on `task.max_images`."""
    with change_game(arm):
        return shared_gan(task, max_images=task.max_images, **SETTINGS.get(arm, {}))


def count_images(task, arm):
    """Count the images that take a changed GAN as long as `N_IMAGES` take the unchanged one."""
    if arm == UNCHANGED:
        return N_IMAGES
    per_image = [time_image(task, each) for each in (UNCHANGED, arm)]
    return int(N_IMAGES * per_image[0] / per_image[1])


def time_image(task, arm):
    """Time how long a changed GAN takes for one image, without what a fit takes in any case."""
    settings = {**SETTINGS.get(arm, {}), **UNJUDGED}
    seconds = []
    for n_images in SHORT:
        start = time.perf_counter()
        with change_game(arm):
            shared_gan(task, max_images=n_images, **settings)
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
SAMPLERS |= {arm: partial(run_peer, peer=peer) for arm, peer in PEERS.items()}
SAMPLERS |= {arm: partial(changed_gan, arm=arm) for arm in INGREDIENTS}
