"""Speed of reading a folder of photos and cropping their cells, beside a loop of Pillow."""

import tempfile
import time
from itertools import product
from pathlib import Path

import numpy as np
from speed_trial import read_peak_memory

TITLE = "Loading and cropping a folder"
ABOUT = """
JPEG files of 640x480 pixels. The loop opens each with Pillow, converts it to RGB, resizes it to
60x80 and stacks the arrays, in one thread; skwbc reads in a thread for each core. The loop finds no
cells, so cropping has nothing to be compared with but that. The peak of memory is that of the whole
trial, which draws the photos first.
"""
REFERENCE, LOOP = "skwbc", "Pillow, by hand"
N_REPEATS = 3
CROPPED = "skwbc, cropped to the cell"
ARMS = [REFERENCE, LOOP, CROPPED]
N_PHOTOS = 300
CASES = {f"{N_PHOTOS} photos": N_PHOTOS}
TRIALS = [*product(CASES, ARMS)]
HEIGHT, WIDTH = 480, 640
SMALL, CROP = (60, 80, 3), (64, 64, 3)


def run(case, arm):
    """Write the photos, and read them; give "images a second" and the peak."""
    with tempfile.TemporaryDirectory() as folder:
        write_photos(Path(folder, "all"), CASES[case])
        write_photos(Path(folder, "few"), 2)
        read = {REFERENCE: load, LOOP: load_by_hand, CROPPED: load_and_crop}[arm]
        read(Path(folder, "few"))  # what is slow to import is imported now
        start = time.perf_counter()
        read(Path(folder, "all"))
        seconds = time.perf_counter() - start
    return {"images a second": CASES[case] / seconds, "peak memory (MB)": read_peak_memory()}


def write_photos(folder, n_photos):
    """Draw a dozen photos and write each many times."""
    from PIL import Image

    from skwbc.datasets import make_blood_cells

    photos = make_blood_cells(12, image_shape=(HEIGHT, WIDTH, 3), random_state=0).images
    for name in ("one", "other"):
        (folder / name).mkdir(parents=True)
    for i in range(n_photos):
        name = ("one", "other")[i % 2]
        Image.fromarray(photos[i % len(photos)]).save(folder / name / f"{i:04d}.jpg", quality=90)


def load(folder):
    """Read the photos small."""
    from skwbc.datasets import load_image_folder

    return load_image_folder(folder, image_shape=SMALL).images


def load_by_hand(folder):
    """Read the photos small, as one would write it."""
    from PIL import Image

    images = []
    for path in sorted(Path(folder).rglob("*.jpg")):
        with Image.open(path) as photo:
            images.append(np.asarray(photo.convert("RGB").resize((SMALL[1], SMALL[0]))))
    return np.stack(images)


def load_and_crop(folder):
    """Read the photos, and cut each to its cell."""
    from skwbc import CellCropper
    from skwbc.datasets import load_image_folder

    photos = load_image_folder(folder, image_shape=(HEIGHT, WIDTH, 3)).images
    return CellCropper(CROP[:2]).fit_transform(photos)
