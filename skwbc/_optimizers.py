"""Adam in one pass, and optimisers made ready for a training that leaves nothing behind."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("skwbc")
class FusedAdam(keras.optimizers.Adam):
    """Adam [1]_, or AdamW [2]_ if it has a `weight_decay`, in one pass over each variable.

    Keras composes a step of a dozen operations, each a pass over the variable, its gradient or its
    moments; TensorFlow has one operation for all of them. Settings and state are those of Keras'
    class, `amsgrad` excepted, and so are the steps but for rounding.

    References
    ----------
    .. [1] D. P. Kingma and J. Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015.
    .. [2] I. Loshchilov and F. Hutter, "Decoupled Weight Decay Regularization", ICLR 2019.
    """

    def update_step(self, gradient, variable, learning_rate):
        """Change a variable, of any floating type, and its moments by its gradient."""
        i, dtype = self._get_variable_index(variable), variable.dtype
        betas = [tf.constant(beta, dtype) for beta in (self.beta_1, self.beta_2)]
        step = tf.cast(self.iterations.value + 1, dtype)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[i].value.handle,
            v=self._velocities[i].value.handle,
            beta1_power=betas[0] ** step,
            beta2_power=betas[1] ** step,
            lr=tf.cast(learning_rate, dtype),
            beta1=betas[0],
            beta2=betas[1],
            epsilon=tf.constant(self.epsilon, dtype),
            grad=tf.cast(gradient, dtype),
        )


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
