import warnings
import weakref

import numpy as np
import pandas as pd
import pytest
from guide_code import run
from joblib import Memory
from sklearn import config_context
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    StratifiedGroupKFold,
    cross_val_predict,
    cross_validate,
)
from sklearn.pipeline import Pipeline as SklearnPipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils._param_validation import InvalidParameterError
from spy_steps import SEEN, SYNTHETIC, Doubler, SpyClassifier, SpySampler, make_table

from skwbc import AugmentationOverSampler, CNNClassifier, Pipeline, make_pipeline
from skwbc.pipeline import takes_validation


@pytest.fixture
def table():
    return make_table()


def test_validation_rows_are_real_and_held_out_before_any_sampler(table):
    X, y = table
    pipeline = Pipeline([("double", Doubler()), ("spy", SpySampler()), ("clf", SpyClassifier())])
    clf = pipeline.fit(X, y)[-1]
    assert len(clf.X_val_) == 10
    assert (clf.y_val_ == 1).sum() == 2
    held_out, real = clf.X_val_[:, 0] / 2, clf.X_[:30, 0] / 2
    assert sorted([*held_out, *real]) == X[:, 0].tolist()
    assert (clf.X_[30:] == SYNTHETIC).all()
    assert not np.isin(clf.X_val_, SYNTHETIC).any()
    np.testing.assert_array_equal(SEEN[0][:, 0] / 2, real)
    np.testing.assert_array_equal(pipeline[0].rows_[:, 0], real)


def test_groups_stay_on_one_side_of_the_hold_out(table):
    X, y = table
    pairs = np.arange(40) // 2
    pipeline = Pipeline([("spy", SpySampler()), ("clf", SpyClassifier())])
    held_out = pipeline.fit(X, y, groups=pairs)[-1].X_val_[:, 0].astype(int)
    assert len(held_out) == 10
    assert set(np.bincount(pairs[held_out])) == {0, 2}
    with pytest.raises(ValueError, match="at least 2 groups in every class"):
        pipeline.fit(X, y, groups=np.zeros(40))
    with pytest.raises(ValueError, match=r"inconsistent numbers of samples: \[40, 40, 39\]"):
        pipeline.fit(X, y, groups=pairs[1:])


@pytest.mark.parametrize("routing", [False, True])
def test_groups_in_cross_validation(table, routing):
    X, y = table
    pairs = np.arange(40) // 2
    with config_context(enable_metadata_routing=routing):
        result = cross_validate(
            Pipeline([("clf", SpyClassifier())]),
            X,
            y,
            cv=StratifiedGroupKFold(5),
            params={"groups": pairs},
            return_estimator=True,
            **({} if routing else {"groups": pairs}),
        )
    for pipeline in result["estimator"]:
        fitted, held_out = (
            set(pairs[rows[:, 0].astype(int)]) for rows in (pipeline[-1].X_, pipeline[-1].X_val_)
        )
        assert fitted.isdisjoint(held_out)
        assert len(fitted) + len(held_out) == 16


class ListingClassifier(SpyClassifier):
    """List what fit got, in any copy of it."""

    def fit(self, X, y, sample_weight=None, *, X_val=None, y_val=None):
        SEEN.append((X, X_val))
        return super().fit(X, y, sample_weight, X_val=X_val, y_val=y_val)


def test_groups_in_a_search_with_metadata_routing(table):
    X, y = table
    pairs = np.arange(40) // 2
    pipeline = Pipeline([("double", Doubler()), ("clf", ListingClassifier())])
    with config_context(enable_metadata_routing=True):
        search = GridSearchCV(pipeline, {"clf__random_state": [0, 1]}, cv=StratifiedGroupKFold(5))
        search.fit(X, y, groups=pairs)
    assert len(SEEN) == 11
    for rows in SEEN:
        fitted, held_out = (set(pairs[part[:, 0].astype(int) // 2]) for part in rows)
        assert fitted.isdisjoint(held_out)
        assert len(fitted) + len(held_out) == (20 if rows is SEEN[-1] else 16)


def test_groups_stay_together_by_the_code_of_the_guide(table):
    X, y = table
    pairs = np.arange(40) // 2
    search = GridSearchCV(Pipeline([("clf", ListingClassifier())]), {"clf__random_state": [0]})
    names = {"X_train": X, "y_train": y, "patients": pairs}
    run("user_guide.md", "enable_metadata_routing", search=search, **names)
    assert len(SEEN) == 4
    for rows in SEEN:
        fitted, held_out = (set(pairs[part[:, 0].astype(int)]) for part in rows)
        assert fitted.isdisjoint(held_out)


def test_no_test_row_reaches_a_sampler(table):
    X, _ = table
    y = np.arange(40) % 2
    folds = [(np.setdiff1d(np.arange(40), test), test) for test in np.arange(40).reshape(4, 10)]
    cross_val_predict(Pipeline([("spy", SpySampler()), ("clf", SpyClassifier())]), X, y, cv=folds)
    for (train, _), seen in zip(folds, SEEN, strict=True):
        assert set(seen[:, 0]) < set(X[train, 0])


def test_given_validation_rows_pass_the_transformers_only(table):
    X, y = table
    clf = Pipeline([("double", Doubler()), ("spy", SpySampler()), ("clf", SpyClassifier())]).fit(
        X[::2], y[::2], X_val=X[1::2], y_val=y[1::2]
    )[-1]
    np.testing.assert_array_equal(clf.X_val_, 2 * X[1::2])
    assert len(clf.X_) == 40


def test_rows_of_before_are_not_held_while_the_classifier_is_trained(table):
    X, y = table

    class Forgetful(Doubler):
        def fit(self, X, y=None):
            self.seen_ = weakref.ref(X)
            return self

    class Watching(SpyClassifier):
        def fit(self, *args, **params):
            self.is_held_ = pipeline[0].seen_() is not None
            return super().fit(*args, **params)

    pipeline = Pipeline([("double", Forgetful()), ("clf", Watching())])
    pipeline.fit(X, y)
    assert pipeline[1].is_held_ is False


def test_a_fraction_of_zero_holds_out_nothing(table):
    clf = Pipeline([("spy", SpySampler()), ("clf", SpyClassifier(0))]).fit(*table)[-1]
    assert clf.X_val_ is None
    assert len(clf.X_) == 80


def test_with_another_final_step_it_is_imbalanced_learns(table):
    X, y = table
    pipeline = make_pipeline(StandardScaler(), SpySampler(), LogisticRegression())
    pipeline.fit(X, y)
    assert len(SEEN[0]) == 40
    assert pipeline.predict(X).shape == (40,)
    with pytest.raises(ValueError, match="takes no validation rows"):
        pipeline.fit(X, y, X_val=X, y_val=y)


def test_a_sampler_is_fitted_once_with_memory(table, tmp_path):
    X, y = table
    for fraction_seed in (0, 0, 1):
        Pipeline(
            [("spy", SpySampler()), ("clf", SpyClassifier(random_state=fraction_seed))],
            memory=Memory(tmp_path, verbose=0),
        ).fit(X, y)
    assert len(SEEN) == 2


class InterruptedSampler(SpySampler):
    """Was ended by Ctrl-C, at the first fit of all its copies."""

    def _fit_resample(self, X, y):
        self.interrupted_ = not SEEN
        return super()._fit_resample(X, y)


def test_a_sampler_that_was_interrupted_is_not_kept_in_memory(table, tmp_path):
    pipeline = Pipeline(
        [("spy", InterruptedSampler()), ("clf", SpyClassifier())], memory=str(tmp_path)
    )
    found = [pipeline.fit(*table).named_steps["spy"].interrupted_ for _ in range(3)]
    assert found == [True, False, False]
    assert len(SEEN) == 2


def test_the_real_thing_on_images(unbalanced):
    X, y = unbalanced
    classifier = CNNClassifier(filters=(4,), dense_units=8, epochs=2, random_state=0)
    pipeline = make_pipeline(AugmentationOverSampler(random_state=0), classifier).fit(X, y)
    assert pipeline.predict(X).shape == (30,)
    assert pipeline.classes_.tolist() == ["a", "b", "c"]
    assert len(pipeline[-1].history_["val_loss"]) == 2


@pytest.mark.parametrize("early_stopping", [False, True])
def test_the_hold_out_of_a_classifier_of_scikit_learn_is_its_own(table, early_stopping):
    X, y = table
    settings = {"early_stopping": early_stopping, "validation_fraction": 10, "random_state": 0}
    booster = HistGradientBoostingClassifier(max_iter=2, min_samples_leaf=2, **settings)
    ours = Pipeline([("double", Doubler()), ("clf", booster)]).fit(X, y)
    alone = clone(booster).fit(2 * X, y)
    np.testing.assert_array_equal(ours.predict_proba(X), alone.predict_proba(2 * X))


def test_a_pipeline_within_holds_out_nothing_of_its_own(table):
    X, y = table
    inner = Pipeline([("double", Doubler()), ("clf", SpyClassifier())])
    clf = Pipeline([("spy", SpySampler()), ("inner", inner)]).fit(X, y)[-1][-1]
    assert len(clf.X_val_) == 10
    assert not np.isin(clf.X_val_, 2 * SYNTHETIC).any()
    assert len(clf.X_) == 60


class ClassHolder(SpyClassifier):
    """Have a class, not an object, among the parameters."""

    _holds_out_rows = False

    def __init__(self, kind=CNNClassifier):
        self.kind = kind

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self


def test_a_class_among_the_parameters_holds_out_nothing(table):
    pipeline = Pipeline([("spy", SpySampler()), ("clf", ClassHolder())])
    assert pipeline.fit(*table).predict(table[0]).tolist() == [0] * 40


@pytest.mark.parametrize("kind", ["search", "pipeline"])
def test_a_hold_out_that_cannot_be_reached_is_told(table, kind):
    X, y = table
    final = {
        "search": GridSearchCV(SpyClassifier(), {"random_state": [0]}, cv=2),
        "pipeline": SklearnPipeline([("clf", SpyClassifier())]),
    }[kind]
    with pytest.warns(UserWarning, match="holds out rows to validate on, and behind a sampler"):
        Pipeline([("spy", SpySampler()), ("final", final)]).fit(X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Pipeline([("double", Doubler()), ("final", final)]).fit(X, y)


def test_a_hold_out_that_knows_of_no_groups_is_told(table):
    X, y = table
    search = GridSearchCV(SpyClassifier(), {"random_state": [0]}, cv=2)
    with pytest.warns(UserWarning, match="holds out rows to validate on, and does not know of the"):
        Pipeline([("double", Doubler()), ("final", search)]).fit(X, y, groups=np.arange(40) // 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        search.set_params(estimator__validation_fraction=0)
        Pipeline([("final", search)]).fit(X, y, groups=np.arange(40) // 2)


def test_a_search_as_the_last_step_gets_groups_by_metadata_routing(table):
    X, y = table
    pairs = np.arange(40) // 2
    inner = Pipeline([("clf", ListingClassifier())])
    with config_context(enable_metadata_routing=True):
        search = GridSearchCV(inner, {"clf__random_state": [0, 1]}, cv=StratifiedGroupKFold(5))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            Pipeline([("double", Doubler()), ("search", search)]).fit(X, y, groups=pairs)
    assert len(SEEN) == 11
    for rows in SEEN:
        fitted, held_out = (set(pairs[part[:, 0].astype(int) // 2]) for part in rows)
        assert fitted.isdisjoint(held_out)


@pytest.mark.parametrize("is_nested", [False, True])
@pytest.mark.parametrize("final", [SpyClassifier(), HistGradientBoostingClassifier(max_iter=2)])
def test_validation_rows_for_a_step_are_refused_before_a_sampler_is_fitted(table, final, is_nested):
    if not takes_validation(final):
        pytest.skip("scikit-learn before 1.7 gives it no X_val")
    X, y = table
    clf, name = clone(final), "clf"
    if is_nested:
        clf, name = Pipeline([("inner", clf)]), "clf__inner"
    pipeline = Pipeline([("spy", SpySampler()), ("clf", clf)])
    with pytest.raises(ValueError, match=r"X_val was given to the step '(clf|inner)'; exp"):
        pipeline.fit(X, y, **{f"{name}__X_val": X, f"{name}__y_val": y})
    assert SEEN == []


def test_parameters_of_the_classifier_are_checked_before_a_sampler_is_fitted():
    images = np.zeros((8, 6, 6, 1), dtype=np.uint8)
    SEEN.clear()
    pipeline = Pipeline([("spy", SpySampler()), ("clf", CNNClassifier(validation_fraction="a"))])
    with pytest.raises(InvalidParameterError, match="validation_fraction"):
        pipeline.fit(images, [0, 1] * 4)
    assert SEEN == []
    pipeline[-1].set_params(validation_fraction=0, epochs=0)
    with pytest.raises(InvalidParameterError, match="epochs"):
        pipeline.fit(images, [0, 1] * 4)
    with pytest.raises(InvalidParameterError, match="epochs"):
        pipeline.fit(images, [0, 1] * 4, X_val=images, y_val=[0, 1] * 4)
    assert SEEN == []


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (None, "SpyClassifier estimator requires y to be passed, but the target y is None"),
        (np.repeat([0.0, 1.0, np.nan], [20, 18, 2]), "Input y contains NaN"),
        (np.repeat([0.0, 1.0, np.inf], [20, 18, 2]), "Input y contains infinity"),
        (["a", "b", None, float("nan")] * 10, "Input y contains NaN"),
        (pd.Series([1, 2, None, 2] * 10, dtype="Int64"), "Input y contains NaN"),
        (pd.Series(["a", "b", pd.NA, "b"] * 10, dtype="string"), "Input y contains NaN"),
        (np.linspace(0, 1, 40), "Unknown label type: continuous"),
        ([0, 1] * 19, r"inconsistent numbers of samples: \[40, 38\]"),
    ],
)
@pytest.mark.parametrize("fraction", [0, 0.25])
def test_what_are_no_classes_is_refused_before_a_sampler_is_fitted(table, y, message, fraction):
    pipeline = Pipeline([("spy", SpySampler()), ("clf", SpyClassifier(fraction))])
    with pytest.raises(ValueError, match=message):
        pipeline.fit(table[0], y)
    assert SEEN == []


def test_no_rows_are_refused():
    with pytest.raises(ValueError, match="Found 0 samples in X and y"):
        Pipeline([("clf", SpyClassifier())]).fit(np.empty((0, 2)), [])


@pytest.mark.parametrize("final", [SpyClassifier(), HistGradientBoostingClassifier(max_iter=2)])
@pytest.mark.parametrize(
    ("validation", "message"),
    [
        ({"X_val": np.ones((2, 2))}, "together or not at all"),
        ({"y_val": [0, 1]}, "together or not at all"),
        ({"X_val": np.ones((2, 2)), "y_val": [0]}, r"inconsistent numbers of samples: \[2, 1\]"),
        (
            {"X_val": np.ones((3, 2)), "y_val": [2, 1, 2]},
            r"y_val holds classes that y does not: \[2\]; expected a selection of \[0, 1\]",
        ),
    ],
)
def test_validation_rows_are_checked_before_a_sampler_is_fitted(table, final, validation, message):
    if not takes_validation(final):
        pytest.skip("scikit-learn before 1.7 gives it no X_val")
    with pytest.raises(ValueError, match=message):
        Pipeline([("spy", SpySampler()), ("clf", clone(final))]).fit(*table, **validation)
    assert SEEN == []
