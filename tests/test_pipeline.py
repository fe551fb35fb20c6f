import warnings

import numpy as np
import pandas as pd
import pytest
from imblearn import FunctionSampler
from imblearn.base import BaseSampler
from imblearn.under_sampling import RandomUnderSampler
from joblib import Memory
from scipy.sparse import csr_array
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin, clone
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
from test_guides import run

import skwbc
from skwbc import AugmentationOverSampler, CNNClassifier, Pipeline, make_pipeline
from skwbc._hold_out import hold_out
from skwbc._seeding import draw_seed, seed_stream
from skwbc.pipeline import takes_validation

SYNTHETIC = -1.0  # every value of a row that the spy makes
SEEN = []  # rows that reached a sampler, in any copy of it


class SpySampler(BaseSampler):
    """Add as many rows as there are, all `SYNTHETIC`, and remember the rows seen."""

    _sampling_type = "over-sampling"
    _parameter_constraints = {"sampling_strategy": "no_validation"}  # noqa: RUF012

    def _fit_resample(self, X, y):
        SEEN.append(X.copy())
        return np.concatenate([X, np.full_like(X, SYNTHETIC)]), np.concatenate([y, y])


class SpyClassifier(ClassifierMixin, BaseEstimator):
    """Remember what fit got."""

    _holds_out_rows = True
    _parameter_constraints = {}  # noqa: RUF012 - scikit-learn's convention

    def __init__(self, validation_fraction=0.25, random_state=0):
        self.validation_fraction = validation_fraction
        self.random_state = random_state

    def fit(self, X, y, sample_weight=None, *, X_val=None, y_val=None, sample_weight_val=None):
        self.X_, self.y_, self.X_val_, self.y_val_ = X, y, X_val, y_val
        self.sample_weight_, self.sample_weight_val_ = sample_weight, sample_weight_val
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


class Doubler(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        self.rows_ = X
        return self

    def transform(self, X):
        return 2 * X


@pytest.fixture
def table():
    """40 rows that tell their number, three quarters of class 0."""
    SEEN.clear()
    return np.arange(40.0)[:, None] + [0.0, 0.5], np.repeat([0, 1], [30, 10])


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


def test_a_fraction_of_zero_holds_out_nothing(table):
    clf = Pipeline([("spy", SpySampler()), ("clf", SpyClassifier(0))]).fit(*table)[-1]
    assert clf.X_val_ is None
    assert len(clf.X_) == 80


def test_sample_weights_are_split_with_their_rows(table):
    X, y = table
    clf = Pipeline([("clf", SpyClassifier())]).fit(X, y, clf__sample_weight=X[:, 0])[-1]
    np.testing.assert_array_equal(clf.sample_weight_, clf.X_[:, 0])


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


def test_rows_of_weight_zero_are_on_neither_side(table):
    X, y = table
    weights = np.where(np.arange(40) % 2, 1.0, 0.0)
    pipeline = Pipeline([("clf", SpyClassifier())])
    pipeline.fit(X, y, groups=np.arange(40) // 2, clf__sample_weight=weights)
    held_out, fitted = (rows[:, 0].astype(int) for rows in (pipeline[-1].X_val_, pipeline[-1].X_))
    assert sorted([*held_out, *fitted]) == list(range(1, 40, 2))
    assert set(pipeline[-1].sample_weight_) == {1.0}
    assert set(held_out // 2).isdisjoint(fitted // 2)


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


@pytest.mark.parametrize("early_stopping", [False, True])
def test_the_hold_out_of_a_classifier_of_scikit_learn_is_its_own(table, early_stopping):
    X, y = table
    settings = {"early_stopping": early_stopping, "validation_fraction": 10, "random_state": 0}
    booster = HistGradientBoostingClassifier(max_iter=2, min_samples_leaf=2, **settings)
    ours = Pipeline([("double", Doubler()), ("clf", booster)]).fit(X, y)
    alone = clone(booster).fit(2 * X, y)
    np.testing.assert_array_equal(ours.predict_proba(X), alone.predict_proba(2 * X))


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


@pytest.mark.parametrize("step", ["clf", "double"])
def test_weights_are_refused_if_as_many_other_rows_came_out(table, step):
    X, y = table
    fewer = RandomUnderSampler(sampling_strategy={0: 10, 1: 10}, random_state=0)
    steps = [("fewer", fewer), ("spy", SpySampler())]
    pipeline = Pipeline([*steps, ("double", Doubler()), ("clf", SpyClassifier(0))])
    with pytest.raises(ValueError, match=r"each of the 40 rows .* 'fewer' made 20 other rows"):
        pipeline.fit(X, y, **{f"{step}__sample_weight": np.ones(40)})
    assert SEEN == []  # refused at once


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
    with pytest.raises(ValueError, match="'turned' made 40 other rows"):
        Pipeline([("turned", turned), ("clf", SpyClassifier(0))]).fit(X, y, **weights)


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


class WarmClassifier(SpyClassifier):
    """Keep the seed of the first fit, as the classifiers of skwbc do."""

    def __init__(self, validation_fraction=0.25, random_state=None, warm_start=True):
        super().__init__(validation_fraction, random_state)
        self.warm_start = warm_start

    def fit(self, X, y, sample_weight=None, *, X_val=None, y_val=None):
        if not (self.warm_start and hasattr(self, "_seed")):
            self._seed = draw_seed(self.random_state)
        return super().fit(X, y, sample_weight, X_val=X_val, y_val=y_val)


@pytest.mark.parametrize("random_state", [None, np.random.RandomState(0)])
def test_a_warm_start_validates_on_the_rows_of_the_fit_before(table, random_state):
    classifier = WarmClassifier(random_state=random_state)
    pipeline = Pipeline([("spy", SpySampler()), ("clf", classifier)])
    first, second = (pipeline.fit(*table)[-1].X_val_ for _ in range(2))
    np.testing.assert_array_equal(second, first)
    classifier.set_params(warm_start=False)
    anew = [pipeline.fit(*table)[-1].X_val_[:, 0].tolist() for _ in range(3)]
    assert len({tuple(rows) for rows in anew}) == 3
    classifier.set_params(warm_start=True)
    assert pipeline.fit(*table)[-1].X_val_[:, 0].tolist() == anew[-1]


def test_a_warm_start_validates_on_the_rows_of_a_fit_alone(table):
    X, y = table
    classifier = WarmClassifier()
    pipeline = Pipeline([("clf", classifier)]).fit(X, y)
    classifier.set_params(warm_start=False).fit(X, y).set_params(warm_start=True)
    _, held_out = hold_out(y, 0.25, next(seed_stream(classifier._seed)))
    np.testing.assert_array_equal(pipeline.fit(X, y)[-1].X_val_, X[held_out])


def test_a_warm_start_from_a_file_validates_on_the_same_rows(unbalanced, tmp_path):
    classifier = CNNClassifier(filters=(4,), dense_units=8, epochs=1, warm_start=True)
    pipeline = make_pipeline(classifier).fit(*unbalanced)
    skwbc.save(pipeline, tmp_path / "warm.skwbc")
    loaded = skwbc.load(tmp_path / "warm.skwbc").fit(*unbalanced)
    assert loaded[-1]._hold_out_seeds == pipeline[-1]._hold_out_seeds


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
