"""Over-sample, classify and honestly evaluate small, imbalanced sets of cell images.

Public names are loaded when they are first used, so that importing the package imports
neither TensorFlow nor scikit-learn.
"""

import importlib

__version__ = "0.1.0.dev0"

_HOME = {
    "AblationStudy": "_ablation",
    "AugmentationOverSampler": "_augmentation",
    "CNNClassifier": "_cnn_classifier",
    "CNNRNNClassifier": "_cnn_rnn_classifier",
    "CellCropper": "_cell_cropper",
    "CompactCNNClassifier": "_compact_cnn_classifier",
    "GANOverSampler": "_gan_over_sampler",
    "Pipeline": "pipeline",
    "StainNormalizer": "_stain_normalizer",
    "VanillaGANOverSampler": "_vanilla_gan_over_sampler",
    "ablation_arms": "_ablation",
    "ablation_pipelines": "_ablation",
    "compare_protocols": "_ablation_protocols",
    "load": "_files",
    "make_pipeline": "pipeline",
    "save": "_files",
}
_MODULES = ("datasets", "displays", "metrics", "pipeline")

__all__ = sorted([*_HOME, "datasets", "displays", "metrics"])


def __getattr__(name):
    if name in _HOME:
        return getattr(importlib.import_module(f"skwbc.{_HOME[name]}"), name)
    if name in _MODULES:
        return importlib.import_module(f"skwbc.{name}")
    raise AttributeError(f"module 'skwbc' has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *__all__])
