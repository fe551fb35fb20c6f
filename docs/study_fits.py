"""Keep the finished fits of a long study in one small file, and go on with it elsewhere.

A study of many hours can be done a repeat at a time: those that are done are found again.

skwbc ablation --data bccd --repeats 1 --out study
python docs/study_fits.py keep study docs/results/honest_fits.tar.xz

python docs/study_fits.py restore docs/results/honest_fits.tar.xz study
skwbc ablation --data bccd --repeats 2 --out study

Synthetic images are kept of the first split alone, which is the one that a report shows. Fits that
share a sampler hold the same ones, which the archive, packed as a whole, has once. The code
of the package is no part of the name of a fit: restore only what the same code did.
"""

import argparse
import lzma
import tarfile
import tempfile
from pathlib import Path

from skwbc._ablation_fit import Evaluation
from skwbc._ablation_store import FITS, ORIGIN, read_evaluation, write_evaluation
from skwbc._replace_file import replace_file

FIRST = ["0", "0"]  # repeat and fold


def main(argv=None):
    """Keep or restore, and say how many fits."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    keep = commands.add_parser("keep", help="copy the fits of a study into a file")
    keep.add_argument("folder", type=Path, help="of the study")
    keep.add_argument("file", type=Path, help="written anew")
    restore = commands.add_parser("restore", help="copy the fits of a file into a study")
    restore.add_argument("file", type=Path, help="that `keep` wrote")
    restore.add_argument("folder", type=Path, help="of the study; a fit that it has is kept")
    arguments = parser.parse_args(argv)
    act = {"keep": keep_fits, "restore": restore_fits}[arguments.command]
    try:
        n_fits = act(arguments.folder, arguments.file)
    except (OSError, ValueError, EOFError, lzma.LZMAError, tarfile.TarError) as error:
        parser.error(str(error))
    print(f"{n_fits} fits")


def keep_fits(folder, file):
    """Copy the fits in the folder of a study into a file, whole or not at all; count them."""
    fits = sorted((folder / FITS).glob("*.npz"))
    if not fits:
        raise ValueError(f"expected the folder of a study with finished fits, received {folder}")
    with (
        replace_file(file) as part,
        tarfile.open(part, "w:xz") as kept,
        tempfile.TemporaryDirectory() as temporary,
    ):
        kept.add(folder / FITS / ORIGIN, ORIGIN)
        for fit in fits:
            evaluation = read_evaluation(fit)
            if fit.stem.split("-")[-3:-1] != FIRST:
                evaluation.examples = Evaluation().examples
                evaluation.example_codes = Evaluation().example_codes
            small = Path(temporary, fit.name)
            write_evaluation(small, evaluation)
            kept.add(small, fit.name)
    return len(fits)


def restore_fits(folder, file):
    """Copy the fits of a file into the folder of a study that lacks them; count them."""
    fits = folder / FITS
    with tarfile.open(file, "r:xz") as kept:
        missing = [name for name in kept.getnames() if not (fits / name).exists()]
        for name in missing:
            with replace_file(fits / name) as part:
                part.write_bytes(kept.extractfile(name).read())
    return sum(name != ORIGIN for name in missing)


if __name__ == "__main__":
    main()
