"""How the classifiers of images train their networks."""

import warnings
from copy import copy

import keras
import numpy as np

from skwbc._batches import ImageBatches
from skwbc._dtype_policy import resolve_dtype
from skwbc._fit_callbacks import CallbackSupportMixin
from skwbc._fit_tasks import FitTasks
from skwbc._histories import join_histories
from skwbc._images import PixelRange
from skwbc._keras_wrapper import BestEpoch, fit_network
from skwbc._network_state import (
    NetworkStateMixin,
    Training,
    apply_copy,
    copy_network,
    resume_optimizer,
)
from skwbc._optimizers import FusedAdam
from skwbc._own_names import own_names
from skwbc._replicas import copy_outside, is_scope_open
from skwbc._seeding import seed_draws, seed_stream
from skwbc._stacklevel import find_stacklevel
from skwbc.networks._blocks import full_precision
from skwbc.networks._cell_augmentation import build_cell_augmentation
from skwbc.networks._far_augmentation import build_far_augmentation
from skwbc.networks._pose import build_traditional_augmentation

LABORATORIES = "laboratories"  # an augmentation
SQRT_BALANCED = "sqrt_balanced"  # class weights


def _refuse_divergence(network):
    """Raise an error if a training has ended in weights that are no numbers."""
    if not all(np.isfinite(weights).all() for weights in network.get_weights()):
        raise ValueError(
            "The training diverged: weights of the network are NaN or infinite. Lower "
            "learning_rate, or the largest sample_weight or class_weight."
        )


def _go_back_at_the_end(best):
    """Give a callback that takes the weights of the best epoch, whichever others have taken."""
    return keras.callbacks.LambdaCallback(on_train_end=best.on_train_end)


def scale_weights(weights):
    """Bring weights of rows to a mean of 1; give None if all are the same."""
    return None if (weights == weights[0]).all() else weights / weights.mean()


class ClassifierTraining(NetworkStateMixin, CallbackSupportMixin):
    """Train a network on rows of images, by the parameters of :class:`ImageClassifier`.

    It takes `classes_`, `image_shape_` and `_seed`, and sets `network_`, `pixel_range_`,
    `history_`, `best_epoch_`, `n_epochs_` and `interrupted_`. A subclass builds its network in
    `_build_network`, and may choose another loss, optimiser, schedule or best epoch.
    """

    @own_names()
    def _train(self, train, validation, seeds, *, goes_on, part=False):
        """Train and validate on rows, codes and weights for `epochs`, or for one as a part."""
        if goes_on:
            seeds = seed_stream((self._seed, self.n_epochs_))
            if is_scope_open():
                self._move_network(copy_network)
        else:
            self._begin(train[0], next(seeds))
        for rows, *_ in filter(None, (train, validation)):
            self.pixel_range_.check(rows)
        batches = self._make_batches(*train, part, next(seeds))
        network, optimizer = self._open_training(goes_on, part, next(seeds))
        if goes_on:  # in a file there are no states of draws
            seed_draws(network, next(seeds))
        dtype = self.network_.input.dtype
        if validation is not None:
            validation = self._make_validation_batches(*validation)
        best = None if validation is None else self._make_best_epoch()
        epochs = 1 if part else self.epochs
        facts = self._describe_task(*train)
        context = self._init_callback_context(max_subtasks=epochs)
        context.call_on_fit_task_begin(**facts)
        history, self.interrupted_ = fit_network(
            network,
            batches,
            optimizer=optimizer,
            loss=self._make_loss(dtype),
            epochs=epochs,
            validation=validation,
            callbacks=[
                *filter(None, [best]),
                *([] if part else self._list_schedules(epochs * len(batches))),
                *(self.callbacks or []),
                *([] if best is None else [_go_back_at_the_end(best)]),
                FitTasks(context, "epoch", **facts),
            ],
            verbose=int(self.verbose),
        )
        context.call_on_fit_task_end(**facts)
        _refuse_divergence(network)
        self._class_totals = self._sum_weights(*train[1:], part)
        self._training = Training(network, self._training_settings())
        if is_scope_open():
            self._move_network(copy_outside)
        self._record(history, None if best is None else best.best_epoch)
        if self.interrupted_:
            self._warn_of_interrupt(len(history["loss"]), epochs, best)

    def _begin(self, rows, seed):
        """Forget any training before."""
        dtype = resolve_dtype(self.dtype)
        self.pixel_range_ = PixelRange.of(rows)
        self.network_ = self._build_classifier(dtype, full_precision(dtype), seed)
        self.history_, self.best_epoch_, self.n_epochs_ = {}, None, 0
        self._class_totals = 0.0

    def _move_network(self, copy_it):
        """Copy the network to the devices of a strategy, or back; its optimiser stays as values."""
        self.network_ = copy_it(self.network_)
        if hasattr(self, "_training"):
            self._training = copy(self._training)

    def _make_batches(self, rows, codes, weights, part, seed):
        dtype = self.network_.input.dtype
        weights = weights * self._weigh_classes(codes, weights, part)
        if not part:
            weights = weights / weights.mean()
        return ImageBatches(
            rows,
            self.image_shape_,
            codes,
            weights.astype(dtype),
            batch_size=self.batch_size,
            dtype=dtype,
            seed=seed,
        )

    def _make_validation_batches(self, rows, codes, weights):
        """Give batches to validate on, with weights if they differ."""
        dtype = self.network_.input.dtype
        weights = scale_weights(weights)
        weights = None if weights is None else weights.astype(dtype)
        return ImageBatches(rows, self.image_shape_, codes, weights, dtype=dtype)

    def _weigh_classes(self, codes, weights, part):
        """Give the weight of each image by its class; that of a class without one is 1."""
        if self.class_weight is None:
            return np.ones(len(codes))
        if not isinstance(self.class_weight, dict):
            totals = self._sum_weights(codes, weights, part)
            balanced = totals.sum() / (np.count_nonzero(totals) * totals[codes])
            return np.sqrt(balanced) if self.class_weight == SQRT_BALANCED else balanced
        classes = self.classes_.tolist()
        unknown = [c for c in self.class_weight if c not in classes]
        if unknown:
            raise ValueError(f"class_weight names {unknown}; expected classes among {classes}.")
        by_class = np.array([self.class_weight.get(c, 1.0) for c in classes], dtype=float)
        of_images = by_class[codes]
        counted = by_class if part else of_images
        if not (np.isfinite(by_class).all() and (by_class >= 0).all() and counted.any()):
            raise ValueError(
                "Expected in class_weight finite numbers of 0 or more, not 0 for all classes; "
                f"received {self.class_weight}."
            )
        return of_images

    def _sum_weights(self, codes, weights, part):
        """Sum the weights of each class; those of a part with what was trained on before."""
        before = getattr(self, "_class_totals", 0.0) if part else 0.0  # none in old files
        return before + np.bincount(codes, weights, len(self.classes_))

    def _make_best_epoch(self):
        """Give the callback that chooses the epoch to keep."""
        return BestEpoch(self.patience)

    def _make_loss(self, dtype):
        """Give a loss of class codes and probabilities."""
        return keras.losses.SparseCategoricalCrossentropy(dtype=dtype)

    def _make_optimizer(self):
        """Give a new optimiser."""
        return FusedAdam(float(self.learning_rate))

    def _list_schedules(self, n_steps):
        """List callbacks that change the learning rate in the course of a training."""
        return []

    def _open_training(self, goes_on, part, seed):
        """Give the network with its augmentation, and an optimiser that goes on if it can."""
        training = getattr(self, "_training", None) if goes_on else None
        if part and training is not None and training.serves(self._training_settings()):
            training.network.optimizer.learning_rate = float(self.learning_rate)
            return training.network, training.network.optimizer
        network = self._augmented(self.network_, seed)
        optimizer = self._make_optimizer()
        if training is not None:
            resume_optimizer(optimizer, network, training.optimizer_values())
        return network, optimizer

    def _training_settings(self):
        """Give the parameters that a network in training was built and compiled by."""
        names = ("augmentation", "label_smoothing", "weight_decay")
        return {name: getattr(self, name, None) for name in names}

    def _describe_task(self, rows, codes, weights):
        """Tell what scikit-learn's callbacks may see of the training and of each epoch."""
        return {
            "estimator": self,
            "X": lambda: np.asarray(rows) if rows.in_memory() else rows,
            "y": lambda: self.classes_[codes],
            "metadata": None if (weights == 1).all() else {"sample_weight": weights},
            "reconstruction_attributes": {},  # the network is the live one
        }

    def _record(self, history, best_epoch):
        """Add the epochs of this training to those before."""
        n_epochs = len(history["loss"])
        self.history_ = join_histories(self.history_, history)
        if n_epochs:
            kept = n_epochs - 1 if best_epoch is None else best_epoch
            self.best_epoch_ = self.n_epochs_ + kept
        self.n_epochs_ += n_epochs

    def _warn_of_interrupt(self, n_epochs, epochs, best):
        kept = "that moment"
        if best is not None and best.best_epoch is not None:
            kept = f"epoch {best.best_epoch + 1}"
        warnings.warn(
            f"Training was interrupted after {n_epochs} of {epochs} epochs. The weights of {kept} "
            "are kept, and the classifier can be used.",
            stacklevel=find_stacklevel(),
        )

    def _build_classifier(self, dtype, full, seed):
        """Put the scaling of pixels to [0, 1] before the network."""
        low, high = self.pixel_range_.low, self.pixel_range_.high
        pixels = keras.Input(self.image_shape_, dtype=full)
        scaling = keras.layers.Rescaling(1 / (high - low), -low / (high - low), dtype=full)
        outputs = self._connect_network(scaling(pixels), dtype, seed)
        # a name of its own, for the caller's augmentation may be a network called "functional"
        return keras.Model(pixels, outputs, name="skwbc_classifier")

    def _connect_network(self, images, dtype, seed):
        """Give the probabilities of images in [0, 1], as tensors."""
        network = self._build_network(images.shape[1:], len(self.classes_), dtype, seed)
        return network(images)

    def _augmented(self, network, seed):
        """Put the augmentation, which only training needs, before the network."""
        pixels = x = network.inputs[0]
        if self.augmentation == "traditional":
            if min(pixels.shape[1:3]) > 1:  # a row of a table can't be turned
                x = build_traditional_augmentation(seed)(x)
        elif isinstance(self.augmentation, str):
            low, high = self.pixel_range_.low, self.pixel_range_.high
            builds = {"cells": build_cell_augmentation, LABORATORIES: build_far_augmentation}
            x = builds[self.augmentation](low, high, seed=seed)(x)
        elif self.augmentation is not None:
            x = apply_copy(self.augmentation, x, seed)
        return keras.Model(pixels, network(x))
