"""In a worker process, TensorFlow takes as many threads as the worker was given."""

import os
from multiprocessing import current_process

GIVEN = "OMP_NUM_THREADS"  # joblib and dask set it in their workers
TAKEN = "TF_NUM_INTRAOP_THREADS"  # TensorFlow reads it when its devices start


def follow_limit_of_worker():
    """Hand the limit of threads of a worker process on to TensorFlow.

    joblib and dask divide the cores among their workers by the variable that OpenMP reads.
    TensorFlow doesn't read it, and would start a thread for each core in every worker. What the
    user has set for TensorFlow stays, and so does everything in a process that nobody started as
    a worker.
    """
    # the name is there earlier than the parent, while a worker still imports the script of its user
    is_worker = current_process().name != "MainProcess"
    n_threads = os.environ.get(GIVEN, "").partition(",")[0]  # of a list, that of the outer level
    if is_worker and n_threads.isdecimal() and int(n_threads) > 0:
        os.environ.setdefault(TAKEN, n_threads)
