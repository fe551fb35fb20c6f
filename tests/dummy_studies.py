"""Ablation studies of a classifier that learns nothing, and is fitted in no time."""

import functools

import numpy as np
from sklearn.dummy import DummyClassifier

from skwbc import AblationStudy, AugmentationOverSampler

Y = np.repeat(["a", "b"], [28, 12])
GROUPS = np.arange(40) // 2
N_FITS = 16  # of the study of all arms
FITTED = []  # strategy of each call of CountingClassifier.fit


class CountingClassifier(DummyClassifier):
    """Learns nothing, and fast; fails if it is told to."""

    def fit(self, X, y, sample_weight=None):
        FITTED.append(self.strategy)
        if self.strategy == "constant" and self.constant == "fail":
            raise RuntimeError("it was told to")
        return super().fit(X, y)


ARMS = {
    "common": {"strategy": "most_frequent"},
    "random": {"strategy": "stratified"},
    "copies": {"strategy": "stratified", "sampler": AugmentationOverSampler()},
    "copies, common": {"strategy": "most_frequent", "sampler": AugmentationOverSampler()},
}
FAILING = ARMS | {"failing": {"strategy": "constant", "constant": "fail"}}


def make_images(size=4):
    """Draw 40 images of noise, all different."""
    return np.random.default_rng(0).integers(0, 256, (40, size, size, 1), dtype=np.uint8)


def make_study(arms=ARMS, **parameters):
    settings = {"cv": 2, "n_repeats": 2, "validation_size": 0.3} | parameters
    return AblationStudy({"dummy": CountingClassifier()}, arms, **settings)


def run(arms=ARMS, **parameters):
    """Fit a study; give it and the number of classifiers that it fitted."""
    FITTED.clear()
    study = make_study(arms, **parameters).fit(make_images(), Y, GROUPS)
    return study, len(FITTED)


@functools.cache
def fit_once():
    """Give the study of all arms, the same to all modules: nobody may change it."""
    return run()[0]


def list_finished(folder):
    """List the files of the fits that are done, without those that are being written."""
    return sorted(folder.glob("fits/[!.]*.npz"))


def look(folder):
    """Tell all files of a folder, their content and their times."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [(path, path.read_bytes(), path.stat().st_mtime_ns) for path in files]
