"""Images to work with: the public BCCD set, a folder of your own, and drawn blood cells."""

from skwbc.datasets._bccd import fetch_bccd
from skwbc.datasets._blood_cells import make_blood_cells
from skwbc.datasets._image_folder import load_image_folder
from skwbc.datasets._unlabelled_images import load_images

__all__ = ["fetch_bccd", "load_image_folder", "load_images", "make_blood_cells"]
