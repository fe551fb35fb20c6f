"""Training on several devices, where the scope of a strategy of TensorFlow is open.

``tf.distribute.MirroredStrategy`` copies a network that is built in its scope to every device, and
shares each batch out among them. Keras does the training. Here is what it leaves open: it fails
where the first batch does not divide, and TensorFlow ends the process where a device gets no image
of a batch; devices with fewer images weigh as much as the others; and a network that was built in
a scope keeps to its devices, and gives every answer twice to `predict_on_batch`.
"""

from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import tensorflow as tf

from skwbc._network_state import copy_network


def is_scope_open():
    """Tell whether this thread is in the scope of a strategy."""
    return tf.distribute.has_strategy()


def refuse_replicas(name):
    """Refuse to train in the scope of a strategy of several devices.

    Parameters
    ----------
    name : str
        Of what trains on one device.

    Raises
    ------
    RuntimeError
        If such a scope is open.
    """
    n_replicas = tf.distribute.get_strategy().num_replicas_in_sync
    if n_replicas > 1:
        raise RuntimeError(
            f"{name} trains on one device; received the open scope of a strategy of {n_replicas}. "
            "Over-sample before the scope, and fit the classifier alone in it."
        )


def copy_outside(network):
    """Copy a network as if no scope were open: to an ordinary one, on one device."""
    with ThreadPoolExecutor(1) as thread:  # a scope is open in one thread only
        return thread.submit(copy_network, network).result()


def share_out(batches):
    """Let every batch be divided evenly among the devices, if a scope is open.

    Parameters
    ----------
    batches : ImageBatches
        Of images, class codes and weights.

    Returns
    -------
    keras.utils.PyDataset
    """
    return _EvenBatches(batches) if is_scope_open() else batches


def repeat_for_each(batches):
    """Let every device have the whole of each batch, if a scope is open.

    A mean over all devices is then exactly that of the batch, which need not divide.

    Parameters
    ----------
    batches : ImageBatches or None
        Of images and class codes.

    Returns
    -------
    keras.utils.PyDataset or None
    """
    return batches if batches is None or not is_scope_open() else _RepeatedBatches(batches)


class _SharedBatches(keras.utils.PyDataset):
    """Batches that a strategy cuts into as many pieces as there are devices."""

    def __init__(self, batches):
        super().__init__()
        self.batches = batches
        self.n_replicas = tf.distribute.get_strategy().num_replicas_in_sync

    def __len__(self):
        return len(self.batches)


class _EvenBatches(_SharedBatches):
    """Fill batches up with images of weight 0, and weigh the others as much more.

    Each device takes the mean over its piece, so that the pieces have to be of one size.
    """

    def __getitem__(self, index):
        images, codes, weights = self.batches[index]
        n = len(images)
        n_even = -(-n // self.n_replicas) * self.n_replicas
        if n_even == n:
            return images, codes, weights
        rows = np.arange(n_even) % n
        weights = (weights * (n_even / n)).astype(weights.dtype)[rows]
        weights[n:] = 0
        return images[rows], codes[rows], weights

    def on_epoch_end(self):
        """Shuffle for the next epoch."""
        self.batches.on_epoch_end()


class _RepeatedBatches(_SharedBatches):
    """Each batch as often as there are devices."""

    def __getitem__(self, index):
        return tuple(np.concatenate([part] * self.n_replicas) for part in self.batches[index])
