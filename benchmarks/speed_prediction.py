"""Speed of a prediction: one image, and ten thousand, beside the network alone."""

import time
from itertools import product

import numpy as np
from speed_trial import choose_as_usual

TITLE = "Prediction"
ABOUT = """
`predict_proba` of a fitted classifier, and Keras' own call of its network on the same images as
float32: `predict_on_batch` for one image, `predict` with the same batches for ten thousand. One
image is the median of 200 calls. `CompactCNNClassifier` without its mean over eight poses; it is
two networks. Trials of commit bb71a20 are of a slow and unsteady hour of the machine.
"""
SHAPES = {"CNNClassifier": (60, 80, 3), "CompactCNNClassifier": (64, 64, 3)}
CASES = {f"{name}, {n:,}": (name, n) for name in SHAPES for n in (1, 10_000)}
REFERENCE, BARE = "skwbc", "network alone"
N_REPEATS = 3
TRIALS = [*product(CASES, [REFERENCE, BARE])]
N_CALLS = 200


def run(case, arm):
    """Fit on a few images, and predict; give "seconds", or "ms" for one image."""
    if arm != REFERENCE:
        choose_as_usual()
    name, n_images = CASES[case]
    shape = SHAPES[name]
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (n_images, *shape), dtype=np.uint8)
    classifier = fit_classifier(name, images[:1].repeat(8, axis=0))
    predict = make_call(classifier, n_images, arm)
    seconds = time_calls(predict, images, N_CALLS if n_images == 1 else 3)
    return {"ms": 1000 * seconds} if n_images == 1 else {"images a second": n_images / seconds}


def fit_classifier(name, images):
    """Train a classifier for one step."""
    import skwbc

    settings = {} if name == "CNNClassifier" else {"tta": False}
    classifier = getattr(skwbc, name)(epochs=1, validation_fraction=0, random_state=0, **settings)
    return classifier.fit(images, np.arange(len(images)) % 4)


def make_call(classifier, n_images, arm):
    """Give the function that is timed."""
    if arm == REFERENCE:
        return classifier.predict_proba
    network = classifier.network_
    if n_images == 1:
        return lambda images: network.predict_on_batch(images.astype(np.float32))
    from skwbc._prediction import PREDICTION_BATCH_SIZE

    return lambda images: network.predict(
        images.astype(np.float32), batch_size=PREDICTION_BATCH_SIZE, verbose=0
    )


def time_calls(predict, images, n_calls):
    """Give the median seconds of a call, behind one that traces."""
    seconds = []
    predict(images)
    for _ in range(n_calls):
        start = time.perf_counter()
        predict(images)
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds))
