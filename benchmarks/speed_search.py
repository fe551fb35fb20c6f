"""Speed of a grid search: with and without a memory, with one and with two jobs."""

import os
import tempfile
import time

from peak_memory import read_status

TITLE = "Grid search"
ABOUT = """
`GridSearchCV` of two learning rates in two folds, no refit, on 200 drawn cells of 64x64: of
`CompactCNNClassifier` alone, whose four fits take half a minute and more each, and of a pipeline of
`GANOverSampler` and a shorter classifier, where a memory keeps the GAN of a fold for the other
candidate. The start of the workers counts. "all threads" leaves TensorFlow its own choice, a thread
for each core in each worker. Peak memory is that of the process that searches, not of its workers.
"""
REFERENCE = "one job"
N_REPEATS = 2
CLASSIFIER, PIPELINE = "classifier", "GAN and classifier"
N_EPOCHS = {CLASSIFIER: 50, PIPELINE: 10}
CASES = {
    CLASSIFIER: [REFERENCE, "two jobs", "two jobs, all threads"],
    PIPELINE: [REFERENCE, "one job, memory", "two jobs", "two jobs, memory"],
}
TRIALS = [(case, arm) for case, arms in CASES.items() for arm in arms]
SHAPE, N_IMAGES, N_FOLDS = (64, 64, 3), 200, 2
GAN_IMAGES = 3_200  # seen
GRID = {"classifier__learning_rate": [3e-4, 1e-3]}


def run(case, arm):
    """Search once; give "seconds" and the peak."""
    if arm.endswith("all threads"):
        os.environ["TF_NUM_INTRAOP_THREADS"] = str(os.cpu_count())  # taken as the user's choice
    from sklearn.model_selection import GridSearchCV

    from skwbc import CompactCNNClassifier, GANOverSampler, Pipeline
    from skwbc.datasets import make_blood_cells

    cells = make_blood_cells(N_IMAGES, image_shape=SHAPE, random_state=0)
    steps = [("classifier", CompactCNNClassifier(epochs=N_EPOCHS[case], random_state=0))]
    if case == PIPELINE:
        # a GAN that has learnt so little would refuse its images
        gan = GANOverSampler(
            max_images=GAN_IMAGES, max_distance=None, min_diversity=0, random_state=0
        )
        steps.insert(0, ("gan", gan))
    with tempfile.TemporaryDirectory() as folder:
        search = GridSearchCV(
            Pipeline(steps, memory=folder if arm.endswith("memory") else None),
            GRID,
            cv=N_FOLDS,
            n_jobs=2 if arm.startswith("two") else 1,
            refit=False,
        )
        start = time.perf_counter()
        search.fit(cells.images, cells.target_names[cells.target])
        seconds = time.perf_counter() - start
    return {"seconds": seconds, "peak memory (MB)": read_status("VmHWM")}
