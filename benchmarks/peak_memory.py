"""The most memory that a process has had, and how to ask a child of this one for it."""

import json
import resource
import subprocess
import sys
from pathlib import Path

MEGABYTE = 2**20
STATUS = Path("/proc/self/status")


def read_status(name):
    """Read a figure of this process on Linux: "VmHWM" is its peak, "VmRSS" its memory now; in MB.

    `getrusage` would do for the peak elsewhere; on Linux it begins at that of the parent.
    """
    if not STATUS.exists():
        unit = MEGABYTE if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) / 1024


def ask_child(script, **task):
    """Run a script in a process of its own, with a task as JSON; give the JSON it prints last."""
    command = [sys.executable, script, "--child", json.dumps(task)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])
