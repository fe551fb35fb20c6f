"""What the Keras classifiers of images share."""

from numbers import Integral, Real

import keras
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, _fit_context
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from skwbc._batches import ImageBatches
from skwbc._dtype_policy import resolve_dtype
from skwbc._hold_out import hold_out
from skwbc._images import PixelRange, flatten_images, read_image_shape
from skwbc._keras_wrapper import BestEpoch, fit_network
from skwbc._network_state import NetworkStateMixin, copy_layer
from skwbc._seeding import draw_seed, seed_stream
from skwbc.networks._blocks import full_precision
from skwbc.networks._pose import build_traditional_augmentation

PREDICTION_BATCH_SIZE = 256


class ImageClassifier(NetworkStateMixin, ClassifierMixin, BaseEstimator):
    """What the classifiers share: everything but the network and its knobs.

    A subclass lists its parameters in `__init__` and builds its network in `_build_network`.
    """

    _parameter_constraints = {  # noqa: RUF012 - scikit-learn's convention
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "patience": [Interval(Integral, 1, None, closed="left"), None],
        "validation_fraction": [Interval(Real, 0, 1, closed="left")],
        "augmentation": [StrOptions({"traditional"}), keras.layers.Layer, None],
        "class_weight": [dict, StrOptions({"balanced"}), None],
        "dtype": [StrOptions({"auto", "float32", "float64", "mixed_bfloat16"})],
        "image_shape": [tuple, list, None],
        "callbacks": [list, None],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
        "filters": ["array-like"],
        "kernel_size": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "dense_units": [Interval(Integral, 1, None, closed="left")],
        "dense_dropout": [Interval(Real, 0, 1, closed="left")],
    }

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sample_weight=None, *, X_val=None, y_val=None):
        """Train the network and keep the weights of its best validation epoch.

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
            only one of `X_val` and `y_val` is given, or `y_val` holds a class that y does not.
        """
        rows, y = self._check_images(X, y, reset=True)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"{type(self).__name__} needs images of at least 2 classes; "
                f"received 1 class: {self.classes_[0]!r}."
            )
        weights = _check_sample_weight(sample_weight, rows, ensure_non_negative=True)
        seeds = seed_stream(draw_seed(self.random_state))
        train, validation = self._split(rows, codes, weights, X_val, y_val, next(seeds))
        self._train(train, validation, seeds)
        return self

    def predict_proba(self, X):
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
        rows = self._check_images(X, reset=False)
        batches = ImageBatches(
            rows,
            self.image_shape_,
            batch_size=PREDICTION_BATCH_SIZE,
            dtype=self.network_.input.dtype,
        )
        if len(batches) == 1:
            return np.asarray(self.network_.predict_on_batch(batches[0][0]))
        return self.network_.predict(batches, verbose=0)

    def predict(self, X):
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
        return self.classes_[np.argmax(self.predict_proba(X), axis=1)]

    def _check_images(self, X, y=None, *, reset):
        """Check images, and classes while fitting; give them back as flat rows."""
        if reset:
            self.image_shape_ = read_image_shape(_with_shape(X), self.image_shape)
        elif len(np.shape(X)) > 2:
            read_image_shape(X, self.image_shape_)
        rows = flatten_images(X)
        if y is None:
            return validate_data(self, rows, reset=reset)
        return validate_data(self, rows, y, reset=reset)

    def _split(self, rows, codes, weights, X_val, y_val, seed):
        """Give the rows to train on with codes and weights, and those to validate on."""
        if (X_val is None) != (y_val is None):
            raise ValueError("X_val and y_val are given together or not at all; received one.")
        present = weights > 0
        if not present.all():
            rows, codes, weights = rows[present], codes[present], weights[present]
        if X_val is not None:
            validation = self._check_images(X_val, reset=False), self._encode(y_val)
            return (rows, codes, weights), validation
        if self.validation_fraction == 0:
            return (rows, codes, weights), None
        kept, held_out = hold_out(self.classes_[codes], self.validation_fraction, seed)
        train = rows[kept], codes[kept], weights[kept]
        return train, (rows[held_out], codes[held_out])

    def _encode(self, y):
        """Turn classes seen in fit into codes."""
        y = np.asarray(y)
        unknown = sorted(set(y.tolist()) - set(self.classes_.tolist()))
        if unknown:
            raise ValueError(
                f"y_val holds classes that y does not: {unknown}; expected a selection of "
                f"{self.classes_.tolist()}."
            )
        return np.searchsorted(self.classes_, y)

    def _train(self, train, validation, seeds):
        rows, codes, weights = train
        weights = weights * compute_sample_weight(self.class_weight, self.classes_[codes])
        dtype = resolve_dtype(self.dtype)
        full = full_precision(dtype)
        self.pixel_range_ = PixelRange.of(rows)
        self.network_ = self._build_classifier(dtype, full, next(seeds))
        batches = ImageBatches(
            rows,
            self.image_shape_,
            codes,
            (weights / weights.mean()).astype(full),
            batch_size=self.batch_size,
            dtype=full,
            seed=next(seeds),
        )
        if validation is not None:
            validation = ImageBatches(validation[0], self.image_shape_, validation[1], dtype=full)
        best = [] if validation is None else [BestEpoch(self.patience)]
        augmentation_seed = next(seeds)
        self.history_ = fit_network(
            lambda: self._augmented(self.network_, augmentation_seed),
            batches,
            optimizer=keras.optimizers.Adam(self.learning_rate),
            loss=keras.losses.SparseCategoricalCrossentropy(dtype=full),
            epochs=self.epochs,
            validation=validation,
            callbacks=[*best, *(self.callbacks or [])],
            verbose=int(self.verbose),
        )
        self.best_epoch_ = best[0].best_epoch if best else len(self.history_["loss"]) - 1
        self.n_epochs_ = len(self.history_["loss"])

    def _build_classifier(self, dtype, full, seed):
        """Put the scaling of pixels to [0, 1] before the network."""
        low, high = self.pixel_range_.low, self.pixel_range_.high
        pixels = keras.Input(self.image_shape_, dtype=full)
        scaling = keras.layers.Rescaling(1 / (high - low), -low / (high - low), dtype=full)
        network = self._build_network(self.image_shape_, len(self.classes_), dtype, seed)
        return keras.Model(pixels, network(scaling(pixels)))

    def _augmented(self, network, seed):
        """Put the augmentation, which only training needs, before the network."""
        pixels = x = network.inputs[0]
        if self.augmentation == "traditional":
            x = build_traditional_augmentation(seed)(x)
        elif self.augmentation is not None:
            x = copy_layer(self.augmentation)(x)
        return keras.Model(pixels, network(x))


def _with_shape(X):
    return X if hasattr(X, "shape") else np.asarray(X)
