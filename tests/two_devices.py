"""Tests with two devices; they need a TensorFlow of their own, see test_replicas.py."""

import pickle

import keras
import numpy as np
import pytest
import tensorflow as tf
from composition_cases import make_cnn
from noise_images import make_images

import skwbc
from skwbc import CompactCNNClassifier, GANOverSampler

PLAIN = {  # nothing is drawn in the training
    "epochs": 2,
    "dropout": 0,
    "dense_dropout": 0,
    "learning_rate": 0.01,
    "validation_fraction": 0.25,
}


@pytest.fixture(scope="session", autouse=True)
def two_processors():
    """Cut the processor into two devices, before TensorFlow starts."""
    (processor,) = tf.config.list_physical_devices("CPU")
    parts = [tf.config.LogicalDeviceConfiguration() for _ in range(2)]
    tf.config.set_logical_device_configuration(processor, parts)


@pytest.fixture(scope="session")
def mirrored(two_processors):
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])


def fit(scope, classifier, X, y, **params):
    if scope is None:
        return classifier.fit(X, y, **params)
    with scope.scope():
        return classifier.fit(X, y, **params)


def assert_same(one, two, X, atol=1e-5):
    for ours, theirs in zip(two.network_.get_weights(), one.network_.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=atol)
    np.testing.assert_allclose(two.predict_proba(X), one.predict_proba(X), atol=atol)
    assert two.best_epoch_ == one.best_epoch_


def assert_ordinary(classifier):
    strategy = classifier.network_.distribute_strategy
    assert strategy.num_replicas_in_sync == 1
    values = [variable.value for variable in classifier.network_.variables]
    assert not [v for v in values if isinstance(v, tf.distribute.DistributedValues)]


@pytest.mark.parametrize("n", [32, 33])  # the last batch of 33 is a single image
def test_two_devices_learn_what_one_does(mirrored, n):
    X, y = make_images(n)
    one, two = (fit(scope, make_cnn(**PLAIN), X, y) for scope in (None, mirrored))
    assert_same(one, two, X)
    for name in ("loss", "val_loss", "val_accuracy"):
        np.testing.assert_allclose(two.history_[name], one.history_[name], rtol=0.05)
    assert_ordinary(two)


def test_both_devices_work(mirrored):
    seen = []

    class Spy(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            variables = [v.value for v in self.model.trainable_variables]
            seen.extend({part.device for part in v.values} for v in variables)

    X, y = make_images()
    fit(mirrored, make_cnn(callbacks=[Spy()]), X, y)
    assert {len(devices) for devices in seen} == {2}


def test_fewer_images_than_devices_in_the_last_batch_and_for_validation(mirrored):
    X, y = make_images(17)
    settings = PLAIN | {"validation_fraction": 0}
    given = {"X_val": X[:1], "y_val": y[:1]}
    one, two = (fit(scope, make_cnn(**settings), X, y, **given) for scope in (None, mirrored))
    assert_same(one, two, X)


def test_weights_of_images_and_classes(mirrored):
    X, y = make_images()
    settings = PLAIN | {"class_weight": {0: 1, 1: 3}}
    given = {"sample_weight": np.arange(24) % 5}
    one, two = (fit(scope, make_cnn(**settings), X, y, **given) for scope in (None, mirrored))
    assert_same(one, two, X)
    for name in ("val_loss", "val_accuracy"):
        assert two.history_[name] == pytest.approx(one.history_[name])


def test_the_network_for_crops(mirrored):
    X, y = make_images(40, (16, 16, 3))
    settings = {"filters": (8,), "epochs": 2, "dtype": "float32", "random_state": 0}
    plain = settings | {"dropout": 0, "augmentation": None}
    one, two = (fit(scope, CompactCNNClassifier(**plain), X, y) for scope in (None, mirrored))
    assert_same(one, two, X, atol=1e-3)
    assert two.temperature_ == pytest.approx(one.temperature_, abs=0.05)
    usual = fit(mirrored, CompactCNNClassifier(**settings), X, y)
    assert usual.predict_proba(X).shape == (40, 2)
    assert_ordinary(usual)


def test_predictions_in_the_scope_are_those_outside(mirrored):
    X, y = make_images()
    classifier = fit(mirrored, make_cnn(), X, y)
    copied = pickle.loads(pickle.dumps(classifier))
    outside = copied.predict_proba(X), copied.embed(X)
    with mirrored.scope():
        inside = classifier.predict_proba(X), classifier.embed(X)
        again = pickle.loads(pickle.dumps(classifier))
    for ours, theirs in zip(inside, outside, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)
    np.testing.assert_allclose(again.predict_proba(X), outside[0], atol=1e-6)


def test_a_classifier_of_two_devices_is_pickled_and_saved(mirrored, tmp_path):
    X, y = make_images()
    classifier = fit(mirrored, make_cnn(), X, y)
    expected = classifier.predict_proba(X)
    skwbc.save(classifier, tmp_path / "two.skwbc")
    for twin in (pickle.loads(pickle.dumps(classifier)), skwbc.load(tmp_path / "two.skwbc")):
        np.testing.assert_array_equal(twin.predict_proba(X), expected)


def test_a_warm_start_goes_on_in_and_out_of_the_scope(mirrored):
    X, y = make_images()
    one, two = (make_cnn(warm_start=True, **PLAIN | {"epochs": 1}) for _ in range(2))
    for scope in (None, mirrored, mirrored, None):
        fit(None, one, X, y)
        fit(scope, two, X, y)
    assert_same(one, two, X)
    assert two.n_epochs_ == 4


def test_partial_fit_goes_on_in_and_out_of_the_scope(mirrored):
    X, y = make_images()
    one, two = (make_cnn(**PLAIN) for _ in range(2))
    for number in range(3):
        one.partial_fit(X, y, classes=[0, 1])
        if number == 1:
            with mirrored.scope():
                two.partial_fit(X, y, classes=[0, 1])
        else:
            two.partial_fit(X, y, classes=[0, 1])
    assert_same(one, two, X)


def test_one_device_of_a_strategy(two_processors):
    X, y = make_images(27)
    second = tf.distribute.OneDeviceStrategy("CPU:1")
    one, two = (fit(scope, make_cnn(**PLAIN), X, y) for scope in (None, second))
    assert_same(one, two, X)
    assert_ordinary(two)


def test_a_gan_refuses_two_devices_to_train_and_draws_on_them(mirrored):
    X, y = make_images(30)
    sampler = GANOverSampler(
        sampling_strategy={0: 20},
        max_images=32,
        copy_quantile=0,
        min_diversity=0,
        max_distance=None,
        random_state=0,
    )
    with mirrored.scope(), pytest.raises(RuntimeError, match=r"on one device; .* strategy of 2"):
        sampler.fit_resample(X, y)
    sampler.fit_resample(X, y)
    outside = sampler.sample(100, 0, random_state=0)
    with mirrored.scope():
        inside = sampler.sample(100, 0, random_state=0)
    np.testing.assert_allclose(inside.astype(int), outside.astype(int), atol=1)
