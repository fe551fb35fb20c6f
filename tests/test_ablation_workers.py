"""A study, and a grid search, in worker processes: of joblib, of dask, and of those that die."""

import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from composition_cases import make_case, make_cnn
from dummy_studies import (
    ARMS,
    GROUPS,
    N_FITS,
    CountingClassifier,
    Y,
    list_finished,
    make_images,
    make_study,
)
from joblib import parallel_config, register_parallel_backend
from joblib.parallel import ThreadingBackend
from sklearn.model_selection import GridSearchCV

from skwbc import AblationStudy, AugmentationOverSampler, make_pipeline
from skwbc._worker_threads import GIVEN, TAKEN

IMAGES = make_images(8)  # so large that joblib would send them ahead to the workers of dask
needs_kill = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no such signal")


class DeadlyClassifier(CountingClassifier):
    """Kills the process that it is in, once, as soon as three fits of the study are done."""

    def __init__(self, folder="", *, strategy="prior", random_state=None, constant=None):
        super().__init__(strategy=strategy, random_state=random_state, constant=constant)
        self.folder = folder

    def fit(self, X, y, sample_weight=None):
        if len(list_finished(Path(self.folder))) >= 3:
            try:
                (Path(self.folder) / "killed").touch(exist_ok=False)
            except FileExistsError:
                pass
            else:
                os.kill(os.getpid(), signal.SIGKILL)
        return super().fit(X, y)


class ListBackend(ThreadingBackend):
    """Gives all results at the end, as joblib's multiprocessing and ray do."""

    supports_return_generator = False


def make_deadly_study(folder):
    models = {"dummy": DeadlyClassifier(str(folder))}
    settings = {"cv": 2, "n_repeats": 2, "validation_size": 0.3, "folder": folder, "n_jobs": 2}
    return AblationStudy(models, ARMS, **settings)


@pytest.fixture(scope="module")
def expected():
    """Predictions of the study in one process."""
    return make_study().fit(IMAGES, Y, GROUPS).predictions_


def test_a_backend_that_gives_results_at_the_end(expected):
    register_parallel_backend("list", ListBackend)
    with parallel_config("list"):
        study = make_study(n_jobs=2).fit(IMAGES, Y, GROUPS)
    pd.testing.assert_frame_equal(study.predictions_, expected)


def test_repeats_end_in_their_order(capsys):
    with parallel_config("threading"):
        make_study(n_jobs=2, verbose=1).fit(IMAGES, Y, GROUPS)
    told = re.findall(r"of 16: (.+), dummy, repeat (\d), fold", capsys.readouterr().err)
    arms = ["copies", "common", "random", "copies, common"]  # of the last, copies is the sampler
    assert list(dict.fromkeys(told)) == [(arm, repeat) for repeat in "01" for arm in arms]


@needs_kill
@pytest.mark.filterwarnings("ignore:A worker stopped while some jobs were given:UserWarning")
def test_a_worker_of_joblib_that_is_killed_loses_no_finished_fit(tmp_path, expected):
    with pytest.raises(BrokenProcessPool, match="terminated"):
        make_deadly_study(tmp_path).fit(IMAGES, Y, GROUPS)
    before = {path: path.stat().st_mtime_ns for path in list_finished(tmp_path)}
    assert 3 <= len(before) < N_FITS
    again = make_deadly_study(tmp_path).fit(IMAGES, Y, GROUPS)
    pd.testing.assert_frame_equal(again.predictions_, expected)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert len(list_finished(tmp_path)) == N_FITS


def test_workers_end_with_a_study_that_is_killed(tmp_path):
    study = subprocess.Popen([sys.executable, "-c", ENDLESS_STUDY, tmp_path], cwd=tmp_path)
    try:
        workers = wait_for(lambda: [int(p.name) for p in tmp_path.glob("[0-9]*")], n_least=2)
    finally:
        study.kill()
        study.wait()
    wait_for(lambda: [pid for pid in workers if not is_alive(pid)], n_least=2)


ENDLESS_STUDY = """
import os, pathlib, sys, time
import numpy as np
from sklearn.dummy import DummyClassifier
from skwbc import AblationStudy

FOLDER = sys.argv[1]  # not there in a worker, but goes along

class EndlessClassifier(DummyClassifier):
    def fit(self, X, y, sample_weight=None):
        (pathlib.Path(FOLDER) / str(os.getpid())).touch()
        time.sleep(600)

X = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 1), dtype=np.uint8)
AblationStudy({"endless": EndlessClassifier()}, {"plain": {}}, cv=2, n_jobs=2).fit(X, [0, 1] * 20)
"""


def wait_for(find, n_least, seconds=180):
    """Ask again and again, until there are enough of what is looked for."""
    end = time.monotonic() + seconds
    while len(found := find()) < n_least:
        assert time.monotonic() < end
        time.sleep(0.1)
    return found


def is_alive(pid):
    """Tell whether a process runs; one that ended may still be listed, as Z."""
    if not Path("/proc/self/stat").exists():  # as on macOS
        asked = subprocess.run(
            ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True
        )
        return asked.stdout[:1] not in ("", "Z")
    try:
        state = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return not state.rpartition(") ")[2].startswith("Z")  # after its name, which may hold anything


@pytest.fixture(scope="module")
def dask(tmp_path_factory):
    """A cluster of two processes, for joblib's backend "dask"."""
    distributed = pytest.importorskip("distributed", reason="dask is not installed")
    with (
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address=":0",  # any free port: tests run side by side
            local_directory=str(tmp_path_factory.mktemp("dask")),
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.mark.slow
def test_a_worker_of_dask_hands_its_limit_on(dask):
    def read_limits():
        import skwbc  # noqa: F401 - hands it on

        return os.environ.get(GIVEN), os.environ.get(TAKEN)

    assert list(dask.run(read_limits).values()) == [("1", "1")] * 2


def remember(epoch, logs):
    """Do nothing, as a callback that has to travel."""


@pytest.mark.slow
def test_a_grid_search_in_dask_scores_as_in_one_process(dask):
    X, y = make_case("4-D", "str", 4)
    callback = keras.callbacks.LambdaCallback(on_epoch_end=remember)
    pipeline = make_pipeline(
        AugmentationOverSampler(random_state=0), make_cnn(callbacks=[callback])
    )
    grid = {"cnnclassifier__filters": [(2,), (4,)]}
    alone = GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(X, y)
    with parallel_config("dask"):
        search = GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(X, y)
    for fold in (0, 1):
        name = f"split{fold}_test_score"
        assert search.cv_results_[name].tolist() == alone.cv_results_[name].tolist()
    np.testing.assert_allclose(search.predict_proba(X), alone.predict_proba(X), atol=1e-6)


@pytest.mark.slow
def test_a_study_in_dask_is_that_of_one_process(dask, tmp_path, expected):
    with parallel_config("dask"):
        study = make_study(n_jobs=2, folder=tmp_path).fit(IMAGES, Y, GROUPS)
    pd.testing.assert_frame_equal(study.predictions_, expected)
    assert len(list_finished(tmp_path)) == N_FITS


@pytest.mark.slow
@needs_kill
def test_dask_does_the_fits_of_a_worker_that_is_killed_again(dask, tmp_path, expected):
    with parallel_config("dask"):
        study = make_deadly_study(tmp_path).fit(IMAGES, Y, GROUPS)
    assert (tmp_path / "killed").exists()
    pd.testing.assert_frame_equal(study.predictions_, expected)
    assert len(list_finished(tmp_path)) == N_FITS
