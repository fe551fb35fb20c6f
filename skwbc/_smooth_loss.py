"""Cross-entropy that does not ask for certainty."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("skwbc")
class SmoothCrossentropy(keras.losses.Loss):
    """Cross-entropy of class codes, a share of the target spread over all classes [1]_.

    Keras has it for one-hot targets alone.

    Parameters
    ----------
    smoothing : float
        The share, in [0, 1).
    dtype : str
        Of the computation.

    References
    ----------
    .. [1] C. Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", CVPR
       2016.
    """

    def __init__(self, smoothing, dtype, **settings):
        super().__init__(**{"name": "smooth_crossentropy", **settings}, dtype=dtype)
        self.smoothing = smoothing

    def get_config(self):
        """Say how to build another one."""
        return {**super().get_config(), "smoothing": self.smoothing, "dtype": self.dtype}

    def call(self, y_true, y_pred):
        """Give the loss of each image."""
        logs = ops.log(ops.maximum(y_pred, keras.config.epsilon()))
        target = ops.one_hot(ops.reshape(ops.cast(y_true, "int32"), (-1,)), y_pred.shape[-1])
        target = ops.cast(target, y_pred.dtype)
        target = (1 - self.smoothing) * target + self.smoothing / y_pred.shape[-1]
        return -ops.sum(target * logs, axis=-1)
