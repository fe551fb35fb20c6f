"""The one file that knows of scikeras: build, compile and fit a network.

scikeras is held, not inherited. Its checks, its seeding and its reading of probabilities are
not used: it would forget which seed it got, change the caller's weights and drop a dimension.
"""

import keras
import numpy as np
from scikeras.wrappers import BaseWrapper

from skwbc._batches import failures_as_raised
from skwbc._optimizers import settle_optimizer
from skwbc._replicas import is_scope_open, repeat_for_each, share_out


class _Wrapper(BaseWrapper):
    """scikeras' life cycle of a network, for data that the estimator has checked already."""

    def _validate_data(self, X=None, y=None, reset=False, y_numeric=False):
        return X, y


def fit_network(network, batches, *, optimizer, loss, epochs, validation, callbacks, verbose):
    """Compile a classifier's network, if it isn't yet, and fit it until its end or Ctrl-C.

    Parameters
    ----------
    network : keras.Model
        Compiled by an earlier call, it goes on with the optimiser that it has. Where the scope of
        a strategy is open, it was built in it.
    batches : ImageBatches
        Images, class codes and weights.
    optimizer : keras.optimizers.Optimizer
        Of a network that isn't compiled.
    loss : keras.losses.Loss
        Of class codes and probabilities.
    epochs : int
        Passes over `batches` at most.
    validation : ImageBatches or None
        Images and class codes. If they have weights, which have a mean of 1, accuracies are
        weighted as losses are.
    callbacks : list of keras.callbacks.Callback
        In the order in which they are called. Their `on_train_end` is called after Ctrl-C, too.
    verbose : int
        Keras' progress: 0 silent, 1 bar, 2 one line an epoch.

    Returns
    -------
    history : dict of list of float
        One value for each whole epoch of "loss", "accuracy" and, with `validation`, "val_loss"
        and "val_accuracy".
    interrupted : bool
        Whether Ctrl-C ended the training.

    Raises
    ------
    OSError
        If an image is in a file that can't be read.
    """
    log = keras.callbacks.History()
    weighs = validation is not None and validation.has_weights
    kind = "compile__weighted_metrics" if weighs else "metrics"
    wrapper = _Wrapper(
        lambda: network,
        optimizer=settle_optimizer(optimizer, network.trainable_variables),
        loss=loss,
        epochs=epochs,
        callbacks=[_BuiltMetrics(), log, *callbacks],
        verbose=verbose,
        compile__auto_scale_loss=False,  # whatever Keras' own policy is, the network's is full
        **{kind: ["accuracy"]},
        shuffle=False,  # `batches` shuffles itself; Keras would use Python's global generator
    )
    interrupted = False
    try:
        with failures_as_raised(batches, validation):
            wrapper.fit(share_out(batches), None, validation_data=repeat_for_each(validation))
    except KeyboardInterrupt:
        interrupted = True
        for callback in callbacks:
            callback.on_train_end({})
    finally:
        for callback in callbacks:  # those of the caller outlive the fit, and are copied
            keras.callbacks.Callback.set_model(callback, None)  # theirs may look at the model
    names = ["loss", "accuracy"] + (["val_loss", "val_accuracy"] if validation is not None else [])
    return {name: [float(v) for v in log.history.get(name, [])] for name in names}, interrupted


class _BuiltMetrics(keras.callbacks.Callback):
    """Make the variables of the metrics before the first step, which is traced twice otherwise.

    TensorFlow traces a function again if it made variables. A trace takes seconds.
    """

    def on_train_begin(self, logs=None):
        """Measure one answer, and forget it."""
        if is_scope_open():  # of a strategy, which makes variables for every device
            return
        n_classes = self.model.output_shape[-1]
        answer = np.full((1, n_classes), 1 / n_classes, dtype=np.float32)
        self.model.compute_metrics(None, np.zeros(1, dtype=np.int64), answer, None)
        self.model.reset_metrics()


class BestEpoch(keras.callbacks.Callback):
    """Keep the weights of the best validation epoch in memory, and stop when none follows.

    The best epoch has the highest validation accuracy and, among equals, the lowest validation
    loss: a hold-out of a few dozen images makes many equals. Or it has the lowest loss, which
    tells more of each image than right and wrong, and is less often good by chance.

    Parameters
    ----------
    patience : int, default=None
        Epochs without a better one after which training stops; None never stops.
    by_accuracy : bool, default=True
        Whether accuracy counts before loss, or not at all.

    Attributes
    ----------
    best_epoch : int or None
        Counted from 0; None before the first epoch.
    """

    def __init__(self, patience=None, *, by_accuracy=True):
        super().__init__()
        self.patience = patience
        self.by_accuracy = by_accuracy
        self.best_epoch = None
        self._best_score = None
        self._best_weights = None

    def on_epoch_end(self, epoch, logs=None):
        """Compare this epoch with the best."""
        score = (logs["val_accuracy"] if self.by_accuracy else 0, -logs["val_loss"])
        if self._best_score is None or score > self._best_score:
            self.best_epoch, self._best_score = epoch, score
            self._best_weights = self.model.get_weights()
        elif self.patience is not None and epoch - self.best_epoch >= self.patience:
            self.model.stop_training = True

    def on_train_end(self, logs=None):
        """Go back to the best epoch."""
        if self._best_weights is not None:
            self.model.set_weights(self._best_weights)
