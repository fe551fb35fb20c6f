"""The one road of randomness: what a `random_state` fixes, and what nothing may touch."""

import functools
import random
from contextlib import contextmanager

import keras
import numpy as np
import pytest
import tensorflow as tf
from joblib import cpu_count, parallel_config
from noise_images import make_images
from sklearn.base import clone
from sklearn.model_selection import cross_val_predict
from tiny_samplers import TINY_GAN, TINY_VANILLA_GAN

from skwbc import (
    AugmentationOverSampler,
    CNNClassifier,
    CNNRNNClassifier,
    CompactCNNClassifier,
    make_pipeline,
)

X, _ = make_images(16)
y = np.repeat(["common", "rare"], [10, 6])

SMALL = {"filters": (4,), "dense_units": 8, "epochs": 1, "random_state": 0, "dtype": "float32"}
ESTIMATORS = {
    "CNN": CNNClassifier(**SMALL, augmentation="traditional"),
    "CNN-RNN": CNNRNNClassifier(**SMALL, lstm_units=3, validation_fraction=0),
    "compact CNN": CompactCNNClassifier(filters=(4,), epochs=1, random_state=0, dtype="float32"),
    "augmentation": AugmentationOverSampler(random_state=0),
    "GAN": TINY_GAN,
    "vanilla GAN": TINY_VANILLA_GAN,
}
each_estimator = pytest.mark.parametrize("name", ESTIMATORS)
SLOW = pytest.param("CNN-RNN", marks=pytest.mark.slow)  # three seconds a fit, whatever the size


def learn(name, random_state):
    """Fit a copy; give all that its randomness decides, as one row of numbers."""
    fitted = clone(ESTIMATORS[name]).set_params(random_state=random_state)
    if not hasattr(fitted, "fit_resample"):
        fitted.fit(X, y)
        learned = [*fitted.network_.get_weights(), fitted.predict_proba(X), fitted.predict(X) == y]
    else:
        learned = [fitted.fit_resample(X, y)[0][len(X) :]]
        if hasattr(fitted, "sample"):
            learned.append(fitted.sample(3, "rare", random_state=0))
    return np.concatenate([np.ravel(part).astype(float) for part in learned])


@functools.cache
def learn_with_zero(name):
    return learn(name, 0)


def differ(first, second):
    return not np.allclose(first, second)


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


@pytest.mark.parametrize("name", [SLOW if name == "CNN-RNN" else name for name in ESTIMATORS])
def test_an_instance_advances_and_its_sequence_repeats(name):
    state, twin = (np.random.RandomState(0) for _ in range(2))
    first, second = learn(name, state), learn(name, state)
    assert differ(first, second)
    np.testing.assert_array_equal(learn(name, twin), first)
    np.testing.assert_array_equal(learn(name, twin), second)


def test_a_pipeline_advances_the_instance_that_its_steps_share():
    def predict(state):
        steps = clone(ESTIMATORS["augmentation"]), clone(ESTIMATORS["CNN"])
        steps = [step.set_params(random_state=state) for step in steps]
        return make_pipeline(*steps).fit(X, y).predict_proba(X)

    state, twin = (np.random.RandomState(0) for _ in range(2))
    first, second = predict(state), predict(state)
    assert differ(first, second)
    np.testing.assert_array_equal(predict(twin), first)


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
