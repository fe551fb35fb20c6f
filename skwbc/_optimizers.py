"""Optimisers made ready for a training that leaves nothing behind."""

import tensorflow as tf


def settle_optimizer(optimizer, variables):
    """Build an optimiser, and keep it from sums over replicas where there is one replica.

    Keras builds optimisers while it traces the first step, which takes longer. In each step it sums
    the gradients over all replicas, by a function with a gradient of its own. TensorFlow
    keeps those for ever, and with it the graph of the step: a process would grow with every fit.

    Parameters
    ----------
    optimizer : keras.optimizers.Optimizer
        New, or built for these variables.
    variables : list of keras.Variable
        That it will train.

    Returns
    -------
    keras.optimizers.Optimizer
        The same one.
    """
    if not optimizer.built:
        optimizer.build(variables)
    if tf.distribute.get_strategy().num_replicas_in_sync == 1:
        optimizer._all_reduce_sum_gradients = list  # pairs of gradient and variable, as they are
    return optimizer
