"""Images to work with: the public BCCD set, a folder of your own, and drawn blood cells."""

from skwbc.datasets._bccd import fetch_bccd
from skwbc.datasets._blood_cells import make_blood_cells
from skwbc.datasets._image_folder import load_image_folder

__all__ = ["fetch_bccd", "load_image_folder", "make_blood_cells"]
