"""Load a hundred thousand damaged files; print how each kind of damage ended.

python benchmarks/fuzz_files.py                        # 100,000 files, seed 0
python benchmarks/fuzz_files.py --n 2000 --seed 7

A file must load, or be refused by a ValueError. Anything else is printed with its number and ends
the run with status 1. A description of a network that passes all checks is handed to Keras only
the first so many times: that takes much longer than the rest.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import argparse
import resource
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
from damaged_files import KINDS, choose
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

import skwbc
from skwbc import _file_decoder
from skwbc._file_networks import build_network, check_description
from skwbc.datasets import make_blood_cells


def main():
    """Damage, load, count and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--n", type=int, default=100_000, help="files")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--networks", type=int, default=4_000, help="most that Keras builds")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    _file_decoder.build_network = FewBuilt(arguments.networks)
    outcomes, slowest, failed = Counter(), 0.0, False
    with tempfile.TemporaryDirectory() as folder:
        whole = make_files(Path(folder))
        before = measure_memory()
        path = Path(folder) / "damaged.skwbc"
        start = time.perf_counter()
        for number in range(arguments.n):
            rng = np.random.default_rng((arguments.seed, number))
            damage = choose(KINDS, rng)
            path.write_bytes(damage(choose(whole, rng), rng))
            began = time.perf_counter()
            outcome = try_to_load(path)
            slowest = max(slowest, time.perf_counter() - began)
            outcomes[damage.__name__, outcome] += 1
            if outcome not in ("loaded", "refused"):
                failed = True
                print(f"file {number} of seed {arguments.seed}: {outcome}")
    print_outcomes(outcomes)
    print(
        f"{arguments.n} files of seed {arguments.seed} in {time.perf_counter() - start:.0f} s; "
        f"{_file_decoder.build_network}; slowest {slowest:.2f} s; memory {before:.0f} MB "
        f"before, {measure_memory():.0f} MB at most"
    )
    sys.exit(failed)


def make_files(folder):
    """Save a few small estimators of all kinds; give the bytes of each file."""
    cells = make_blood_cells(12, image_shape=(16, 16, 3), random_state=0)
    names = np.array(["a", "b", "c", "d"])[cells.target]
    steps = [StandardScaler(), PCA(2), LogisticRegression()]
    frame = pd.DataFrame(cells.data[:, :4], columns=["p", "q", "r", "s"])
    small = {"epochs": 1, "random_state": 0, "dtype": "float32", "validation_fraction": 0}
    estimators = [
        skwbc.CellCropper((4, 4)).fit(cells.images),
        skwbc.make_pipeline(*steps, memory=None).fit(frame, names),
        skwbc.AugmentationOverSampler(sampling_strategy={"a": 9}),
        skwbc.CompactCNNClassifier(filters=(2, 2), **small).fit(cells.images, names),
        skwbc.CNNRNNClassifier(filters=(2,), lstm_units=2, dense_units=2, **small).fit(
            cells.images, names
        ),
    ]
    estimators[2].fit_resample(cells.images, names)
    whole = []
    for estimator in estimators:
        skwbc.save(estimator, folder / "whole.skwbc")
        whole.append((folder / "whole.skwbc").read_bytes())
    return whole


class FewBuilt:
    """Build networks in the place of :func:`build_network`, until that takes too long."""

    def __init__(self, most):
        self.most = most
        self.n_built = self.n_checked = 0

    def __call__(self, description, weights):
        self.n_checked += 1
        if self.n_built < self.most:
            self.n_built += 1
            return build_network(description, weights)
        return check_description(description)

    def __str__(self):
        return f"{self.n_checked} networks came to be checked, {self.n_built} of them by Keras too"


def try_to_load(path):
    """Load a file; tell what became of it."""
    try:
        skwbc.load(path)
    except ValueError:
        return "refused"
    except Exception as error:
        traceback.print_exc()
        return type(error).__name__
    return "loaded"


def measure_memory():
    """Give the most memory that was in use so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def print_outcomes(outcomes):
    rows = pd.Series(outcomes).unstack(fill_value=0)
    rows.loc["all"] = rows.sum()
    print(rows.to_string())


if __name__ == "__main__":
    main()
