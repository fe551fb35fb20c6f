"""Folders of small images of one colour."""

from PIL import Image

RED, GREEN = (255, 0, 0), (0, 255, 0)


def write_image(path, colour=RED, size=(8, 6), mode="RGB", **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path, **options)
