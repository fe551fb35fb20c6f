"""The published protocol: the GAN sees all images, and the split comes after it."""

import functools
from typing import NamedTuple

import numpy as np
from sklearn.model_selection import train_test_split

from skwbc._ablation_fit import SAMPLER_SECONDS, evaluate_pipeline, resample, show_synthetic
from skwbc._ablation_scores import score_predictions
from skwbc._ablation_splits import TEST, TRAIN, VALIDATION, take_part
from skwbc._seeding import seed_stream
from skwbc.pipeline import Pipeline

TEST_REAL, TEST_SYNTHETIC = "test_real", "test_synthetic"


class MixedSplit(NamedTuple):
    """A random split of real and synthetic images together, the same for all arms with as many.

    Attributes
    ----------
    repeat, fold : int
        Counted from 0; there is one fold.
    test_size, validation_size : float
        Share of all images to test on, and of the others to choose the epoch.
    seed : int
        Of the draw.
    """

    repeat: int
    fold: int
    test_size: float
    validation_size: float
    seed: int

    def take(self, X, y, groups):
        """Give each `Part` by its name."""
        split = functools.partial(train_test_split, random_state=self.seed)
        rest, test = split(np.arange(len(y)), test_size=self.test_size)
        train, validation = split(rest, test_size=self.validation_size)
        rows = {TRAIN: train, VALIDATION: validation, TEST: test}
        return {name: take_part(np.sort(row), X, y, groups) for name, row in rows.items()}


def list_mixed_splits(*, n_repeats, test_size, validation_size, seed):
    """List the draws of a study by the published protocol.

    Returns
    -------
    list of MixedSplit
    """
    seeds = seed_stream(seed)
    return [MixedSplit(r, 0, test_size, validation_size, next(seeds)) for r in range(n_repeats)]


def evaluate_mixture(pipeline, split, X, y, groups, classes, *, memory, budget, search):
    """Fit the samplers of a pipeline to all images, then split, fit the classifier and score it.

    Parameters
    ----------
    pipeline : Pipeline
        Samplers, then a classifier of images, "classifier".
    split : MixedSplit
    X, y, groups : array-like, ndarray, ndarray
        Real images, classes and groups.
    classes : ndarray of shape (n_classes,)
        The classes, sorted.
    memory : joblib.Memory
        Where the synthetic images are found again.
    budget : str
        Not used: as published, more images mean a longer training.
    search : Search or None
        As of :func:`evaluate_pipeline`.

    Returns
    -------
    Evaluation
        The scores also of "test_real" and "test_synthetic".
    """
    n_real = len(y)
    X, y, seconds, fallback = resample(pipeline.steps[:-1], X, y, memory)
    own = groups.max() + 1 + np.arange(len(y) - n_real)
    parts = split.take(X, y, np.concatenate([groups, own]))
    classifier = Pipeline(pipeline.steps[-1:], memory=memory)
    evaluation = evaluate_pipeline(
        classifier, parts, classes, memory=memory, budget="epochs", search=search
    )
    evaluation.metrics |= _score_apart(evaluation, n_real)
    images, labels, rows, _ = parts[TRAIN]
    n_real = int(np.sum(rows < n_real))  # of the training rows, which are sorted
    evaluation.metrics["fit"] |= {
        "n_synthetic_images": len(labels) - n_real,
        SAMPLER_SECONDS: seconds,
    }
    show_synthetic(evaluation, images, labels, n_real, classes, fallback)
    return evaluation


def _score_apart(evaluation, n_real):
    """Score the real and the synthetic test images, where there are some."""
    is_real = evaluation.rows < n_real
    return {
        name: score_predictions(evaluation.true[of_kind], evaluation.predicted[of_kind])
        for name, of_kind in ((TEST_REAL, is_real), (TEST_SYNTHETIC, ~is_real))
        if of_kind.any()
    }
