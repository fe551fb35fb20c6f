"""Compare classifiers on real images of BCCD, and on another laboratory's; write a page.

python benchmarks/classifiers.py ../shared/data                     # all rows, five folds
python benchmarks/classifiers.py ../shared/data --repeats 5         # five times five
python benchmarks/classifiers.py ../shared/data --arms "compact CNN, crops"
python benchmarks/classifiers.py --page                             # only docs/classifiers.md

Each row is run on each fold in a process of its own; what is in results/classifiers.csv already is
not run again, so that a run that was stopped goes on.
"""

import argparse
import json
import os
import time
import warnings
from functools import partial
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from classifier_page import BEST, FIGURE, N_FOLDS, OURS, THEIRS, write_page
from PIL import Image
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC
from trial_rows import add_row, describe_run, read_rows, run_trial

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "classifiers.csv"
KEYS = ["laboratory", "repeat", "fold", "arm"]
N_SEEDS = 3  # trainings of each row that is asked about the other laboratory
SIDE = 64  # pixels of a crop
N_SHOWN = 28  # errors of a kind
FIELD = (60, 80, 3)
PHOTO = (480, 640, 3)


def cnn(seed):
    """The published CNN."""
    from skwbc import CNNClassifier

    return CNNClassifier(random_state=seed)


def cnn_rnn(seed):
    """The published CNN-RNN."""
    from skwbc import CNNRNNClassifier

    return CNNRNNClassifier(random_state=seed)


def compact_cnn(seed, **settings):
    """The network for crops."""
    from skwbc import CompactCNNClassifier

    return CompactCNNClassifier(random_state=seed, **settings)


weighted = partial(compact_cnn, class_weight="sqrt_balanced")
plain = partial(compact_cnn, view="plain", augmentation="cells")  # of one laboratory
published_changes = partial(compact_cnn, view="plain", augmentation="traditional")


def forest(seed):
    """Hand-made features and a random forest."""
    from skwbc.metrics import CellFeatures

    trees = RandomForestClassifier(500, class_weight="balanced_subsample", random_state=seed)
    return make_pipeline(CellFeatures(), trees)


def svm(seed):
    """Pixels and a support vector machine."""
    flatten = FunctionTransformer(lambda X: X.reshape(len(X), -1) / 255)
    return make_pipeline(flatten, StandardScaler(), SVC(C=10, class_weight="balanced"))


def guess(seed):
    """The most frequent class."""
    return DummyClassifier()


def normalised(method, seed):
    """The network for crops, behind a normaliser of stains in the place of its views."""
    from skwbc import StainNormalizer

    return make_pipeline(StainNormalizer(method=method), plain(seed))


ARMS = {  # images, and what is trained on them
    "constant guess": ("crops", guess),
    "published CNN, fields": ("fields", cnn),
    "published CNN-RNN, fields": ("fields", cnn_rnn),
    "published CNN, crops": ("crops", cnn),
    "published CNN-RNN, crops": ("crops", cnn_rnn),
    "SVM on pixels, crops": ("crops", svm),
    "features and forest, crops": ("crops", forest),
    "compact CNN, crops": ("crops", compact_cnn),
    "compact CNN, crops, roots of class weights": ("crops", weighted),
    "compact CNN, annotated boxes": ("boxes", compact_cnn),
    "compact CNN, crops, plain": ("crops", plain),
    "compact CNN, annotated boxes, plain": ("boxes", plain),
}
CELLS = {  # the same, for both laboratories: crops in which every cell fills its window
    "constant guess": guess,
    "published CNN": cnn,
    "SVM on pixels": svm,
    "features and forest": forest,
    "compact CNN": compact_cnn,
    "compact CNN, roots of class weights": weighted,
    "compact CNN, plain": plain,
    "compact CNN, plain, traditional augmentation": published_changes,
    "compact CNN, Reinhard": partial(normalised, "reinhard"),
    "compact CNN, Macenko": partial(normalised, "macenko"),
}


def main():
    """Run what is missing and write the page; or run one trial and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", nargs="?", help="folder that holds bccd and ds1")
    parser.add_argument("--repeats", type=int, default=1, help="of five folds each")
    parser.add_argument("--arms", nargs="+", choices=[*ARMS, *CELLS], default=[*ARMS, *CELLS])
    parser.add_argument("--page", action="store_true", help="only write the page")
    parser.add_argument("--only", help=argparse.SUPPRESS)  # one trial, as JSON
    arguments = parser.parse_args()
    if arguments.only:
        warnings.simplefilter("ignore", UserWarning)  # of photos with several cells
        figures = measure(Path(arguments.data), **json.loads(arguments.only))
        print(json.dumps(figures, default=float))
        return
    if not arguments.page:
        if arguments.data is None:
            parser.error("give the folder of the data, or --page")
        for trial in list_trials(arguments):
            run_missing(arguments.data, trial)
        draw_errors(Path(arguments.data), read_rows(RESULTS, KEYS))
    write_page(read_rows(RESULTS, KEYS))


def list_trials(arguments):
    """List the trials that are asked for: those on BCCD, then those on the other laboratory."""
    folds = [(repeat, fold) for repeat in range(arguments.repeats) for fold in range(N_FOLDS)]
    ours = [(OURS, r, f, arm) for r, f in folds for arm in ARMS if arm in arguments.arms]
    seeds = [(THEIRS, seed, 0, arm) for seed in range(N_SEEDS) for arm in CELLS]
    theirs = [trial for trial in seeds if trial[3] in arguments.arms]
    return [dict(zip(KEYS, trial, strict=True)) for trial in (*ours, *theirs)]


def run_missing(data, trial):
    """Run a trial, and add its figures to the file."""
    rows = read_rows(RESULTS, KEYS)
    if (rows[KEYS] == list(trial.values())).all(axis=1).any():
        return
    row = run_trial(__file__, data, trial)
    add_row(RESULTS, rows, row)
    print(f"{list(trial.values())}: {row['balanced accuracy']:.3f}", flush=True)


def measure(data, laboratory, repeat, fold, arm):
    """Run one row on one fold, or train it on all of BCCD and ask it about the other laboratory."""
    if laboratory == OURS:
        kind, make = ARMS[arm]
        X, y, groups = load_ours(data / "bccd", kind)
        train, test = split(y, groups, repeat)[fold]
        X_test, y_test, X, y = X[test], y[test], X[train], y[train]
    else:
        make = CELLS[arm]
        X, y, _ = load_ours(data / "bccd", "cells")
        X_test, y_test = load_theirs(data / "ds1")
    classifier = make(N_FOLDS * repeat + fold)
    start = time.perf_counter()
    classifier.fit(X, y)
    seconds = time.perf_counter() - start
    predicted = classifier.predict(X_test)
    classes = np.unique(y)
    return {
        "laboratory": laboratory,
        "repeat": repeat,
        "fold": fold,
        "arm": arm,
        **describe_run(),
        "n_train": len(y),
        "n_test": len(y_test),
        "accuracy": accuracy_score(y_test, predicted),
        "balanced accuracy": balanced_accuracy_score(y_test, predicted),
        "macro-F1": f1_score(y_test, predicted, average="macro"),
        "seconds": seconds,
        "classes": " ".join(classes),
        "true": write_codes(classes, y_test),
        "predicted": write_codes(classes, predicted),
    }


def split(y, groups, repeat):
    """Give training and test images of each fold."""
    splitter = StratifiedGroupKFold(N_FOLDS, shuffle=True, random_state=repeat)
    return list(splitter.split(y, y, groups))


def draw_errors(data, rows):
    """Draw the test images of the first five folds that the network for crops got wrong."""
    from skwbc.displays import ImageGridDisplay

    mine = rows[(rows["laboratory"] == OURS) & (rows["arm"] == BEST) & (rows["repeat"] == 0)]
    if len(mine) < N_FOLDS:
        return
    X, y, groups = load_ours(data / "bccd", "crops", side=2 * SIDE)
    tested = np.concatenate([test for _, test in split(y, groups, 0)])
    letters = "".join(mine.sort_values("fold")["predicted"])
    answers = np.unique(y)[[ord(letter) - ord("a") for letter in letters]]
    wrong = answers != y[tested]
    pairs = zip(y[tested][wrong], answers[wrong], strict=True)
    labels = [f"{true},\nsaid {answer}" for true, answer in pairs]
    display = ImageGridDisplay.from_arrays(X[tested][wrong], labels, n_columns=N_SHOWN)
    display.figure_.set_size_inches(16, 1.4 * len(set(labels)))
    display.figure_.savefig(FIGURE, dpi=90, bbox_inches="tight")


def write_codes(classes, y):
    """Write classes as a text of letters, one for each image."""
    return "".join(chr(ord("a") + code) for code in np.searchsorted(classes, y))


def load_ours(folder, kind, side=SIDE, border="reflect"):
    """Load BCCD as whole fields, crops of the annotated boxes, or crops of what is found."""
    from skwbc import CellCropper
    from skwbc.datasets import fetch_bccd

    shapes = {"fields": FIELD, "boxes": (SIDE, SIDE, 3)}
    crop = "box" if kind == "boxes" else None
    cells = fetch_bccd(source=folder, crop=crop, image_shape=shapes.get(kind, PHOTO))
    X = cells.images
    if kind in ("crops", "cells"):  # the cropper learns nothing, so it may stand before the split
        scale = "frame" if kind == "crops" else "cell"
        cropper = CellCropper((side, side), scale=scale, border=border, n_jobs=2)
        X = cropper.fit_transform(X)
    return X, cells.target_names[cells.target], cells.groups


def load_theirs(folder):
    """Load the images of ds1 that are of the four classes, cropped."""
    from skwbc import CellCropper

    cropper = CellCropper((SIDE, SIDE), scale="cell")
    names = ("eosinophil", "lymphocyte", "monocyte", "neutrophil")
    crops, labels = [], []
    for path in sorted(folder.glob("images/*/*.png")):
        name = path.parent.name.lower()
        if name in names:
            photo = np.asarray(Image.open(path).convert("RGB"))
            crops.append(cropper.fit_transform(photo[None])[0])
            labels.append(name)
    return np.stack(crops), np.array(labels)


if __name__ == "__main__":
    main()
