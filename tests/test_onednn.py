"""oneDNN is used on any x86 processor, unless the user has chosen."""

import os
import subprocess
import sys

import pytest

from skwbc._onednn import SWITCH, use_onednn

SET = f"import os, skwbc; print(os.environ[{SWITCH!r}] == '1')"
USED = """
import skwbc
from tensorflow.python.util import _pywrap_util_port

print(_pywrap_util_port.IsMklEnabled())
"""
measured = pytest.mark.skipif(
    sys.platform != "linux" or os.uname().machine != "x86_64",
    reason="measured, and set, on Linux and x86 only",
)


@measured
@pytest.mark.parametrize("script", [SET, pytest.param(USED, marks=pytest.mark.slow)])
@pytest.mark.parametrize(("chosen", "expected"), [(None, "True"), ("0", "False")])
def test_it_is_used_unless_the_user_has_chosen(chosen, expected, script):
    environment = {name: value for name, value in os.environ.items() if name != SWITCH}
    if chosen is not None:
        environment[SWITCH] = chosen
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == expected


def test_other_systems_are_left_alone(monkeypatch):
    monkeypatch.delenv(SWITCH, raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    use_onednn()
    assert SWITCH not in os.environ


@measured
def test_other_architectures_are_left_alone(monkeypatch):
    class Machine:
        machine = "aarch64"

    monkeypatch.delenv(SWITCH, raising=False)
    monkeypatch.setattr(os, "uname", Machine)
    use_onednn()
    assert SWITCH not in os.environ
