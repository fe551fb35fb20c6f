"""A damaged file loads, or is refused by a ValueError; benchmarks/fuzz_files.py tries many more."""

import importlib
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from noise_images import make_images
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression

import skwbc

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
ESTIMATORS = [
    skwbc.CellCropper((4, 4)),
    skwbc.CNNClassifier(filters=(2,), dense_units=2, epochs=1, random_state=0),
    skwbc.make_pipeline(PCA(2), LogisticRegression()),
]


@pytest.fixture(scope="module")
def damaged_files():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        yield importlib.import_module("damaged_files")
    del sys.modules["damaged_files"]


@pytest.fixture(scope="module")
def whole_files(tmp_path_factory):
    path = tmp_path_factory.mktemp("files") / "a.skwbc"
    X, y = make_images()
    whole = []
    for estimator in ESTIMATORS:
        rows = X.reshape(len(X), -1) if hasattr(estimator, "steps") else X
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # noise shows no cells
            skwbc.save(estimator.fit(rows, y), path)
        whole.append(path.read_bytes())
    return whole


@pytest.mark.filterwarnings("ignore:.* was written with:UserWarning")  # versions are damaged, too
@given(kind=st.integers(0, 8), file=st.integers(0, 2), seed=st.integers(0, 2**32 - 1))
@settings(
    max_examples=200,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_a_damaged_file_loads_or_is_refused(kind, file, seed, damaged_files, whole_files, tmp_path):
    damage = damaged_files.KINDS[kind]
    path = tmp_path / "damaged.skwbc"
    path.write_bytes(damage(whole_files[file], np.random.default_rng(seed)))
    try:
        loaded = skwbc.load(path)
    except ValueError as error:
        assert str(error).startswith("Can't load")  # noqa: PT017 - loading is as good
    else:
        assert hasattr(loaded, "get_params")


def test_every_kind_of_damage_is_tried(damaged_files):
    assert len(damaged_files.KINDS) == 9
