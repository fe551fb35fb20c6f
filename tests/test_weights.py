"""What a weight means, and where it can't go."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from skwbc import (
    AugmentationOverSampler,
    CNNClassifier,
    CNNRNNClassifier,
    CompactCNNClassifier,
    make_pipeline,
)

STEADY = {
    "filters": (4,),
    "dense_units": 8,
    "epochs": 3,
    "validation_fraction": 0,
    "dropout": 0,
    "dense_dropout": 0,
    "batch_size": 1_000,
    "dtype": "float64",
    "random_state": 0,
}
COMPACT = {k: value for k, value in STEADY.items() if not k.startswith("dense")}
CLASSIFIERS = [
    CNNClassifier(**STEADY),
    CNNRNNClassifier(**STEADY, lstm_units=3),
    CompactCNNClassifier(**COMPACT, augmentation=None),
]


@pytest.fixture(params=CLASSIFIERS, ids=["CNN", "CNN-RNN", "compact CNN"])
def classifier(request):
    return clone(request.param)


def test_a_weight_of_three_is_the_row_three_times(classifier, images):
    X, y = images
    counts = np.random.default_rng(0).integers(0, 4, len(y))
    weighted = clone(classifier).fit(X, y, sample_weight=counts)
    repeated = clone(classifier).fit(np.repeat(X, counts, axis=0), np.repeat(y, counts))
    np.testing.assert_allclose(weighted.predict_proba(X), repeated.predict_proba(X), rtol=1e-7)


def test_the_scale_of_weights_says_nothing(classifier, images):
    X, y = images
    weights = np.random.default_rng(0).uniform(0.5, 2, len(y))
    small, large = (clone(classifier).fit(X, y, sample_weight=k * weights) for k in (1, 1_000))
    np.testing.assert_allclose(small.predict_proba(X), large.predict_proba(X), rtol=1e-7)


def test_rows_of_weight_zero_are_neither_trained_nor_validated_on(classifier, images):
    X, y = images
    weights = np.r_[np.ones(20), np.zeros(4)]
    classifier.set_params(validation_fraction=0.25, batch_size=4)
    weighted = clone(classifier).fit(X, y, sample_weight=weights)
    shorter = clone(classifier).fit(X[:20], y[:20])
    np.testing.assert_array_equal(weighted.predict_proba(X), shorter.predict_proba(X))
    assert weighted.history_ == shorter.history_


def test_balanced_classes_weigh_the_same(images):
    X, _ = images
    y = np.repeat(["rare", "common"], [6, 18])
    by_word = CNNClassifier(**STEADY, class_weight="balanced").fit(X, y)
    by_hand = CNNClassifier(**STEADY, class_weight={"rare": 2, "common": 2 / 3}).fit(X, y)
    np.testing.assert_allclose(by_word.predict_proba(X), by_hand.predict_proba(X), rtol=1e-7)


def test_roots_of_balanced_weights(images):
    X, _ = images
    y = np.repeat(["rare", "common"], [6, 18])
    by_word = CNNClassifier(**STEADY, class_weight="sqrt_balanced").fit(X, y)
    roots = {"rare": 2**0.5, "common": (2 / 3) ** 0.5}
    by_hand = CNNClassifier(**STEADY, class_weight=roots).fit(X, y)
    np.testing.assert_allclose(by_word.predict_proba(X), by_hand.predict_proba(X), rtol=1e-7)


def test_balanced_classes_count_weights_as_repeated_rows(images):
    X, y = images
    rows = np.r_[np.arange(len(y)), np.flatnonzero(y == 0), np.flatnonzero(y == 0)]
    classifier = CNNClassifier(**STEADY, class_weight="balanced")
    weighted = clone(classifier).fit(X, y, sample_weight=np.where(y == 0, 3, 1))
    repeated = clone(classifier).fit(X[rows], y[rows])
    np.testing.assert_allclose(weighted.predict_proba(X), repeated.predict_proba(X), rtol=1e-7)


def test_class_and_sample_weights_multiply(images):
    X, y = images
    weights = np.random.default_rng(0).uniform(0.5, 2, len(y))
    both = CNNClassifier(**STEADY, class_weight={0: 1, 1: 3}).fit(X, y, sample_weight=weights)
    one = CNNClassifier(**STEADY).fit(X, y, sample_weight=weights * np.where(y == 1, 3, 1))
    np.testing.assert_allclose(both.predict_proba(X), one.predict_proba(X), rtol=1e-7)


def test_nothing_of_the_callers_is_changed(classifier, images):
    X, y = images
    class_weight = {0: 1.0, 1: 3.0}
    weights = pd.Series(np.linspace(0, 2, len(y)), index=range(100, 100 + len(y)))
    before = X.copy(), y.copy(), weights.copy(), dict(class_weight)
    for array in (X, y):
        array.setflags(write=False)
    classifier.set_params(class_weight=class_weight).fit(X, y, sample_weight=weights)
    assert class_weight == before[3]
    assert classifier.class_weight is class_weight
    pd.testing.assert_series_equal(weights, before[2])
    for array, kept in zip((X, y), before, strict=False):
        np.testing.assert_array_equal(array, kept)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.ones(23), "sample_weight.shape == \\(23,\\), expected \\(24,\\)"),
        (np.r_[np.ones(23), -1], "Negative values"),
        (np.r_[np.ones(23), np.nan], "contains NaN"),
        (np.zeros(24), "at least one"),
    ],
)
def test_bad_weights_are_named(images, weights, message):
    with pytest.raises(ValueError, match=message):
        CNNClassifier(**STEADY).fit(*images, sample_weight=weights)


def test_weights_of_rows_before_an_over_sampler_are_refused(unbalanced):
    X, y = unbalanced
    pipeline = make_pipeline(AugmentationOverSampler(random_state=0), CNNClassifier(**STEADY))
    with pytest.raises(ValueError, match="of the 30 rows that went in"):
        pipeline.fit(X, y, cnnclassifier__sample_weight=np.ones(30))


def test_weights_pass_a_pipeline_without_over_sampling(images):
    X, y = images
    weights = np.random.default_rng(0).uniform(0.5, 2, len(y))
    alone = CNNClassifier(**STEADY).fit(X, y, sample_weight=weights)
    pipeline = make_pipeline(CNNClassifier(**STEADY))
    pipeline.fit(X, y, cnnclassifier__sample_weight=weights)
    np.testing.assert_array_equal(pipeline.predict_proba(X), alone.predict_proba(X))


@pytest.mark.parametrize("routing", [False, True])
def test_weights_reach_the_classifier_of_a_search(images, routing):
    X, y = images
    weights = np.where(y == 1, 100.0, 0.01)
    with sklearn.config_context(enable_metadata_routing=routing):
        classifier = CNNClassifier(**STEADY)
        if routing:
            classifier.set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        pipeline = make_pipeline(classifier)
        if routing and hasattr(pipeline, "set_score_request"):  # scikit-learn 1.7 asks for it
            pipeline.set_score_request(sample_weight=True)
        search = GridSearchCV(pipeline, {"cnnclassifier__epochs": [3]}, cv=2, error_score="raise")
        name = "sample_weight" if routing else "cnnclassifier__sample_weight"
        search.fit(X, y, **{name: weights})
    expected = CNNClassifier(**STEADY).fit(X, y, sample_weight=weights)
    np.testing.assert_array_equal(search.predict_proba(X), expected.predict_proba(X))


def test_routing_asks_before_it_routes(images):
    X, y = images
    with sklearn.config_context(enable_metadata_routing=True):
        pipeline = make_pipeline(CNNClassifier(**STEADY))
        with pytest.raises(ValueError, match="not explicitly set as requested"):
            pipeline.fit(X, y, sample_weight=np.ones(24))
