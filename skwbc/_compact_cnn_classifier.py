"""A small convolutional network for crops, behind scikit-learn's interface."""

import os
from functools import partial
from itertools import product
from numbers import Real

import keras
from keras import ops
from sklearn.utils._param_validation import Interval, StrOptions

from skwbc._calibration import LEAST, apply_temperature, fit_temperature
from skwbc._classifier_training import LABORATORIES, scale_weights
from skwbc._filters import read_filters
from skwbc._image_classifier import ImageClassifier
from skwbc._keras_wrapper import BestEpoch
from skwbc._learning_rate import CosineDecay
from skwbc._optimizers import FusedAdam
from skwbc._prediction import predict_images
from skwbc._seeding import seed_stream
from skwbc._smooth_loss import SmoothCrossentropy
from skwbc._types import ClassWeight, Filters, ImageShape, PathLike, Seed
from skwbc.networks._backbone import BACKBONES, build_backbone_classifier
from skwbc.networks._cell_augmentation import RandomStain
from skwbc.networks._compact_cnn import build_compact_cnn
from skwbc.networks._far_augmentation import build_far_colours, build_far_moves
from skwbc.networks._grey_levels import GreyLevels
from skwbc.networks._relative_density import RelativeDensity
from skwbc.networks._two_views import TWO_VIEWS, build_two_views

COLOUR, GREY, BOTH, PLAIN = "colour", "grey", "both", "plain"
VIEWS = {
    COLOUR: {COLOUR: RelativeDensity},
    GREY: {GREY: GreyLevels},
    BOTH: {COLOUR: RelativeDensity, GREY: GreyLevels},
    PLAIN: {},
}
UNDECAYED = ["gamma", "beta", "bias"]


class CompactCNNClassifier(ImageClassifier):
    """Classify crops of cells by a small network: group normalisation and global pooling.

    It takes images of any size from 2 x 2 on, and is meant for 32 to 160 pixels around one cell, as
    :class:`CellCropper` cuts them. Channels are normalised in groups [2]_, kernels have no mean
    [3]_, and dyes are told apart as in [4]_. By default it is two such networks: one sees how the
    colours within an image differ, the other shapes alone. Images are changed anew in every epoch,
    as cells differ between laboratories, the answer is the mean over all poses of an image, and the
    probabilities are calibrated on the validation images. Images of one line, that is rows of a
    table, go through dense layers instead.

    Parameters
    ----------
    backbone : str, default=None
        A network of ``keras.applications`` in the place of this one: "MobileNetV3Small",
        "MobileNetV3Large", "EfficientNetB0", "EfficientNetV2B0" or "ConvNeXtTiny". It takes images
        of 32 pixels or more, has millions of parameters, and is worth trying with `weights` and a
        `learning_rate` of about 1e-4.
    weights : str or path-like, default=None
        Of the backbone: "imagenet", which Keras downloads once, or a file of Keras weights. By
        default they are drawn.
    filters : sequence of int, default=(32, 64, 96, 128)
        Without a backbone: channels of a first convolution, which halves the image, and of each
        block of two behind it; images are halved between blocks too.
    dropout : float, default=0.3
        Dropout rate before the read-out, in [0, 1).
    learning_rate : float, default=2e-3
        Of AdamW [5]_, at the first step.
    schedule : {"cosine"} or None, default="cosine"
        With "cosine", the learning rate falls to zero by half a cosine [6]_; None keeps it.
    weight_decay : float, default=1e-2
        Of the kernels, times the learning rate, at each step.
    label_smoothing : float, default=0.1
        Share of the target that is spread over all classes [7]_, in [0, 1).
    epochs : int, default=80
        Passes over the training images.
    batch_size : int, default=32
        Images per gradient step.
    patience : int, default=None
        Epochs without a better validation epoch after which training stops; None never stops.
    validation_fraction : float, default=0.15
        Share of the images held out, with the shares of the classes kept, to choose the epoch of
        the lowest loss, and the temperature; 0 holds out none. Not used if `fit` gets validation
        images.
    augmentation : str, keras.layers.Layer or None, default="laboratories"
        Changes of the training images, anew in every epoch. "cells": all flips and turns by
        quarters, shifts, more or less of each dye and of light. "laboratories": any turn, another
        size, bare surroundings for half of the images and blur for half; and for three of four far
        more or less of each dye and of light, and other hues, but if `view` is "both" only for the
        network that sees colours. "traditional": as published, horizontal flip and rotation within
        10 degrees.
    view : {"both", "colour", "grey", "plain"}, default="both"
        What the network sees of an image, in training as in use. "colour": the optical density of
        each channel, from that of its brightest twentieth of the pixels, which is the ground, to
        that of its darkest tenth, which is the nucleus; so neither the light nor the strength of
        the stain tells anything. "grey": the green channel alone, stretched from its darkest to its
        brightest pixels, so that no colour tells anything. "both": a network for each, trained at
        the same time, and the geometric mean of their probabilities, for which everything takes
        twice as long. "plain": the image as it is, for images that are told apart by how bright
        they are as a whole. Rows of a table are "plain".
    tta : bool, default=True
        Whether a prediction is the mean over all eight poses of a square image (four of an oblong
        one), which takes as many times as long.
    class_weight : dict, {"balanced", "sqrt_balanced"} or None, default=None
        Weights of the classes in the loss, as in scikit-learn. "sqrt_balanced" are the square roots
        of balanced weights, between those and none.
    dtype : {"auto", "float32", "float64", "mixed_bfloat16"}, default="auto"
        Arithmetic of the network. "auto" is "mixed_bfloat16" where Linux tells of a processor that
        has it.
    image_shape : tuple of int, default=None
        ``(height, width[, channels])`` of the images in a flat X. By default read from a 4-D or
        3-D X, while each row of a 2-D X is an image of one line.
    warm_start : bool, default=False
        Go on with the weights of the last `fit` and, if that had it too, with its optimiser; the
        schedule begins anew.
    callbacks : list of keras.callbacks.Callback, default=None
        Told of each batch and epoch.
    random_state : int, RandomState instance or None, default=None
        Of the hold-out, the initial weights, the order of the images, dropout and augmentation.
    verbose : int, default=0
        0 is silent, 1 shows a bar an epoch, 2 prints a line an epoch.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes, sorted.
    temperature_ : float
        By which the logarithms of the probabilities are divided [1]_: the likeliest on the
        validation images; 1 without any.
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
        Maps images in the units of X to probabilities, before `tta` and `temperature_`.
    n_features_in_ : int
        ``height * width * channels``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Column names, where X is a DataFrame with string names.

    See Also
    --------
    CellCropper : Makes crops from photos.

    References
    ----------
    .. [1] C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, "On Calibration of Modern Neural
       Networks", ICML 2017.
    .. [2] Yuxin Wu and Kaiming He, "Group Normalization", ECCV 2018.
    .. [3] S. Qiao et al., "Micro-Batch Training with Batch-Channel Normalization and Weight
       Standardization", arXiv:1903.10520.
    .. [4] A. C. Ruifrok and D. A. Johnston, "Quantification of Histochemical Staining by Color
       Deconvolution", Analytical and Quantitative Cytology and Histology 23, 2001.
    .. [5] I. Loshchilov and F. Hutter, "Decoupled Weight Decay Regularization", ICLR 2019.
    .. [6] I. Loshchilov and F. Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts",
       ICLR 2017.
    .. [7] C. Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", CVPR
       2016.

    Examples
    --------
    >>> from skwbc import CompactCNNClassifier
    >>> from skwbc.datasets import make_blood_cells
    >>> cells = make_blood_cells(24, image_shape=(16, 16, 3), random_state=0)
    >>> classifier = CompactCNNClassifier(filters=(8, 16), epochs=1, random_state=0)
    >>> classifier.fit(cells.images, cells.target).predict(cells.images[:3]).shape
    (3,)
    """

    _parameter_constraints = {  # noqa: RUF012
        **ImageClassifier._parameter_constraints,
        "backbone": [StrOptions(set(BACKBONES)), None],
        "weights": [str, os.PathLike, None],
        "schedule": [StrOptions({"cosine"}), None],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
        "label_smoothing": [Interval(Real, 0, 1, closed="left")],
        "view": [StrOptions(set(VIEWS))],
        "tta": ["boolean"],
    }

    def __init__(
        self,
        *,
        backbone: str | None = None,
        weights: PathLike | None = None,
        filters: Filters = (32, 64, 96, 128),
        dropout: float = 0.3,
        learning_rate: float = 2e-3,
        schedule: str | None = "cosine",
        weight_decay: float = 1e-2,
        label_smoothing: float = 0.1,
        epochs: int = 80,
        batch_size: int = 32,
        patience: int | None = None,
        validation_fraction: float = 0.15,
        augmentation: str | keras.layers.Layer | None = "laboratories",
        view: str = "both",
        tta: bool = True,
        class_weight: ClassWeight = None,
        dtype: str = "auto",
        image_shape: ImageShape | None = None,
        warm_start: bool = False,
        callbacks: list[keras.callbacks.Callback] | None = None,
        random_state: Seed = None,
        verbose: int = 0,
    ) -> None:
        self.backbone = backbone
        self.weights = weights
        self.filters = filters
        self.dropout = dropout
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.weight_decay = weight_decay
        self.label_smoothing = label_smoothing
        self.epochs = epochs
        self.batch_size = batch_size
        self.patience = patience
        self.validation_fraction = validation_fraction
        self.augmentation = augmentation
        self.view = view
        self.tta = tta
        self.class_weight = class_weight
        self.dtype = dtype
        self.image_shape = image_shape
        self.warm_start = warm_start
        self.callbacks = callbacks
        self.random_state = random_state
        self.verbose = verbose

    def _answer(self, rows):
        return apply_temperature(self._average_poses(rows), self.temperature_)

    def _average_poses(self, rows):
        """Give the mean of the probabilities over all poses that images are asked in."""
        poses = self._list_poses()
        return sum(predict_images(self.network_, rows, self.image_shape_, poses=poses)) / len(poses)

    def _continue(self, network, images):
        poses = [self._pose(images, *pose) for pose in self._list_poses()]
        mean = ops.mean(ops.stack([network(posed) for posed in poses]), axis=0)
        shares = ops.clip(mean, LEAST, 1.0)
        powers = (shares / ops.max(shares, axis=1, keepdims=True)) ** (1 / self.temperature_)
        return powers / ops.sum(powers, axis=1, keepdims=True)

    @staticmethod
    def _pose(images, mirrored, n_quarters):
        """Mirror and turn images as :class:`ImageBatches` does."""
        images = ops.flip(images, axis=2) if mirrored else images
        if n_quarters >= 2:
            images = ops.flip(images, axis=(1, 2))
        if n_quarters % 2:
            images = ops.flip(ops.transpose(images, (0, 2, 1, 3)), axis=1)
        return images

    def _list_poses(self):
        if not self.tta or self._is_table():
            return [(False, 0)]
        height, width, _ = self.image_shape_
        return list(product((False, True), range(4) if height == width else (0, 2)))

    def _train(self, train, validation, seeds, *, goes_on, part=False):
        self.temperature_ = 1.0  # while it is trained
        super()._train(train, validation, seeds, goes_on=goes_on, part=part)
        if validation is not None:
            rows, codes, weights = validation
            probabilities = self._average_poses(rows)
            self.temperature_ = fit_temperature(probabilities, codes, scale_weights(weights))

    def _make_best_epoch(self):
        # the schedule makes later epochs better, and a few dozen images an early one right by luck
        return BestEpoch(self.patience, by_accuracy=False)

    def _make_loss(self, dtype):
        if self.label_smoothing == 0 and not self._sees_both():
            return super()._make_loss(dtype)
        return SmoothCrossentropy(self.label_smoothing, dtype)

    def _make_optimizer(self):
        optimizer = FusedAdam(float(self.learning_rate), weight_decay=self.weight_decay)
        optimizer.exclude_from_weight_decay(var_names=UNDECAYED)
        return optimizer

    def _list_schedules(self, n_steps):
        return [CosineDecay(self.learning_rate, n_steps)] if self.schedule == "cosine" else []

    def _connect_network(self, images, dtype, seed):
        views = {} if self._is_table() else VIEWS[self.view]
        seen = [view(name=name, dtype=images.dtype)(images) for name, view in views.items()]
        if len(seen) < 2:
            return super()._connect_network(*(seen or [images]), dtype, seed)
        shapes = [view.shape[1:] for view in seen]
        build, n_classes = self._choose_builder(), len(self.classes_)
        return build_two_views(build, shapes, n_classes, dtype=dtype, seed=seed)(seen)

    def _build_network(self, image_shape, n_classes, dtype, seed):
        return self._choose_builder()(image_shape, n_classes, dtype=dtype, seed=seed)

    def _choose_builder(self):
        if self.backbone is None:
            if self.weights is not None:
                raise ValueError(
                    f"Expected weights=None without a backbone, received {self.weights!r}: they "
                    "are those of a network of keras.applications."
                )
            build = partial(build_compact_cnn, filters=read_filters(self.filters))
        else:
            build = partial(build_backbone_classifier, backbone=self.backbone, weights=self.weights)
        return partial(build, dropout=self.dropout)

    def _augmented(self, network, seed):
        if self.augmentation != LABORATORIES or not self._sees_both():
            return super()._augmented(network, seed)
        # only the view of colours meets those of other laboratories: the other takes colours out
        seeds = seed_stream(seed)
        pixels = network.inputs[0]
        moved = build_far_moves(next(seeds))(pixels)
        low, high = self.pixel_range_.low, self.pixel_range_.high
        changes = {
            COLOUR: build_far_colours(low, high, next(seeds)),
            GREY: RandomStain(low, high, next(seeds)),
        }
        views = [
            keras.Model(pixels, network.get_layer(name).output)(change(moved))
            for name, change in changes.items()
        ]
        return keras.Model(pixels, network.get_layer(TWO_VIEWS)(views))

    def _sees_both(self):
        """Tell whether the network, which a warm start goes on with, has two views."""
        return any(layer.name == TWO_VIEWS for layer in self.network_.layers)

    def _is_table(self):
        return min(self.image_shape_[:2]) == 1
