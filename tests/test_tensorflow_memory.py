"""TensorFlow's allocator for the CPU: one that keeps what is freed, unless the user has chosen."""

import os
import subprocess
import sys

import pytest

from skwbc._tensorflow_memory import KEPT, keep_freed_memory

SCRIPT = """
import tensorflow as tf  # before skwbc: the allocator is chosen when the devices start
import skwbc

tf.zeros(1000)
try:
    tf.config.experimental.get_memory_info("CPU:0")
except ValueError:  # the default allocator counts nothing
    print("given back")
else:
    print("kept")
"""

TRAINING = """
import hashlib
from skwbc import CompactCNNClassifier
from skwbc.datasets import make_blood_cells

cells = make_blood_cells(40, image_shape=(32, 32, 3), random_state=0)
classifier = CompactCNNClassifier(epochs=2, random_state=0).fit(cells.images, cells.target)
print(hashlib.sha256(classifier.predict_proba(cells.images).tobytes()).hexdigest())
"""


def run_script(script, chosen):
    """Run a script in a process of its own; give the first line that it prints."""
    environment = {name: value for name, value in os.environ.items() if name != KEPT}
    if chosen is not None:
        environment[KEPT] = chosen
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.split("\n")[0]


@pytest.mark.skipif(sys.platform != "linux", reason="measured, and set, on Linux only")
@pytest.mark.parametrize(("chosen", "expected"), [(None, "kept"), ("0", "given back")])
def test_freed_memory_is_kept_unless_the_user_has_chosen(chosen, expected):
    assert run_script(SCRIPT, chosen) == expected


@pytest.mark.slow
def test_both_allocators_give_the_same_bits():
    assert run_script(TRAINING, "1") == run_script(TRAINING, "0") != ""


def test_other_systems_are_left_alone(monkeypatch):
    monkeypatch.delenv(KEPT, raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    keep_freed_memory()
    assert KEPT not in os.environ
