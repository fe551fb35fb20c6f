"""A worker process ends when nobody is left who waits for what it does."""

import functools
import os
import threading
from multiprocessing import current_process

PERIOD = 1.0  # seconds
LOKY = "LokyProcess"  # as joblib calls its workers


def end_with_parent():
    """Watch, in a worker of joblib, that the process that started it lives, and end when it dies.

    A worker sees that its parent was killed only when it asks for its next task, and until then
    trains beside whoever began the work anew. Does nothing in other processes, or on Windows, where
    a process keeps the number of its parent.
    """
    if current_process().name.startswith(LOKY):
        _watch_parent()


@functools.cache
def _watch_parent():
    parent = os.getppid()
    threading.Thread(target=_end_after, args=(parent,), name="parent", daemon=True).start()


def _end_after(parent):
    never = threading.Event()
    while os.getppid() == parent:
        never.wait(PERIOD)
    os._exit(1)  # what is on disk is whole, and nobody asks for the rest
