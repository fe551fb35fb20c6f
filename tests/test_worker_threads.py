"""TensorFlow's threads in a worker process are those that the worker was given."""

import os
import subprocess
import sys
from multiprocessing import current_process
from pathlib import Path

import pytest
from joblib import Parallel, delayed, parallel_config

from skwbc._worker_threads import GIVEN, TAKEN, follow_limit_of_worker

STATUS = Path("/proc/self/status")


@pytest.fixture(autouse=True)
def no_limit(monkeypatch):
    """Take away the limit that the tests have where they run side by side."""
    monkeypatch.delenv(TAKEN, raising=False)


def read_limits():
    """Read what the worker was given, and what TensorFlow will take."""
    return os.environ.get(GIVEN), os.environ.get(TAKEN)


def ask_workers(ask, n_threads):
    """Ask two workers of joblib that were given so many threads."""
    with parallel_config("loky", inner_max_num_threads=n_threads):
        return Parallel(n_jobs=2)(delayed(ask)() for _ in range(2))


def test_a_worker_hands_its_limit_on():
    assert ask_workers(read_limits, 3) == [("3", "3")] * 2


def test_what_the_user_has_set_stays(monkeypatch):
    monkeypatch.setenv(TAKEN, "7")
    assert ask_workers(read_limits, 2) == [("2", "7")] * 2


SCRIPT = """
import multiprocessing, os
import skwbc

def tell():
    print(os.environ.get({taken!r}), flush=True)

if __name__ == "__main__":
    tell()
    worker = multiprocessing.get_context("spawn").Process(target=tell)
    worker.start()
    worker.join()
"""


def test_a_script_has_no_limit_and_its_workers_have_one(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(taken=TAKEN))
    environment = {n: v for n, v in os.environ.items() if n != TAKEN} | {GIVEN: "2"}
    done = subprocess.run(
        [sys.executable, script], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["None", "2"]


@pytest.mark.parametrize(
    ("given", "taken"), [("2,1", "2"), ("", None), ("0", None), ("many", None), (None, None)]
)
def test_limits_in_other_words(monkeypatch, given, taken):
    environment = {} if given is None else {GIVEN: given}
    monkeypatch.setattr(os, "environ", environment)
    monkeypatch.setattr(current_process(), "name", "a worker")
    follow_limit_of_worker()
    assert environment.get(TAKEN) == taken


def count_threads():
    """Count the threads that TensorFlow starts with its devices."""
    from skwbc import CNNClassifier  # noqa: F401 - imports TensorFlow

    before = read_n_threads()
    import tensorflow as tf

    tf.config.list_logical_devices()
    return read_n_threads() - before


def read_n_threads():
    lines = STATUS.read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("Threads:")))


@pytest.mark.slow
@pytest.mark.skipif(not STATUS.exists(), reason="threads are counted in Linux' /proc")
def test_tensorflow_starts_as_many_threads():
    # one worker may answer twice, and starts none the second time; workers of other tests, which
    # joblib would use again, were given other numbers
    few, many = (max(ask_workers(count_threads, n)) for n in (3, 7))
    assert many - few == 4
