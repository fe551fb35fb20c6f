"""What wraps a classifier answers alike for images that are flat, 4-D or in a DataFrame."""

import numpy as np
import pytest
from composition_cases import make_case, make_cnn
from imblearn.pipeline import make_pipeline as make_imbalanced_pipeline
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - makes the next import work
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    RandomizedSearchCV,
    TunedThresholdClassifierCV,
    cross_val_predict,
)
from sklearn.multiclass import OneVsRestClassifier

from skwbc import AugmentationOverSampler, make_pipeline

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("untraced")]

SEARCH = {"cv": 2, "error_score": "raise"}
GRID = {"dropout": [0.1, 0.4]}
WRAPPERS = {
    "GridSearchCV": lambda: GridSearchCV(make_cnn(), GRID, **SEARCH),
    "RandomizedSearchCV": lambda: RandomizedSearchCV(
        make_cnn(), GRID, n_iter=1, random_state=0, **SEARCH
    ),
    "HalvingGridSearchCV": lambda: HalvingGridSearchCV(
        make_cnn(), GRID, factor=2, min_resources=16, random_state=0, **SEARCH
    ),
    "CalibratedClassifierCV": lambda: CalibratedClassifierCV(make_cnn(), cv=2),
    "VotingClassifier": lambda: VotingClassifier([("cnn", make_cnn())], voting="soft"),
    "StackingClassifier": lambda: StackingClassifier(
        [("cnn", make_cnn())], LogisticRegression(), cv=2
    ),
    "BaggingClassifier": lambda: BaggingClassifier(make_cnn(), n_estimators=2, random_state=0),
    "AdaBoostClassifier": lambda: AdaBoostClassifier(make_cnn(), n_estimators=1, random_state=0),
    "OneVsRestClassifier": lambda: OneVsRestClassifier(make_cnn()),
    "TunedThresholdClassifierCV": lambda: TunedThresholdClassifierCV(make_cnn(), cv=2),
    "Pipeline": lambda: make_pipeline(
        AugmentationOverSampler(random_state=0, image_shape=(8, 8, 3)), make_cnn()
    ),
    "imbalanced-learn's pipeline": lambda: make_imbalanced_pipeline(
        AugmentationOverSampler(random_state=0, image_shape=(8, 8, 3)), make_cnn()
    ),
}
ONLY_ROWS = {"BaggingClassifier"}
ONLY_TWO_CLASSES = {"TunedThresholdClassifierCV"}


@pytest.mark.parametrize(("labels", "n_classes"), [("int", 2), ("str", 4)])
@pytest.mark.parametrize("name", WRAPPERS)
def test_a_wrapper_takes_the_forms_of_its_classifier(name, labels, n_classes):
    n_classes = 2 if name in ONLY_TWO_CLASSES else n_classes
    answers = {}
    for form in ["flat", "frame"] + (["4-D"] if name not in ONLY_ROWS else []):
        X, y = make_case(form, labels, n_classes, n=32)
        answers[form] = WRAPPERS[name]().fit(X, y).predict_proba(X)
        assert answers[form].shape == (32, n_classes)
        np.testing.assert_allclose(answers[form].sum(axis=1), 1, rtol=1e-5)
        np.testing.assert_array_equal(answers[form], answers["flat"])


@pytest.mark.parametrize(("labels", "n_classes"), [("int", 4), ("str", 2)])
def test_cross_val_predict_takes_all_forms(labels, n_classes):
    answers = [
        cross_val_predict(make_cnn(), *make_case(form, labels, n_classes), cv=2)
        for form in ("flat", "frame", "4-D")
    ]
    np.testing.assert_array_equal(answers[0], answers[1])
    np.testing.assert_array_equal(answers[0], answers[2])
