"""Weights of the rows of a pipeline."""

import numpy as np
import pandas as pd
import pytest
from imblearn import FunctionSampler
from imblearn.under_sampling import RandomUnderSampler
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier
from spy_steps import SEEN, Doubler, SpyClassifier, SpySampler, make_table

from skwbc import Pipeline


@pytest.fixture
def table():
    return make_table()


def test_sample_weights_are_split_with_their_rows(table):
    X, y = table
    clf = Pipeline([("clf", SpyClassifier())]).fit(X, y, clf__sample_weight=X[:, 0])[-1]
    np.testing.assert_array_equal(clf.sample_weight_, clf.X_[:, 0])


def test_rows_of_weight_zero_are_on_neither_side(table):
    X, y = table
    weights = np.where(np.arange(40) % 2, 1.0, 0.0)
    pipeline = Pipeline([("clf", SpyClassifier())])
    pipeline.fit(X, y, groups=np.arange(40) // 2, clf__sample_weight=weights)
    held_out, fitted = (rows[:, 0].astype(int) for rows in (pipeline[-1].X_val_, pipeline[-1].X_))
    assert sorted([*held_out, *fitted]) == list(range(1, 40, 2))
    assert set(pipeline[-1].sample_weight_) == {1.0}
    assert set(held_out // 2).isdisjoint(fitted // 2)


def test_rows_without_a_class_or_a_weight_are_refused(table):
    X, y = table
    pipeline = Pipeline([("spy", SpySampler()), ("clf", SpyClassifier())])
    with pytest.raises(ValueError, match=r"inconsistent numbers of samples: \[40, 30\]"):
        pipeline.fit(X, y[:30])
    with pytest.raises(ValueError, match=r"inconsistent numbers of samples: \[40, 41\]"):
        Pipeline(pipeline.steps[1:]).fit(X, y, clf__sample_weight=np.ones(41))
    with pytest.raises(ValueError, match="at least one value above zero"):
        Pipeline(pipeline.steps[1:]).fit(X, y, clf__sample_weight=np.zeros(40))


def test_one_weight_for_all_rows_leaves_none_out(table):
    X, y = table
    clf = Pipeline([("clf", SpyClassifier())]).fit(X, y, clf__sample_weight=2.0)[-1]
    assert (len(clf.X_), len(clf.X_val_), clf.sample_weight_) == (30, 10, 2.0)


@pytest.mark.parametrize("kind", [list, np.array, pd.Series])
@pytest.mark.parametrize("within", [False, True])
def test_rows_held_out_keep_their_weights(table, kind, within):
    X, y = table
    weights = np.arange(40) % 7
    pipeline = Pipeline([("double", Doubler()), ("clf", SpyClassifier())])
    if within:
        pipeline = Pipeline([("inner", pipeline)])
    name = "inner__clf__sample_weight" if within else "clf__sample_weight"
    clf = pipeline.fit(X, y, **{name: kind(weights)})[-1]
    clf = clf[-1] if within else clf
    for rows, given in ((clf.X_, clf.sample_weight_), (clf.X_val_, clf.sample_weight_val_)):
        assert list(given) == weights[rows[:, 0].astype(int) // 2].tolist()
        assert 0 not in list(given)
    assert len(clf.X_) + len(clf.X_val_) == np.count_nonzero(weights)


def test_weights_of_validation_rows_reach_a_booster(table):
    X, y = table
    booster = HistGradientBoostingClassifier(max_iter=20, early_stopping=True, random_state=0)
    validation = {"y_val": 1 - y[::3], "sample_weight_val": np.arange(len(y[::3]))}
    ours = Pipeline([("double", Doubler()), ("clf", booster)]).fit(X, y, X_val=X[::3], **validation)
    alone = clone(booster).fit(2 * X, y, X_val=2 * X[::3], **validation)
    np.testing.assert_array_equal(ours[-1].validation_score_, alone.validation_score_)


def test_weights_to_validate_by_that_nobody_takes_are_told_before_a_sampler_is_trained(table):
    class Unweighted(SpyClassifier):
        def fit(self, X, y, *, X_val=None, y_val=None):
            return super().fit(X, y, X_val=X_val, y_val=y_val)

    X, y = table
    pipeline = Pipeline([("spy", SpySampler()), ("clf", Unweighted())])
    with pytest.raises(ValueError, match="sample_weight_val was given, but Unweighted takes none"):
        pipeline.fit(X, y, X_val=X, y_val=y, sample_weight_val=np.ones(40))
    assert SEEN == []


@pytest.mark.parametrize("step", ["clf", "double"])
def test_weights_are_refused_if_as_many_other_rows_came_out(table, step):
    X, y = table
    fewer = RandomUnderSampler(sampling_strategy={0: 10, 1: 10}, random_state=0)
    steps = [("fewer", fewer), ("spy", SpySampler())]
    pipeline = Pipeline([*steps, ("double", Doubler()), ("clf", SpyClassifier(0))])
    with pytest.raises(ValueError, match=r"each of the 40 rows .* 'fewer' makes other rows"):
        pipeline.fit(X, y, **{f"{step}__sample_weight": np.ones(40)})
    assert SEEN == []  # refused at once


def test_weights_are_refused_before_an_over_sampler_is_trained(table):
    X, y = table
    pipeline = Pipeline([("spy", SpySampler()), ("clf", SpyClassifier(0))])
    with pytest.raises(ValueError, match="'spy' makes other rows"):
        pipeline.fit(X, y, clf__sample_weight=np.ones(40))
    assert SEEN == []


@pytest.mark.parametrize("kind", [np.array, csr_array, list])
def test_weights_pass_a_sampler_that_changes_no_row(table, kind):
    X, y = table
    X[0, 0] = 0.25 if kind is csr_array else np.nan
    same = FunctionSampler(validate=False, func=lambda X, y: (kind(X), y.copy()))
    turned = FunctionSampler(validate=False, func=lambda X, y: (kind(X[::-1]), y[::-1]))
    weights = {"clf__sample_weight": np.arange(40)}
    X = X.tolist() if kind is list else kind(X)
    clf = Pipeline([("same", same), ("clf", SpyClassifier(0))]).fit(X, y, **weights)[-1]
    np.testing.assert_array_equal(clf.sample_weight_, np.arange(40))
    with pytest.raises(ValueError, match="'turned' makes other rows"):
        Pipeline([("turned", turned), ("clf", SpyClassifier(0))]).fit(X, y, **weights)
