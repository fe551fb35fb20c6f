"""What the trials of the speed suites share."""

import os
import resource
import time
from pathlib import Path

PEERS_FOLDER = Path(__file__).parent / "peers"
MEGABYTE = 1024  # kilobytes


def read_peak_memory():
    """Read the most memory that this process had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE


def allocate_as_usual():
    """Let TensorFlow allocate as it does without skwbc, which chose as it was imported."""
    from skwbc._tensorflow_memory import KEPT

    os.environ[KEPT] = "0"


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
