"""What bfloat16 costs in accuracy: the published CNN trained in it, in float32, and by scikeras."""

from itertools import product

import numpy as np
from speed_trial import read_peak_memory

TITLE = "Accuracy of the fast arithmetic"
N_IMAGES, N_EPOCHS, BATCH_SIZE = 600, 20, 32
LEARNING_RATE = 3e-4
ABOUT = f"""
The published CNN after {N_EPOCHS} epochs on half of {N_IMAGES} drawn fields of 60x80, and its
accuracy on the other half, for each of five seeds, which draw cells and weights anew. The four
classes are as frequent as each other, so that a guess has 25 %, and do not overlap. "skwbc"
computes in bfloat16 where the processor has it; scikeras trains the same network in float32, here
on another machine, and for some seeds only: in the earlier lines of it each seed began from the
same weights, so that they were dropped.
"""
REFERENCE = None
N_REPEATS = 1  # each seed is a case
CASES = {f"seed {seed}": seed for seed in range(5)}
DEFAULT, SINGLE, SCIKERAS = "skwbc", "skwbc, float32", "scikeras"
TRIALS = [*product(CASES, [DEFAULT, SINGLE, SCIKERAS])]


def run(case, arm):
    """Train once; give "validation accuracy (%)" and the peak."""
    from skwbc.datasets import make_blood_cells

    seed = CASES[case]
    cells = make_blood_cells(N_IMAGES, weights=(1, 1, 1, 1), overlap=0, random_state=seed)
    train, test = np.split(np.random.default_rng(seed).permutation(N_IMAGES), 2)
    fit = fit_scikeras if arm == SCIKERAS else fit_skwbc
    predict = fit(cells.images[train], cells.target[train], seed, single=arm == SINGLE)
    accuracy = np.mean(predict(cells.images[test]) == cells.target[test])
    return {"validation accuracy (%)": 100 * accuracy, "peak memory (MB)": read_peak_memory()}


def fit_skwbc(images, codes, seed, *, single):
    """Train as users do, without augmentation, which scikeras doesn't have."""
    from skwbc import CNNClassifier

    classifier = CNNClassifier(
        epochs=N_EPOCHS,
        batch_size=BATCH_SIZE,
        learning_rate=LEARNING_RATE,
        validation_fraction=0,
        augmentation=None,
        dtype="float32" if single else "auto",
        random_state=seed,
    )
    return classifier.fit(images, codes).predict


def fit_scikeras(images, codes, seed, *, single):
    """Train as the documentation of scikeras does."""
    import keras
    from scikeras.wrappers import KerasClassifier
    from speed_training import build_network

    keras.utils.set_random_seed(seed)
    classifier = KerasClassifier(
        model=lambda: build_network("_cnn.build_cnn", images.shape[1:], seed),
        loss="sparse_categorical_crossentropy",
        optimizer=keras.optimizers.Adam(LEARNING_RATE),
        epochs=N_EPOCHS,
        batch_size=BATCH_SIZE,
        verbose=0,
    )
    classifier.fit(images.astype(np.float32) / 255, codes)
    return lambda others: classifier.predict(others.astype(np.float32) / 255)
