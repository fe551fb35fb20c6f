"""Find the cells of BCCD, and the nuclei of another laboratory's photos; write docs/cell_finder.md.

python benchmarks/cell_finder.py ../shared/data
"""

import argparse
import time
import warnings
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from PIL import Image
from scipy import ndimage
from skimage.color import rgb2hed
from skimage.filters import threshold_otsu
from trial_rows import describe_run

from skwbc import CellCropper
from skwbc._cell_cropper import BOX
from skwbc._cell_locator import find_nuclei
from skwbc.datasets import fetch_bccd
from skwbc.displays import BoxDisplay

DOCS = Path(__file__).parent.parent / "docs"
PHOTO = (480, 640, 3)
N_JOBS = 2
N_SHOWN = 12
LEAST_IOU = 0.5
LOW_DICE = 0.7
FIELD = 1.25  # diameter of a round field of view, in heights of the photo
PAGE = """\
# The cell finder

How {{class}}`~skwbc.CellCropper` does on the annotated photos of BCCD, and on the hand-drawn masks
of another laboratory (`ds1`: 300 images of single cells, another stain, yellow background). Nothing
is trained. The weights of the colours, the levels of grey, the width of cytoplasm around a nucleus
and what counts as a cell were chosen on BCCD, how far apart lobes may lie after a look at both:
expect somewhat less on photos of your own. This page is written by

```sh
python benchmarks/cell_finder.py ../shared/data
```

on {machine}. What the folder of the real images holds stands under
[contributing](contributing.md).

| what | `CellCropper` | plain way |
|---|---|---|
{rows}

The plain way is what one would write with scikit-image: `rgb2hed`, Otsu's threshold on
haematoxylin, the largest blob and its box, at full size, photo after photo. `CellCropper` ran in
{n_jobs} threads.

The {n_shown} photos of BCCD on which the box found (black) and the annotated one (white, broken)
agree least:

![Photos with two boxes each](results/cell_finder.png)
"""
NUCLEUS = 255  # in the masks of ds1


def main():
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path, help="folder that holds bccd and ds1")
    data = parser.parse_args().data
    warnings.simplefilter("ignore", UserWarning)  # of photos with several cells
    cells = fetch_bccd(source=data / "bccd", image_shape=PHOTO)
    n_boxes = count_boxes(data / "bccd", cells.filenames)
    one = n_boxes == 1
    photos, true = cells.images[one], cells.boxes[one]
    cropper = CellCropper(n_jobs=N_JOBS).fit(photos[:1])
    start = time.perf_counter()
    table = cropper.locate(photos)
    speed = len(photos) / (time.perf_counter() - start)
    found = table[BOX].to_numpy()
    overlap = measure_overlap(found, true)
    ours, plain = find_largest, find_plainly
    dice, plain_dice = (measure_nuclei(data / "ds1", find) for find in (ours, plain))
    plain_speed, plain_found = time_plain_way(photos)
    plain_overlap = measure_overlap(plain_found, true)
    worst = np.argsort(overlap)[:N_SHOWN]
    figure = Figure(figsize=(12, 7), layout="constrained")
    BoxDisplay(photos[worst], found[worst], true_boxes=true[worst]).plot(ax=figure.subplots())
    figure.savefig(DOCS / "results" / "cell_finder.png", dpi=70)
    seen, seen_boxes = look_through_eyepiece(photos, true)
    share = np.median((true[:, 2:] - true[:, :2]).prod(axis=1)) / (PHOTO[0] * PHOTO[1])
    several = cropper.locate(cells.images[n_boxes > 1])["n_cells"]
    facts = {
        "photos of BCCD with one annotated white cell": (f"{len(photos)}", ""),
        "part of a photo that the annotated box takes, median": (f"{share:.0%}", ""),
        "centre found within the annotated box": (
            f"{hits(found, true).mean():.1%}",
            f"{hits(plain_found, true).mean():.1%}",
        ),
        "the same of these photos in grey": (f"{hits(find_in_grey(photos), true).mean():.1%}", ""),
        f"the same of {len(seen)} photos in a round field of view, black around it": (
            f"{hits(cropper.locate(seen)[BOX].to_numpy(), seen_boxes).mean():.1%}",
            f"{hits(time_plain_way(seen)[1], seen_boxes).mean():.1%}",
        ),
        "intersection over union of the boxes, median": (
            f"{np.median(overlap):.2f}",
            f"{np.median(plain_overlap):.2f}",
        ),
        f"boxes with at least {LEAST_IOU}": (
            f"{np.mean(overlap >= LEAST_IOU):.1%}",
            f"{np.mean(plain_overlap >= LEAST_IOU):.1%}",
        ),
        "several cells found where one is annotated": (f"{(table['n_cells'] > 1).sum()}", ""),
        f"several found, of {len(several)} with two": (f"{(several > 1).sum()}", ""),
        "Dice of nuclei on `ds1`, mean": (f"{dice.mean():.2f}", f"{plain_dice.mean():.2f}"),
        "the same, median": (f"{np.median(dice):.2f}", f"{np.median(plain_dice):.2f}"),
        f"images of `ds1` below {LOW_DICE}": (
            f"{np.mean(dice < LOW_DICE):.1%}",
            f"{np.mean(plain_dice < LOW_DICE):.1%}",
        ),
        "photos of 640 x 480 a second": (f"{speed:.0f}", f"{plain_speed:.0f}"),
    }
    (DOCS / "cell_finder.md").write_text(format_page(facts), encoding="utf-8")
    print(*(f"{name}: {' | '.join(values)}" for name, values in facts.items()), sep="\n")


def count_boxes(folder, names):
    """Count the white cells in the annotation of each photo."""
    counts = []
    for name in names:
        path = folder / "BCCD" / "Annotations" / f"{Path(name).stem}.xml"
        counts.append(path.read_text(encoding="utf-8").count("<name>WBC</name>"))
    return np.array(counts)


def look_through_eyepiece(photos, boxes):
    """Blacken what lies outside a circle; give the photos whose box lies within, and the boxes."""
    height, width = PHOTO[:2]
    y, x = np.ogrid[:height, :width]
    outside = (y - height / 2) ** 2 + (x - width / 2) ** 2 > (FIELD * height / 2) ** 2
    corners = np.abs(boxes - np.tile([width / 2, height / 2], 2)).reshape(-1, 2, 2).max(axis=1)
    are_within = np.hypot(*corners.T) < FIELD * height / 2
    seen = photos[are_within].copy()
    seen[:, outside] = 0
    return seen, boxes[are_within]


def find_in_grey(photos):
    """Give the boxes of photos without their colours, by the weights of ITU-R BT.601."""
    grey = np.stack([np.asarray(Image.fromarray(photo).convert("L")) for photo in photos])
    return CellCropper(n_jobs=N_JOBS).fit(grey[:1]).locate(grey)[BOX].to_numpy()


def hits(found, true):
    """Tell whether the centre of each box lies in the true one."""
    centres = (found[:, :2] + found[:, 2:]) / 2
    return ((centres >= true[:, :2]) & (centres <= true[:, 2:])).all(axis=1)


def measure_overlap(found, true):
    """Compute the intersection over union of each pair of boxes; 0 where none was found."""
    sides = np.minimum(found[:, 2:], true[:, 2:]) - np.maximum(found[:, :2], true[:, :2])
    common = sides.clip(min=0).prod(axis=1)
    areas = [(box[:, 2:] - box[:, :2]).prod(axis=1) for box in (found, true)]
    return np.nan_to_num(common / (sum(areas) - common))


def measure_nuclei(folder, find):
    """Compute the Dice coefficient of each nucleus of ds1."""
    dice = []
    for path in sorted(folder.glob("images/*/*.png")):
        true = np.asarray(Image.open(folder / "masks" / path.name)) == NUCLEUS
        found = find(np.asarray(Image.open(path).convert("RGB")))
        dice.append(2 * (found & true).sum() / max(1, found.sum() + true.sum()))
    return np.array(dice)


def find_largest(image):
    """Find the nucleus with most stain."""
    return next(iter(find_nuclei(image)), np.zeros(image.shape[:2], dtype=bool))


def find_plainly(image):
    """Find what one would with scikit-image: haematoxylin, Otsu, the largest blob."""
    stain = rgb2hed(image)[..., 0]
    blobs, _ = ndimage.label(stain > threshold_otsu(stain))
    return blobs == 1 + np.argmax(np.bincount(blobs.ravel())[1:])


def time_plain_way(photos):
    """Box the largest blob of each photo; give photos a second, and the boxes."""
    start = time.perf_counter()
    boxes = []
    for photo in photos:
        rows, columns = ndimage.find_objects(find_plainly(photo).astype(int))[0]
        boxes.append((columns.start, rows.start, columns.stop, rows.stop))
    return len(photos) / (time.perf_counter() - start), np.array(boxes, dtype=float)


def format_page(facts):
    """Write the page in Markdown."""
    rows = [f"| {name} | {' | '.join(values)} |" for name, values in facts.items()]
    return PAGE.format(
        machine=describe_run()["machine"],
        rows="\n".join(rows),
        n_jobs=N_JOBS,
        n_shown=N_SHOWN,
    )


if __name__ == "__main__":
    main()
