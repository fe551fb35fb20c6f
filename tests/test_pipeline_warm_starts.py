"""Pipelines whose classifier goes on where it was."""

import numpy as np
import pytest
from spy_steps import SpyClassifier, SpySampler, make_table

import skwbc
from skwbc import CNNClassifier, Pipeline, make_pipeline
from skwbc._hold_out import hold_out
from skwbc._seeding import draw_seed, seed_stream


@pytest.fixture
def table():
    return make_table()


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
