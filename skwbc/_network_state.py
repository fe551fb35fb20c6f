"""Fitted networks as plain data: a description in JSON and arrays."""

from contextlib import contextmanager
from typing import NamedTuple

import keras
import numpy as np

from skwbc._kept_attributes import attributes_kept
from skwbc._own_names import own_names
from skwbc._seeding import python_random_kept, seed_draws


class PackedNetwork(NamedTuple):
    """A network as Keras' description in JSON and its weights."""

    description: str
    weights: list[np.ndarray]


def pack_network(network):
    """Take a functional network apart.

    Parameters
    ----------
    network : keras.Model
        Made of Keras' own layers.

    Returns
    -------
    PackedNetwork
        What :func:`unpack_network` needs.
    """
    return PackedNetwork(network.to_json(), network.get_weights())


def unpack_network(packed):
    """Put together what :func:`pack_network` took apart."""
    with own_names(), python_random_kept():
        network = keras.models.model_from_json(packed.description)
    give_weights(network, packed.weights)
    return network


def give_weights(layer, weights):
    """Give a new layer or network its weights, so that all its parts compute with them.

    Normalization of Keras computes with tensors that it made of its weights when it was built;
    that of a pretrained EfficientNet is in no description.

    Parameters
    ----------
    layer : keras.Layer
        Built.
    weights : list of ndarray
        As its `get_weights` would give them.
    """
    layer.set_weights(weights)
    for part in layer._flatten_layers():
        if isinstance(part, keras.layers.Normalization):
            part.finalize_state()


def copy_network(network):
    """Make a second network of the same layers and weights."""
    return unpack_network(pack_network(network))


def apply_copy(layer, x, seed):
    """Put a copy of a layer behind a tensor, so that the caller's is never trained.

    Parameters
    ----------
    layer : keras.Layer
        Of the caller.
    x : KerasTensor
        What goes into it.
    seed : int
        Of its random draws.

    Returns
    -------
    KerasTensor
        What comes out of the copy, which has the settings and the weights of the layer.
    """
    with python_random_kept():
        copied = type(layer).from_config(layer.get_config())
        y = copied(x)
    if layer.built and layer.get_weights():
        give_weights(copied, layer.get_weights())
    seed_draws(copied, seed)
    return y


@contextmanager
def restored_on_error(estimator):
    """Give a classifier back what it was, if the block fails or is interrupted.

    A training that went on has changed the weights, and the state of the optimiser.
    """
    network, training = (vars(estimator).get(name) for name in ("network_", "_training"))
    weights = None if network is None else network.get_weights()
    values = None if training is None else training.optimizer_values()
    try:
        with attributes_kept(estimator):
            yield
    except BaseException:
        if network is not None:
            network.set_weights(weights)
        if training is not None:
            training.go_back(values)
        raise


class Training:
    """What is needed to go on with a training: a compiled network, or its optimiser's values.

    Parameters
    ----------
    network : keras.Model
        Compiled. It doesn't travel: after pickling or copying it is None.
    settings : dict
        Parameters by which it was built and compiled.
    """

    def __init__(self, network, settings):
        self.network, self.settings = network, settings

    def serves(self, settings):
        """Tell whether the network is there, and what such parameters make."""
        return self.network is not None and all(
            settings[name] is value or settings[name] == value
            for name, value in self.settings.items()
        )

    def __getstate__(self):
        return {"network": None, "values": self.optimizer_values()}

    def optimizer_values(self):
        """Give the values of the optimiser's variables."""
        if self.network is None:
            return self.values
        variables = self.network.optimizer.variables
        return [variable.numpy() for variable in variables]

    def go_back(self, values):
        """Give the optimiser's variables values of before."""
        if self.network is not None:
            for variable, value in zip(self.network.optimizer.variables, values, strict=True):
                variable.assign(value)


def resume_optimizer(optimizer, network, values):
    """Let a new optimiser go on from the values of another, at its own learning rate.

    Parameters
    ----------
    optimizer : keras.optimizers.Optimizer
        New.
    network : keras.Model
        To be trained.
    values : list of ndarray
        From :meth:`Training.optimizer_values`.
    """
    learning_rate = float(optimizer.learning_rate.numpy())
    optimizer.build(network.trainable_variables)
    for variable, value in zip(optimizer.variables, values, strict=True):
        variable.assign(value)
    optimizer.learning_rate = learning_rate


class NetworkStateMixin:
    """Pickle the attributes of an object that are networks, or dicts of networks.

    A Keras network carries compiled functions that neither pickle nor copy; it travels as its
    description and weights.
    """

    def __copy__(self):
        shallow = type(self).__new__(type(self))
        shallow.__dict__.update(self.__dict__)
        return shallow

    def __getstate__(self):
        return {name: _pack(value) for name, value in super().__getstate__().items()}

    def __setstate__(self, state):
        restored = {name: _unpack(value) for name, value in state.items()}
        if hasattr(super(), "__setstate__"):
            super().__setstate__(restored)
        else:
            self.__dict__.update(restored)


def _pack(value):
    if isinstance(value, keras.Model):
        return pack_network(value)
    if isinstance(value, dict) and any(isinstance(v, keras.Model) for v in value.values()):
        return {k: _pack(v) for k, v in value.items()}
    return value


def _unpack(value):
    if isinstance(value, PackedNetwork):
        return unpack_network(value)
    if isinstance(value, dict) and any(isinstance(v, PackedNetwork) for v in value.values()):
        return {k: _unpack(v) for k, v in value.items()}
    return value
