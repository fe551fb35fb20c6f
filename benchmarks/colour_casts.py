"""Choose how the network for crops deals with other light; write results/colour_casts.csv.

python benchmarks/colour_casts.py ../shared/data

On inner folds of training parts of BCCD: the images held out are told as they are, and in other
colours, drawn five times: more or less of each dye, another strength of all, and light of another
colour. No test image is touched, and no other laboratory's.
"""

import argparse
import json
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from classifiers import load_ours, split
from sklearn.metrics import balanced_accuracy_score
from trial_rows import add_row, describe_run, read_rows, run_trial

RESULTS = Path(__file__).parent / "results" / "colour_casts.csv"
KEYS = ["fold", "row"]
ROWS = {
    "white balance": {},
    "no white balance": {"white_balance": False},
}
N_DRAWS = 5
DYE, STRENGTH, LIGHT = 0.3, 0.2, 0.3  # standard deviations of logarithms, or of optical densities


def main():
    """Run what is missing; or run one trial and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", help="folder that holds bccd")
    parser.add_argument("--folds", type=int, nargs="+", default=[0, 1, 2], help="default 0 1 2")
    parser.add_argument("--only", help=argparse.SUPPRESS)  # one trial, as JSON
    arguments = parser.parse_args()
    if arguments.only:
        return print(json.dumps(measure(Path(arguments.data), **json.loads(arguments.only))))
    for fold in arguments.folds:
        for row in ROWS:
            trial, rows = {"fold": fold, "row": row}, read_rows(RESULTS, KEYS)
            if not (rows[KEYS] == [fold, row]).all(axis=1).any():
                found = run_trial(__file__, arguments.data, trial)
                add_row(RESULTS, rows, trial | describe_run() | found)
                print(trial, found, flush=True)


def measure(data, fold, row):
    """Train on four fifths of a training part; score on the rest, as it is and in other colours."""
    from skwbc import CompactCNNClassifier

    X, y, groups = load_ours(data / "bccd", "cells")
    part = split(y, groups, 0)[fold][0]
    kept, held_out = (part[rows] for rows in split(y[part], groups[part], 1)[0])
    classifier = CompactCNNClassifier(random_state=0, **ROWS[row]).fit(X[kept], y[kept])
    rng = np.random.default_rng(0)
    draws = [recolour(X[held_out], rng) for _ in range(N_DRAWS)]
    scores = [
        balanced_accuracy_score(y[held_out], classifier.predict(images))
        for images in (X[held_out], *draws)
    ]
    return {"as they are": scores[0], "in other colours": float(np.mean(scores[1:]))}


def recolour(images, rng):
    """Draw another dye, strength and light for each image: (n, height, width, 3) of uint8."""
    from skwbc.networks._cell_augmentation import DYES

    n = len(images)
    density = -np.log(np.maximum(images, 1) / 255).reshape(n, -1, 3)
    amounts = np.exp(DYE * rng.normal(size=(n, 3, 1)))
    density = density @ (np.linalg.inv(DYES) @ (amounts * DYES))
    density = density * np.exp(STRENGTH * rng.normal(size=(n, 1, 1)))
    density = density + np.abs(LIGHT * rng.normal(size=(n, 1, 3)))
    return np.clip(255 * np.exp(-density), 0, 255).astype(np.uint8).reshape(images.shape)


if __name__ == "__main__":
    main()
