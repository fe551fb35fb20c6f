"""Time the search for the nearest images beside one that compares all with all.

python benchmarks/nearest_search.py --n-images 20000 --n-queries 300

Images are drawn cells of 64x64; queries are other cells, means of two of the images, and noise.
"""

import argparse
import time

import numpy as np

from skwbc.datasets import make_blood_cells
from skwbc.metrics import nearest_distances
from skwbc.metrics._pair_distances import iterate_squared_distances, list_poses

SHAPE = (64, 64, 3)


def main():
    """Print the seconds of both for each kind of query, and whether they find the same."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--n-images", type=int, default=20_000)
    parser.add_argument("--n-queries", type=int, default=300)
    arguments = parser.parse_args()
    images, others = (
        make_blood_cells(n, image_shape=SHAPE, random_state=seed).data
        for seed, n in enumerate((arguments.n_images, arguments.n_queries))
    )
    for name, queries in draw_queries(images, others).items():
        start = time.perf_counter()
        distances, _ = nearest_distances(queries, images, image_shape=SHAPE)
        middle = time.perf_counter()
        expected = search_all(queries, images)
        seconds = middle - start, time.perf_counter() - middle
        error = np.abs(distances - expected).max() / expected.max()
        print(
            f"{name}: {seconds[0]:.2f} s, all with all {seconds[1]:.2f} s, ratio "
            f"{seconds[1] / seconds[0]:.2f}; distances differ by {error:.1e} of the largest"
        )


def draw_queries(images, others):
    """Draw three kinds of queries."""
    rng = np.random.default_rng(0)
    first, second = rng.integers(len(images), size=(2, len(others)))
    means = (images[first].astype(np.uint16) + images[second]) // 2
    noise = rng.integers(0, 256, others.shape)
    return {
        "cells": others,
        "means of two": means.astype(np.uint8),
        "noise": noise.astype(np.uint8),
    }


def search_all(queries, images):
    """Find the least distances, leaving nothing out."""
    poses = list_poses(SHAPE)
    found = [
        squared.min(axis=1) for _, squared in iterate_squared_distances(queries, images, poses)
    ]
    return np.sqrt(np.concatenate(found))


if __name__ == "__main__":
    main()
