"""What a weight means, and where it can't go."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import GridSearchCV

from skwbc import (
    AugmentationOverSampler,
    CNNClassifier,
    CNNRNNClassifier,
    CompactCNNClassifier,
    make_pipeline,
)
from skwbc._calibration import fit_temperature
from skwbc._hold_out import hold_out
from skwbc._seeding import draw_seed, seed_stream

pytestmark = pytest.mark.usefixtures("untraced")

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


@pytest.mark.parametrize("weights", [[1, 0, 7, 2, 0.5, 3], None, [2] * 6])
def test_images_to_validate_on_count_by_their_weights(classifier, images, weights):
    X, y = images
    X_val, y_val = X[:6], y[:6]
    classifier.set_params(epochs=1).fit(X, y, X_val=X_val, y_val=y_val, sample_weight_val=weights)
    if hasattr(classifier, "temperature_"):
        classifier.set_params(tta=False).temperature_ = 1
    history = classifier.history_
    predicted, shares = classifier.predict(X_val), classifier.predict_proba(X_val)
    loss = log_loss(y_val, shares, sample_weight=weights, labels=classifier.classes_)
    assert history["val_loss"] == pytest.approx([loss], rel=1e-3)
    share = accuracy_score(y_val, predicted, sample_weight=weights)
    assert history["val_accuracy"] == pytest.approx([share])
    assert list(history) == ["loss", "accuracy", "val_loss", "val_accuracy"]


def test_images_held_out_keep_their_weights(images):
    X, y = images
    settings = STEADY | {"epochs": 1, "validation_fraction": 0.25}
    weights = np.random.default_rng(0).uniform(0, 9, len(y))
    weights[::5] = 0
    present = np.flatnonzero(weights)
    pipeline = make_pipeline(CNNClassifier(**settings))
    pipeline.fit(X, y, cnnclassifier__sample_weight=weights)
    alone = CNNClassifier(**settings).fit(X, y, sample_weight=weights)
    own, of_pipeline = next(seed_stream(alone._seed)), draw_seed(settings["random_state"])
    for classifier, seed in ((alone, own), (pipeline[-1], of_pipeline)):
        _, chosen = hold_out(y[present], 0.25, seed)
        rows = present[chosen]
        shares = classifier.predict_proba(X[rows])
        loss = log_loss(y[rows], shares, sample_weight=weights[rows])
        assert classifier.history_["val_loss"] == pytest.approx([loss])
        assert loss != pytest.approx(log_loss(y[rows], shares))


def test_the_epoch_and_the_temperature_follow_the_weights(images):
    X, y = images
    settings = COMPACT | {"epochs": 6, "learning_rate": 0.03, "augmentation": None, "tta": False}
    wrong = np.where(np.arange(24) < 12, y, 1 - y)  # the first half of them are right
    kept = {}
    for weights in ([9.0, 1.0], [1.0, 9.0]):
        given = np.repeat(weights, 12)
        validation = {"X_val": X, "y_val": wrong, "sample_weight_val": given}
        classifier = CompactCNNClassifier(**settings).fit(X, y, **validation)
        history = classifier.history_
        assert classifier.best_epoch_ == np.argmin(history["val_loss"])
        temperature, classifier.temperature_ = classifier.temperature_, 1
        shares = classifier.predict_proba(X)
        assert temperature == pytest.approx(fit_temperature(shares, wrong, given / given.mean()))
        kept[classifier.best_epoch_] = temperature
        share = accuracy_score(wrong, classifier.predict(X), sample_weight=given)
        assert history["val_accuracy"][classifier.best_epoch_] == pytest.approx(share)
    assert len(kept) == 2
    assert np.ptp(list(kept.values())) > 0.1


def test_a_weight_of_two_is_an_image_twice_for_the_temperature():
    rng = np.random.default_rng(0)
    shares, codes = rng.dirichlet([0.3, 0.3], 24), rng.integers(0, 2, 24)
    twice = np.r_[shares[:12], shares], np.r_[codes[:12], codes]
    weights = np.repeat([2.0, 1.0], 12)
    assert fit_temperature(shares, codes, weights) == pytest.approx(fit_temperature(*twice))


@pytest.mark.parametrize(
    ("validation", "message"),
    [
        ({"sample_weight_val": np.ones(6)}, "no meaning without X_val and y_val"),
        ({"X_val": 6, "y_val": 6, "sample_weight_val": np.ones(5)}, r"samples: \[6, 6, 5\]"),
        *[
            ({"X_val": 6, "y_val": 6, "sample_weight_val": weights}, "in sample_weight_val a numb")
            for weights in (np.zeros(6), -np.ones(6), np.full(6, np.nan), np.ones((6, 1)))
        ],
    ],
)
def test_bad_weights_to_validate_by_are_named(images, validation, message):
    X, y = images
    rows = {"X_val": X[:6], "y_val": y[:6]}
    validation = {name: rows.get(name, value) for name, value in validation.items()}
    for estimator in (CNNClassifier(**STEADY), make_pipeline(CNNClassifier(**STEADY))):
        with pytest.raises(ValueError, match=message):
            estimator.fit(X, y, **validation)


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
