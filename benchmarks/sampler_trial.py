"""One arm on one fold: train the sampler, look at its images, train the classifier."""

import json
import math
import resource
import time
import warnings

import numpy as np
from gan_ingredients import INGREDIENTS
from peers.exchange import Task
from sampler_arms import SAMPLERS, count_images
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.preprocessing import StandardScaler
from trial_rows import name_commit

import skwbc
from skwbc import CompactCNNClassifier
from skwbc.metrics import (
    authenticity,
    density_coverage,
    diversity,
    kernel_distance,
    near_copies,
)

BATCH_SIZE = 32  # of the classifier
FIRST_SPLIT = 1_000  # seed of the first repeat's folds
N_TIMES = 3  # synthetic images of a class for each real one, when they stand alone
MEGABYTE = 1024  # kilobytes
PROCESSES = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)  # a peer is a child


class Trial:
    """A fold of real images, and what is measured on it.

    Parameters
    ----------
    images, y, groups : ndarray
        All real images, their classes and groups.
    repeat, fold : int
        Which of the splits, and which of its five parts to test on.
    n_steps : int
        Steps of the classifier.
    store : Path, default=None
        Folder of synthetic images and judges: those that are there are not made again. None keeps
        none.
    """

    def __init__(self, images, y, groups, repeat, fold, n_steps, store=None):
        splitter = StratifiedGroupKFold(5, shuffle=True, random_state=FIRST_SPLIT + repeat)
        train, test = list(splitter.split(images, y, groups))[fold]
        self.X, self.y = images[train], y[train]
        self.X_test, self.y_test = images[test], y[test]
        self.classes, counts = np.unique(self.y, return_counts=True)
        self.n_real = dict(zip(self.classes.tolist(), counts.tolist(), strict=True))
        self.n_largest = max(self.n_real.values())
        self.seed = 5 * repeat + fold
        self.n_steps = n_steps
        self.name = f"{repeat}-{fold}"
        self.store = store

    def run(self, arm, seconds=None):
        """Give the figures of an arm as a flat dict."""
        if arm == "none":
            return self.score(self.find_or_train_judge())
        if arm == "class weights":
            return self.score(self.train_classifier(self.X, self.y, class_weight="balanced"))
        needed = {c: max(N_TIMES * n, self.n_largest) for c, n in self.n_real.items()}
        task = Task(
            rows=self.X.reshape(len(self.X), -1),
            y=self.y,
            image_shape=self.X.shape[1:],
            n_needed=needed,
            seed=self.seed,
            seconds=seconds,
        )
        if arm in INGREDIENTS:
            task = task._replace(max_images=count_images(task, arm))
        rows, self.y_fake, figures = self.find_or_sample(arm, task)
        self.fake = rows.reshape(len(rows), *self.X.shape[1:])
        figures |= self.judge() | self.train_on_synthetic()
        return figures if arm in INGREDIENTS else figures | self.train_on_both()

    def find_or_sample(self, arm, task):
        """Give synthetic rows, their classes and what they took, from the store if they are there.

        The judge can so be changed without another training of the samplers.
        """
        path = None if self.store is None else self.store / f"{arm}-{self.name}.npz"
        if path is not None and path.exists():
            with np.load(path) as file:
                return file["rows"], file["y"], json.loads(file["figures"].item())
        rows, y, figures = sample(arm, task)
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_suffix(".part.npz")
            np.savez_compressed(unfinished, rows=rows, y=y, figures=json.dumps(figures))
            unfinished.replace(path)
        return rows, y, figures

    def take(self, counts):
        """Give the indices of the first synthetic images of each class."""
        return np.concatenate([np.flatnonzero(self.y_fake == c)[:n] for c, n in counts.items()])

    def train_on_both(self):
        """Classify by real images and synthetic ones, all classes of one size."""
        added = self.take({c: self.n_largest - n for c, n in self.n_real.items()})
        X = np.concatenate([self.X, self.fake[added]])
        y = np.concatenate([self.y, self.y_fake[added]])
        return self.score(self.train_classifier(X, y))

    def train_on_synthetic(self):
        """Classify by synthetic images alone, classes as frequent as the real ones."""
        alone = self.take({c: N_TIMES * n for c, n in self.n_real.items()})
        scores = self.score(self.train_classifier(self.fake[alone], self.y_fake[alone]))
        return {f"synthetic alone, {name}": value for name, value in scores.items()}

    def score(self, classifier):
        """Score a classifier on the real test images."""
        predicted = classifier.predict(self.X_test)
        return {
            "accuracy": accuracy_score(self.y_test, predicted),
            "balanced accuracy": balanced_accuracy_score(self.y_test, predicted),
            "macro-F1": f1_score(self.y_test, predicted, average="macro"),
        }

    def train_classifier(self, X, y, **settings):
        """Train for `n_steps` batches, up to whole epochs, however many images there are."""
        epochs = math.ceil(self.n_steps / math.ceil(len(y) / BATCH_SIZE))
        classifier = CompactCNNClassifier(
            batch_size=BATCH_SIZE,
            epochs=epochs,
            validation_fraction=0,
            view="plain",
            augmentation="cells",
            random_state=self.seed,
            **settings,
        )
        return classifier.fit(X, y)

    def find_or_train_judge(self):
        """Give the classifier of real images alone, from the store if it is there."""
        if self.store is None:
            return self.train_classifier(self.X, self.y)
        path = self.store / f"judge-{self.name}-{self.n_steps}.skwbc"
        if path.exists():
            return skwbc.load(path)
        judge = self.train_classifier(self.X, self.y)
        path.parent.mkdir(parents=True, exist_ok=True)
        skwbc.save(judge, path)
        return judge

    def judge(self):
        """Compare the images with real ones, by what a classifier of real images sees."""
        judge = self.find_or_train_judge()
        scaler = StandardScaler().fit(judge.embed(self.X))
        real, test, fake = (scaler.transform(judge.embed(X)) for X in self.list_sets())
        alike = self.take(self.n_real)  # classes as frequent as among the real images
        density, coverage = density_coverage(real, fake[alike])
        figures = {
            "kernel distance": kernel_distance(real, fake[alike]),
            "kernel distance of real test images": kernel_distance(real, test),
            "density": density,
            "coverage": coverage,
            "coverage of real test images": density_coverage(real, test)[1],
            "near-copies": near_copies(self.X, self.fake).mean(),
            "near-copies among real test images": near_copies(self.X, self.X_test).mean(),
            "authenticity": authenticity(self.X, self.fake),
            "authenticity of real test images": authenticity(self.X, self.X_test),
            "taken for their class": (judge.predict(self.fake) == self.y_fake).mean(),
        }
        for c in self.classes:
            mine, drawn = real[self.y == c], fake[self.y_fake == c]
            figures[f"kernel distance, {c}"] = kernel_distance(mine, drawn)
            figures[f"diversity, {c}"] = diversity(mine, drawn)
        return figures

    def list_sets(self):
        """Give real, test and synthetic images."""
        return self.X, self.X_test, self.fake


def sample(arm, task):
    """Run a sampler; give its rows, their classes, and what it took."""
    start = time.perf_counter()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", UserWarning)
        rows, y = SAMPLERS[arm](task)
    return (
        rows,
        y,
        {
            "seconds": time.perf_counter() - start,
            "peak memory (MB)": max(map(read_peak, PROCESSES)) / MEGABYTE,
            "warnings": " | ".join(str(warning.message) for warning in told),
            "sampled at": name_commit(),
        },
    )


def read_peak(process):
    """Read the most memory that a process had, in kilobytes."""
    return resource.getrusage(process).ru_maxrss
