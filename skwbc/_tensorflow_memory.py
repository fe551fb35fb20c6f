"""TensorFlow keeps the memory that a step has freed, for the next step."""

import os
import sys

KEPT = "TF_CPU_ALLOCATOR_USE_BFC"  # TensorFlow reads it when its devices start


def keep_freed_memory():
    """Let TensorFlow allocate on the CPU as it does on a GPU, where the user has not chosen.

    By default each large tensor is asked of the system and given back to it, step by step, and the
    system clears every page of it again (``benchmarks/speed_allocator.py`` measures what that
    takes). TensorFlow's other allocator, "best fit with coalescing", gives nothing back before the
    process ends. Measured on Linux, and set only there.
    """
    if sys.platform == "linux":
        os.environ.setdefault(KEPT, "1")
