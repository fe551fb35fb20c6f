"""Ours beside the steps of scikit-learn's and imbalanced-learn's pipelines."""

from collections import Counter

import imblearn.pipeline
import numpy as np
import pytest
import sklearn.pipeline
from composition_cases import make_case, make_cnn, make_rnn
from imblearn.over_sampling import SMOTE
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.preprocessing import StandardScaler
from tiny_samplers import TINY_GAN, TINY_VANILLA_GAN

import skwbc.pipeline
from skwbc import AugmentationOverSampler
from skwbc._hold_out import hold_out

pytestmark = pytest.mark.usefixtures("untraced")

SAMPLERS = {
    "augmentation": AugmentationOverSampler(),
    "GAN": TINY_GAN,
    "vanilla GAN": TINY_VANILLA_GAN,
}


def make_sampler(name):
    return clone(SAMPLERS[name]).set_params(random_state=0, image_shape=(8, 8, 3))


@pytest.mark.parametrize(
    ("library", "form", "make"),
    [(skwbc.pipeline, "4-D", make_rnn), (imblearn.pipeline, "frame", make_cnn)],
)
def test_a_sampler_before_a_classifier(library, form, make):
    X, y = make_case(form, "str", 4)
    X, y = X[:-1], y[:-1]
    pipeline = library.make_pipeline(make_sampler("augmentation"), make()).fit(X, y)
    X_new, y_new = make_sampler("augmentation").fit_resample(X, y)
    assert Counter(y_new) == dict.fromkeys(["basophil", "eosinophil", "monocyte", "neutrophil"], 6)
    by_hand = make().fit(X_new, y_new)
    np.testing.assert_array_equal(pipeline.predict_proba(X), by_hand.predict_proba(X))


@pytest.mark.parametrize("form", ["flat", "frame"])
def test_smote_before_a_classifier(form):
    X, y = make_case(form, "int", 2)
    X, y = X[:-1], y[:-1]
    smote = SMOTE(k_neighbors=2, random_state=0)
    classifier = make_cnn(validation_fraction=0.25)
    pipeline = skwbc.make_pipeline(smote, classifier).fit(X, y)
    kept, held_out = hold_out(y, 0.25, 0)
    X, y = np.asarray(X), np.asarray(y)
    X_new, y_new = clone(smote).fit_resample(X[kept], y[kept])
    assert Counter(y_new.tolist()) == {0: 9, 1: 9}
    by_hand = classifier.fit(X_new, y_new, X_val=X[held_out], y_val=y[held_out])
    assert pipeline[-1].history_ == by_hand.history_
    np.testing.assert_array_equal(pipeline[-1].predict_proba(X), by_hand.predict_proba(X))


@pytest.mark.parametrize("library", [skwbc.pipeline, sklearn.pipeline])
@pytest.mark.parametrize(("form", "labels"), [("flat", "str"), ("frame", "int")])
def test_a_scaler_before_a_classifier(library, form, labels):
    X, y = make_case(form, labels, 2)
    pipeline = library.make_pipeline(StandardScaler(), make_cnn()).fit(X, y)
    scaled = StandardScaler().fit_transform(X)
    by_hand = make_cnn().fit(scaled, y)
    assert by_hand.pixel_range_.low == scaled.min()
    np.testing.assert_array_equal(pipeline.predict_proba(X), by_hand.predict_proba(scaled))


@pytest.mark.parametrize("library", [skwbc.pipeline, sklearn.pipeline])
def test_principal_components_are_a_small_image(library):
    X, y = make_case("flat", "int", 4)
    components = PCA(16, random_state=0)
    classifier = make_cnn(image_shape=(4, 4))
    pipeline = library.make_pipeline(components, classifier).fit(X, y)
    assert pipeline[-1].image_shape_ == (4, 4, 1)
    reduced = clone(components).fit(X).transform(X)
    by_hand = clone(classifier).fit(clone(components).fit_transform(X), y)
    np.testing.assert_allclose(pipeline.predict_proba(X), by_hand.predict_proba(reduced), rtol=1e-5)


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_sampler_before_a_forest(name):
    X, y = make_case("flat", "str", 4)
    X, y = X[:-1], y[:-1]
    forest = RandomForestClassifier(5, random_state=0)
    pipeline = skwbc.make_pipeline(make_sampler(name), forest).fit(X, y)
    X_new, y_new = make_sampler(name).fit_resample(X, y)
    assert X_new.shape == (24, 192)
    np.testing.assert_array_equal(X_new[:23], X)
    by_hand = clone(forest).fit(X_new, y_new)
    np.testing.assert_array_equal(pipeline.predict_proba(X), by_hand.predict_proba(X))
    assert pipeline.classes_.tolist() == ["basophil", "eosinophil", "monocyte", "neutrophil"]
