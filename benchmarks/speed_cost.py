"""How seconds and memory grow with the number of images and with their size."""

import time

import numpy as np
from speed_trial import read_peak_memory

TITLE = "Cost curve"
ABOUT = """
One epoch of `CompactCNNClassifier`, and `GANOverSampler` on 1,600 images seen that adds a fifth as
many images as there are to the smaller of two classes, on drawn cells: whole fits, tracing
included. Peak memory is that of the process, TensorFlow and the images included.
"""
REFERENCE = None
N_REPEATS = 2
SIDES, COUNTS = (32, 64, 128), (300, 3_000, 30_000)
CLASSIFIER, GAN = "classifier, one epoch", "GAN, 1,600 images seen"
SIZES = [(n, 64) for n in COUNTS] + [(300, side) for side in SIDES if side != 64]
CASES = {f"{n:,} images of {side}x{side}": (n, side) for n, side in SIZES}
TRIALS = [(case, arm) for arm in (CLASSIFIER, GAN) for case in CASES]


def run(case, arm):
    """Fit once; give "seconds" and the peak."""
    from skwbc.datasets import make_blood_cells

    n_images, side = CASES[case]
    images = make_blood_cells(n_images, image_shape=(side, side, 3), random_state=0).images
    codes = (np.arange(n_images) % 5 < 2).astype(int)  # 3 of the one for 2 of the other
    start = time.perf_counter()
    {CLASSIFIER: fit_classifier, GAN: fit_gan}[arm](images, codes)
    return {"seconds": time.perf_counter() - start, "peak memory (MB)": read_peak_memory()}


def fit_classifier(images, codes):
    """Train for an epoch."""
    from skwbc import CompactCNNClassifier

    CompactCNNClassifier(epochs=1, validation_fraction=0, random_state=0).fit(images, codes)


def fit_gan(images, codes):
    """Train a little, and fill the smaller class; only copies are left out."""
    from skwbc import GANOverSampler

    sampler = GANOverSampler(max_images=1_600, max_distance=None, min_diversity=0, random_state=0)
    sampler.fit_resample(images, codes)
