"""Which arithmetic a network uses on this machine."""

import functools
from pathlib import Path

CPU_INFO = Path("/proc/cpuinfo")
_BFLOAT16_FLAGS = {"avx512_bf16", "amx_bf16", "bf16"}  # x86 and, last, ARM


def resolve_dtype(dtype):
    """Turn "auto" into a Keras dtype policy.

    Parameters
    ----------
    dtype : {"auto", "float32", "float64", "mixed_bfloat16"}
        "auto" is "mixed_bfloat16" on a processor that multiplies bfloat16 in hardware, where
        convolutions train faster, and "float32" elsewhere.

    Returns
    -------
    str
        Name of the policy.
    """
    if dtype != "auto":
        return dtype
    return "mixed_bfloat16" if _processor_has_bfloat16() else "float32"


@functools.cache
def _processor_has_bfloat16():
    try:
        text = CPU_INFO.read_text()
    except OSError:  # not Linux: no cheap and certain way to know
        return False
    flags = (line for line in text.splitlines() if line.startswith(("flags", "Features")))
    return not _BFLOAT16_FLAGS.isdisjoint(next(flags, "").split())
