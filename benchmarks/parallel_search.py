"""Time a grid search with one and with two jobs; write results/parallel_search.csv.

python benchmarks/parallel_search.py                            # fits of 30 s, three times
python benchmarks/parallel_search.py --seconds 60 --repeats 5
python benchmarks/parallel_search.py --table                    # only print what was found

Every search runs in a process of its own, and the start of its workers counts. The ways to run it
take turns, so that whatever else the machine does hits all of them. Where it does much else, read
the seconds of the processor: those of all processes of a search together.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import joblib
import pandas as pd
from trial_rows import add_row, describe_run, read_rows

RESULTS = Path(__file__).parent / "results" / "parallel_search.csv"
THREADS = "TF_NUM_INTRAOP_THREADS"
N_IMAGES, SHAPE = 200, (64, 64, 3)
GRID = {"classifier__learning_rate": [1e-3, 2e-3]}
N_FOLDS = 2
GAN_SHARE = 0.5  # of the seconds of a classifier
PROBE = 4, 12  # epochs of the classifier, and steps times 16 of the GAN, to learn their speed
ALONE = "one job"
WAYS = {  # how many jobs, and whether TensorFlow's threads follow the limit of joblib's workers
    ALONE: (1, True),
    "two jobs": (2, True),
    "two jobs, all threads": (2, False),
}
SEARCHES = ["classifier", "GAN and classifier"]
KEYS = ["search", "way", "repeat"]


def main():
    """Measure and print; or do the one thing that a process of its own is for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=30, help="of one fit, about")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--searches", nargs="+", choices=SEARCHES, default=SEARCHES)
    parser.add_argument("--table", action="store_true", help="only print what was found")
    parser.add_argument("--only", help=argparse.SUPPRESS)  # a call, as JSON
    arguments = parser.parse_args()
    if arguments.only:
        function, settings = json.loads(arguments.only)
        print(json.dumps({"probe": probe, "search": search}[function](**settings)))
        return
    if not arguments.table:
        run_all(arguments)
    print_table(read_rows(RESULTS, KEYS))


def run_all(arguments):
    """Do all searches in all ways, as often as asked."""
    size = choose_size(arguments.seconds)
    for repeat in range(arguments.repeats):
        for name in arguments.searches:
            for way, (n_jobs, follows) in WAYS.items():
                found = call("search", follows, name=name, n_jobs=n_jobs, **size)
                row = {"search": name, "way": way, "repeat": repeat, **describe_run()}
                row |= {"a fit": arguments.seconds, **size, **found}
                add_row(RESULTS, read_rows(RESULTS, KEYS), row)
                used = found["processor seconds"]
                print(f"{repeat} {name}, {way}: {found['seconds']:.1f} s, {used:.1f}", flush=True)


def choose_size(seconds):
    """Choose epochs of the classifier and images of the GAN by how long they take alone."""
    first, second = (call("probe", True, n=n) for n in PROBE)
    step = PROBE[1] - PROBE[0]
    an_epoch = (second["classifier"] - first["classifier"]) / step
    sixteen_images = (second["gan"] - first["gan"]) / (16 * step)
    return {
        "epochs": max(1, round(seconds / an_epoch)),
        "max_images": 16 * max(1, round(GAN_SHARE * seconds / sixteen_images)),
    }


def call(function, follows, **settings):
    """Call a function of this file in a process of its own."""
    environment = dict(os.environ)
    if not follows:  # TensorFlow's own choice, which the package leaves alone as the user's
        environment[THREADS] = str(os.cpu_count())
    command = [sys.executable, __file__, "--only", json.dumps([function, settings])]
    before = read_processor_seconds()
    output = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE).stdout
    used = read_processor_seconds() - before
    return json.loads(output.splitlines()[-1]) | {"processor seconds": used}


def read_processor_seconds():
    """Read what the processes that this one has started, and their own, have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def make_steps(epochs, max_images):
    """Give the GAN and the classifier."""
    from skwbc import CompactCNNClassifier, GANOverSampler

    gan = GANOverSampler(max_images=max_images, random_state=0)
    return gan, CompactCNNClassifier(epochs=epochs, random_state=0)


def make_cells():
    """Give images and the names of their classes."""
    from skwbc.datasets import make_blood_cells

    cells = make_blood_cells(N_IMAGES, image_shape=SHAPE, random_state=0)
    return cells.images, cells.target_names[cells.target]


def probe(n):
    """Time a classifier of so many epochs and a GAN of 16 times as many steps."""
    X, y = make_cells()
    gan, classifier = make_steps(epochs=n, max_images=16 * 16 * n)
    start = time.perf_counter()
    classifier.fit(X, y)
    middle = time.perf_counter()
    gan.fit_resample(X, y)
    return {"classifier": middle - start, "gan": time.perf_counter() - middle}


def search(name, n_jobs, epochs, max_images):
    """Do one search; give its seconds and its scores."""
    from sklearn.model_selection import GridSearchCV

    from skwbc import Pipeline

    X, y = make_cells()
    gan, classifier = make_steps(epochs, max_images)
    with tempfile.TemporaryDirectory() as folder:
        steps = [("classifier", classifier)]
        if name != SEARCHES[0]:
            steps = [("gan", gan), *steps]
        memory = joblib.Memory(folder, verbose=0)
        asked = GridSearchCV(
            Pipeline(steps, memory=memory), GRID, cv=N_FOLDS, n_jobs=n_jobs, refit=False
        )
        start = time.perf_counter()
        asked.fit(X, y)
        seconds = time.perf_counter() - start
    scores = [asked.cv_results_[f"split{fold}_test_score"].tolist() for fold in range(N_FOLDS)]
    return {"seconds": seconds, "scores": json.dumps(scores)}


def print_table(rows):
    """Print the seconds of each way, and how many times as fast as one job it is."""
    alone = rows[rows["way"] == ALONE].set_index(["search", "repeat"])["seconds"]
    before = alone.reindex(pd.MultiIndex.from_frame(rows[["search", "repeat"]])).to_numpy()
    rows = rows.assign(gain=before / rows["seconds"])
    grouped = rows.groupby(["search", "way"], sort=False)
    table = grouped["seconds"].agg(["median", "min", "max"]).round(1)
    table[["gain", "least gain", "most gain"]] = grouped["gain"].agg(["median", "min", "max"])
    table["processor"] = grouped["processor seconds"].median().round(1)
    print(table.round(2).to_string())


if __name__ == "__main__":
    main()
