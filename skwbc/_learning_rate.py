"""A learning rate that falls in the course of a training."""

import math

import keras


class CosineDecay(keras.callbacks.Callback):
    """Let the learning rate fall to zero by half a cosine, step by step [1]_.

    Keras' own schedule can't be set anew when a training goes on.

    Parameters
    ----------
    learning_rate : float
        At the first step.
    n_steps : int
        Length of the training.

    References
    ----------
    .. [1] I. Loshchilov and F. Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts",
       ICLR 2017.
    """

    def __init__(self, learning_rate, n_steps):
        super().__init__()
        self.learning_rate = learning_rate
        self.n_steps = n_steps
        self.step = 0

    def on_train_batch_begin(self, batch, logs=None):
        """Set the rate of this step."""
        share = self.step / self.n_steps
        rate = self.learning_rate * (1 + math.cos(math.pi * share)) / 2
        self.model.optimizer.learning_rate = rate
        self.step += 1
