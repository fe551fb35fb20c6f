"""A training leaves no graph behind in TensorFlow, and an optimiser does what it did."""

import gc

import keras
import numpy as np
import pytest
from noise_images import make_images
from sklearn.base import clone
from tensorflow.python.framework.func_graph import FuncGraph
from tiny_samplers import TINY_GAN, TINY_VANILLA_GAN

from skwbc import CNNClassifier, CompactCNNClassifier
from skwbc._optimizers import settle_optimizer

SMALL = {"filters": (4,), "epochs": 1, "random_state": 0, "dtype": "float32"}
WORKS = {
    "CNN": lambda X, y: CNNClassifier(**SMALL, dense_units=8).fit(X, y).embed(X),
    "compact": lambda X, y: CompactCNNClassifier(**SMALL).fit(X, y).predict(X),
    "GAN": lambda X, y: clone(TINY_GAN).fit_resample(X, y),
    "vanilla GAN": lambda X, y: clone(TINY_VANILLA_GAN).fit_resample(X, y),
}


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
    optimizer = keras.optimizers.AdamW(0.1)
    if settle:
        assert settle_optimizer(optimizer, network.trainable_variables) is optimizer
    network.compile(optimizer, "mse")
    X = np.arange(60, dtype="float32").reshape(20, 3) / 60
    network.fit(X, X[:, :2], epochs=3, verbose=0, shuffle=False)
    return network.get_weights()


def test_the_steps_are_the_same():
    for found, expected in zip(train(settle=True), train(settle=False), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_several_replicas_keep_their_sum(monkeypatch):
    class Strategy:
        num_replicas_in_sync = 2

    optimizer = keras.optimizers.Adam()
    monkeypatch.setattr("tensorflow.distribute.get_strategy", Strategy)
    settle_optimizer(optimizer, [])
    assert optimizer._all_reduce_sum_gradients is not list
