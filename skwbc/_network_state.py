"""Fitted networks as plain data: a description in JSON and arrays."""

from typing import NamedTuple

import keras
import numpy as np


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
    network = keras.models.model_from_json(packed.description)
    network.set_weights(packed.weights)
    return network


def copy_layer(layer):
    """Make a fresh layer of the same settings, so that the caller's is never trained."""
    return type(layer).from_config(layer.get_config())


class NetworkStateMixin:
    """Pickle the fitted attributes of an estimator that are networks, or dicts of networks.

    A Keras network carries compiled functions that neither pickle nor copy; it travels as its
    description and weights.
    """

    def __getstate__(self):
        return {name: _pack(value) for name, value in super().__getstate__().items()}

    def __setstate__(self, state):
        super().__setstate__({name: _unpack(value) for name, value in state.items()})


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
