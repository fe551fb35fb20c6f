"""The environment of the tests, and images small enough to train on in a second."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("SCIPY_ARRAY_API", "1")
if n_workers := os.environ.get("PYTEST_XDIST_WORKER_COUNT"):  # they share the cores
    n_threads = max((os.cpu_count() or 1) // int(n_workers), 1)
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", str(n_threads))

import numpy as np
import pytest
from fake_study import FakeStudy
from hypothesis import settings
from noise_images import make_images
from PIL import Image

# the same examples in each run, or, by --hypothesis-profile=others, other ones
settings.register_profile("tests", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("others", deadline=None, print_blob=True)
settings.load_profile("tests")


def pytest_collection_modifyitems(items):
    """Begin with the longest tests, so that no worker waits for one at the end."""
    longest = ("test_on_two_devices", "test_whole_run_writes_the_report_and_no_chatter")
    items.sort(key=lambda item: item.name not in longest)


@pytest.fixture(scope="module")
def untraced():
    """Let Keras take its steps eagerly: of tiny networks, tracing takes most of a fit.

    Module by module, so that fits that are compared were done alike. The modules without it train
    as users do, and so does a test with `traced`.
    """
    import keras

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keras.Model, "run_eagerly", property(lambda _: True, lambda *_: None))
        yield


@pytest.fixture
def traced(untraced, monkeypatch):
    """Trace steps, in a module that is untraced otherwise."""
    import keras

    monkeypatch.delattr(keras.Model, "run_eagerly")


@pytest.fixture
def unrendered(monkeypatch):
    """Save each figure as a single pixel, where a report is read for its texts and tables."""

    def save_pixel(figure, file, **settings):
        Image.new("L", (1, 1)).save(file, format="png")

    monkeypatch.setattr("matplotlib.figure.Figure.savefig", save_pixel)


@pytest.fixture
def images():
    """24 images of 8x8x3, uint8, two classes in turn: (images, target)."""
    return make_images()


@pytest.fixture
def unbalanced():
    """30 images of 8x8x3, uint8, of classes "a" (18), "b" (8) and "c" (4): (images, target)."""
    X, _ = make_images(30)
    return X, np.repeat(["a", "b", "c"], [18, 8, 4])


@pytest.fixture
def make_study(monkeypatch):
    """Replace the study by the fake one; calling it gives the one that was made."""
    from skwbc import _cli_study, _quiet_tensorflow

    monkeypatch.setattr(FakeStudy, "made", [])
    monkeypatch.setattr(FakeStudy, "checked", [])
    monkeypatch.setattr(_cli_study, "CommandStudy", FakeStudy)
    monkeypatch.setattr(_quiet_tensorflow, "start_tensorflow", lambda: None)
    return lambda: FakeStudy.made[0]


@pytest.fixture
def cell_folder(tmp_path):
    """Two classes of four images."""
    rng = np.random.default_rng(0)
    for label in ("round", "long"):
        (tmp_path / "cells" / label).mkdir(parents=True)
        for i in range(4):
            pixels = rng.integers(0, 256, (8, 10, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "cells" / label / f"{i}.png")
    return tmp_path / "cells"
