import copy
import pickle

import keras
import numpy as np
from sklearn.base import BaseEstimator

from skwbc._network_state import NetworkStateMixin, apply_copy, copy_network


class Holder(NetworkStateMixin, BaseEstimator):
    def fit(self):
        network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        self.network_ = keras.Model(network.inputs, network.outputs)
        self.networks_ = {"a": self.network_}
        self.history_ = {"loss": [1.0]}
        return self


def test_networks_survive_pickle_and_deepcopy():
    holder = Holder().fit()
    x = np.ones((1, 3), dtype="float32")
    expected = holder.network_.predict_on_batch(x)
    for twin in (pickle.loads(pickle.dumps(holder)), copy.deepcopy(holder)):
        np.testing.assert_array_equal(twin.network_.predict_on_batch(x), expected)
        np.testing.assert_array_equal(twin.networks_["a"].predict_on_batch(x), expected)
        assert twin.network_ is not holder.network_
        assert twin.history_ == holder.history_


def test_what_keras_adapted_comes_back():
    layer = keras.layers.Normalization()
    layer.adapt(np.arange(6.0).reshape(2, 3))
    network = keras.Sequential([keras.Input((3,)), layer])
    expected = network.predict_on_batch(np.ones((1, 3)))
    twin = copy_network(network)
    np.testing.assert_array_equal(twin.predict_on_batch(np.ones((1, 3))), expected)


def test_a_copied_layer_has_the_settings_and_the_weights():
    layer = keras.layers.Dense(2, name="mine")
    layer.build((None, 3))
    x = keras.Input((3,))
    network = keras.Model(x, apply_copy(layer, x, seed=0))
    assert network.layers[1] is not layer
    np.testing.assert_array_equal(network.layers[1].kernel, layer.kernel)
    assert network.layers[1].name == "mine"
