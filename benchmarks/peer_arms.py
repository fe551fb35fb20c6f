"""Public packages that make images of small classes, each in an environment of its own."""

import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import NamedTuple

from peers.exchange import read_made, write_task

HERE = Path(__file__).parent
ENVIRONMENTS = HERE / "peers" / "environments"


class Peer(NamedTuple):
    """A package, and how it is run.

    Attributes
    ----------
    script : str
        Name of a file in peers/.
    packages : tuple of str
        What to install.
    timed : bool
        Whether it trains for as many seconds as it is given.
    """

    script: str
    packages: tuple
    timed: bool


PEERS = {
    "smote-variants": Peer("smote_variants_peer", ("smote-variants==1.0.1",), timed=False),
    "GANexLib": Peer("ganexlib_peer", ("GANexLib==0.1.0",), timed=True),
    # PyTorch is named first, so that its build for CPUs is taken
    "CTGAN, components": Peer("ctgan_peer", ("torch==2.13.0", "ctgan==0.12.1"), timed=True),
    # the newest opacus that it lets in can't be imported beside the PyTorch that it asks for
    "synthcity image_cgan": Peer(
        "synthcity_peer", ("synthcity==0.2.12", "opacus==1.4.1"), timed=True
    ),
}


def install_peer(peer):
    """Make the environment of a peer, unless it is there; give its Python."""
    folder = ENVIRONMENTS / peer.script
    python, complete = folder / "bin" / "python", folder / "complete"
    if not complete.exists():
        venv.create(folder, clear=True, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *peer.packages], check=True)
        complete.touch()
    return python


def run_peer(task, peer):
    """Have a peer make what a task needs; give the rows and their classes."""
    with tempfile.TemporaryDirectory() as folder:
        there, back = Path(folder, "task.npz"), Path(folder, "made.npz")
        write_task(there, task)
        command = [install_peer(peer), HERE / "peers" / f"{peer.script}.py", there, back]
        subprocess.run(command, check=True, stdout=sys.stderr)
        return read_made(back)
