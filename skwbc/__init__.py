"""Over-sample, classify and honestly evaluate small, imbalanced sets of cell images.

Public names are loaded when they are first used, so that importing the package imports
neither TensorFlow nor scikit-learn.
"""

import importlib
from typing import TYPE_CHECKING

from skwbc._onednn import use_onednn
from skwbc._worker_threads import follow_limit_of_worker

if TYPE_CHECKING:
    from skwbc import datasets as datasets
    from skwbc import displays as displays
    from skwbc import metrics as metrics
    from skwbc import pipeline as pipeline
    from skwbc._ablation import AblationStudy as AblationStudy
    from skwbc._ablation import ablation_arms as ablation_arms
    from skwbc._ablation import ablation_pipelines as ablation_pipelines
    from skwbc._ablation_protocols import compare_protocols as compare_protocols
    from skwbc._augmentation import AugmentationOverSampler as AugmentationOverSampler
    from skwbc._cell_cropper import CellCropper as CellCropper
    from skwbc._cnn_classifier import CNNClassifier as CNNClassifier
    from skwbc._cnn_rnn_classifier import CNNRNNClassifier as CNNRNNClassifier
    from skwbc._compact_cnn_classifier import CompactCNNClassifier as CompactCNNClassifier
    from skwbc._files import load as load
    from skwbc._files import save as save
    from skwbc._gan_over_sampler import GANOverSampler as GANOverSampler
    from skwbc._stain_normalizer import StainNormalizer as StainNormalizer
    from skwbc._vanilla_gan_over_sampler import VanillaGANOverSampler as VanillaGANOverSampler
    from skwbc.pipeline import Pipeline as Pipeline
    from skwbc.pipeline import make_pipeline as make_pipeline

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

# here, because it has to happen before any file of the package imports TensorFlow
follow_limit_of_worker()
use_onednn()


def __getattr__(name):
    if name in _HOME:
        return getattr(importlib.import_module(f"skwbc.{_HOME[name]}"), name)
    if name in _MODULES:
        return importlib.import_module(f"skwbc.{name}")
    raise AttributeError(f"module 'skwbc' has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *__all__])
