"""Choose what the network for crops sees and is trained on; write results/colour_casts.csv.

python benchmarks/colour_casts.py ../shared/data

On an inner fold of each training part of BCCD: the images held out are told as they are, and drawn
anew five times. In other colours: more or less of each dye, another strength of all, and light of
another colour; "far" is twice as much of that. As of another laboratory: hues turned, another
strength and light of each channel, another size, blur, and for half of them bare surroundings. The
numbers of images that are told right are kept for each class, for a fold has few of some. No image
of another laboratory is touched. No fold's choice sees its own test images, but one choice is made
for all folds: images that one of them holds out are test images of others.
"""

import argparse
import json
import os
from functools import partial
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from classifier_page import CONDITIONS
from classifiers import load_ours, split
from scipy import ndimage, special
from scipy.spatial.transform import Rotation
from trial_rows import add_row, describe_run, read_rows, run_trial

RESULTS = Path(__file__).parent / "results" / "colour_casts.csv"
KEYS = ["fold", "row"]
BEST = "both, laboratories"
TRIED = [("both", "laboratories"), ("colour", "laboratories"), ("plain", "laboratories")]
TRIED += [("colour", "cells"), ("plain", "cells"), ("grey", "cells")]
FRAMED = f"{BEST}, as large as in the frame"
CROPPED = {  # that network, on other crops
    FRAMED: {"kind": "crops"},
    f"{FRAMED}, roots of class weights": {"kind": "crops"},
    f"{BEST}, windows shifted": {"border": "shift"},  # into the photo
    f"{BEST}, 96 pixels": {"side": 96},
}
COUNTS = {"eosinophil": 88, "lymphocyte": 33, "monocyte": 20, "neutrophil": 207}  # about BCCD's
ROOTS = {name: n**-0.5 for name, n in COUNTS.items()}  # much as class_weight="sqrt_balanced"
NARROW = {"filters": (16, 32, 64, 128)}
CHANGED = {  # settings of that network
    f"{BEST}, narrow": NARROW,
    f"{BEST}, no hold-out": {"validation_fraction": 0},
    f"{BEST}, roots of class weights": {"class_weight": ROOTS},
    f"{FRAMED}, roots of class weights": {"class_weight": ROOTS},
    f"{BEST}, class weights": {"class_weight": "balanced"},
    f"{BEST}, narrow, class weights": NARROW | {"class_weight": "balanced"},
}
ROWS = {f"{view}, {changes}": {"view": view, "augmentation": changes} for view, changes in TRIED}
ROWS |= {row: ROWS[BEST] | CHANGED.get(row, {}) for row in (*CROPPED, *CHANGED)}
N_DRAWS = 5
DYE, STRENGTH, LIGHT = 0.3, 0.2, 0.3  # standard deviations of logarithms, or of optical densities
HUE, CHANNEL = np.pi / 3, 0.3  # most of a turn; standard deviation of a channel's logarithm
SIZE, BLUR = 0.22, 1.2  # most of a logarithm, either way; most of a standard deviation, in pixels
BARE, RADIUS, SOFTNESS = 0.5, 0.85, 0.05  # share of the images; in halves of the side


def main():
    """Run what is missing; or run one trial and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", help="folder that holds bccd")
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=[*ROWS], help="default all")
    parser.add_argument("--folds", type=int, nargs="+", default=[*range(5)], help="default all")
    parser.add_argument("--only", help=argparse.SUPPRESS)  # one trial, as JSON
    arguments = parser.parse_args()
    if arguments.only:
        return print(json.dumps(measure(Path(arguments.data), **json.loads(arguments.only))))
    for row in arguments.rows:
        for fold in arguments.folds:
            trial, rows = {"fold": fold, "row": row}, read_rows(RESULTS, KEYS)
            if not (rows[KEYS] == [fold, row]).all(axis=1).any():
                found = run_trial(__file__, arguments.data, trial)
                add_row(RESULTS, rows, trial | describe_run() | found)
                print(trial, found, flush=True)


def measure(data, fold, row):
    """Train on four fifths of a training part; score on the rest, as it is and in other colours."""
    from skwbc import CompactCNNClassifier

    X, y, groups = load_ours(data / "bccd", **{"kind": "cells"} | CROPPED.get(row, {}))
    part = split(y, groups, 0)[fold][0]
    kept, held_out = (part[rows] for rows in split(y[part], groups[part], 1)[0])
    classifier = CompactCNNClassifier(random_state=0, **ROWS[row]).fit(X[kept], y[kept])
    classes, n_images = np.unique(y[held_out], return_counts=True)
    found = {f"images, {c}": int(n) for c, n in zip(classes, n_images, strict=True)}
    for condition, change in CHANGES.items():
        rng = np.random.default_rng(0)
        n_draws = 1 if change is keep else N_DRAWS
        draws = [change(X[held_out], rng) for _ in range(n_draws)]
        right = np.mean([classifier.predict(images) == y[held_out] for images in draws], axis=0)
        found |= {f"{condition}, {c}": float(right[y[held_out] == c].sum()) for c in classes}
    return found


def keep(images, rng):
    """Leave images as they are."""
    return images


def recolour(images, rng, spread=1):
    """Draw another dye, strength and light for each image: (n, height, width, 3) of uint8."""
    from skwbc.networks._cell_augmentation import DYES

    n = len(images)
    density = read_density(images)
    amounts = np.exp(spread * DYE * rng.normal(size=(n, 3, 1)))
    density = density @ (np.linalg.inv(DYES) @ (amounts * DYES))
    density = density * np.exp(spread * STRENGTH * rng.normal(size=(n, 1, 1)))
    density = density + np.abs(spread * LIGHT * rng.normal(size=(n, 1, 3)))
    return write_density(density, images.shape)


def move_elsewhere(images, rng):
    """Show images as of another laboratory: (n, height, width, 3) of uint8."""
    seen = np.stack([photograph(image.astype(float), rng) for image in images])
    angles = rng.uniform(-HUE, HUE, len(images))
    turns = Rotation.from_rotvec(angles[:, None] / np.sqrt(3) * np.ones(3)).as_matrix()
    density = np.maximum(read_density(seen) @ turns, 0)
    draws = rng.normal(size=(2, len(images), 1, 3))
    density = density * np.exp(CHANNEL * draws[0]) + np.abs(LIGHT * draws[1])
    return write_density(density, images.shape)


def photograph(image, rng):
    """Scale and blur an image, and bare its surroundings, at random."""
    height, width, _ = image.shape
    size = np.exp(rng.uniform(-SIZE, SIZE))
    middle = np.array([(height - 1) / 2, (width - 1) / 2, 0])
    scales = np.array([size, size, 1])
    image = ndimage.affine_transform(
        image, scales, middle - scales * middle, order=1, mode="mirror"
    )
    sigma = rng.uniform(0, BLUR)
    image = ndimage.gaussian_filter(image, (sigma, sigma, 0))
    if rng.random() < BARE:
        down, across = (np.linspace(-1, 1, side) for side in (height, width))
        distance = np.hypot(down[:, None], across)[..., None]
        hidden = special.expit((distance - RADIUS) / SOFTNESS)
        ground = np.percentile(image, 90, axis=(0, 1))
        image = image + hidden * (ground - image)
    return image


def read_density(images):
    """Give optical densities: (n, height, width, 3) -> (n, height * width, 3)."""
    return -np.log(np.maximum(images, 1) / 255).reshape(len(images), -1, 3)


def write_density(density, shape):
    """Give images of uint8 in a shape."""
    return np.clip(255 * np.exp(-density), 0, 255).astype(np.uint8).reshape(shape)


DRAWS = (keep, recolour, partial(recolour, spread=2), move_elsewhere)
CHANGES = dict(zip(CONDITIONS, DRAWS, strict=True))


if __name__ == "__main__":
    main()
