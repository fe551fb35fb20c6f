"""The classes that a file may name. Nothing is imported because a file says so."""

import importlib

# By the public place of each, so that files outlive changes of ours.
ESTIMATORS = frozenset(
    {
        "skwbc:AugmentationOverSampler",
        "skwbc:CNNClassifier",
        "skwbc:CNNRNNClassifier",
        "skwbc:CellCropper",
        "skwbc:CompactCNNClassifier",
        "skwbc:GANOverSampler",
        "skwbc:Pipeline",
        "skwbc:StainNormalizer",
        "skwbc:VanillaGANOverSampler",
        "skwbc._pixel_smote:PixelSMOTE",
        "skwbc.metrics:CellFeatures",
        "skwbc.metrics:ClassifierFeatures",
        "skwbc.metrics:PixelFeatures",
        "imblearn.over_sampling:RandomOverSampler",
        "imblearn.pipeline:Pipeline",
        "imblearn.under_sampling:RandomUnderSampler",
        "sklearn.decomposition:PCA",
        "sklearn.feature_selection:VarianceThreshold",
        "sklearn.linear_model:LogisticRegression",
        "sklearn.pipeline:Pipeline",
        "sklearn.preprocessing:LabelEncoder",
        "sklearn.preprocessing:MaxAbsScaler",
        "sklearn.preprocessing:MinMaxScaler",
        "sklearn.preprocessing:RobustScaler",
        "sklearn.preprocessing:StandardScaler",
    }
)

# What estimators hold, with all attributes.
PARTS = {
    "skwbc._images:PixelRange": {"low", "high", "bounded"},
    "skwbc._network_state:Training": {"network", "values"},
    "skwbc._synthetic_sources:SyntheticSources": {
        *("image_shape", "pixel_range", "dtype", "generator", "gan_classes"),
        *("decoder", "latents", "originals", "chosen"),
    },
}

REQUESTS = "_metadata_request"  # set for a fit to come; not kept

# What must be empty, and how it gets so: functions of the user's, and a folder of pickles.
LEFT_BEHIND = {
    "callbacks": "set_params(callbacks=None)",
    "_skl_callbacks": "set_callbacks()",
    "memory": "set_params(memory=None)",
}


def name_class(cls, names):
    """Find the name of a class in a table; None if it is not there.

    Examples
    --------
    >>> from sklearn.decomposition import PCA, FastICA
    >>> name_class(PCA, ESTIMATORS)
    'sklearn.decomposition:PCA'
    >>> name_class(FastICA, ESTIMATORS) is None
    True
    """
    alike = (name for name in names if name.partition(":")[2] == cls.__name__)
    return next((name for name in alike if find_class(name, names) is cls), None)


def find_class(name, names):
    """Import the class of a name in a table.

    Raises
    ------
    ValueError
        If the table does not have it.
    """
    if name not in names:
        raise ValueError(f"Expected a class that a file may hold, received {name!r}.")
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute)


def is_empty(value):
    """Tell whether a value is None or an empty list, as what is left behind must be."""
    return value is None or (isinstance(value, list) and not value)
