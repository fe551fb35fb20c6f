"""What the trials of the speed suites share."""

import os
import resource
import time
from pathlib import Path

from skwbc._onednn import SWITCH  # before TensorFlow is loaded, which then knows of the choice

PEERS_FOLDER = Path(__file__).parent / "peers"
MEGABYTE = 1024  # kilobytes


def read_peak_memory():
    """Read the most memory that this process had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE


def choose_as_usual():
    """Let TensorFlow choose to use oneDNN or not as it does without skwbc; before it is loaded."""
    os.environ.pop(SWITCH, None)


def time_epochs():
    """Give a callback of Keras that notes in `ends` when each epoch ends."""
    import keras

    class Clock(keras.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.ends = []

        def on_epoch_end(self, epoch, logs=None):
            self.ends.append(time.perf_counter())

    return Clock()
