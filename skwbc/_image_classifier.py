"""What the Keras classifiers of images share."""

from numbers import Integral, Real
from typing import Any, Self

import keras
import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, _fit_context
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.multiclass import (
    _check_partial_fit_first_call,
    check_classification_targets,
)
from sklearn.utils.validation import (
    _check_sample_weight,
    check_is_fitted,
    column_or_1d,
)

from skwbc._classifier_training import LABORATORIES, SQRT_BALANCED, ClassifierTraining
from skwbc._doc_link import DocLinkMixin
from skwbc._fit_callbacks import with_callbacks
from skwbc._hold_out import check_validation, hold_out
from skwbc._images import flatten_images, read_image_shape
from skwbc._lazy_images import NO_VALIDATION, validate_images, view_images
from skwbc._network_state import restored_on_error
from skwbc._onnx_file import copy_in_single_precision, write_onnx
from skwbc._prediction import cut_before_read_out, predict_images
from skwbc._replace_file import replace_file
from skwbc._seeding import draw_seed, seed_stream
from skwbc._types import PathLike

PUBLISHED_CONSTRAINTS = {  # of what the published networks have, and others need not
    "kernel_size": [Interval(Integral, 1, None, closed="left")],
    "dense_units": [Interval(Integral, 1, None, closed="left")],
    "dense_dropout": [Interval(Real, 0, 1, closed="left")],
}


class ImageClassifier(DocLinkMixin, ClassifierTraining, ClassifierMixin, BaseEstimator):
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
        "class_weight": [dict, StrOptions({"balanced", SQRT_BALANCED}), None],
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
        sample_weight_val: ArrayLike | None = None,
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
            Weights of the images in the loss; an image of weight zero is as good as absent. Those
            that are held out for validation weigh as much in the choice of the epoch.
        X_val : array-like, default=None
            Images to validate on. By default `validation_fraction` of X is held out, with the
            shares of the classes kept.
        y_val : array-like, default=None
            Classes of `X_val`.
        sample_weight_val : array-like, default=None
            Weights of `X_val` in the choice of the epoch. By default its images count alike.

        Returns
        -------
        self : object
            Fitted classifier.

        Raises
        ------
        ValueError
            If X holds no images of `image_shape`, NaN or infinity; if y holds fewer than two
            classes, or one with a single image while a validation set is to be held out; if only
            one of `X_val` and `y_val` is given, or `sample_weight_val` without them, if they differ
            in length, or if `y_val` holds a class that y does not; if `class_weight` names a class
            that y does not hold, or gives no weight above 0 or one that is no number; if the
            training diverges; if a warm start meets other classes or another range of values than
            the fit before.
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
            given = X_val, y_val, sample_weight_val
            train, validation = self._split(rows, codes, weights, given, next(seeds))
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
        black and white, unless they are of uint8 with values above 1. With a `class_weight` in
        words, the images of all calls so far are counted.

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
            gets no classes, or fewer than two; or if y holds a class that `classes` does not.
        """
        with restored_on_error(self):
            first = not hasattr(self, "network_")
            _check_partial_fit_first_call(self, classes)
            if first:
                self._set_classes(self.classes_, False)
                self._seed = draw_seed(self.random_state)
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

        Raises
        ------
        ValueError
            If X holds images of another shape or scale than those in `fit`, NaN or infinity.
        OSError
            If an image is in a file that can't be read.
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

        Raises
        ------
        ValueError
            If X holds images of another shape or scale than those in `fit`, NaN or infinity.
        OSError
            If an image is in a file that can't be read.
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

        Raises
        ------
        ValueError
            If X holds images of another shape or scale than those in `fit`, NaN or infinity.
        OSError
            If an image is in a file that can't be read.
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

    def _split(self, rows, codes, weights, given, seed):
        """Give rows, codes and weights to train on, and those to validate on."""
        check_validation(*given)
        X_val, y_val, weights_val = given
        train = _leave_out_absent(rows, codes, weights)
        if X_val is not None:
            rows = self._check_images(X_val, reset=False)
            codes = self._encode(column_or_1d(y_val, warn=True), "y_val")
            weights = np.ones(len(codes)) if weights_val is None else np.asarray(weights_val)
            return train, _leave_out_absent(rows, codes, weights)
        if self.validation_fraction == 0:
            return train, None
        kept, held_out = hold_out(self.classes_[train[1]], self.validation_fraction, seed)
        return tuple([part[chosen] for part in train] for chosen in (kept, held_out))

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


def _leave_out_absent(rows, codes, weights):
    """Drop the images of weight zero."""
    present = weights > 0
    if not present.any():
        raise ValueError("Expected sample_weight with at least one value above zero.")
    return rows[present], codes[present], weights[present]
