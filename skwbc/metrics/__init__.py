"""Judge synthetic images of small sets, as functions of plain arrays.

Names are loaded when they are first used, so that importing the package loads little.
"""

import importlib

_HOME = {
    "CellFeatures": "_cell_features",
    "ClassifierFeatures": "_classifier_features",
    "PixelFeatures": "_pixel_features",
    "authenticity": "_memorisation",
    "density_coverage": "_coverage",
    "diversity": "_diversity",
    "frechet_distance": "_frechet_distance",
    "kernel_distance": "_kernel_distance",
    "kernel_distance_interval": "_kernel_distance",
    "near_copies": "_memorisation",
    "near_twins": "_diversity",
    "nearest_distances": "_nearest",
    "nearest_real_ratio": "_memorisation",
    "train_on_synthetic": "_train_on_synthetic",
}

__all__ = sorted(_HOME)


def __getattr__(name):
    if name in _HOME:
        return getattr(importlib.import_module(f"skwbc.metrics.{_HOME[name]}"), name)
    raise AttributeError(f"module 'skwbc.metrics' has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *__all__])
