"""Memory: of a fit beside its images, of many fits in one process, and of a folder of images."""

import statistics
import tempfile
from pathlib import Path

import fit_leak
import fit_memory
import large_folder
from peak_memory import ask_child

HERE = Path(__file__).parent
TITLE = "Memory"
N_IMAGES, N_GAN_IMAGES, N_FITS, N_FILES = 40_000, 20_000, 50, 50_000
N_PEAKS = 3  # the C library keeps some memory for each thread, now more, now less
ABOUT = f"""
Of work on {N_IMAGES:,} images of bytes, 64x64, of random patches ({N_GAN_IMAGES:,} for the GAN): by
how much the peak is above that of {fit_memory.FEW:,} images, as a multiple of the bytes that there
are more, the median of {N_PEAKS} comparisons. 1 means that the memory is that of the images alone,
of an over-sampler with those that it returns. They are held all the time, so that a value below 1
is an error of the measure. Other work ran beside these trials, which took the longer for it. Of
{N_FITS} fits in one process: what the process grows by with each, behind the fifth. "Keras alone"
is the network of `CNNClassifier`, fitted without skwbc. Of a folder: an epoch of
`CompactCNNClassifier` on {N_FILES:,} files with `lazy=True`, which as an array would take
{N_FILES * 64 * 64 * 3 / 2**20:,.0f} MB, and on {large_folder.FEW}.
"""
REFERENCE = None
N_REPEATS = 1
PEAK, GROWTH, FOLDER = "peak above few images", f"{N_FITS} fits in one process", "folder of files"
TRIALS = [
    *((PEAK, work) for work in fit_memory.WORKS),
    *((GROWTH, work) for work in fit_leak.WORKS),
    *((FOLDER, f"{n:,}") for n in (large_folder.FEW, N_FILES)),
]


def run(case, arm):
    """Give "memory by that of the images", "MB a fit", or seconds and the peak."""
    if case == PEAK:
        n_images = N_GAN_IMAGES if "GAN" in arm else N_IMAGES
        ratios = [fit_memory.compare(arm, n_images)["ratio"] for _ in range(N_PEAKS)]
        return {"memory by that of the images": statistics.median(ratios)}
    if case == GROWTH:
        task = {"n_fits": N_FITS, "collect": False, "trim": False}
        memory = ask_child(HERE / "fit_leak.py", work=arm, **task)
        return {"MB a fit": fit_leak.find_slope(memory)}
    with tempfile.TemporaryDirectory() as folder:
        large_folder.write_images(Path(folder), int(arm.replace(",", "")), "png")
        found = ask_child(HERE / "large_folder.py", folder=folder, epochs=1)
    return {"seconds": found["fit_seconds"], "peak memory (MB)": found["peak"]}
