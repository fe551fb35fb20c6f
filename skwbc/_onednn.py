"""TensorFlow computes with oneDNN wherever that is faster."""

import os
import sys

SWITCH = "TF_ENABLE_ONEDNN_OPTS"  # TensorFlow reads it when it is loaded


def use_onednn():
    """Let TensorFlow use oneDNN on any x86 processor with Linux, where the user has not chosen.

    By itself it does so only on processors that have instructions for neural networks. On others
    oneDNN is faster, too, and asks the system for much less memory in each step
    (``benchmarks/speed_onednn.py`` measures both). Other systems and architectures were not
    measured, and are left alone.
    """
    if sys.platform == "linux" and os.uname().machine == "x86_64":
        os.environ.setdefault(SWITCH, "1")
