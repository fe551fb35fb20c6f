"""Photos of cells that a command of the command line is given in the tests."""

import numpy as np
from PIL import Image

from skwbc import cli

CLASSES = ("long", "round")


def run(*arguments):
    """Run a command; give its exit code."""
    return cli.main([str(argument) for argument in arguments])


def draw_photo(name, height, width):
    """Draw a violet nucleus upon a pale ground: a disc, or an ellipse."""
    rows, columns = np.ogrid[:height, :width]
    ratio = {"long": 3, "round": 1}[name]
    across, along = rows - height / 2, (columns - width / 2) / ratio
    inside = across**2 + along**2 < 400 / ratio
    return np.where(inside[..., None], [90, 40, 140], [225, 215, 220]).astype(np.uint8)


def write_photos(folder):
    """Write photos of several sizes, with a small cell each: 14 long ones and 20 round ones."""
    for i, c in enumerate([0, 1] * 14 + [1] * 6):
        path = folder / CLASSES[c] / f"{i:02d}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(draw_photo(CLASSES[c], 120 + 4 * (i % 16), 160)).save(path)
    return folder
