"""Judge the images of the GAN samplers beside real ones, at equal seconds.

python benchmarks/gan_quality.py ../shared/data/bccd --fold 0

Trains GANOverSampler on the training part of one fold of BCCD (crops of 64x64, folds grouped by
overlapping photos), then VanillaGANOverSampler for as many seconds, its four GANs together. Draws
200 images of each class, and prints figures as JSON;
contact sheets go to the folder `--sheets`. The judge is a classifier fitted on the real training
images; the test images are real, and seen by nothing that was fitted.
"""

import argparse
import json
import os
import platform
import sys
import time
import warnings
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.preprocessing import StandardScaler

from skwbc import CNNClassifier, GANOverSampler, VanillaGANOverSampler
from skwbc.datasets import fetch_bccd
from skwbc.displays import ImageGridDisplay, NearestRealDisplay
from skwbc.metrics import (
    ClassifierFeatures,
    authenticity,
    density_coverage,
    diversity,
    kernel_distance,
    kernel_distance_interval,
    near_copies,
    train_on_synthetic,
)

SIZE = 64
N_DRAWN = 200  # of each class
UNLIMITED = 10**7  # images, of a training without schedules: time is up long before


def main():
    """Judge each sampler and print a JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", help="where BCCD lies")
    parser.add_argument("--max-images", type=int, default=64_000, help="that the shared GAN sees")
    parser.add_argument("--epochs", type=int, default=40, help="of the judge")
    parser.add_argument("--fold", type=int, default=0, help="0 to 4: which fold to test on")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sheets", type=Path, help="folder for contact sheets")
    arguments = parser.parse_args()
    cells = fetch_bccd(source=arguments.folder, crop="box", image_shape=(SIZE, SIZE, 3))
    names = cells.target_names[cells.target]
    folds = StratifiedGroupKFold(5, shuffle=True, random_state=0).split(
        cells.images, names, cells.groups
    )
    train, test = list(folds)[arguments.fold]
    bench = Bench(cells.images, names, train, test, arguments.seed, arguments.epochs)
    report = {"machine": f"{platform.machine()}, {os.cpu_count()} cores", **vars(arguments)}
    report |= {"sheets": str(arguments.sheets), "real": bench.judge_real()}
    shared = GANOverSampler(max_images=arguments.max_images, random_state=arguments.seed)
    report["GANOverSampler"] = bench.judge(shared, arguments.sheets)
    seconds = report["GANOverSampler"]["seconds"]
    vanilla = VanillaGANOverSampler(
        max_images=UNLIMITED, max_seconds=seconds, random_state=arguments.seed
    )
    report["VanillaGANOverSampler"] = bench.judge(vanilla, arguments.sheets)
    print(json.dumps(report, indent=1, default=float))


class Bench:
    """Real images of one fold, a judge fitted on them, and the figures."""

    def __init__(self, images, names, train, test, seed, epochs):
        self.X, self.y = images[train], names[train]
        self.X_test, self.y_test = images[test], names[test]
        self.seed = seed
        self.classifier = CNNClassifier(
            filters=(32, 64, 64),
            epochs=epochs,
            augmentation="traditional",
            class_weight="balanced",
            random_state=seed,
        )
        self.features = ClassifierFeatures(self.classifier).fit(self.X, self.y)
        self.scaler = StandardScaler().fit(self.features.transform(self.X))
        self.real = self.describe(self.X)

    def describe(self, images):
        """Turn images into scaled features of the judge."""
        return self.scaler.transform(self.features.transform(images))

    def judge_real(self):
        """Give the figures of the real test images, which no sampler can be expected to beat."""
        test = self.describe(self.X_test)
        return {
            "test accuracy of the judge": self.features.classifier_.score(self.X_test, self.y_test),
            "kernel distance": kernel_distance(self.real, test),
            "density, coverage": density_coverage(self.real, test),
            "near-copies": near_copies(self.X, self.X_test).mean(),
            "authenticity": authenticity(self.X, self.X_test),
        }

    def judge(self, sampler, sheets):
        """Train a sampler and give the figures of its images."""
        start = time.perf_counter()
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always", UserWarning)
            self.make_rows_needed(sampler).fit_resample(self.X, self.y)
        seconds = time.perf_counter() - start
        classes = np.unique(self.y)
        drawn = [sampler.sample(N_DRAWN, c, random_state=self.seed + 1) for c in classes]
        fake, y_fake = np.concatenate(drawn), np.repeat(classes, N_DRAWN)
        if sheets is not None:
            self.draw_sheets(sampler, fake, y_fake, sheets)
        return {
            "seconds": round(seconds, 1),
            "images seen": sampler.n_images_seen_,
            "warnings": [str(warning.message) for warning in told],
            **self.measure(fake, y_fake),
        }

    def make_rows_needed(self, sampler):
        """Ask for a row of every class, so that each one has its GAN."""
        names, counts = np.unique(self.y, return_counts=True)
        totals = {name: int(n) + 1 for name, n in zip(names, counts, strict=True)}
        return sampler.set_params(sampling_strategy=totals)

    def measure(self, fake, y_fake):
        """Give the figures of synthetic images, in all and for each class."""
        rows = self.describe(fake)
        share = [np.flatnonzero(y_fake == c)[: (self.y == c).sum()] for c in np.unique(self.y)]
        alike = np.concatenate(share)  # the classes as frequent as among the real images
        tstr = train_on_synthetic(
            self.classifier,
            (fake, y_fake),
            (self.X, self.y),
            (self.X_test, self.y_test),
            scoring="accuracy",
        )
        density, coverage = density_coverage(self.real, rows[alike])
        pooled = kernel_distance_interval(self.real, rows[alike], random_state=0)
        return {
            "kernel distance": pooled._asdict(),
            "density": density,
            "coverage": coverage,
            "near-copies": near_copies(self.X, fake).mean(),
            "authenticity": authenticity(self.X, fake),
            "train on synthetic": tstr._asdict(),
            "classes": {c: self.measure_class(c, rows[y_fake == c]) for c in np.unique(self.y)},
        }

    def measure_class(self, c, rows):
        """Give the figures of one class."""
        real = self.real[self.y == c]
        others = [
            kernel_distance(real, self.real[self.y == other])
            for other in np.unique(self.y)
            if other != c
        ]
        return {
            "kernel distance": kernel_distance(real, rows),
            "of the nearest other class": min(others),
            "diversity": diversity(real, rows),
        }

    def draw_sheets(self, sampler, fake, y_fake, folder):
        """Write a contact sheet, and one of nearest real images."""
        folder.mkdir(parents=True, exist_ok=True)
        name = type(sampler).__name__
        sheet = ImageGridDisplay.from_arrays(fake, y_fake, n_columns=12)
        sheet.figure_.savefig(folder / f"{name}.png", dpi=150)
        nearest = NearestRealDisplay.from_arrays(
            self.X, fake, y_real=self.y, y_fake=y_fake, random_state=0
        )
        nearest.figure_.savefig(folder / f"{name}_nearest.png", dpi=150)


if __name__ == "__main__":
    sys.exit(main())
