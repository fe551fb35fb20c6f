"""Ours in what copies, scores, splits and searches."""

import numpy as np
import pytest
from composition_cases import make_case, make_cnn, make_rnn
from imblearn.model_selection import InstanceHardnessCV
from scipy.stats import uniform
from sklearn.base import clone
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - makes the next import work
from sklearn.metrics import balanced_accuracy_score, log_loss
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    ParameterSampler,
    RandomizedSearchCV,
    StratifiedKFold,
    cross_val_predict,
    cross_validate,
    learning_curve,
    validation_curve,
)
from sklearn.utils import _safe_indexing

from skwbc import AugmentationOverSampler, make_pipeline

pytestmark = pytest.mark.usefixtures("untraced")


def fit_by_hand(estimator, X, y, rows=None, **params):
    """Fit a copy with other parameters to some of the rows."""
    rows = np.arange(len(X)) if rows is None else rows
    twin = clone(estimator).set_params(**params)
    return twin.fit(_safe_indexing(X, rows), _safe_indexing(y, rows))


def score_by_hand(estimator, X, y, cv=2, **params):
    """Give the accuracy in each fold."""
    return [
        fit_by_hand(estimator, X, y, train, **params).score(
            _safe_indexing(X, test), _safe_indexing(y, test)
        )
        for train, test in StratifiedKFold(cv).split(X, y)
    ]


@pytest.mark.parametrize("make", [make_cnn, make_rnn])
def test_a_clone_has_the_parameters_and_nothing_learned(make):
    X, y = make_case("frame", "str", 4)
    fitted = make().fit(X, y)
    twin = clone(fitted)
    assert twin.get_params() == fitted.get_params()
    assert vars(twin).keys() == twin.get_params().keys()
    np.testing.assert_array_equal(twin.fit(X, y).predict_proba(X), fitted.predict_proba(X))
    assert twin.network_ is not fitted.network_


def test_parameters_are_set_through_a_pipeline():
    X, y = make_case("4-D", "str", 4)
    pipeline = make_pipeline(AugmentationOverSampler(), make_cnn())
    pipeline.set_params(augmentationoversampler__random_state=3, cnnclassifier__filters=(2, 3))
    assert pipeline[0].random_state == 3
    assert pipeline[1].filters == pipeline.get_params()["cnnclassifier__filters"] == (2, 3)
    pipeline.set_params(augmentationoversampler="passthrough")
    alone = make_cnn(filters=(2, 3)).fit(X, y)
    np.testing.assert_array_equal(pipeline.fit(X, y).predict_proba(X), alone.predict_proba(X))


def test_a_parameter_that_is_none_is_refused():
    pipeline = make_pipeline(AugmentationOverSampler(), make_cnn())
    with pytest.raises(ValueError, match="Invalid parameter 'depth' for estimator CNNClassifier"):
        pipeline.set_params(cnnclassifier__depth=3)


def test_a_grid_search_scores_as_by_hand():
    X, y = make_case("frame", "str", 4)
    classifier = make_cnn(validation_fraction=0.2)
    grid = {"filters": [(2,), (4,)]}
    search = GridSearchCV(classifier, grid, cv=2, error_score="raise").fit(X, y)
    scores = [score_by_hand(classifier, X, y, filters=filters) for filters in grid["filters"]]
    for fold in (0, 1):
        assert search.cv_results_[f"split{fold}_test_score"].tolist() == [s[fold] for s in scores]
    best = fit_by_hand(classifier, X, y, **search.best_params_)
    np.testing.assert_array_equal(search.predict_proba(X), best.predict_proba(X))
    assert search.classes_.tolist() == ["basophil", "eosinophil", "monocyte", "neutrophil"]
    assert search.feature_names_in_.tolist() == X.columns.tolist()


def test_a_randomized_search_draws_from_distributions():
    X, y = make_case("4-D", "int", 4)
    distributions = {"dropout": uniform(0, 0.9), "filters": [(2,), (4,), (2, 2)]}
    search = RandomizedSearchCV(
        make_cnn(), distributions, n_iter=2, cv=2, random_state=5, error_score="raise"
    ).fit(X, y)
    drawn = list(ParameterSampler(distributions, 2, random_state=5))
    assert search.cv_results_["params"] == drawn
    assert search.best_estimator_.dropout == drawn[search.best_index_]["dropout"]
    best = fit_by_hand(make_cnn(), X, y, **search.best_params_)
    np.testing.assert_array_equal(search.predict(X), best.predict(X))


def test_halving_gives_more_images_to_the_better_half():
    X, y = make_case("flat", "str", 2)
    search = HalvingGridSearchCV(
        make_cnn(),
        {"dropout": [0.1, 0.5]},
        factor=2,
        min_resources=12,
        cv=2,
        random_state=0,
        error_score="raise",
    ).fit(X, y)
    assert search.n_candidates_ == [2, 1]
    assert search.n_resources_ == [12, 24]
    last = search.cv_results_["params"][-1]
    assert search.cv_results_["mean_test_score"][-1] == np.mean(
        score_by_hand(make_cnn(), X, y, **last)
    )


def test_halving_gives_more_epochs_to_the_better_half():
    X, y = make_case("4-D", "int", 2)
    search = HalvingGridSearchCV(
        make_cnn(),
        {"dropout": [0.1, 0.5]},
        resource="epochs",
        factor=2,
        max_resources=2,
        cv=2,
        error_score="raise",
    ).fit(X, y)
    assert search.n_resources_ == [1, 2]
    assert [params["epochs"] for params in search.cv_results_["params"]] == [1, 1, 2]
    assert search.best_params_["epochs"] == search.best_estimator_.n_epochs_ == 2


def test_cross_validate_scores_by_many_metrics_and_returns_the_classifiers():
    X, y = make_case("4-D", "str", 2)
    results = cross_validate(
        make_rnn(),
        X,
        y,
        cv=2,
        scoring=["balanced_accuracy", "neg_log_loss"],
        return_estimator=True,
        return_indices=True,
        error_score="raise",
    )
    assert len(results["estimator"]) == 2
    for fold, (fitted, test) in enumerate(
        zip(results["estimator"], results["indices"]["test"], strict=True)
    ):
        balanced = balanced_accuracy_score(y[test], fitted.predict(X[test]))
        loss = log_loss(y[test], fitted.predict_proba(X[test]))
        assert results["test_balanced_accuracy"][fold] == balanced
        assert results["test_neg_log_loss"][fold] == pytest.approx(-loss)  # in single precision


def test_cross_val_predict_gives_each_image_the_answer_of_one_who_has_not_seen_it():
    X, y = make_case("flat", "int", 4)
    probabilities = cross_val_predict(make_cnn(), X, y, cv=2, method="predict_proba")
    assert probabilities.shape == (24, 4)
    for train, test in StratifiedKFold(2).split(X, y):
        expected = fit_by_hand(make_cnn(), X, y, train).predict_proba(X[test])
        np.testing.assert_array_equal(probabilities[test], expected)


def test_a_learning_curve_grows_with_the_images():
    X, y = make_case("frame", "int", 2)
    classifier = make_cnn(epochs=2)
    sizes, train_scores, test_scores = learning_curve(
        classifier, X, y, train_sizes=[6, 12], cv=2, error_score="raise"
    )
    assert sizes.tolist() == [6, 12]
    train, test = next(StratifiedKFold(2).split(X, y))
    for size, train_score, test_score in zip(sizes, train_scores, test_scores, strict=True):
        fitted = fit_by_hand(classifier, X, y, train[:size])
        assert train_score[0] == fitted.score(X.iloc[train[:size]], y.iloc[train[:size]])
        assert test_score[0] == fitted.score(X.iloc[test], y.iloc[test])


def test_a_validation_curve_goes_over_a_parameter():
    X, y = make_case("flat", "str", 4)
    settings = {"param_name": "epochs", "param_range": [1, 3], "cv": 2}
    _, test_scores = validation_curve(make_cnn(), X, y, **settings, error_score="raise")
    assert test_scores.tolist() == [score_by_hand(make_cnn(), X, y, epochs=n) for n in (1, 3)]


def test_hard_images_are_spread_evenly_over_the_folds():
    X, y = make_case("4-D", "str", 2)
    splitter = InstanceHardnessCV(make_cnn(), n_splits=2, pos_label="basophil")
    folds = [test for _, test in splitter.split(X, y)]
    probabilities = cross_val_predict(make_cnn(), X, y, cv=2, method="predict_proba")[:, 0]
    by_hardness = np.lexsort((probabilities, y))
    assert [fold.tolist() for fold in folds] == [sorted(by_hardness[i::2]) for i in (0, 1)]
    results = cross_validate(make_cnn(), X, y, cv=splitter, error_score="raise")
    train, test = folds[::-1]
    by_hand = fit_by_hand(make_cnn(), X, y, train).score(X[test], y[test])
    assert results["test_score"][0] == by_hand
