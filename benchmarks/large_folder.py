"""Train from a folder of many images, and measure the memory; print what it took.

python benchmarks/large_folder.py

It writes 50,000 images of 64 x 64 pixels, drawn cells with noise, to a temporary folder, and trains
`CompactCNNClassifier` for an epoch from the folder, `lazy=True`, in a process of its own; then the
same with 500 images. The difference of the two peaks is what the set takes.
"""

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from peak_memory import MEGABYTE, ask_child, read_status
from PIL import Image

SHAPE = (64, 64, 3)
FEW = 500
N_DRAWN = 200  # cells that all images are made of
NOISE = 8  # levels up or down


def main():
    """Write both folders, train from each, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--n-images", type=int, default=50_000, help="default 50000")
    parser.add_argument("--epochs", type=int, default=1, help="default 1")
    parser.add_argument("--format", choices=["png", "jpg"], default="png")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        return print(json.dumps(train(**json.loads(arguments.child))))
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for n_images in (FEW, arguments.n_images):
            part = Path(folder) / str(n_images)
            start = time.perf_counter()
            of_files = write_images(part, n_images, arguments.format)
            print(
                f"{n_images} {arguments.format} files: {of_files / MEGABYTE:.0f} MB, as an array "
                f"{n_images * np.prod(SHAPE) / MEGABYTE:.0f} MB; written in "
                f"{time.perf_counter() - start:.0f} s",
                flush=True,
            )
            found.append(ask_child(__file__, folder=str(part), epochs=arguments.epochs))
            print(
                f"  opened in {found[-1]['open_seconds']:.1f} s, trained in "
                f"{found[-1]['fit_seconds']:.0f} s ({found[-1]['steps']} steps an epoch), peak "
                f"{found[-1]['peak']:.0f} MB",
                flush=True,
            )
    few, many = found
    print(f"peak above that of {FEW} images: {many['peak'] - few['peak']:.0f} MB")


def write_images(folder, n_images, suffix):
    """Write drawn cells with noise, a folder for each class; give the bytes of all files."""
    from skwbc.datasets import make_blood_cells

    cells = make_blood_cells(N_DRAWN, image_shape=SHAPE, random_state=0)
    rng, n_bytes = np.random.default_rng(0), 0
    for name in cells.target_names:
        (folder / name).mkdir(parents=True)
    for i in range(n_images):
        noise = rng.integers(-NOISE, NOISE + 1, SHAPE, dtype=np.int16)
        pixels = np.clip(cells.images[i % N_DRAWN] + noise, 0, 255).astype(np.uint8)
        path = folder / cells.target_names[cells.target[i % N_DRAWN]] / f"{i:06}.{suffix}"
        Image.fromarray(pixels).save(path, compress_level=1)
        n_bytes += path.stat().st_size
    return n_bytes


def train(folder, epochs):
    """Train from a folder, and give seconds and the peak of this process in MB."""
    from skwbc import CompactCNNClassifier
    from skwbc.datasets import load_image_folder

    start = time.perf_counter()
    cells = load_image_folder(folder, image_shape=SHAPE, lazy=True)
    opened = time.perf_counter()
    classifier = CompactCNNClassifier(epochs=epochs, tta=False, random_state=0)
    classifier.fit(cells.images, cells.target)
    return {
        "open_seconds": opened - start,
        "fit_seconds": time.perf_counter() - opened,
        "steps": round(len(cells.images) * (1 - classifier.validation_fraction) / 32),
        "peak": read_status("VmHWM"),
    }


if __name__ == "__main__":
    main()
