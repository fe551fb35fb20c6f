"""The one road of randomness: what a `random_state` fixes, and what nothing may touch."""

import functools
import random
from contextlib import contextmanager

import keras
import numpy as np
import pytest
import tensorflow as tf
from joblib import cpu_count, parallel_config
from randomness_cases import ESTIMATORS, X, differ, learn, y
from sklearn.model_selection import cross_val_predict

from skwbc import make_pipeline

each_estimator = pytest.mark.parametrize("name", ESTIMATORS)


@functools.cache
def learn_with_zero(name):
    return learn(name, 0)


def draw_from_global_generators():
    return [
        np.random.random(),  # noqa: NPY002 - the global one is what this is about
        random.random(),
        tf.random.uniform(()).numpy(),
        tf.random.get_global_generator().uniform(()).numpy(),
        keras.random.uniform(()).numpy(),
    ]


def read_global_settings():
    return {
        "floatx": keras.config.floatx(),
        "epsilon": keras.config.epsilon(),
        "dtype policy": keras.config.dtype_policy().name,
        "image data format": keras.config.image_data_format(),
        "run eagerly": tf.config.functions_run_eagerly(),
    }


@contextmanager
def nothing_global_touched():
    """Seed all global generators, and check that nobody draws from them; undo the seeding."""

    def seed():
        keras.utils.set_random_seed(0)
        tf.random.set_global_generator(tf.random.Generator.from_seed(0))

    before = random.getstate(), np.random.get_state(), read_global_settings()  # noqa: NPY002
    seed()
    expected = draw_from_global_generators()
    seed()
    try:
        yield
        assert draw_from_global_generators() == expected
        assert read_global_settings() == before[2]
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])  # noqa: NPY002
        tf.random.set_seed(None)
        tf.random.set_global_generator(tf.random.Generator.from_non_deterministic_state())
        keras.utils.clear_session(free_memory=False)  # of the seed for layers without one


@each_estimator
def test_an_integer_gives_the_same_whatever_the_global_seeds(name):
    expected = learn_with_zero(name)
    with nothing_global_touched():
        again = learn(name, 0)
    np.testing.assert_array_equal(again, expected)


@each_estimator
def test_another_integer_gives_something_else(name):
    assert differ(learn(name, 1), learn_with_zero(name))


@each_estimator
def test_none_gives_something_else_at_every_fit(name):
    seeded = learn_with_zero(name)
    unseeded = []
    for _ in range(2):
        with nothing_global_touched():
            unseeded.append(learn(name, None))
    assert differ(unseeded[0], seeded)
    assert differ(*unseeded)


@pytest.fixture(scope="module")
def predict_by_folds():
    """Give a function that asks a GAN and a classifier behind it, in two folds."""
    pipeline = make_pipeline(ESTIMATORS["GAN"], ESTIMATORS["CNN"])
    settings = {"cv": 2, "method": "predict_proba"}
    return lambda n_jobs: cross_val_predict(pipeline, X, y, n_jobs=n_jobs, **settings)


@pytest.fixture(scope="module")
def one_after_the_other(predict_by_folds):
    return predict_by_folds(n_jobs=1)


# as many threads as TensorFlow has in this process: another number sums in another order
LOKY = {"backend": "loky", "inner_max_num_threads": cpu_count()}


@pytest.mark.parametrize(
    "backend", [{"backend": "threading"}, pytest.param(LOKY, marks=pytest.mark.slow)]
)
def test_jobs_side_by_side_predict_the_same(predict_by_folds, one_after_the_other, backend):
    with parallel_config(**backend):
        side_by_side = predict_by_folds(n_jobs=2)
    np.testing.assert_array_equal(side_by_side, one_after_the_other)
