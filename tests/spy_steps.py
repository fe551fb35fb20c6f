"""Steps of a pipeline that tell what reached them."""

import numpy as np
from imblearn.base import BaseSampler
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin

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


def make_table():
    """Make 40 rows that tell their number, three quarters of class 0; forget the rows seen."""
    SEEN.clear()
    return np.arange(40.0)[:, None] + [0.0, 0.5], np.repeat([0, 1], [30, 10])
