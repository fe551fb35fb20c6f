"""The published CNN-RNN as a classifier."""

from numbers import Integral

import keras
from sklearn.utils._param_validation import Interval, StrOptions

from skwbc._filters import read_filters
from skwbc._image_classifier import PUBLISHED_CONSTRAINTS, ImageClassifier
from skwbc._types import ClassWeight, Filters, ImageShape, Seed
from skwbc.networks._cnn_rnn import build_cnn_rnn


class CNNRNNClassifier(ImageClassifier):
    """The CNN-RNN of Sangal and Krishnan, a classifier of images.

    Two bidirectional LSTMs read the rows of the grey image as a sequence, beside two
    convolutions; 8.9 million parameters at ``(60, 80, 3)``. Images smaller than 6x6 work by the
    rule that is stated for :class:`CNNClassifier`.

    Parameters
    ----------
    filters : sequence of int, default=(32, 64)
        Filters of each convolution.
    kernel_size : int, default=3
        Side of the kernels, in pixels.
    lstm_units : int, default=64
        Units of each direction of each of the two LSTMs.
    merge : {"concatenate", "multiply"}, default="concatenate"
        How the two branches meet. The published parameter counts prove a concatenation, while
        the published text speaks of an element-wise product.
    dropout : float, default=0.25
        Dropout rate at the end of both branches, in [0, 1).
    dense_units : int, default=128
        Width of the hidden dense layer.
    dense_dropout : float, default=0.5
        Dropout rate before the read-out, in [0, 1).
    learning_rate : float, default=3e-4
        Of the Adam optimiser. The study searched for it and does not tell what it found. On small
        sets the hidden layer can die, and all images get one answer: `history_` then shows an
        accuracy that stands still. Another `random_state` or rate may help.
    epochs : int, default=50
        Passes over the training images at most.
    batch_size : int, default=32
        Images a step.
    patience : int, default=None
        Stop after so many epochs without a better validation epoch. By default all `epochs`
        are run.
    validation_fraction : float, default=0.15
        Share of the images that is held out, stratified, to choose the best epoch: that of the
        highest accuracy and, among equals, of the lowest loss. 0 holds out none and keeps the
        last epoch. In :class:`skwbc.Pipeline` the share is taken before any sampler.
    augmentation : str, keras.layers.Layer or None, default=None
        What is done anew to each training image in each epoch: "traditional" is a horizontal
        flip and a rotation within 10 degrees, as published; "cells" is any flip or turn by
        quarters, a small shift, more or less of each dye and of light; "laboratories" is any turn,
        another size, bare surroundings for half of the images and blur for half, and for three of
        four far more or less of dye and light, and other hues; a Keras layer gets float images in
        the units of X and is copied, not trained in place.
    class_weight : dict, {"balanced", "sqrt_balanced"} or None, default=None
        Weights of the classes in the loss, as in scikit-learn. "sqrt_balanced" are the square roots
        of balanced weights, between those and none.
    dtype : {"auto", "float32", "float64", "mixed_bfloat16"}, default="auto"
        Arithmetic of the network. "auto" is "mixed_bfloat16" where Linux tells of a processor that
        has it; the LSTMs stay in float32 then.
    image_shape : tuple of int, default=None
        ``(height, width[, channels])`` of the images in a flat X. By default read from a 4-D or
        3-D X, while each row of a 2-D X is an image of one line.
    warm_start : bool, default=False
        Whether `fit` goes on from the network of the fit before, for `epochs` more.
    callbacks : list of keras.callbacks.Callback, default=None
        Called while training. Those of scikit-learn are set by `set_callbacks`, where it has them.
    random_state : int, RandomState instance or None, default=None
        Of the initial weights, dropout, shuffling, augmentation and hold-out. An integer gives
        the same network at every fit on the same machine.
    verbose : int, default=0
        0 is silent, 1 shows a bar an epoch, 2 prints a line an epoch.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes, sorted.
    history_ : dict of list of float
        Per epoch: "loss", "accuracy" (with dropout and augmentation on), and with validation
        images "val_loss", "val_accuracy"; NaN in epochs without them. Both accuracies are
        weighted where images to validate on have weights that differ.
    best_epoch_ : int or None
        Index into `history_` of the epoch of which the weights were kept; None if Ctrl-C ended the
        first one.
    n_epochs_ : int
        Epochs run, those of a warm start and of `partial_fit` included.
    interrupted_ : bool
        Whether Ctrl-C ended the last training.
    image_shape_ : tuple of int
        ``(height, width, channels)``.
    pixel_range_ : PixelRange
        Values that are scaled to 0 and 1: 0 and 255 for uint8 with values above 1, otherwise the
        extremes of the training images.
    network_ : keras.Model
        Maps images in the units of X to probabilities.
    n_features_in_ : int
        ``height * width * channels``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Column names, where X is a DataFrame with string names.

    References
    ----------
    .. [1] A. Sangal and H. Krishnan, "Enhancing White Blood Cell Classification through
       GAN-based Data Augmentation", ECE 176, University of California San Diego.

    Examples
    --------
    >>> from skwbc import CNNRNNClassifier
    >>> from skwbc.datasets import make_blood_cells
    >>> cells = make_blood_cells(24, image_shape=(16, 16, 3), random_state=0)
    >>> classifier = CNNRNNClassifier(epochs=1, validation_fraction=0, random_state=0)
    >>> classifier.fit(cells.images, cells.target_names[cells.target]).classes_.tolist()
    ['eosinophil', 'lymphocyte', 'monocyte', 'neutrophil']
    """

    _parameter_constraints = {  # noqa: RUF012
        **ImageClassifier._parameter_constraints,
        **PUBLISHED_CONSTRAINTS,
        "lstm_units": [Interval(Integral, 1, None, closed="left")],
        "merge": [StrOptions({"concatenate", "multiply"})],
    }

    def __init__(
        self,
        *,
        filters: Filters = (32, 64),
        kernel_size: int = 3,
        lstm_units: int = 64,
        merge: str = "concatenate",
        dropout: float = 0.25,
        dense_units: int = 128,
        dense_dropout: float = 0.5,
        learning_rate: float = 3e-4,
        epochs: int = 50,
        batch_size: int = 32,
        patience: int | None = None,
        validation_fraction: float = 0.15,
        augmentation: str | keras.layers.Layer | None = None,
        class_weight: ClassWeight = None,
        dtype: str = "auto",
        image_shape: ImageShape | None = None,
        warm_start: bool = False,
        callbacks: list[keras.callbacks.Callback] | None = None,
        random_state: Seed = None,
        verbose: int = 0,
    ) -> None:
        self.filters = filters
        self.kernel_size = kernel_size
        self.lstm_units = lstm_units
        self.merge = merge
        self.dropout = dropout
        self.dense_units = dense_units
        self.dense_dropout = dense_dropout
        self.learning_rate = learning_rate
        self.epochs = epochs
        self.batch_size = batch_size
        self.patience = patience
        self.validation_fraction = validation_fraction
        self.augmentation = augmentation
        self.class_weight = class_weight
        self.dtype = dtype
        self.image_shape = image_shape
        self.warm_start = warm_start
        self.callbacks = callbacks
        self.random_state = random_state
        self.verbose = verbose

    def _build_network(self, image_shape, n_classes, dtype, seed):
        return build_cnn_rnn(
            image_shape,
            n_classes,
            filters=read_filters(self.filters),
            kernel_size=int(self.kernel_size),
            lstm_units=int(self.lstm_units),
            merge=self.merge,
            dropout=self.dropout,
            dense_units=int(self.dense_units),
            dense_dropout=self.dense_dropout,
            dtype=dtype,
            seed=seed,
        )
