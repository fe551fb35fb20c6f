"""What the Keras classifiers of images share."""

import warnings
from copy import copy
from numbers import Integral, Real
from typing import Any, Self

import keras
import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, _fit_context
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import (
    _check_partial_fit_first_call,
    check_classification_targets,
)
from sklearn.utils.validation import (
    _check_sample_weight,
    check_consistent_length,
    check_is_fitted,
    column_or_1d,
)

from skwbc._batches import ImageBatches
from skwbc._doc_link import DocLinkMixin
from skwbc._dtype_policy import resolve_dtype
from skwbc._fit_callbacks import CallbackSupportMixin, with_callbacks
from skwbc._fit_tasks import FitTasks
from skwbc._hold_out import hold_out
from skwbc._images import PixelRange, flatten_images, read_image_shape
from skwbc._keras_wrapper import BestEpoch, fit_network
from skwbc._lazy_images import NO_VALIDATION, validate_images, view_images
from skwbc._network_state import (
    NetworkStateMixin,
    Training,
    apply_copy,
    copy_network,
    restored_on_error,
    resume_optimizer,
)
from skwbc._onnx_file import copy_in_single_precision, write_onnx
from skwbc._own_names import own_names
from skwbc._prediction import cut_before_read_out, predict_images
from skwbc._replace_file import replace_file
from skwbc._replicas import copy_outside, is_scope_open
from skwbc._seeding import draw_seed, seed_stream
from skwbc._stacklevel import find_stacklevel
from skwbc._types import PathLike
from skwbc.networks._blocks import full_precision
from skwbc.networks._cell_augmentation import build_cell_augmentation
from skwbc.networks._far_augmentation import build_far_augmentation
from skwbc.networks._pose import build_traditional_augmentation

PUBLISHED_CONSTRAINTS = {  # of what the published networks have, and others need not
    "kernel_size": [Interval(Integral, 1, None, closed="left")],
    "dense_units": [Interval(Integral, 1, None, closed="left")],
    "dense_dropout": [Interval(Real, 0, 1, closed="left")],
}

LABORATORIES = "laboratories"


class ImageClassifier(
    DocLinkMixin, NetworkStateMixin, CallbackSupportMixin, ClassifierMixin, BaseEstimator
):
    """What the classifiers share: everything but the network and its knobs.

    A subclass lists its parameters in `__init__` and builds its network in `_build_network`.
    """

    _holds_out_rows = True  # unless it gets X_val and y_val, which a pipeline then gives it

    _parameter_constraints = {  # noqa: RUF012 - scikit-learn's convention
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "patience": [Interval(Integral, 1, None, closed="left"), None],
        "validation_fraction": [Interval(Real, 0, 1, closed="left")],
        "augmentation": [
            StrOptions({"traditional", "cells", LABORATORIES}),
            keras.layers.Layer,
            None,
        ],
        "class_weight": [dict, StrOptions({"balanced"}), None],
        "dtype": [StrOptions({"auto", "float32", "float64", "mixed_bfloat16"})],
        "image_shape": [tuple, list, None],
        "warm_start": ["boolean"],
        "callbacks": [list, None],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
        "filters": ["array-like"],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

    @with_callbacks
    @_fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: ArrayLike,
        y: Any,
        sample_weight: ArrayLike | None = None,
        *,
        X_val: ArrayLike | None = None,
        y_val: ArrayLike | None = None,
    ) -> Self:
        """Train the network and keep the weights of its best validation epoch.

        Ctrl-C ends the training early with a warning; the best weights so far are kept.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features) or (n_images, height, width[, channels])
            Images, flat or not, of any real dtype.
        y : array-like of shape (n_images,)
            Classes, of any type that sorts.
        sample_weight : array-like of shape (n_images,), default=None
            Weights of the images; an image of weight zero is as good as absent.
        X_val : array-like, default=None
            Images to validate on. By default `validation_fraction` of X is held out, with the
            shares of the classes kept.
        y_val : array-like, default=None
            Classes of `X_val`.

        Returns
        -------
        self : object
            Fitted classifier.

        Raises
        ------
        ValueError
            If X holds no images of `image_shape`, NaN or infinity; if y holds fewer than two
            classes, or one with a single image while a validation set is to be held out; if
            only one of `X_val` and `y_val` is given, they differ in length, or `y_val` holds a
            class that y does not; if `class_weight` names a class that y does not hold;
            if a warm start meets other classes or another range of values than the fit before.
        """
        with restored_on_error(self):
            goes_on = self.warm_start and hasattr(self, "network_")
            rows, y = self._check_images(X, y, reset=not goes_on)
            check_classification_targets(y)
            self._set_classes(np.unique(y), goes_on)
            weights = _check_sample_weight(sample_weight, y, ensure_non_negative=True)
            if not goes_on:
                self._seed = draw_seed(self.random_state)
            seeds = seed_stream(self._seed)
            codes = np.searchsorted(self.classes_, y)
            train, validation = self._split(rows, codes, weights, X_val, y_val, next(seeds))
            self._train(train, validation, seeds, goes_on=goes_on)
        if not self.warm_start:
            del self._training
        return self

    @with_callbacks
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(
        self,
        X: ArrayLike,
        y: Any,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Train for one epoch on some of the images, and keep the last weights.

        Nothing is held out for validation. The images of the first call decide which values are
        black and white, unless they are of uint8.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features) or (n_images, height, width[, channels])
            Images, flat or not, of any real dtype.
        y : array-like of shape (n_images,)
            Classes; a call need not have images of all.
        classes : array-like of shape (n_classes,), default=None
            All classes. Needed at the first call, unless `fit` went before.
        sample_weight : array-like of shape (n_images,), default=None
            Weights of the images in the loss; they are not brought to a mean of 1, as in `fit`.

        Returns
        -------
        self : object
            Fitted classifier.

        Raises
        ------
        ValueError
            If X holds no images like those of the first call, NaN or infinity; if the first call
            gets no classes, or fewer than two; if y holds a class that `classes` does not, or
            `class_weight` is "balanced", which takes all images together.
        """
        if self.class_weight == "balanced":
            raise ValueError(
                'class_weight="balanced" needs all images together; give partial_fit a dict.'
            )
        first = not hasattr(self, "network_")
        if first:
            self.__dict__.pop("classes_", None)  # of a first call that failed
            _check_partial_fit_first_call(self, classes)
            self._set_classes(self.classes_, False)
            self._seed = draw_seed(self.random_state)
        else:
            _check_partial_fit_first_call(self, classes)
        rows, y = self._check_images(X, y, reset=first)
        check_classification_targets(y)
        codes = self._encode(y, "y")
        weights = _check_sample_weight(sample_weight, y, ensure_non_negative=True)
        seeds = seed_stream(self._seed)
        train = _leave_out_absent(rows, codes, weights)
        next(seeds)  # that of a hold-out
        self._train(train, None, seeds, goes_on=not first, part=True)
        return self

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Predict the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features) or (n_images, height, width[, channels])
            Images, in either form, whichever one `fit` got.

        Returns
        -------
        ndarray of shape (n_images, n_classes), dtype float32 or float64
            Rows sum to 1; columns are in the order of `classes_`.
        """
        check_is_fitted(self)
        return self._answer(self._read_images(X))

    def embed(self, X: ArrayLike) -> np.ndarray:
        """Give the activations that the class probabilities are read from.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features) or (n_images, height, width[, channels])
            Images, in either form, whichever one `fit` got.

        Returns
        -------
        ndarray of shape (n_images, n_units), dtype float32 or float64
            Of the layer before the read-out, without dropout.
        """
        check_is_fitted(self)
        rows = self._read_images(X)
        (embedded,) = predict_images(cut_before_read_out(self), rows, self.image_shape_)
        return embedded.astype(self.network_.output.dtype)

    def to_onnx(self, path: PathLike) -> None:
        """Write the classifier as an ONNX file, for use without Python.

        The file computes what :meth:`predict_proba` does, in float32 whatever `dtype` is. Its
        input are images of shape (n_images, height, width, channels) in the units of those in
        `fit`, its output the probabilities; its metadata name the `classes` and the `image_shape`,
        as JSON. It needs the packages of ``skwbc[onnx]``.

        Parameters
        ----------
        path : str or path-like
            Of the file, which appears whole or not at all.

        Raises
        ------
        ImportError
            If onnx or tf2onnx is not installed.
        OSError
            If the file can't be written; told before the conversion, which takes long.
        """
        check_is_fitted(self)
        facts = {"classes": self.classes_.tolist(), "image_shape": self.image_shape_}
        with replace_file(path) as part:
            network = copy_in_single_precision(self.network_)
            answer = keras.Model(network.input, self._continue(network, network.input))
            write_onnx(answer, part, facts)

    def _continue(self, network, images):
        """Give the answer of a network as `_answer` does, as a tensor of Keras."""
        return network(images)

    def _read_images(self, X):
        """Check images against those in `fit`; give them as flat LazyImages."""
        rows = self._check_images(X, reset=False)
        self.pixel_range_.check(rows)
        return rows

    def _answer(self, rows):
        """Give the probabilities of flat rows."""
        (answer,) = predict_images(self.network_, rows, self.image_shape_)
        return answer

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Predict the class of each image.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features) or (n_images, height, width[, channels])
            Images, in either form, whichever one `fit` got.

        Returns
        -------
        ndarray of shape (n_images,)
            Members of `classes_`.
        """
        best = np.argmax(self.predict_proba(X), axis=1)
        return self.classes_[best]

    def __sklearn_is_fitted__(self):
        return hasattr(self, "network_")

    def _check_images(self, X, y=NO_VALIDATION, *, reset):
        """Check images, and classes while fitting; give them back as flat LazyImages."""
        shape_of_y = np.asarray(y).shape
        if len(shape_of_y) > 1 and shape_of_y[1] > 1:
            raise ValueError(
                "Multilabel and multioutput targets are not supported. y should be a 1d array; "
                f"received one of shape {shape_of_y}."
            )
        if not hasattr(X, "shape"):
            X = np.asarray(X)
        if reset:
            self.image_shape_ = read_image_shape(X, self.image_shape)
        elif len(X.shape) > 2:
            read_image_shape(X, self.image_shape_)
        checked = validate_images(self, flatten_images(X), y, reset=reset)
        if isinstance(checked, tuple):
            return view_images(checked[0]), checked[1]
        return view_images(checked)

    def _set_classes(self, classes, goes_on):
        if goes_on and not np.array_equal(classes, self.classes_):
            raise ValueError(
                f"A warm start goes on with classes {self.classes_.tolist()}; received "
                f"{classes.tolist()}. Set warm_start=False to begin anew."
            )
        if len(classes) < 2:
            raise ValueError(
                f"{type(self).__name__} needs images of at least 2 classes; "
                f"received 1 class: {classes.tolist()[0]!r}."
            )
        self.classes_ = classes

    def _split(self, rows, codes, weights, X_val, y_val, seed):
        """Give the rows to train on with codes and weights, and those to validate on."""
        if (X_val is None) != (y_val is None):
            raise ValueError("X_val and y_val are given together or not at all; received one.")
        rows, codes, weights = _leave_out_absent(rows, codes, weights)
        if X_val is not None:
            y_val = column_or_1d(y_val, warn=True)
            check_consistent_length(X_val, y_val)
            validation = self._check_images(X_val, reset=False), self._encode(y_val, "y_val")
            return (rows, codes, weights), validation
        if self.validation_fraction == 0:
            return (rows, codes, weights), None
        kept, held_out = hold_out(self.classes_[codes], self.validation_fraction, seed)
        train = rows[kept], codes[kept], weights[kept]
        return train, (rows[held_out], codes[held_out])

    def _encode(self, y, name):
        """Turn classes into codes."""
        y = np.asarray(y)
        unknown = sorted(set(y.tolist()) - set(self.classes_.tolist()))
        if unknown:
            raise ValueError(
                f"{name} holds classes that were not trained: {unknown}; expected a selection of "
                f"{self.classes_.tolist()}."
            )
        return np.searchsorted(self.classes_, y)

    @own_names()
    def _train(self, train, validation, seeds, *, goes_on, part=False):
        """Train on rows, codes and weights for `epochs`, or for one as a part."""
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
        dtype = self.network_.input.dtype
        if validation is not None:
            validation = ImageBatches(validation[0], self.image_shape_, validation[1], dtype=dtype)
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
                FitTasks(context, "epoch", **facts),
            ],
            verbose=int(self.verbose),
        )
        context.call_on_fit_task_end(**facts)
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

    def _move_network(self, copy_it):
        """Copy the network to the devices of a strategy, or back; its optimiser stays as values."""
        self.network_ = copy_it(self.network_)
        if hasattr(self, "_training"):
            self._training = copy(self._training)

    def _make_batches(self, rows, codes, weights, part, seed):
        dtype = self.network_.input.dtype
        weights = weights * self._weigh_classes(codes)
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

    def _weigh_classes(self, codes):
        """Give the weight of each image by its class; that of a class without one is 1."""
        if not isinstance(self.class_weight, dict):
            return compute_sample_weight(self.class_weight, self.classes_[codes])
        classes = self.classes_.tolist()
        unknown = [c for c in self.class_weight if c not in classes]
        if unknown:
            raise ValueError(f"class_weight names {unknown}; expected classes among {classes}.")
        return np.array([self.class_weight.get(c, 1.0) for c in classes], dtype=float)[codes]

    def _make_best_epoch(self):
        """Give the callback that chooses the epoch to keep."""
        return BestEpoch(self.patience)

    def _make_loss(self, dtype):
        """Give a loss of class codes and probabilities."""
        return keras.losses.SparseCategoricalCrossentropy(dtype=dtype)

    def _make_optimizer(self):
        """Give a new optimiser."""
        return keras.optimizers.Adam(self.learning_rate)

    def _list_schedules(self, n_steps):
        """List callbacks that change the learning rate in the course of a training."""
        return []

    def _open_training(self, goes_on, part, seed):
        """Give the network with its augmentation, and an optimiser that goes on if it can."""
        training = getattr(self, "_training", None) if goes_on else None
        if part and training is not None and training.serves(self._training_settings()):
            training.network.optimizer.learning_rate = self.learning_rate
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
        for name in self.history_.keys() | history.keys():
            before = self.history_.get(name, [np.nan] * self.n_epochs_)
            self.history_[name] = before + history.get(name, [np.nan] * n_epochs)
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
            x = build_traditional_augmentation(seed)(x)
        elif isinstance(self.augmentation, str):
            low, high = self.pixel_range_.low, self.pixel_range_.high
            builds = {"cells": build_cell_augmentation, LABORATORIES: build_far_augmentation}
            x = builds[self.augmentation](low, high, seed=seed)(x)
        elif self.augmentation is not None:
            x = apply_copy(self.augmentation, x, seed)
        return keras.Model(pixels, network(x))


def _leave_out_absent(rows, codes, weights):
    """Drop the images of weight zero."""
    present = weights > 0
    if not present.any():
        raise ValueError("Expected sample_weight with at least one value above zero.")
    return rows[present], codes[present], weights[present]
