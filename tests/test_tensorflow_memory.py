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


@pytest.mark.skipif(sys.platform != "linux", reason="measured, and set, on Linux only")
@pytest.mark.parametrize(("chosen", "expected"), [(None, "kept"), ("0", "given back")])
def test_freed_memory_is_kept_unless_the_user_has_chosen(chosen, expected):
    environment = {name: value for name, value in os.environ.items() if name != KEPT}
    if chosen is not None:
        environment[KEPT] = chosen
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[0] == expected


def test_other_systems_are_left_alone(monkeypatch):
    monkeypatch.delenv(KEPT, raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    keep_freed_memory()
    assert KEPT not in os.environ
