"""Steps of Adam, and trainings that leave no graph behind in TensorFlow."""

import gc

import keras
import numpy as np
import pytest
import tensorflow as tf
from noise_images import make_images
from sklearn.base import clone
from tensorflow.python.framework.func_graph import FuncGraph
from tiny_samplers import TINY_GAN, TINY_VANILLA_GAN

from skwbc import CNNClassifier, CompactCNNClassifier
from skwbc._optimizers import FusedAdam, settle_optimizer

SMALL = {"filters": (4,), "epochs": 1, "random_state": 0, "dtype": "float32"}
WORKS = {
    "CNN": lambda X, y: CNNClassifier(**SMALL, dense_units=8).fit(X, y).embed(X),
    "compact": lambda X, y: CompactCNNClassifier(**SMALL).fit(X, y).predict(X),
    "GAN": lambda X, y: clone(TINY_GAN).fit_resample(X, y),
    "vanilla GAN": lambda X, y: clone(TINY_VANILLA_GAN).fit_resample(X, y),
}


def take_steps(optimizer, gradients, start):
    variable = keras.Variable(start, dtype=start.dtype.name)
    optimizer.build([variable])
    step = tf.function(lambda gradient: optimizer.apply([gradient], [variable]))
    for gradient in gradients:
        step(gradient)
    return variable.numpy()


def take_steps_by_hand(gradients, weights, rate, beta_1, beta_2, decay, epsilon=1e-7):
    mean = square = 0.0
    for i, gradient in enumerate(gradients, start=1):
        weights = weights - rate * decay * weights
        mean = beta_1 * mean + (1 - beta_1) * gradient
        square = beta_2 * square + (1 - beta_2) * gradient**2
        unbiased = mean / (1 - beta_1**i) * np.sqrt(1 - beta_2**i)
        weights = weights - rate * unbiased / (np.sqrt(square) + epsilon)
    return weights


@pytest.mark.parametrize("betas", [(0.9, 0.999), (0.0, 0.99)])
@pytest.mark.parametrize("decay", [None, 0.125])
def test_steps_are_those_of_the_paper(betas, decay):
    # Keras holds the rate, and takes the decay, as float32, in which these are exact
    rng, rate = np.random.default_rng(0), 0.0625
    gradients, start = rng.normal(size=(30, 5, 4)), rng.normal(size=(5, 4))
    settings = dict(zip(["beta_1", "beta_2"], betas, strict=True), weight_decay=decay)
    found = take_steps(FusedAdam(rate, **settings), gradients, start)
    expected = take_steps_by_hand(gradients, start, rate, *betas, decay or 0.0)
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    assert np.abs(found - start).min() > 1e-4


@pytest.mark.parametrize("decay", [None, 0.1])
def test_steps_are_those_of_keras(decay):
    rng = np.random.default_rng(0)
    gradients = rng.normal(size=(30, 5, 4)).astype(np.float32)
    start = rng.normal(size=(5, 4)).astype(np.float32)
    found, expected = (
        take_steps(kind(0.1, weight_decay=decay), gradients, start)
        for kind in (FusedAdam, keras.optimizers.Adam)
    )
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_it_goes_on_from_the_state_of_another():
    rng = np.random.default_rng(0)
    gradients = rng.normal(size=(6, 5)).astype(np.float32)
    weights = keras.Variable(np.zeros(5)), keras.Variable(np.zeros(5))
    optimizers = [FusedAdam(0.1), keras.optimizers.Adam(0.1)]
    for optimizer, variable in zip(optimizers, weights, strict=True):
        optimizer.build([variable])
    for gradient in gradients[:3]:
        optimizers[1].apply([gradient], [weights[1]])
    weights[0].assign(weights[1])
    for mine, other in zip(*(optimizer.variables for optimizer in optimizers), strict=True):
        mine.assign(other)
    for gradient in gradients[3:]:
        for optimizer, variable in zip(optimizers, weights, strict=True):
            optimizer.apply([gradient], [variable])
    np.testing.assert_allclose(weights[0].numpy(), weights[1].numpy(), rtol=1e-4)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_a_saved_model_of_a_callback_opens_with_it(tmp_path):
    network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    network.compile(FusedAdam(0.1, weight_decay=0.2), "mse")
    network.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0)
    network.save(tmp_path / "model.keras")
    optimizer = keras.models.load_model(tmp_path / "model.keras").optimizer
    assert isinstance(optimizer, FusedAdam)
    assert optimizer.weight_decay == 0.2
    assert int(optimizer.iterations) == 1


def count_graphs():
    gc.collect()
    return sum(isinstance(each, FuncGraph) for each in gc.get_objects())


@pytest.mark.filterwarnings("ignore:Class .* was filled:UserWarning")
@pytest.mark.parametrize("work", WORKS)
def test_no_graph_stays(work):
    X, y = make_images(30)
    y[:6] = 0
    WORKS[work](X, y)
    before = count_graphs()
    WORKS[work](X, y)
    assert count_graphs() == before


def train(settle):
    network = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(2, kernel_initializer=keras.initializers.Ones())]
    )
    optimizer = FusedAdam(0.1, weight_decay=0.004)
    if settle:
        assert settle_optimizer(optimizer, network.trainable_variables) is optimizer
    network.compile(optimizer, "mse")
    X = np.arange(60, dtype="float32").reshape(20, 3) / 60
    network.fit(X, X[:, :2], epochs=3, verbose=0, shuffle=False)
    return network.get_weights()


def test_a_settled_optimizer_takes_the_same_steps():
    for found, expected in zip(train(settle=True), train(settle=False), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_several_replicas_keep_their_sum(monkeypatch):
    class Strategy:
        num_replicas_in_sync = 2

    optimizer = keras.optimizers.Adam()
    monkeypatch.setattr("tensorflow.distribute.get_strategy", Strategy)
    settle_optimizer(optimizer, [])
    assert optimizer._all_reduce_sum_gradients is not list
