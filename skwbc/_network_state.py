"""Fitted networks as plain data: a description in JSON and arrays."""

import json

import keras


def pack_network(network):
    """Take a functional network apart.

    Parameters
    ----------
    network : keras.Model
        Made of Keras' own layers.

    Returns
    -------
    tuple of (str, list of ndarray)
        What :func:`unpack_network` needs.
    """
    return network.to_json(), network.get_weights()


def unpack_network(packed):
    """Put together what :func:`pack_network` took apart."""
    description, weights = packed
    network = keras.models.model_from_json(description)
    network.set_weights(weights)
    return network


def copy_layer(layer):
    """Make a fresh layer of the same settings, so that the caller's is never trained."""
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(layer)))
    return keras.saving.deserialize_keras_object(config)


class NetworkStateMixin:
    """Pickle the fitted attributes of an estimator that are networks.

    A Keras network carries compiled functions that neither pickle nor copy. Attributes of which
    the name ends in ``network_`` travel as description and weights.
    """

    def __getstate__(self):
        state = super().__getstate__()
        return {k: pack_network(v) if _holds_network(k) else v for k, v in state.items()}

    def __setstate__(self, state):
        super().__setstate__(
            {k: unpack_network(v) if _holds_network(k) else v for k, v in state.items()}
        )


def _holds_network(name):
    return name.endswith("network_")
