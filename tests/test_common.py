"""The contract of estimators: every check of scikit-learn and imbalanced-learn, none excused.

The networks are the real ones, only narrower. Where a check compares to 1e-7, arithmetic is
float64, without dropout and in full batches.
"""

from functools import partial
from unittest import SkipTest

import imblearn.utils.estimator_checks as imblearn_checks
import pytest
import sklearn.pipeline
import sklearn.utils.estimator_checks as sklearn_checks
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.preprocessing import StandardScaler
from tiny_samplers import TINY_GAN, TINY_VANILLA_GAN

import skwbc
import skwbc.metrics
from skwbc import (
    AblationStudy,
    AugmentationOverSampler,
    CellCropper,
    CNNClassifier,
    CNNRNNClassifier,
    CompactCNNClassifier,
    Pipeline,
    StainNormalizer,
    ablation_arms,
)
from skwbc.metrics import CellFeatures, ClassifierFeatures, PixelFeatures

NARROW = {
    "filters": (8, 8),
    "dense_units": 16,
    "dropout": 0,
    "dense_dropout": 0,
    "learning_rate": 0.03,
    "epochs": 15,
    "batch_size": 1_000,
    "validation_fraction": 0,
    "dtype": "float64",
    "random_state": 0,
}
COMPACT = {k: value for k, value in NARROW.items() if not k.startswith("dense")}
EPOCHS_OF_LABELS = 40  # that imbalanced-learn's check of encoded labels needs to tell three apart
CLASSIFIERS = [
    CNNClassifier(**NARROW),
    CNNRNNClassifier(**NARROW, lstm_units=4),
    CompactCNNClassifier(**COMPACT, augmentation=None, schedule=None),
]
SAMPLERS = [
    AugmentationOverSampler(random_state=0),
    TINY_GAN,
    TINY_VANILLA_GAN,
]
ARMS = ablation_arms(samples_per_class=5)
STUDIES = [  # the study is checked here, not what it compares
    AblationStudy(
        {"regression": LogisticRegression()},
        {arm: ARMS[arm] for arm in ("original", "augmented copies")},
    )
]
PIPELINES = [Pipeline([("scale", StandardScaler()), ("clf", CNNClassifier(**NARROW))])]
EXTRACTORS = [
    CellFeatures(),
    ClassifierFeatures(CNNClassifier(**{**NARROW, "epochs": 2})),
    PixelFeatures(n_components=3, random_state=0),
]
TRANSFORMERS = [CellCropper(), StainNormalizer()]
ESTIMATORS = [*CLASSIFIERS, *SAMPLERS, *STUDIES, *PIPELINES, *EXTRACTORS, *TRANSFORMERS]

# A check missing here is one that a tag has switched off.
EXPECTED = {
    "CNNClassifier": {"scikit-learn": 66, "imbalanced-learn": 2},
    "CNNRNNClassifier": {"scikit-learn": 66, "imbalanced-learn": 2},
    "CompactCNNClassifier": {"scikit-learn": 66, "imbalanced-learn": 2},
    "AugmentationOverSampler": {"scikit-learn": 45, "imbalanced-learn": 16},
    "GANOverSampler": {"scikit-learn": 45, "imbalanced-learn": 16},
    "VanillaGANOverSampler": {"scikit-learn": 45, "imbalanced-learn": 16},
    "AblationStudy": {"scikit-learn": 44, "imbalanced-learn": 0},
    "Pipeline": {"scikit-learn": 55, "imbalanced-learn": 2},
    "CellFeatures": {"scikit-learn": 50, "imbalanced-learn": 0},
    "ClassifierFeatures": {"scikit-learn": 51, "imbalanced-learn": 0},
    "PixelFeatures": {"scikit-learn": 50, "imbalanced-learn": 0},
    "CellCropper": {"scikit-learn": 50, "imbalanced-learn": 0},
    "StainNormalizer": {"scikit-learn": 50, "imbalanced-learn": 0},
}
# Older releases of scikit-learn do not ask classifiers what they say of weights that are all 0.
HAS_ALL_CHECKS = hasattr(sklearn_checks, "check_all_zero_sample_weights_error")
# The generators leave these out; both projects run them on their own estimators.
LEFT_OUT = ["check_param_validation", "check_dataframe_column_names_consistency"]
# scikit-learn's pipeline fits the steps that it is given and puts the fitted ones in their place,
# which these checks forbid. Ours is one, and has to.
NOT_FOR_PIPELINES = ["check_dont_overwrite_parameters", "check_estimators_overwrite_params"]


def name_of(estimator):
    return type(estimator).__name__


def list_sklearn_checks(estimator):
    """List scikit-learn's checks as (estimator, check)."""
    pairs = list(sklearn_checks.estimator_checks_generator(estimator))
    for check in [*LEFT_OUT, "check_inplace_ensure_writeable"]:
        pairs.append((estimator, partial(getattr(sklearn_checks, check), name_of(estimator))))
    if isinstance(estimator, Pipeline):
        pairs = [pair for pair in pairs if describe(pair[1]) not in NOT_FOR_PIPELINES]
    return pairs


def list_imblearn_checks(estimator):
    """List imbalanced-learn's checks as (estimator, check); classifiers train longer for them."""
    if is_classifier(estimator):
        names = [name for name in estimator.get_params() if name.endswith("epochs")]
        estimator = clone(estimator).set_params(**dict.fromkeys(names, EPOCHS_OF_LABELS))
    pairs = list(imblearn_checks.estimator_checks_generator(estimator))
    if hasattr(estimator, "fit_resample"):
        for check in LEFT_OUT:
            pairs.append((estimator, partial(getattr(imblearn_checks, check), name_of(estimator))))
    return pairs


def describe(value):
    """Name an estimator or a check."""
    return name_of(value) if isinstance(value, BaseEstimator) else sklearn_checks._check_name(value)


def run(check, estimator):
    """Run a check; one that skips itself has not passed."""
    try:
        check(clone(estimator))
    except SkipTest as skip:
        pytest.fail(f"skipped: {skip}")


@pytest.fixture
def tracing(request, estimator):
    """Trace the steps of the CNN-RNN, whose loop over rows is slow otherwise; of no other."""
    request.getfixturevalue("traced" if type(estimator) is CNNRNNClassifier else "untraced")


def list_public_estimators():
    modules = (skwbc, skwbc.metrics)
    public = [getattr(module, name) for module in modules for name in module.__all__]
    classes = [each for each in public if isinstance(each, type)]
    return [each.__name__ for each in classes if issubclass(each, BaseEstimator)]


def test_no_estimator_is_forgotten():
    assert sorted(map(name_of, ESTIMATORS)) == sorted(list_public_estimators())


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=name_of)
def test_no_check_is_switched_off(estimator):
    found = {
        "scikit-learn": len(list_sklearn_checks(estimator)),
        "imbalanced-learn": len(list_imblearn_checks(estimator)),
    }
    expected = dict(EXPECTED[name_of(estimator)])
    expected["scikit-learn"] -= estimator in CLASSIFIERS and not HAS_ALL_CHECKS
    assert found == expected


@pytest.mark.slow
@pytest.mark.usefixtures("tracing")
@pytest.mark.parametrize(
    ("estimator", "check"), [p for e in ESTIMATORS for p in list_sklearn_checks(e)], ids=describe
)
def test_scikit_learn(estimator, check):
    run(check, estimator)


@pytest.mark.slow
@pytest.mark.usefixtures("tracing")
@pytest.mark.parametrize(
    ("estimator", "check"), [p for e in ESTIMATORS for p in list_imblearn_checks(e)], ids=describe
)
def test_imbalanced_learn(estimator, check):
    run(check, estimator)


@pytest.mark.parametrize("name", NOT_FOR_PIPELINES)
def test_a_pipeline_of_scikit_learn_passes_no_more(name):
    reference = sklearn.pipeline.Pipeline([("scale", StandardScaler()), ("clf", RidgeClassifier())])
    with pytest.raises(AssertionError):
        getattr(sklearn_checks, name)("Pipeline", reference)
